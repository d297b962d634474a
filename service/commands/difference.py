"""A difference: what corrects a document that a submitted claim holds.

It is a document of its own with the amounts by which the first one was wrong; it names that one,
is paid on its own day, and belongs to the claim of that payment (ACCOUNTING: credit note).
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from domain.document import DocumentRecorded
from domain.expenditure import Expenditure, HeldByClaim, Paid, Recorded, lines_of
from domain.identity import difference_stream
from domain.streams import EXPENDITURE
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded
from service.commands.work import Work

AMOUNTS: dict[type, tuple[str, ...]] = {
    DocumentRecorded: ("net", "vat", "gross", "recoverable_vat", "amount"),
    WorkRecorded: (
        "project_hours",
        "gross_wage",
        "other_with_contributions",
        "employer_contributions",
        "other_without_contributions",
        "amount",
    ),
    TravelRecorded: ("fare", "accommodation", "meal_allowance", "amount"),
}


def record_difference(
    work: Work,
    corrected: UUID,
    values: tuple[Recorded, Recorded | None],
    reason: str,
    on: date,
) -> UUID:
    """Records new - old of a document as a document that corrects it; `None` takes all of it back.

    `on` is the day on which it is settled. Returns its stream, which follows from the document's:
    a second difference against the same amounts would count them twice. Raises HeldByClaim.
    """
    old, new = values
    difference = difference_stream(corrected)
    state: Expenditure = work.load(EXPENDITURE, difference).state
    if state.recorded is not None:
        detail = f"{state.recorded.reference} corrects it already: correct or cancel that one"
        raise HeldByClaim(detail)
    fact = _difference(old, new, corrected, reason)
    work.record(EXPENDITURE, difference, fact)
    paid = Paid(effective_on=on, project=lines_of(fact)[0].project)
    work.record(EXPENDITURE, difference, paid)
    return difference


def _difference(old: Recorded, new: Recorded | None, corrected: UUID, reason: str) -> Recorded:
    changes: dict[str, Any] = {
        name: _minus(getattr(new, name) if new else None, getattr(old, name))
        for name in AMOUNTS[type(old)]
    }
    changes |= {"reference": f"{old.reference}-D", "corrects": corrected, "reason": reason}
    if isinstance(old, DocumentRecorded):
        after = new.allocations if isinstance(new, DocumentRecorded) else ()
        changes["allocations"] = tuple(_allocations(old, after))
        changes["number_key"] = None
        changes["description"] = reason
        if old.fx is not None:
            changes["fx"] = msgspec.structs.replace(old.fx, amount=changes["gross"])
    if isinstance(old, WorkRecorded):
        changes["fte"] = Decimal(0)
    return msgspec.structs.replace(old, **changes)


def _allocations(old: DocumentRecorded, after: tuple[Any, ...]) -> Iterable[Any]:
    for index, before in enumerate(old.allocations):
        new_amount = after[index].amount if after else None
        yield msgspec.structs.replace(before, amount=_minus(new_amount, before.amount))


def _minus(new: Decimal | None, old: Decimal) -> Decimal:
    value = (new if new is not None else old * 0) - old
    return abs(value) if value == 0 else value
