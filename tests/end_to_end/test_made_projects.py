"""Projects made by hypothesis: imported, and every figure equal to a naive recount of the files."""

import json
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings

from service.composition import Services
from tests.end_to_end.made_projects import Made, made_projects
from tests.end_to_end.recount import Recount
from tests.end_to_end.running import SEED_PLUS, expected_of, imported

# Connections of the pool use `random` in their own threads while examples are drawn.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
EXAMPLES, EXAMPLES_LONG = 20, 200
FINDINGS = {
    *("duplicate_document", "incurred_outside_project", "invalid_supplier_id"),
    *("paid_after_deadline", "signed_before_last_worked_day"),
}
SLOW = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)


def as_recounted(services: Services, made: Made) -> dict[str, Any]:
    """The figures of the project in a fresh tenant, all compared with those recounted."""
    with tempfile.TemporaryDirectory() as name:
        folder = made.write(Path(name))
        project = imported(services, folder)
        figures = project.figures()
        assert figures == Recount(folder).figures()
        for day in made.days:
            assert project.figures(as_of=day) == Recount(folder, day).figures(), day
    return figures


def test_figures_of_any_project_are_those_of_a_naive_recount(services: Services) -> None:
    @settings(SLOW, max_examples=EXAMPLES)
    @given(made_projects())
    def check(made: Made) -> None:
        figures = as_recounted(services, made)
        event(f"counted persons: {min(figures['participants']['counted'], 2)}")
        event(f"documents with findings: {min(len(figures['findings']), 3)}")

    check()


@pytest.mark.long
def test_figures_of_200_projects_are_those_of_a_naive_recount(services: Services) -> None:
    seen: Counter[str] = Counter()

    @settings(SLOW, max_examples=EXAMPLES_LONG)
    @given(made_projects())
    def check(made: Made) -> None:
        figures = as_recounted(services, made)
        seen.update({code for codes in figures["findings"].values() for code in codes})
        seen.update({made.act["budget_variant"], made.act["programme"]})
        seen["counted"] += figures["participants"]["counted"] > 0
        seen["incomplete"] += figures["participants"]["not_counted_incomplete"] > 0
        seen["reduced"] += any(claim["reductions"] != "0.00" for claim in figures["claims"])

    check()
    print(dict(seen))
    wanted = {*FINDINGS, "direct-indirect-25", "flat-40", "OPZ", "OPZ+"}
    assert {*wanted, "counted", "incomplete", "reduced"} <= {*(+seen)}


@pytest.mark.parametrize("remark", [None, ""])
def test_a_project_without_a_remark_is_imported(
    services: Services, tmp_path: Path, remark: str | None
) -> None:
    folder = tmp_path / "project"
    shutil.copytree(SEED_PLUS, folder)
    act = json.loads((folder / "project.json").read_text(encoding="utf-8"))
    (folder / "project.json").write_text(json.dumps(act | {"note": remark}), encoding="utf-8")
    assert imported(services, folder).figures() == expected_of(folder)
