"""What was planned, spent, claimed and found: the fold over budget, documents and claims.

Budget items here, claims in `claim_fold.py`, documents with their findings in
`expenditure_fold.py`; findings come from the one pure function of `domain/findings.py`.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from domain.budget import ItemAdded
from domain.claim import ClaimPaid, Decided, Submitted
from domain.document import DocumentRecorded
from domain.event import Cancelled, Corrected, corrected_fact, encode, name_of
from domain.expenditure import Paid, lines_of
from domain.project import Registered
from domain.reservation import MonthWorked, NumberReleased, NumberTaken
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded, WorkSigned
from projections.budget_tables import TABLES
from projections.claim_fold import fold_claim, is_of_claim
from projections.expenditure_fold import (
    put_expenditure,
    put_part,
    recompute,
    recompute_month,
    recompute_number,
    recorded_of,
)
from projections.projection import Event, Projection, Read
from projections.rows import Rows

Sealed = Mapping[bytes, Mapping[str, str | None]]
NAME = "budget_spend"
TYPES = frozenset(
    name_of(fact)
    for fact in (
        *(Registered, ItemAdded, DocumentRecorded, WorkRecorded, TravelRecorded),
        *(Paid, WorkSigned, NumberTaken, NumberReleased, Submitted, Decided, ClaimPaid),
        *(MonthWorked, Corrected, Cancelled),
    )
)


def load(_: Rows, read: Read, events: Sequence[Event]) -> None:
    """Brings in the open rows that the events touch, for the live path."""
    streams = list({event.stream_id for event in events})
    facts = [
        corrected_fact(event.fact) if isinstance(event.fact, Corrected) else event.fact
        for event in events
    ]
    documents = {*streams, *(f.document for f in facts if isinstance(f, NumberTaken))}
    documents |= {f.document for f in facts if isinstance(f, NumberReleased)}
    read.open("claim", "claim_id", streams)
    read.open("claim_line", "claim_id", streams)
    read.open("budget_item", "stream_id", streams)
    projects: set[UUID] = {p for f in facts if (p := getattr(f, "project", None))}
    changed_projects = {
        row["project_id"] for row in read.open("spend_project", "project_id", streams)
    }
    for row in read.open("spend", "project_id", list(changed_projects)):
        documents.add(row["document_id"])
    documents |= {row["work_record"] for row in read.open("person_month", "month_key", streams)}
    documents |= {f.work_record for f in facts if isinstance(f, MonthWorked)}
    months = read.open("person_month", "work_record", list(documents))
    read.open("person_month", "month_key", list({row["month_key"] for row in months}))
    keys = {*streams, *(f.number_key for f in facts if isinstance(f, DocumentRecorded))}
    loaded = read.open("expenditure", "document_id", list(documents))
    keys |= {row["number_key"] for row in loaded}
    keys.discard(None)
    siblings = read.open("expenditure", "number_key", list(keys))
    documents |= {row["document_id"] for row in siblings}
    read.open("document_number", "number_key", list(keys))
    lines = read.open("spend", "document_id", list(documents))
    read.open("finding", "document_id", list(documents))
    projects |= {row["project_id"] for row in lines}
    for row in [*loaded, *siblings]:
        if row["type"] is not None:
            projects |= {line.project for line in lines_of(recorded_of(row))}
    for fact in facts:
        if isinstance(fact, DocumentRecorded):
            projects |= {allocation.project for allocation in fact.allocations}
    read.open("spend_project", "project_id", list(projects))


def fold(rows: Rows, events: Sequence[Event], _: Sealed) -> None:
    """Takes the events, in order, into the rows."""
    for event in events:
        if is_of_claim(rows, event):
            fold_claim(rows, event)
        else:
            _fold_one(rows, event)


def _fold_one(rows: Rows, event: Event) -> None:
    match event.fact:
        case Registered() as act:
            _put_project(rows, event.stream_id, act, event.position)
        case ItemAdded() as item:
            _put_item(rows, event.stream_id, event.version, item, event.position)
        case NumberTaken() | NumberReleased():
            _fold_number(rows, event)
        case MonthWorked(work_record=work_record, fte=fte):
            month = {"work_record": work_record, "fte": fte, "source": event.position}
            rows.put("person_month", (event.stream_id, event.version), month, event.position)
            recompute_month(rows, event.stream_id, event.position)
        case DocumentRecorded() | WorkRecorded() | TravelRecorded() | Paid() | WorkSigned():
            put_part(rows, event.stream_id, event.version, event.fact, event.position)
        case Corrected() as correction:
            _fold_corrected(rows, event, correction)
        case Cancelled(version=version):
            _fold_cancelled(rows, event, version)
        case _:
            pass


def _fold_corrected(rows: Rows, event: Event, correction: Corrected) -> None:
    match corrected_fact(correction):
        case Registered() as act:
            _put_project(rows, event.stream_id, act, event.position)
        case ItemAdded() as item:
            _put_item(rows, event.stream_id, correction.version, item, event.position)
        case NumberTaken() as taken:
            _put_number(rows, event.stream_id, correction.version, taken, event.position)
        case (
            DocumentRecorded() | WorkRecorded() | TravelRecorded() | Paid() | WorkSigned()
        ) as new:
            put_part(rows, event.stream_id, correction.version, new, event.position)
        case _:
            pass


def _fold_cancelled(rows: Rows, event: Event, version: int) -> None:
    """What is cancelled is found by stream and version; streams of other projections are not."""
    position = event.position
    if rows.get("budget_item", (event.stream_id, version)):
        rows.close("budget_item", (event.stream_id, version), position)
    for number in rows.where("document_number", "number_key", event.stream_id):
        if number["taken_version"] == version:
            rows.close("document_number", (event.stream_id, number["document_id"]), position)
            recompute_number(rows, event.stream_id, position)
    if month := rows.get("person_month", (event.stream_id, version)):
        rows.close("person_month", (event.stream_id, version), position)
        recompute_month(rows, event.stream_id, position)
        recompute(rows, month["work_record"], position)
    row = rows.get("expenditure", (event.stream_id,))
    if row is None:
        return
    if row["recorded_version"] == version:
        rows.close("expenditure", (event.stream_id,), position)
    elif row["paid_version"] == version:
        gone = {"paid_on": None, "paid_version": None, "paid_source": None}
        put_expenditure(rows, event.stream_id, gone, position)
    elif row["signed_version"] == version:
        gone = {"signed_on": None, "signed_version": None, "signed_source": None}
        put_expenditure(rows, event.stream_id, gone, position)
    recompute(rows, event.stream_id, position)


def _put_project(rows: Rows, project: UUID, act: Registered, position: int) -> None:
    values = {"act": encode(act), "source": position}
    rows.put("spend_project", (project,), values, position)
    for document in {row["document_id"] for row in rows.where("spend", "project_id", project)}:
        recompute(rows, document, position)


def _put_item(rows: Rows, stream: UUID, version: int, item: ItemAdded, position: int) -> None:
    values = msgspec.structs.asdict(item)
    values["project_id"] = values.pop("project")
    rows.put("budget_item", (stream, version), values | {"source": position}, position)


def _fold_number(rows: Rows, event: Event) -> None:
    key, position = event.stream_id, event.position
    match event.fact:
        case NumberTaken() as taken:
            _put_number(rows, key, event.version, taken, position)
        case NumberReleased(document=document):
            rows.close("document_number", (key, document), position)
            recompute_number(rows, key, position)
        case _:
            raise TypeError(event.type)


def _put_number(rows: Rows, key: UUID, version: int, taken: NumberTaken, position: int) -> None:
    values = {"taken_version": version, "effective_on": taken.effective_on, "source": position}
    rows.put("document_number", (key, taken.document), values, position)
    recompute_number(rows, key, position)


BUDGET_SPEND = Projection(
    name=NAME, version=3, tables=TABLES, types=TYPES, load=load, sealed=None, fold=fold
)
