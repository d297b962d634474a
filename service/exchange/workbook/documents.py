"""The lists of documents SD-1, SD-2 and SD-3 of the project, or of one claim, a line a row.

Persons are named only when the export has a purpose: without one their columns are not there.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import assert_never
from uuid import UUID

from domain.document import DocumentRecorded
from domain.event import name_of
from domain.expenditure import Recorded
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded
from projections.document_list import LINES, Line, Reasons, line_of, reasons_of_reductions
from service.exchange.workbook.book import Book
from service.exchange.workbook.document_columns import COLUMNS, PERSONAL, Told, values_of
from service.exchange.workbook.sheet import Value
from service.exchange.workbook.table import Written, write_table

CHUNK = 500
FROZEN = 2
LISTS: Mapping[str, type[Recorded]] = {
    "sd1": DocumentRecorded,
    "sd2": WorkRecorded,
    "sd3": TravelRecorded,
}


def write_lists(book: Book) -> dict[str, Written]:
    """The three lists, by name; what each holds."""
    source = book.source
    reasons = reasons_of_reductions(source.connection, source.facts)
    references = {line["document_id"]: line["reference"] for line in source.facts.of["spend"]}
    return {name: _write_list(book, name, reasons, references) for name in LISTS}


def _write_list(book: Book, name: str, reasons: Reasons, references: Mapping[UUID, str]) -> Written:
    kind, order = LISTS[name], book.source.order
    title = book.text(f"title.{name}")
    if order.claim is not None:
        title = f"{title} – {book.text('of_claim', number=order.claim)}"
    named = order.purpose is not None
    columns = [one for one in COLUMNS[kind] if named or one.heading not in PERSONAL]
    sheet = book.sheet(name, title)
    told = map(values_of, _told(book, kind, reasons, references))
    rows: Iterator[Sequence[Value]] = ([line[one.heading] for one in columns] for line in told)
    written = write_table(sheet, columns, rows, FROZEN)
    sheet.finish()
    return written


def _told(
    book: Book, kind: type[Recorded], reasons: Reasons, references: Mapping[UUID, str]
) -> Iterator[Told]:
    """The lines with their words; persons are read for a chunk of lines at a time."""
    source, titles, number = book.source, book.finding_titles, 0
    values = {"type": name_of(kind), "claim": source.order.claim}
    found = (line_of(row, source.as_of) for row in source.rows(LINES, values))
    while chunk := list(islice(found, CHUNK)):
        names = _names(book, chunk)
        for line in chunk:
            number += 1
            key = (line.document_id, line.allocation)
            corrects = line.recorded.corrects
            yield Told(
                number=number,
                line=line,
                person=names.get(person_address(line)),
                reason=reasons.get(key) if line.reduced else None,
                corrects=references.get(corrects) if corrects else None,
                findings=", ".join(titles.get(code, code) for code in line.findings),
            )


def _names(book: Book, chunk: Sequence[Line]) -> dict[bytes, str]:
    """Who the lines' documents name, by sealed address; one logged read."""
    if book.source.order.purpose is None:
        return {}
    addresses = list(dict.fromkeys(map(person_address, chunk)))
    read = book.source.unsealed(addresses)
    erased = book.text("erased")
    return {
        address: name_of_person(read[address]) if address in read else erased
        for address in addresses
    }


def person_address(line: Line) -> bytes:
    """Where the vault keeps who the document names."""
    match line.recorded:
        case DocumentRecorded(supplier=person):
            pass
        case WorkRecorded(employee=person):
            pass
        case TravelRecorded(traveller=person):
            pass
        case _:
            assert_never(line.recorded)
    return bytes.fromhex(person.sha256)


def name_of_person(fields: Mapping[str, str | None]) -> str:
    """A supplier's or traveller's name as given, or an employee's."""
    parts = (fields.get("name"), fields.get("first_name"), fields.get("last_name"))
    return " ".join(part for part in parts if part)
