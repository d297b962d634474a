"""A workbook as typed rows: the tables are sheets, named like the files without suffix."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from service.intake.csv_file import Record
from service.intake.intake import PROJECT, Intake, Source, checked
from service.intake.problems import Problem
from service.intake.project_sheets import PERIODS, ProjectRead, read_project_sheets
from service.intake.table_file import TableRead, read_records
from service.intake.tables import TABLES, Table
from service.intake.xlsx.book import Book, Sheet, read_book
from service.intake.xlsx.package import BadWorkbook, TooLarge, opened, sha256_of
from service.intake.xlsx.sheet import Counter, SheetRow, column_letters, rows_of

SHEETS = {table.name: replace(table, file=table.file.removesuffix(".csv")) for table in TABLES}
NAMES = {PROJECT: PROJECT, **{name: table.file for name, table in SHEETS.items()}}
COLUMNS_MAX = 200


@dataclass
class _Workbook:
    """An open workbook whose sheets are read one after another."""

    book: Book
    counter: Counter = field(default_factory=Counter)

    def read(self, table: Table) -> TableRead:
        """The rows of a table's sheet, or why there are none."""
        found = self.find(table.file)
        if isinstance(found, Problem):
            return _unreadable(table, found)
        merged: list[str] = []
        rows = rows_of(self.book, found, self.counter, merged.append)
        try:
            read = read_records(table, _records(table.file, rows))
        except TooLarge:
            raise
        except BadWorkbook as bad:
            return _unreadable(table, Problem(table.file, None, None, bad.found, bad.expected))
        for reference in merged:
            at = reference if reference.replace(":", "").isalnum() else "somewhere"
            expected = "a value in each cell"
            read.unreadable(Problem(table.file, None, None, f"merged cells {at}", expected))
        return read

    def find(self, name: str) -> str | Problem:
        """The part of the sheet of this name, in any case; it must be one that a person sees."""
        same = [sheet for sheet in self.book.sheets if _is_named(sheet, name)]
        if len(same) > 1:
            return Problem(name, None, None, f"{len(same)} sheets of this name", "one of them")
        if not same:
            there = ", ".join(self.known_names()) or "none that is known"
            return Problem(name, None, None, f"no such sheet (there is {there})", "the sheet")
        if same[0].is_hidden:
            return Problem(name, None, None, "a hidden sheet", "a sheet that can be seen")
        if same[0].part is None:
            return Problem(name, None, None, "a sheet that the file has lost", "the sheet")
        return same[0].part

    def known_names(self) -> list[str]:
        """The sheets that the import reads; others are nobody's business."""
        known = {*NAMES.values(), PERIODS.file}
        there = {sheet.name.strip().casefold() for sheet in self.book.sheets}
        return sorted(known & there)


def read_workbook(path: Path) -> Intake:
    """Reads and checks a workbook; writes nothing and never raises for its content."""
    files = {path.name: sha256_of(path)}
    try:
        with opened(path) as package:
            return _read(_Workbook(read_book(package)), files)
    except BadWorkbook as bad:
        problem = Problem(path.name, None, None, bad.found, bad.expected)
        tables = {name: TableRead(table) for name, table in SHEETS.items()}
        for read in tables.values():
            read.readable = False
        source = Source(files, NAMES, lambda one: one)
        return checked(None, [problem], tables, source)


def _read(workbook: _Workbook, files: Mapping[str, str]) -> Intake:
    periods = workbook.read(PERIODS)
    part = workbook.find(PROJECT)
    if isinstance(part, Problem):
        read = ProjectRead(None, [part, *periods.problems], {})
    else:
        rows = rows_of(workbook.book, part, workbook.counter, lambda _: None)
        read = read_project_sheets(rows, periods)
    tables = {name: workbook.read(table) for name, table in SHEETS.items()}
    layouts = {one.table.file: one.layout for one in (periods, *tables.values())}

    def place(problem: Problem) -> Problem:
        row, cell = read.cells.get(problem.column or "", (None, None))
        if problem.file == PROJECT and problem.cell is None:
            return problem._replace(row=row, cell=cell)
        return _placed(problem, layouts)

    return checked(read.project, read.problems, tables, Source(files, NAMES, place))


def _placed(problem: Problem, layouts: Mapping[str, Mapping[str, int]]) -> Problem:
    """The problem with the address of the first cell that it names."""
    first = (problem.column or "").partition(",")[0]
    column = layouts.get(problem.file, {}).get(first)
    if problem.cell is not None or problem.row is None or column is None:
        return problem
    return problem._replace(cell=address(problem.file, problem.row, column))


def address(sheet: str, row: int, column: int) -> str:
    """A cell as a spreadsheet writes it: sd1!H12, 'exchange-rates'!B3."""
    name = sheet if sheet.isalnum() else f"'{sheet}'"
    return f"{name}!{column_letters(column)}{row}"


def _unreadable(table: Table, problem: Problem) -> TableRead:
    read = TableRead(table)
    read.unreadable(problem)
    return read


def _is_named(sheet: Sheet, name: str) -> bool:
    return sheet.name.strip().casefold() == name


def _records(sheet: str, rows: Iterator[SheetRow]) -> Iterator[Record | Problem]:
    """The rows as wide as the first one, the header; what stands beside it comes behind."""
    width = 0
    for number, cells in rows:
        if all(isinstance(cell, str) and not cell.strip() for cell in cells.values()):
            continue
        if not width:
            width = max(cells) + 1
            if width > COLUMNS_MAX:
                found, expected = f"{width} columns", f"at most {COLUMNS_MAX} columns"
                yield Problem(sheet, number, None, found, expected)
                return
        within = [cells.get(column, "") for column in range(width)]
        yield Record(number, [*within, *(cells[one] for one in sorted(cells) if one >= width)])
