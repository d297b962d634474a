"""Claims in the fold of `budget_spend`: submitted, decided line by line, paid."""

from typing import Any
from uuid import UUID

from domain.claim import ClaimPaid, Decided, Submitted
from domain.event import Cancelled, Corrected, Fact, corrected_fact
from domain.money import parse_money
from projections.projection import Event
from projections.rows import Rows

NOTHING = parse_money("0.00")
UNDECIDED: dict[str, Any] = {
    "reduction": NOTHING,
    "reduction_index": None,
    "decided_on": None,
    "decided_source": None,
}


def is_of_claim(rows: Rows, event: Event) -> bool:
    """Whether the event belongs to a claim's stream."""
    match event.fact:
        case Submitted() | Decided() | ClaimPaid():
            return True
        case Corrected() | Cancelled():
            return rows.get("claim", (event.stream_id,)) is not None
        case _:
            return False


def fold_claim(rows: Rows, event: Event) -> None:
    """Takes one event of a claim into the rows."""
    match event.fact:
        case Corrected() as correction:
            new = corrected_fact(correction)
            _put(rows, event.stream_id, correction.version, new, event.position)
        case Cancelled(version=version):
            _cancel(rows, event.stream_id, version, event.position)
        case fact:
            _put(rows, event.stream_id, event.version, fact, event.position)


def _put(rows: Rows, claim: UUID, version: int, fact: Fact, position: int) -> None:
    match fact:
        case Submitted():
            _put_submitted(rows, claim, version, fact, position)
        case Decided():
            _put_decided(rows, claim, version, fact, position)
        case ClaimPaid(effective_on=day, amount=amount):
            paid = {"paid_on": day, "paid_amount": amount}
            _change(
                rows, claim, {**paid, "paid_version": version, "paid_source": position}, position
            )
        case _:
            raise TypeError(type(fact).__qualname__)


def _put_submitted(rows: Rows, claim: UUID, version: int, fact: Submitted, position: int) -> None:
    old = rows.get("claim", (claim,))
    later = (
        *("decided_on", "paid_on", "paid_amount", "decided_version", "paid_version"),
        *("decided_source", "paid_source"),
    )
    values: dict[str, Any] = {name: old[name] if old else None for name in later}
    values |= {
        "project_id": fact.project,
        "number": fact.number,
        "version": fact.version,
        "kind": fact.kind,
        "period": fact.period,
        "submitted_on": fact.effective_on,
        "submitted_version": version,
        "submitted_source": position,
    }
    rows.put("claim", (claim,), values, position)
    for index, line in enumerate(fact.lines):
        key = (claim, line.document, line.allocation)
        before = rows.get("claim_line", key)
        decided = {name: before[name] for name in UNDECIDED} if before else UNDECIDED
        values = {
            "project_id": fact.project,
            "number": fact.number,
            "period": fact.period or 0,
            "reference": line.reference,
            "item": line.item,
            "amount": line.amount,
            "submitted_on": fact.effective_on,
            "line_index": index,
            "submitted_source": position,
        }
        rows.put("claim_line", key, {**decided, **values}, position)


def _put_decided(rows: Rows, claim: UUID, version: int, fact: Decided, position: int) -> None:
    decided = {"decided_on": fact.effective_on, "decided_source": position}
    _change(rows, claim, {**decided, "decided_version": version}, position)
    reductions = {
        (one.document, one.allocation): (index, one.amount)
        for index, one in enumerate(fact.reductions)
    }
    for line in rows.where("claim_line", "claim_id", claim):
        index, amount = reductions.get((line["document_id"], line["allocation"]), (None, NOTHING))
        part = {**decided, "reduction": amount, "reduction_index": index}
        _change_line(rows, line, part, position)


def _cancel(rows: Rows, claim: UUID, version: int, position: int) -> None:
    row = rows.get("claim", (claim,))
    if row is None:
        return
    if row["submitted_version"] == version:
        for line in rows.where("claim_line", "claim_id", claim):
            rows.close("claim_line", (claim, line["document_id"], line["allocation"]), position)
        rows.close("claim", (claim,), position)
    elif row["decided_version"] == version:
        gone = {"decided_on": None, "decided_version": None, "decided_source": None}
        _change(rows, claim, gone, position)
        for line in rows.where("claim_line", "claim_id", claim):
            _change_line(rows, line, UNDECIDED, position)
    elif row["paid_version"] == version:
        unpaid: dict[str, Any] = {"paid_on": None, "paid_amount": None}
        unpaid |= {"paid_version": None, "paid_source": None}
        _change(rows, claim, unpaid, position)


def _change(rows: Rows, claim: UUID, part: dict[str, Any], position: int) -> None:
    row = rows.get("claim", (claim,))
    if row is not None:
        rows.put("claim", (claim,), {**rows.values_of("claim", row), **part}, position)


def _change_line(rows: Rows, line: Any, part: dict[str, Any], position: int) -> None:
    key = (line["claim_id"], line["document_id"], line["allocation"])
    rows.put("claim_line", key, {**rows.values_of("claim_line", line), **part}, position)
