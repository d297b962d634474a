"""Rows that name other rows: what they name must exist and be understood.

A row that refers to a refused row is refused itself, and the problem says so. Where a whole file
cannot be read, one problem stands for all rows that refer to it.
"""

from typing import NamedTuple

from service.intake.problems import NOTHING, shown
from service.intake.reading import Reading
from service.intake.rows import (
    AccountingDocumentRow,
    ActivityRow,
    HelpdeskContactRow,
    Row,
    TravelOrderRow,
    WorkRecordRow,
)
from service.intake.table_file import VOCABULARY

HELPDESK = "helpdesk"
DOCUMENTS = ("sd1", "sd2", "sd3")


class Reference(NamedTuple):
    """A column that names a row of one of the target tables."""

    table: str
    column: str
    targets: tuple[str, ...]
    noun: str


ATTENDANCE_ACTIVITY = Reference("attendance", "activity_id", ("activities",), "activities")
ATTENDANCE_PARTICIPANT = Reference(
    "attendance", "participant_id", ("participants",), "participants"
)
SIMPLE = (
    Reference("questionnaires", "activity_id", ("activities",), "activities"),
    Reference("sd1", "budget_item", ("budget",), "budget items"),
    Reference("sd2", "budget_item", ("budget",), "budget items"),
    Reference("sd3", "budget_item", ("budget",), "budget items"),
    Reference("sd3", "activity_id", ("activities",), "activities"),
)
DECISION_CLAIM = Reference("decisions", "claim", ("claims",), "claims")
DECISION_DOCUMENT = Reference("decisions", "document_id", DOCUMENTS, "documents")


def check_reference(reading: Reading, reference: Reference) -> None:
    """Refuses the rows whose column names no row, or a refused one."""
    read = reading.tables[reference.table]
    index = [column.name for column in read.table.columns].index(reference.column)
    naming = [row for row in read.rows if row.cells[index] and row.row_number not in read.refused]
    targets = [reading.tables[name] for name in reference.targets]
    files = ", ".join(target.table.file for target in targets if not target.readable)
    if files:
        lost = [row for row in naming if not any(row.cells[index] in one.lines for one in targets)]
        if lost:
            found = f"{len(lost)} rows that refer to {files}"
            reading.refuse_file(reference.table, reference.column, found, f"a readable {files}")
            read.refused.update(row.row_number for row in lost)
    for row in naming:
        if row.row_number not in read.refused:
            _check_named(reading, reference, row, row.cells[index])


def _check_named(reading: Reading, reference: Reference, row: Row, named: str) -> None:
    for name in reference.targets:
        target = reading.tables[name]
        line = target.lines.get(named)
        if line is None:
            continue
        if line in target.refused:
            expected = f"a row without problems: {target.table.file}, row {line} has one"
            reading.refuse(row, reference.column, expected)
        return
    files = ", ".join(reading.tables[name].table.file for name in reference.targets)
    ids = (row_id for name in reference.targets for row_id in reading.tables[name].lines)
    example = next(ids, None)
    known = f", for example {shown(example, VOCABULARY)}" if example else ": there are none"
    expected = f"one of the {reference.noun} of {files}{known}"
    reading.refuse(row, reference.column, expected)


def check_corrections(reading: Reading) -> None:
    """A correcting document names one recorded before it, of the same list."""
    for kind in (AccountingDocumentRow, WorkRecordRow, TravelOrderRow):
        read = reading.table_of(kind)
        for row in reading.open(kind):
            if row.corrects is None:
                continue
            line = read.lines.get(row.corrects)
            if line is None or line >= row.row_number:
                expected = f"the id of a row of {read.table.file} above this one, or {NOTHING}"
                reading.refuse(row, "corrects", expected)
            elif line in read.refused:
                expected = f"a row without problems: {read.table.file}, row {line} has one"
                reading.refuse(row, "corrects", expected)


def check_document_ids(reading: Reading) -> None:
    """A document is known by its id over all three lists."""
    seen: dict[str, tuple[str, int]] = {}
    for name in DOCUMENTS:
        read = reading.tables[name]
        for row_id, line in read.lines.items():
            if row_id in seen:
                file, other = seen[row_id]
                expected = f"an id of one document; {file}, row {other} has it too"
                read.refuse(line, "id", shown(row_id, VOCABULARY), expected)
            else:
                seen[row_id] = (read.table.file, line)


def check_contacts(reading: Reading) -> None:
    """Each contact falls on a day of a helpdesk activity."""
    contacts, file = reading.open(HelpdeskContactRow), reading.file("activities")
    if contacts and not reading.tables["activities"].readable:
        found = f"{len(contacts)} rows that refer to {file}"
        reading.refuse_file("helpdesk_contacts", "date", found, f"a readable {file}")
        read = reading.tables["helpdesk_contacts"]
        read.refused.update(row.row_number for row in contacts)
        return
    helpdesks = [row for row in reading.open(ActivityRow) if row.kind == HELPDESK]
    example = next((f", for example {one.start} to {one.end}" for one in helpdesks), "")
    expected = f"a day of an activity of kind {HELPDESK} in {file}{example}"
    if refused := reading.tables["activities"].refused:
        expected += f" ({file}, row {min(refused)} has a problem)"
    for contact in contacts:
        if not any(one.start <= contact.date <= one.end for one in helpdesks):
            reading.refuse(contact, "date", expected)
