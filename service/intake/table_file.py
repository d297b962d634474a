"""One table: its header, its rows as typed values, and what is wrong with each cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.intake import code_lists
from service.intake.cells import canonical, cleaned
from service.intake.csv_file import Record, records, separator_of
from service.intake.kind import BadCell
from service.intake.problems import NOTHING, Problem, shape, shown
from service.intake.rows import Row
from service.intake.tables import TABLES, Column, Table
from service.intake.xlsx.cell import SheetCell, Unreadable, is_empty, seen, written

VOCABULARY = code_lists.words() | frozenset(
    word for table in TABLES for column in table.columns for word in column.name.split("_")
)
COLUMN_NAMES = frozenset(column.name for table in TABLES for column in table.columns)
# A template marks its example rows so in their first cell; they are never recorded.
EXAMPLE = "EXAMPLE"


@dataclass
class TableRead:
    """What a file gave. `lines`: the line of each row id, of refused rows as well.

    `layout`: where each column stands, from 0; empty while there is no header.
    """

    table: Table
    rows: list[Row] = field(default_factory=list[Row])
    problems: list[Problem] = field(default_factory=list[Problem])
    lines: dict[str, int] = field(default_factory=dict[str, int])
    refused: set[int] = field(default_factory=set[int])
    layout: dict[str, int] = field(default_factory=dict[str, int])
    readable: bool = True

    def refuse(self, row: int, column: str | None, found: str, expected: str) -> None:
        """Says what is wrong with a row; it takes no part in what follows."""
        self.problems.append(Problem(self.table.file, row, column, found, expected))
        self.refused.add(row)

    def unreadable(self, problem: Problem) -> None:
        """Says why nothing of the file can be used."""
        self.problems.append(problem)
        self.readable = False


def read_table(table: Table, text: str) -> TableRead:
    """The rows of a CSV file, with the problems of its cells; checks between rows come later."""
    separator = separator_of(text, {column.name for column in table.columns})
    return read_records(table, records(text, separator, table.file))


def read_records(table: Table, found: Iterator[Record | Problem]) -> TableRead:
    """The rows of a table; the first record is its header."""
    read = TableRead(table)
    header = next(found, None)
    if not isinstance(header, Record):
        expected = f"a header row: {_names(table)}"
        read.unreadable(header or Problem(table.file, 1, None, "an empty file", expected))
        return read
    layout = _layout(read, header)
    if layout is None:
        return read
    read.layout = layout
    width = len(_without_empty_end(header.cells))
    occurrences: dict[str, int] = {}
    for record in found:
        if isinstance(record, Problem):
            read.problems.append(record)
            read.refused.add(record.row or 0)
        elif (cells := _fitting(read, record, width, len(header.cells))) is not None:
            _read_row(read, record.line, cells, layout, occurrences)
    return read


def shown_in(column: Column, cell: str) -> str:
    """A cell of a column as a report may show it."""
    if not cell:
        return NOTHING
    return shape(cell) if column.person else shown(cell, VOCABULARY)


def _layout(read: TableRead, header: Record) -> dict[str, int] | None:
    """Where each column stands; None when one is missing or doubled."""
    table = read.table
    names = [cleaned(seen(cell)).casefold() for cell in _without_empty_end(header.cells)]
    expected = [column.name for column in table.columns]
    missing = [name for name in expected if name not in names]
    doubled = sorted({name for name in expected if names.count(name) > 1})
    if missing or doubled:
        found = ", ".join(name if name in COLUMN_NAMES else shape(name) for name in names)
        what = f"a column {', '.join(missing)}" if missing else f"{', '.join(doubled)} only once"
        if len(missing) == len(expected):
            what = f"a header row {', '.join(missing)}, separated by commas or semicolons"
        column = ", ".join(missing or doubled)
        problem = Problem(table.file, header.line, column, f"the columns {found}", what)
        read.unreadable(problem)
        return None
    for index, name in enumerate(names):
        if name not in expected:
            column, said = f"no. {index + 1}", name if name in COLUMN_NAMES else shape(name)
            wanted = f"only the columns {_names(table)}"
            read.problems.append(Problem(table.file, header.line, column, said, wanted))
    return {name: names.index(name) for name in expected}


def _names(table: Table) -> str:
    return ", ".join(column.name for column in table.columns)


def _without_empty_end(cells: Sequence[SheetCell]) -> Sequence[SheetCell]:
    end = len(cells)
    while end and is_empty(cells[end - 1]):
        end -= 1
    return cells[:end]


def _fitting(
    read: TableRead, record: Record, width: int, header_width: int
) -> Sequence[SheetCell] | None:
    """The cells under the header; spreadsheets add empty ones at the end of rows."""
    count = len(record.cells)
    if count < width or len(_without_empty_end(record.cells)) > width:
        expected = f"{width} cells, as in the header"
        if count < width:
            expected += " (is the file cut off here?)"
        elif width < header_width:
            expected += " (the cells behind have no column name)"
        read.refuse(record.line, None, f"{count} cells", expected)
        return None
    return record.cells


def _read_row(
    read: TableRead,
    line: int,
    cells: Sequence[SheetCell],
    layout: Mapping[str, int],
    occurrences: dict[str, int],
) -> None:
    first = read.table.columns[0].name
    if cleaned(seen(cells[layout[first]])).casefold() == EXAMPLE.casefold():
        expected = "a row of yours in its place, or no row: delete it"
        read.refuse(line, first, "the example row of the template", expected)
        return
    values: dict[str, Any] = {}
    for column in read.table.columns:
        cell = cells[layout[column.name]]
        try:
            values[column.name] = _value(column, cleaned(written(cell, column.kind.form)))
        except BadCell as bad:
            read.refuse(line, column.name, _shown_cell(column, cell), bad.expected)
    row_id = _row_id(read, line, values, occurrences)
    if line in read.refused or row_id is None:
        return
    texts = tuple(canonical(values[column.name]) for column in read.table.columns)
    read.rows.append(read.table.row(row_number=line, row_id=row_id, cells=texts, **values))


def _shown_cell(column: Column, cell: SheetCell) -> str:
    """What a cell holds; that it is an error or a lost text names nobody."""
    return cell.found if isinstance(cell, Unreadable) else shown_in(column, cleaned(seen(cell)))


def _value(column: Column, cell: str) -> Any:
    if cell:
        return column.kind(cell)
    if column.optional:
        return None
    column.kind("")  # says what is expected, except for a text
    raise BadCell("a text")


def _row_id(
    read: TableRead, line: int, values: Mapping[str, Any], occurrences: dict[str, int]
) -> str | None:
    """What the row is known by; None when its key cannot be read or is another row's."""
    table = read.table
    if any(name not in values for name in table.key):
        return None
    row_id = "/".join(canonical(values[name]) for name in table.key)
    if table.repeats:
        occurrences[row_id] = occurrences.get(row_id, 0) + 1
        row_id = f"{row_id}/{occurrences[row_id]}"
    if row_id in read.lines:
        column = ", ".join(table.key)
        expected = f"each row once; row {read.lines[row_id]} is the same {column}"
        read.refuse(line, column, shown(row_id, VOCABULARY), expected)
        return None
    read.lines[row_id] = line
    return row_id
