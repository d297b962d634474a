"""Expenditures in the fold of `budget_spend`: lines and findings follow from what is known.

A document's lines are put anew whenever something of it changes: its values, payment, signature,
the holder of its number, the person's month, the project's dates.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from domain.document import DocumentRecorded
from domain.event import Fact, encode, name_of
from domain.expenditure import Line, Paid, Recorded, lines_of, list_of
from domain.findings import Finding, Judged, blocked_since, findings
from domain.project import Registered, payment_period_of
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded, WorkSigned
from projections.rows import Rows
from projections.stored_facts import stored_fact


def recompute_number(rows: Rows, key: UUID, position: int) -> None:
    for row in rows.where("expenditure", "number_key", key):
        recompute(rows, row["document_id"], position)


def recompute_month(rows: Rows, key: UUID, position: int) -> None:
    for row in rows.where("person_month", "month_key", key):
        recompute(rows, row["work_record"], position)


def put_part(rows: Rows, document: UUID, version: int, fact: Fact, position: int) -> None:
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
    put_expenditure(rows, document, part, position)
    recompute(rows, document, position)


NO_PARTS: dict[str, Any] = {
    **dict.fromkeys(("type", "data", "recorded_version", "source", "number_key")),
    **dict.fromkeys(("paid_on", "paid_version", "paid_source")),
    **dict.fromkeys(("signed_on", "signed_version", "signed_source")),
}


def put_expenditure(rows: Rows, document: UUID, part: dict[str, Any], position: int) -> None:
    old = rows.get("expenditure", (document,))
    kept = {name: old[name] for name in NO_PARTS} if old else NO_PARTS
    rows.put("expenditure", (document,), {**kept, **part}, position)


def recompute(rows: Rows, document: UUID, position: int) -> None:
    """Puts the lines and findings of a document as they follow from what is known now."""
    row = rows.get("expenditure", (document,))
    lines = lines_of(recorded_of(row)) if row and row["type"] else []
    for old in rows.where("spend", "document_id", document):
        if old["allocation"] not in {line.allocation for line in lines}:
            rows.close("spend", (document, old["allocation"]), position)
    found_of: dict[UUID, list[Finding]] = {}
    for line in lines:
        first = line.project not in found_of
        if first:
            found_of[line.project] = _findings(rows, document, cast("Any", row), line.project)
        _put_line(rows, document, cast("Any", row), line, found_of[line.project], first, position)
    _put_findings(rows, document, cast("Any", row), found_of, position)


def _put_line(
    rows: Rows,
    document: UUID,
    row: Mapping[str, Any],
    line: Line,
    found: list[Finding],
    first: bool,
    position: int,
) -> None:
    recorded = recorded_of(row)
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
        "first": first,
        **_of_document(recorded),
        "source": row["source"],
        "positions": _positions(row),
    }
    rows.put("spend", (document, line.allocation), values, position)


def _of_document(recorded: Recorded) -> dict[str, Any]:
    """What lists sort and filter by: the day or time of the document, and who is named by it."""
    match recorded:
        case DocumentRecorded(issued_on=day, document_number=number, supplier_ico=ico):
            dated, person = datetime.combine(day, time()), None
        case WorkRecorded(month=day, employee=sealed):
            dated, person = datetime.combine(day, time()), sealed.person
            number = ico = None
        case TravelRecorded(departed_at=dated, traveller=sealed):
            person = sealed.person
            number = ico = None
    named = {"number": number, "supplier_ico": ico, "person": person}
    return {"dated_at": dated, "total": recorded.amount, **named}


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
            "reference": recorded_of(row).reference,
            "since": one.since,
            "positions": _positions(row),
        }
        rows.put("finding", (document, project, code), values, position)


def _findings(rows: Rows, document: UUID, row: Mapping[str, Any], project: UUID) -> list[Finding]:
    act = _act(rows, project)
    if act is None:
        return []
    judged = Judged(
        recorded=recorded_of(row),
        paid_on=row["paid_on"],
        signed_on=row["signed_on"],
        earlier_same_number=_earlier(rows, document, row["number_key"]),
        month_fte=_month_fte(rows, document),
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


def _month_fte(rows: Rows, work_record: UUID) -> Decimal:
    """The FTE of the person's month up to and including this work record."""
    own = rows.where("person_month", "work_record", work_record)
    if not own:
        return Decimal(0)
    same_month = rows.where("person_month", "month_key", own[0]["month_key"])
    upto = (row["fte"] for row in same_month if row["fact_version"] <= own[0]["fact_version"])
    return sum(upto, Decimal(0))


def _period(rows: Rows, project: UUID, paid_on: date | None) -> int:
    act = _act(rows, project)
    return payment_period_of(act.periods, paid_on) if act and paid_on else 0


def _act(rows: Rows, project: UUID) -> Registered | None:
    row = rows.get("spend_project", (project,))
    return cast("Registered", stored_fact("project.registered.v1", row["act"])) if row else None


def recorded_of(row: Mapping[str, Any]) -> Recorded:
    return cast("Recorded", stored_fact(row["type"], row["data"]))


def _positions(row: Mapping[str, Any]) -> list[int]:
    parts: Iterable[int | None] = (row["source"], row["paid_source"], row["signed_source"])
    return sorted(position for position in parts if position is not None)
