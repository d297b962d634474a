"""What was planned, spent, claimed and found: the fold over budget, documents and claims.

A document's lines are recomputed whenever something of it changes (its values, payment, signature,
the holder of its number, the project's dates), with the one pure function of `domain/findings.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

import msgspec

from domain.budget import ItemAdded
from domain.claim import ClaimPaid, Decided, Submitted
from domain.document import DocumentRecorded
from domain.event import Cancelled, Corrected, Fact, corrected_fact, decode, encode, name_of
from domain.expenditure import Line, Paid, Recorded, lines_of, list_of
from domain.findings import Finding, Judged, blocked_since, findings
from domain.project import Registered, payment_period_of
from domain.reservation import NumberReleased, NumberTaken
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded, WorkSigned
from projections.budget_tables import TABLES
from projections.claim_fold import fold_claim, is_of_claim
from projections.projection import Event, Projection, Read
from projections.rows import Rows

Sealed = Mapping[bytes, Mapping[str, str | None]]
NAME = "budget_spend"
TYPES = frozenset(
    name_of(fact)
    for fact in (
        *(Registered, ItemAdded, DocumentRecorded, WorkRecorded, TravelRecorded),
        *(Paid, WorkSigned, NumberTaken, NumberReleased, Submitted, Decided, ClaimPaid),
        *(Corrected, Cancelled),
    )
)


def load(_: Rows, read: Read, events: Sequence[Event]) -> None:
    """Brings in the open rows that the events touch, for the live path."""
    streams = list({event.stream_id for event in events})
    facts = [event.fact for event in events]
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
    keys = {*streams, *(f.number_key for f in facts if isinstance(f, DocumentRecorded))}
    loaded = read.open("expenditure", "document_id", list(documents))
    keys |= {row["number_key"] for row in loaded}
    keys |= {_corrected_key(event) for event in events}
    keys.discard(None)
    siblings = read.open("expenditure", "number_key", list(keys))
    documents |= {row["document_id"] for row in siblings}
    read.open("document_number", "number_key", list(keys))
    lines = read.open("spend", "document_id", list(documents))
    read.open("finding", "document_id", list(documents))
    projects |= {row["project_id"] for row in lines}
    for row in [*loaded, *siblings]:
        projects |= {line.project for line in lines_of(_recorded(row))}
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
        case DocumentRecorded() | WorkRecorded() | TravelRecorded() | Paid() | WorkSigned():
            _put_part(rows, event.stream_id, event.version, event.fact, event.position)
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
            _put_part(rows, event.stream_id, correction.version, new, event.position)
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
            _recompute_number(rows, event.stream_id, position)
    row = rows.get("expenditure", (event.stream_id,))
    if row is None:
        return
    if row["recorded_version"] == version:
        rows.close("expenditure", (event.stream_id,), position)
    elif row["paid_version"] == version:
        gone = {"paid_on": None, "paid_version": None, "paid_source": None}
        _put_expenditure(rows, event.stream_id, gone, position)
    elif row["signed_version"] == version:
        gone = {"signed_on": None, "signed_version": None, "signed_source": None}
        _put_expenditure(rows, event.stream_id, gone, position)
    _recompute(rows, event.stream_id, position)


def _put_project(rows: Rows, project: UUID, act: Registered, position: int) -> None:
    values = {"act": encode(act), "source": position}
    rows.put("spend_project", (project,), values, position)
    for document in {row["document_id"] for row in rows.where("spend", "project_id", project)}:
        _recompute(rows, document, position)


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
            _recompute_number(rows, key, position)
        case _:
            raise TypeError(event.type)


def _put_number(rows: Rows, key: UUID, version: int, taken: NumberTaken, position: int) -> None:
    values = {"taken_version": version, "effective_on": taken.effective_on, "source": position}
    rows.put("document_number", (key, taken.document), values, position)
    _recompute_number(rows, key, position)


def _recompute_number(rows: Rows, key: UUID, position: int) -> None:
    for row in rows.where("expenditure", "number_key", key):
        _recompute(rows, row["document_id"], position)


def _put_part(rows: Rows, document: UUID, version: int, fact: Fact, position: int) -> None:
    """The document itself, its payment, or its signature, in the values that hold now."""
    match fact:
        case Paid(effective_on=day):
            part = {"paid_on": day, "paid_version": version, "paid_source": position}
        case WorkSigned(effective_on=day):
            part = {"signed_on": day, "signed_version": version, "signed_source": position}
        case _:
            part = {
                "type": name_of(type(fact)),
                "data": encode(fact),
                "recorded_version": version,
                "source": position,
                "number_key": fact.number_key if isinstance(fact, DocumentRecorded) else None,
            }
    _put_expenditure(rows, document, part, position)
    _recompute(rows, document, position)


NO_PARTS: dict[str, Any] = {
    **dict.fromkeys(("type", "data", "recorded_version", "source", "number_key")),
    **dict.fromkeys(("paid_on", "paid_version", "paid_source")),
    **dict.fromkeys(("signed_on", "signed_version", "signed_source")),
}


def _put_expenditure(rows: Rows, document: UUID, part: dict[str, Any], position: int) -> None:
    old = rows.get("expenditure", (document,))
    kept = {name: old[name] for name in NO_PARTS} if old else NO_PARTS
    rows.put("expenditure", (document,), {**kept, **part}, position)


def _recompute(rows: Rows, document: UUID, position: int) -> None:
    """Puts the lines and findings of a document as they follow from what is known now."""
    row = rows.get("expenditure", (document,))
    lines = lines_of(_recorded(row)) if row and row["type"] else []
    for old in rows.where("spend", "document_id", document):
        if old["allocation"] not in {line.allocation for line in lines}:
            rows.close("spend", (document, old["allocation"]), position)
    found_of: dict[UUID, list[Finding]] = {}
    for line in lines:
        if line.project not in found_of:
            found_of[line.project] = _findings(rows, document, cast("Any", row), line.project)
        _put_line(rows, document, cast("Any", row), line, found_of[line.project], position)
    _put_findings(rows, document, cast("Any", row), found_of, position)


def _put_line(
    rows: Rows,
    document: UUID,
    row: Mapping[str, Any],
    line: Line,
    found: list[Finding],
    position: int,
) -> None:
    recorded = _recorded(row)
    values = {
        "project_id": line.project,
        "reference": recorded.reference,
        "list": list_of(recorded),
        "item": line.item,
        "amount": line.amount,
        "effective_on": recorded.effective_on,
        "paid_on": row["paid_on"],
        "period": _period(rows, line.project, row["paid_on"]),
        "blocked_on": blocked_since(found),
        "source": row["source"],
        "positions": _positions(row),
    }
    rows.put("spend", (document, line.allocation), values, position)


def _put_findings(
    rows: Rows,
    document: UUID,
    row: Mapping[str, Any],
    found_of: Mapping[UUID, list[Finding]],
    position: int,
) -> None:
    now = {(project, one.code): one for project, found in found_of.items() for one in found}
    for old in rows.where("finding", "document_id", document):
        if (old["project_id"], old["code"]) not in now:
            rows.close("finding", (document, old["project_id"], old["code"]), position)
    for (project, code), one in now.items():
        values = {
            "reference": _recorded(row).reference,
            "since": one.since,
            "positions": _positions(row),
        }
        rows.put("finding", (document, project, code), values, position)


def _findings(rows: Rows, document: UUID, row: Mapping[str, Any], project: UUID) -> list[Finding]:
    act = _act(rows, project)
    if act is None:
        return []
    judged = Judged(
        recorded=_recorded(row),
        paid_on=row["paid_on"],
        signed_on=row["signed_on"],
        earlier_same_number=_earlier(rows, document, row["number_key"]),
    )
    return findings(judged, act)


def _earlier(rows: Rows, document: UUID, key: UUID | None) -> date | None:
    """The earliest effective date of the documents that took the number before this one."""
    own = rows.get("document_number", (key, document)) if key else None
    if own is None:
        return None
    before = [
        number["effective_on"]
        for number in rows.where("document_number", "number_key", key)
        if number["taken_version"] < own["taken_version"]
    ]
    return min(before, default=None)


def _period(rows: Rows, project: UUID, paid_on: date | None) -> int:
    act = _act(rows, project)
    return payment_period_of(act.periods, paid_on) if act and paid_on else 0


def _act(rows: Rows, project: UUID) -> Registered | None:
    row = rows.get("spend_project", (project,))
    return cast("Registered", decode("project.registered.v1", row["act"])) if row else None


def _recorded(row: Mapping[str, Any]) -> Recorded:
    return cast("Recorded", decode(row["type"], row["data"]))


def _positions(row: Mapping[str, Any]) -> list[int]:
    parts: Iterable[int | None] = (row["source"], row["paid_source"], row["signed_source"])
    return sorted(position for position in parts if position is not None)


def _corrected_key(event: Event) -> UUID | None:
    if not isinstance(event.fact, Corrected):
        return None
    new = corrected_fact(event.fact)
    return new.number_key if isinstance(new, DocumentRecorded) else None


BUDGET_SPEND = Projection(
    name=NAME, version=1, tables=TABLES, types=TYPES, load=load, sealed=None, fold=fold
)
