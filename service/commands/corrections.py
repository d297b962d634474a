"""Correcting and cancelling any recorded fact: new values and a reason, the old ones stay readable.

What a submitted claim holds is not touched: a changed amount becomes a difference, a document of
its own that corrects the first one and goes into the claim of its own payment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from domain.budget import ItemAdded
from domain.claim import ClaimPaid, Decided, Submitted
from domain.document import DocumentRecorded
from domain.event import Fact, name_of
from domain.expenditure import Claimed, Expenditure, HeldByClaim, Paid, Recorded, lines_of
from domain.participant import Entered
from domain.project import Registered
from domain.rejection import InvalidValue, NotFound
from domain.reservation import MonthWorked, NumberReleased, NumberTaken
from domain.stream import StillNeeded, Stream, redated
from domain.streams import EXPENDITURE, RESERVATION, NotCorrectable
from domain.work_record import WorkRecorded
from service.commands.decimals import check_decimals
from service.commands.difference import record_difference
from service.commands.expenditures import check_corrected, month_stream, number_stream
from service.commands.four_eyes import check_four_eyes
from service.commands.projects import check_item, move_registration
from service.commands.sealed_fields import release_identity, reseal, seal_of, sealed_fields_of
from service.commands.work import Work
from service.expected import fault
from service.store.database import in_tenant

Changes = Mapping[str, Any]
VIEWS_BUILT = "SELECT to_regclass('views.spend') IS NOT NULL"
ITEM_USED = """SELECT 1 FROM views.spend
    WHERE project_id = %(project)s AND item = %(item)s AND to_position IS NULL LIMIT 1"""
NOT_CHANGEABLE = frozenset({"project", "number_key", "rule_set", "reason"})


@dataclass(frozen=True)
class Correction:
    """What is corrected, and by what; `on` pays a difference, when one is needed."""

    stream: UUID
    version: int
    changes: Changes
    reason: str
    on: date


def loaded(work: Work, stream: UUID) -> Stream[Any]:
    """The stream of whatever kind. Raises NotFound; NotCorrectable for a reservation."""
    found = work.load_any(stream)
    if found is None:
        raise NotFound("there is no such record", "/stream_id")
    if found.kind is RESERVATION:
        raise NotCorrectable("a reservation follows its document; correct that")
    return found


def correct(work: Work, order: Correction) -> UUID:
    """Records new values for a fact; returns the stream of the event (a difference has its own)."""
    if not order.reason.strip():
        raise InvalidValue("expected a reason", "/reason")
    stream = loaded(work, order.stream)
    old = stream.fact_at(order.version)
    new = changed(work, old, order.changes)
    if new == old:
        raise InvalidValue("nothing would change", "/changes")
    _check_named(work, old, new)
    _refuse_used(work, old, new)
    _check_eyes(work, order.stream, old)
    if _is_held_by_claim(stream, old, new):
        assert isinstance(old, Recorded)
        assert isinstance(new, Recorded)
        return record_difference(work, order.stream, (old, new), order.reason, order.on)
    _replace(work, order.stream, order.version, (old, new), order.reason)
    return order.stream


def replace(work: Work, stream_id: UUID, version: int, new: Fact, reason: str) -> None:
    """Puts a whole fact in the place of one; where that takes a difference, raises HeldByClaim."""
    stream = loaded(work, stream_id)
    old = stream.fact_at(version)
    _check_named(work, old, new)
    _refuse_used(work, old, new)
    if _is_held_by_claim(stream, old, new):
        raise HeldByClaim("a submitted claim holds the amounts")
    _replace(work, stream_id, version, (old, new), reason)


def withdraw(work: Work, stream_id: UUID, version: int, reason: str) -> None:
    """Takes one fact back that no claim holds. Raises HeldByClaim."""
    stream = loaded(work, stream_id)
    fact = stream.fact_at(version)
    if stream.kind is EXPENDITURE and stream.state.claimed:
        raise HeldByClaim("a submitted claim holds the document")
    _refuse_used(work, fact, None)
    work.cancel(stream_id, version, reason)
    _move_reservations(work, stream_id, fact, None, reason)


def _replace(
    work: Work, stream: UUID, version: int, values: tuple[Fact, Fact], reason: str
) -> None:
    old, new = values[0], _with_number(work, values[1])
    work.correct(stream, version, new, reason)
    _move_reservations(work, stream, old, new, reason)


def _refuse_used(work: Work, old: Fact, new: Fact | None) -> None:
    """A registered project stays; an item that documents name keeps its code."""
    if isinstance(old, Registered) and new is None:
        raise NotCorrectable("a registered project is not cancelled; correct it")
    if not isinstance(old, ItemAdded) or (isinstance(new, ItemAdded) and new.code == old.code):
        return
    values = {"project": old.project, "item": old.code}
    if in_tenant(work.ledger.pool, work.tenant, VIEWS_BUILT, {}) == [(False,)]:
        raise StillNeeded("the views are not built yet: try again in a moment")
    if in_tenant(work.ledger.pool, work.tenant, ITEM_USED, values):
        raise StillNeeded(f"documents name the item {old.code}: correct or cancel them first")


def _check_eyes(work: Work, stream: UUID, fact: Fact) -> None:
    if isinstance(fact, Submitted | Decided | ClaimPaid):
        check_four_eyes(work, stream, fact.project, name_of(type(fact)))


def _check_named(work: Work, old: Fact, new: Fact) -> None:
    """What a corrected document newly names must exist: items, the document it corrects."""
    if not (isinstance(old, Recorded) and isinstance(new, Recorded)):
        return
    known = {(line.project, line.item) for line in lines_of(old)}
    for line in lines_of(new):
        if (line.project, line.item) not in known:
            check_item(work, line.project, line.item, "/changes")
    if new.corrects != old.corrects:
        check_corrected(work, new.corrects)


def cancel(work: Work, stream_id: UUID, version: int | None, reason: str, on: date) -> UUID:
    """Takes a fact back, or without `version` all facts of the stream, the last one first."""
    if not reason.strip():
        raise InvalidValue("expected a reason", "/reason")
    stream = loaded(work, stream_id)
    versions = sorted(stream.in_force, reverse=True) if version is None else [version]
    if not versions:
        stream.fact_at(1)
    facts = [stream.fact_at(one) for one in versions]
    if stream.kind is EXPENDITURE and stream.state.claimed:
        if not any(isinstance(fact, Recorded) for fact in facts):
            raise HeldByClaim("a submitted claim holds the document")
        recorded = stream.state.recorded
        return record_difference(work, stream_id, (recorded, None), reason, on)
    if any(isinstance(fact, Submitted) and fact.lines for fact in facts):
        raise HeldByClaim("a submitted claim is corrected by differences in a later one")
    for fact in facts:
        _refuse_used(work, fact, None)
        _check_eyes(work, stream_id, fact)
    for one, fact in zip(versions, facts, strict=True):
        work.cancel(stream_id, one, reason)
        _move_reservations(work, stream_id, fact, None, reason)
        if isinstance(fact, Entered):
            release_identity(work, fact)
    return stream_id


def changed(work: Work, old: Fact, changes: Changes) -> Fact:
    """The fact with the changes; names of persons and sealed fields are sealed anew."""
    sealed_names = sealed_fields_of(old)
    personal = {key: value for key, value in changes.items() if key in sealed_names}
    plain = {key: value for key, value in changes.items() if key not in personal}
    values = msgspec.to_builtins(old)
    kept = NOT_CHANGEABLE | {seal_of(old)}
    for key in plain:
        if key not in values or key in kept:
            allowed = sorted({*values, *sealed_names} - kept)
            raise InvalidValue(f"expected one of {', '.join(allowed)}", f"/changes/{key}")
    check_decimals(old, plain)
    try:
        new = msgspec.convert({**values, **plain}, type(old), strict=False)
    except msgspec.ValidationError as error:
        pointer, detail = fault(str(error), type(old))
        raise InvalidValue(detail, f"/changes{pointer}") from None
    new = redated(new)
    return reseal(work, new, personal) if personal else new


def _is_held_by_claim(stream: Stream[Any], old: Fact, new: Fact) -> bool:
    """Whether a claim holds what would change; raises HeldByClaim where no difference helps."""
    if isinstance(old, Submitted) and isinstance(new, Submitted) and old.lines != new.lines:
        raise HeldByClaim("the lines of a submitted claim are corrected by differences")
    if stream.kind is not EXPENDITURE:
        return False
    state: Expenditure = stream.state
    if not state.claimed:
        return False
    if isinstance(old, Paid | Claimed):
        raise HeldByClaim("a submitted claim holds the payment")
    if not (isinstance(old, Recorded) and isinstance(new, Recorded)):
        return False
    before, after = lines_of(old), lines_of(new)
    if [(line.project, line.item) for line in before] != [
        (line.project, line.item) for line in after
    ]:
        raise HeldByClaim("a submitted claim holds the item; record a credit note and a new one")
    return before != after


def _with_number(work: Work, new: Fact) -> Fact:
    if not isinstance(new, DocumentRecorded):
        return new
    key = number_stream(work, new.supplier_ico, new.document_number)
    return msgspec.structs.replace(new, number_key=key)


def _move_reservations(work: Work, stream: UUID, old: Fact, new: Fact | None, reason: str) -> None:
    """Reservations follow what they are of: released, taken again, or corrected."""
    if isinstance(old, Registered) and isinstance(new, Registered):
        move_registration(work, stream, old, new, reason)
    if isinstance(old, DocumentRecorded):
        _move_number(work, stream, old, new if isinstance(new, DocumentRecorded) else None)
    if isinstance(old, WorkRecorded):
        _move_month(work, stream, old, new if isinstance(new, WorkRecorded) else None, reason)


def _move_number(
    work: Work, stream: UUID, old: DocumentRecorded, new: DocumentRecorded | None
) -> None:
    same = new is not None and (new.number_key, new.effective_on) == (
        old.number_key,
        old.effective_on,
    )
    if same:
        return
    if old.number_key is not None and (new is None or new.number_key != old.number_key):
        released = NumberReleased(
            effective_on=old.effective_on, project=old.project, document=stream
        )
        work.record(RESERVATION, old.number_key, released)
    if new is None or new.number_key is None:
        return
    taken = NumberTaken(effective_on=new.effective_on, project=new.project, document=stream)
    if new.number_key != old.number_key:
        work.record(RESERVATION, new.number_key, taken)
        return
    held = work.load(RESERVATION, new.number_key)
    for version, fact in held.in_force.items():
        if isinstance(fact, NumberTaken) and fact.document == stream:
            work.correct(new.number_key, version, taken, "the date of the document was corrected")
            return


def _move_month(
    work: Work, stream: UUID, old: WorkRecorded, new: WorkRecorded | None, reason: str
) -> None:
    key = month_stream(work, old.employee.person, old.month)
    held = work.load(RESERVATION, key)
    for version, fact in list(held.in_force.items()):
        if isinstance(fact, MonthWorked) and fact.work_record == stream:
            work.cancel(key, version, reason)
    if new is None:
        return
    worked = MonthWorked(
        effective_on=new.effective_on,
        project=new.project,
        work_record=stream,
        hours=new.project_hours,
        fte=new.fte,
    )
    work.record(RESERVATION, month_stream(work, new.employee.person, new.month), worked)
