"""The last sheet: where each figure stands, and its address for `grantledger explain`."""

from service.exchange.workbook.book import ADDRESSES_FIRST_ROW, Book
from service.exchange.workbook.sheet import Addressed, Link, Value
from service.exchange.workbook.table import Column, write_table

ADDRESSES = (
    Column("sheet"),
    Column("cell"),
    Column("address", width_max=70),
    Column("value", width_max=70),
)


def write_addresses(book: Book) -> None:
    """A line for each figure, in the order of the sheets, with a link to its cell."""
    sheet = book.sheet("addresses")
    assert sheet.row + 1 == ADDRESSES_FIRST_ROW, "links of figures lead to these lines"
    write_table(sheet, ADDRESSES, (_line(book, one) for one in book.addresses.written))
    sheet.finish()


def _line(book: Book, one: Addressed) -> tuple[Value, ...]:
    written = book.source.figures.figure(one.pointer)
    cell = Link(one.cell, f"internal:'{one.sheet}'!{one.cell}")
    return (one.sheet, cell, one.pointer, None if written is None else str(written))
