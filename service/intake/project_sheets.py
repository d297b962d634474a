"""The sheets `project` (key and value) and `periods` of a workbook: the same as project.json."""

from collections.abc import Iterator, Mapping
from datetime import date as Day  # noqa: N812 (as in rows.py)
from typing import Any, NamedTuple

from service.intake.cells import cleaned
from service.intake.kind import BadCell, Kind
from service.intake.problems import NOTHING, Problem, shown
from service.intake.project_file import (
    BENEFICIARY_KINDS,
    PERIOD_KINDS,
    PROJECT_KINDS,
    Project,
    checked_project,
)
from service.intake.rows import Row
from service.intake.table_file import EXAMPLE, VOCABULARY, TableRead
from service.intake.tables import Column, Table
from service.intake.xlsx.cell import SheetCell, Unreadable, is_empty, seen, written
from service.intake.xlsx.sheet import SheetRow, column_letters

SHEET = "project"
KEY, VALUE = "key", "value"
KINDS: dict[str, Kind] = {
    **PROJECT_KINDS,
    **{f"beneficiary.{key}": kind for key, kind in BENEFICIARY_KINDS.items()},
}


class PeriodRow(Row, frozen=True, kw_only=True):
    """The sheet periods: a monitoring period."""

    number: int
    start: Day
    end: Day
    report_due: Day


PERIODS = Table(
    "periods",
    "periods",
    PeriodRow,
    tuple(Column(name, kind) for name, kind in PERIOD_KINDS.items()),
    key=("number",),
)


class _Sheet:
    """The keys of the sheet with their values as texts, where each stands, and what is wrong."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {"beneficiary": {}}
        self.cells: dict[str, tuple[int, str]] = {}
        self.problems: list[Problem] = []
        self.wrong: set[str] = set()

    def refuse(self, key: str, found: str, expected: str) -> None:
        """Says what is wrong with a key, once."""
        if key not in self.wrong:
            self.wrong.add(key)
            row, cell = self.cells.get(key, (None, None))
            self.problems.append(Problem(SHEET, row, key, found, expected, cell))

    def take(self, key: str, cell: SheetCell) -> None:
        """The value of a key, as the text that project.json would hold."""
        kind = KINDS[key]
        try:
            text = cleaned(written(cell, kind.form))
        except BadCell as bad:
            found = cell.found if isinstance(cell, Unreadable) else shown(seen(cell), VOCABULARY)
            self.refuse(key, found, bad.expected)
            return
        if text.casefold() == EXAMPLE.casefold():
            self.refuse(key, "the example of the template", "the value of your project")
        holder, _, name = key.rpartition(".")
        (self.document[holder] if holder else self.document)[name] = text


class ProjectRead(NamedTuple):
    """The project, or None with everything that is wrong; `cells`: row and address of each key."""

    project: Project | None
    problems: list[Problem]
    cells: Mapping[str, tuple[int, str]]


def read_project_sheets(rows: Iterator[SheetRow], periods: TableRead) -> ProjectRead:
    """The project of the two sheets."""
    sheet = _Sheet()
    _read_keys(sheet, rows)
    sheet.document["periods"] = [
        dict(zip(PERIOD_KINDS, row.cells, strict=True)) for row in periods.rows
    ]
    project, found = checked_project(SHEET, sheet.document)
    problems = [*periods.problems]
    for problem in found:
        key = (problem.column or "").replace("/", ".")
        if not key.startswith("periods"):
            sheet.refuse(key, problem.found, problem.expected)
        elif not periods.problems:
            problems.append(_of_period(problem, periods))
    problems = [*sheet.problems, *problems]
    return ProjectRead(None if problems else project, problems, sheet.cells)


def _read_keys(sheet: _Sheet, rows: Iterator[SheetRow]) -> None:
    header = next(rows, None)
    cells = header.cells if header else {}
    named = {cleaned(seen(cell)).casefold(): at for at, cell in cells.items()}
    if KEY not in named or VALUE not in named:
        found = "another first row" if header else "an empty sheet"
        expected = f"a first row with {KEY} and {VALUE}"
        sheet.problems.append(Problem(SHEET, 1, None, found, expected))
        return
    for number, cells in rows:
        key = cleaned(seen(cells.get(named[KEY], "")))
        cell = cells.get(named[VALUE], "")
        if not key and is_empty(cell):
            continue
        at = f"{SHEET}!{column_letters(named[VALUE])}{number}"
        if key in sheet.cells:
            problem = Problem(SHEET, number, key, "a key that occurs twice", "each key once", at)
            sheet.problems.append(problem)
        elif key in KINDS:
            sheet.cells[key] = number, at
            sheet.take(key, cell)
        else:
            where = f"{SHEET}!{column_letters(named[KEY])}{number}"
            found = shown(key, VOCABULARY) if key else NOTHING
            expected = f"one of {', '.join(KINDS)}"
            sheet.problems.append(Problem(SHEET, number, KEY, found, expected, where))


def _of_period(problem: Problem, periods: TableRead) -> Problem:
    """A problem of `periods/2/end` at the row and column of the sheet."""
    _, _, rest = (problem.column or "").partition("/")
    index, _, column = rest.partition("/")
    row = periods.rows[int(index)].row_number if index else None
    return problem._replace(file=PERIODS.file, row=row, column=column or None)
