"""Projects of other shapes: many periods, no claims, only begun, nothing but the legal act."""

import json
import shutil
from calendar import monthrange
from datetime import date, timedelta
from pathlib import Path

import pytest

from service.composition import Services
from service.exchange.export import Order
from service.exchange.making import make_export
from service.exchange.report.report import REPORT
from service.reports import Point
from tests.end_to_end.running import ACTOR, SEED_PLUS, Imported, imported
from tests.service.exchange.report.made import Made, made_in

MONTHS = 20


def emptied(folder: Path, *names: str) -> None:
    """Leaves only the headings of tables."""
    for name in names:
        path = folder / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def monthly(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """The second seed project without claims, with a monitoring period a month."""
    folder = tmp_path_factory.mktemp("monthly") / "project"
    shutil.copytree(SEED_PLUS, folder)
    emptied(folder, "claims", "decisions")
    path = folder / "project.json"
    project = json.loads(path.read_text(encoding="utf-8"))
    starts = [date(2023 + (1 + n) // 12, (1 + n) % 12 + 1, 1) for n in range(MONTHS)]
    ends = [start.replace(day=monthrange(start.year, start.month)[1]) for start in starts]
    project["periods"] = [
        {
            "number": number,
            "start": start.isoformat(),
            "end": end.isoformat(),
            "report_due": (end + timedelta(days=30)).isoformat(),
        }
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
    ]
    path.write_text(json.dumps(project), encoding="utf-8")
    return imported(services, folder)


def test_many_periods_have_tables_of_their_own(monthly: Imported, tmp_path: Path) -> None:
    made = made_in(tmp_path, monthly, "cs")
    for code, one in made.figures["indicators"].items():
        assert len(one["by_period"]) == MONTHS
        tables = made.text.split(made.wording.text("report.indicators.increments"))[1:]
        assert len(tables) == 2
        shown: list[int] = []
        for table in tables:
            line = next(line for line in table.split("\n") if line.strip().startswith(f"{code} "))
            shown += made.counts(line.replace(code, "", 1))
        assert shown == [*one["by_period"].values()]
    assert made.wording.text("report.claims.none") in " ".join(made.text.split())


def test_a_project_that_has_only_begun_has_its_report(made: Made, tmp_path: Path) -> None:
    act = made.project.report().facts.act
    order = Order(made.project.project, ACTOR, Point(act.start), language=made.language)
    early = make_export(made.project.services, made.project.tenant, REPORT, order, tmp_path)
    assert early.as_of == act.start
    assert early.files[0].rows > 3
