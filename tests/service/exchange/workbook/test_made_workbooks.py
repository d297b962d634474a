"""Workbooks of projects made by hypothesis: written, read back, every figure in its cell."""

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings

from service.composition import Services
from service.reports import Point
from tests.end_to_end.made_projects import Made, made_projects
from tests.end_to_end.running import imported, leaves
from tests.end_to_end.test_made_projects import SLOW
from tests.service.exchange.workbook.sheets import at, exported, is_figure, read, sheet, table

# Connections of the pool use `random` in their own threads while examples are drawn.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
EXAMPLES = 25


@pytest.mark.long
def test_the_workbook_of_any_project_holds_its_figures_at_any_day(services: Services) -> None:
    seen: Counter[str] = Counter()

    @settings(SLOW, max_examples=EXAMPLES)
    @given(made_projects())
    def check(made: Made) -> None:
        with tempfile.TemporaryDirectory() as name:
            project = imported(services, made.write(Path(name)))
            for day in (None, *made.days):
                point = Point(as_of=day)
                sheets = read(exported(project, Path(name), point=point, purpose="a test"))
                figures = leaves(project.figures(as_of=day))
                lines = table(sheets[sheet("addresses")])
                assert {line["Address"] for line in lines} == set(figures)
                for line in lines:
                    cell = at(sheets, line["Sheet"], line["Cell"])
                    assert is_figure(cell, figures[line["Address"]]), (day, line)
                for one in ("claims", "findings", "sd1", "sd2", "sd3"):
                    seen[one] += len(table(sheets[sheet(one)]))

    check()
    print(dict(seen))
    assert all(seen[one] > 0 for one in ("claims", "findings", "sd1", "sd2", "sd3"))
