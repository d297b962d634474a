"""A table of a sheet: headings that stay, filters, rows as they come, totals of what is shown."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from textwrap import wrap
from typing import NamedTuple

from xlsxwriter.utility import xl_rowcol_to_cell

from service.exchange.workbook.formats import Kind
from service.exchange.workbook.sheet import LINE_HEIGHT, Figure, Sheet, Value, shown

HEADING_LINES = 2
BOLD, INDENT = 1.1, 1.0  # of a character's width
TEXT_WIDTH = 30


class Column(NamedTuple):
    """A column; `heading` is its text's key, `width_max` of a text that may be long.

    `total`: whether its values are added up under the table; `text`: a heading with a number in it.
    """

    heading: str
    kind: Kind = "text"
    width_max: int = TEXT_WIDTH
    total: bool = False
    text: str | None = None


class Written(NamedTuple):
    """Where a table is: the sheet's row of its headings, and the number of rows below."""

    heading_row: int
    rows: int


def write_table(
    sheet: Sheet, columns: Sequence[Column], rows: Iterable[Sequence[Value]], frozen: int = 0
) -> Written:
    """Writes a table from the current row on; `frozen` columns stay when scrolling.

    The sheet's printed pages repeat its headings.
    """
    heading_row = sheet.row
    _write_headings(sheet, columns, frozen)
    totals = {column.heading: Decimal(0) for column in columns if column.total}
    count = 0
    for row in rows:
        for index, (column, value) in enumerate(zip(columns, row, strict=True)):
            _put(sheet, index, column, value, totals)
        sheet.next_row()
        count += 1
    sheet.xlsx.autofilter(heading_row, 0, max(heading_row + count, 1), len(columns) - 1)
    if count and totals:
        _write_totals(sheet, columns, heading_row + 1, totals)
    if not count:
        sheet.put(0, sheet.wording.text("workbook.no_rows"), "text", "note")
        sheet.next_row()
    return Written(heading_row, count)


def write_figure(sheet: Sheet, label: str, column: int, pointer: str, kind: Kind) -> None:
    """A figure below a table: what it is at the left, its value in a column of the table."""
    sheet.put(0, label, "text", "card")
    for between in range(1, column):
        sheet.put(between, None, "text", "card")
    sheet.put(column, Figure(pointer), kind)
    sheet.next_row()


def _write_headings(sheet: Sheet, columns: Sequence[Column], frozen: int) -> None:
    """Two lines high: the button of the filter is below a short heading at the right."""
    for index, column in enumerate(columns):
        text = column.text or sheet.wording.text(f"workbook.column.{column.heading}")
        sheet.put(index, text, column.kind, "heading")
        sheet.needs(index, _heading_width(text))
    sheet.xlsx.repeat_rows(sheet.row)
    sheet.next_row(height=HEADING_LINES * LINE_HEIGHT)
    sheet.xlsx.freeze_panes(sheet.row, frozen)


def _heading_width(text: str) -> float:
    """The least width in which a heading, bold and set off, takes two lines."""
    longest = max(map(len, text.split()))
    width = next(n for n in range(longest, len(text) + 1) if len(wrap(text, n)) <= HEADING_LINES)
    return width * BOLD + INDENT


def _put(
    sheet: Sheet, index: int, column: Column, value: Value, totals: dict[str, Decimal]
) -> None:
    written = sheet.put(index, value, column.kind, "plain", column.width_max)
    if column.total and isinstance(written, Decimal | int):
        totals[column.heading] += written


def _write_totals(
    sheet: Sheet, columns: Sequence[Column], first_row: int, totals: dict[str, Decimal]
) -> None:
    """SUBTOTAL adds up what the filters show; the value beside it is that of all rows."""
    sheet.put(0, sheet.wording.text("workbook.total"), "text", "total")
    for index, column in enumerate(columns[1:], start=1):
        if not column.total:
            sheet.put(index, None, "text", "total")
            continue
        first = xl_rowcol_to_cell(first_row, index)
        last = xl_rowcol_to_cell(sheet.row - 1, index)
        total = totals[column.heading]
        shape = sheet.formats.of(column.kind, "total")
        formula = f"=SUBTOTAL(9,{first}:{last})"
        sheet.xlsx.write_formula(sheet.row, index, formula, shape, total)
        sheet.needs(index, len(shown(total, column.kind)))
    sheet.next_row()
