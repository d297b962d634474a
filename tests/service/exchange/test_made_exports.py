"""The ministry's files of projects made by hypothesis: valid whatever is recorded, holding the
ledger's figures, and what they lack is in the remarks."""

import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings

from service.composition import Services
from service.reports import Point
from tests.end_to_end.made_projects import Made, made_projects
from tests.end_to_end.running import Imported, imported
from tests.end_to_end.test_made_projects import SLOW
from tests.service.exchange import test_is_esf, test_sd2

# Connections of the pool use `random` in their own threads while examples are drawn.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
EXAMPLES = 50


def check_work(project: Imported, point: Point, folder: Path) -> int:
    """The amounts of the XML and of what it lacks are those of the clean lines of SD-2."""
    made = test_sd2.exported(project, folder, point=point)
    found = test_sd2.records_of(made, folder)
    amounts: Counter[str] = Counter()
    left_out = {one.record for one in made.remarks if one.severity == "error"}
    day = project.report(point.as_of).facts.as_of
    for row in project.report(point.as_of).facts.of["spend"]:
        clean = row["blocked_on"] is None or row["blocked_on"] > day
        if row["list"] == "SD-2" and clean and row["reference"] not in left_out:
            amounts[row["item"]] += row["amount"]
    for record in found:
        amounts[record["POLOZKA"]] -= test_sd2.eligible(record)
    assert set(amounts.values()) <= {Decimal(0)}
    return len(found)


def check_persons(project: Imported, point: Point, folder: Path) -> int:
    """Everybody is in the file or in the remarks; support is of the persons in the file."""
    made = test_is_esf.exported(project, folder, point=point, programmes=test_is_esf.AllCoded())
    persons = test_is_esf.persons_of(made, folder)
    lacking = {one.record for one in made.remarks if one.file == "PodporeneOsoby"}
    recorded = project.report(point.as_of).facts.of["participant"]
    assert len(persons) + len(lacking) == len(recorded)
    return len(test_is_esf.supports_of(made, folder))


@pytest.mark.long
def test_files_of_any_project_hold_what_was_recorded_at_any_day(services: Services) -> None:
    seen: Counter[str] = Counter()

    @settings(SLOW, max_examples=EXAMPLES)
    @given(made_projects())
    def check(made: Made) -> None:
        with tempfile.TemporaryDirectory() as name:
            project = imported(services, made.write(Path(name)))
            for day in (None, *made.days):
                point = Point(as_of=day)
                seen["work"] += check_work(project, point, Path(name))
                seen["support"] += check_persons(project, point, Path(name))

    check()
    print(dict(seen))
    assert seen["work"] > 0
    assert seen["support"] > 0
