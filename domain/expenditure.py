"""What the three lists of documents (SD-1, SD-2, SD-3) have in common: payment and claiming.

Owns: an expenditure is paid once, and each of its lines is in at most one live claim. What a
submitted claim holds can no longer be changed; it is corrected by a difference.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple, assert_never
from uuid import UUID

import msgspec

from domain.document import DocumentRecorded, check_document
from domain.event import Fact, stored
from domain.rejection import AlreadyRecorded, NotFound, Rejection
from domain.travel import TravelRecorded, check_travel
from domain.work_record import WorkRecorded, WorkSigned, check_work

Recorded = DocumentRecorded | WorkRecorded | TravelRecorded


@stored("expenditure.paid.v1")
class Paid(Fact, frozen=True, kw_only=True):
    """Paid in full on `effective_on`."""

    project: UUID


@stored("expenditure.claimed.v1")
class Claimed(Fact, frozen=True, kw_only=True):
    """The line of `allocation` (its index) went into a claim submitted on `effective_on`."""

    project: UUID
    claim: UUID
    claim_number: int
    allocation: int


class Line(NamedTuple):
    """The part of an expenditure that one item of one project bears, CZK."""

    allocation: int
    project: UUID
    item: str
    amount: Decimal


class Expenditure(msgspec.Struct, frozen=True):
    """What decisions about an expenditure read."""

    recorded: Recorded | None = None
    paid_on: date | None = None
    signed_on: date | None = None
    claimed: frozenset[int] = frozenset()


class HeldByClaim(Rejection):
    """A submitted claim holds the value: it is corrected by a difference in a later claim."""

    code = "held_by_claim"


class AlreadyClaimed(Rejection):
    """The line is in a claim."""

    code = "already_claimed"


def evolve(state: Expenditure, fact: Fact) -> Expenditure:
    """The state after a fact; never refuses."""
    match fact:
        case DocumentRecorded() | WorkRecorded() | TravelRecorded():
            return msgspec.structs.replace(state, recorded=fact)
        case Paid(effective_on=day):
            return msgspec.structs.replace(state, paid_on=day)
        case WorkSigned(effective_on=day):
            return msgspec.structs.replace(state, signed_on=day)
        case Claimed(allocation=allocation):
            return msgspec.structs.replace(state, claimed=state.claimed | {allocation})
        case _:
            return state


def check(state: Expenditure, fact: Fact) -> None:
    """Raises the rejection that forbids `fact` in this state; corrections are checked alike."""
    match fact:
        case DocumentRecorded() | WorkRecorded() | TravelRecorded():
            if state.recorded is not None:
                raise AlreadyRecorded(f"{state.recorded.reference} is recorded", "/reference")
            check_recorded(fact)
        case Paid():
            recorded(state)
            if state.paid_on is not None:
                raise AlreadyRecorded(f"the payment of {state.paid_on} is recorded", "/paid_on")
        case WorkSigned():
            recorded(state)
            if state.signed_on is not None:
                raise AlreadyRecorded(
                    f"the signature of {state.signed_on} is recorded", "/signed_on"
                )
        case Claimed():
            lines = lines_of(recorded(state))
            if fact.allocation in state.claimed:
                raise AlreadyClaimed(f"{recorded(state).reference} is in a claim")
            if fact.allocation not in {line.allocation for line in lines}:
                raise NotFound("the document has no such line")
        case _:
            raise TypeError(type(fact).__qualname__)


def check_recorded(fact: Recorded) -> None:
    """The document's own amounts agree with one another."""
    match fact:
        case DocumentRecorded():
            check_document(fact)
        case WorkRecorded():
            check_work(fact)
        case TravelRecorded():
            check_travel(fact)
        case _:
            assert_never(fact)


def recorded(state: Expenditure) -> Recorded:
    """The document. Raises NotFound."""
    if state.recorded is None:
        raise NotFound("the document is not recorded", "/document_id")
    return state.recorded


def lines_of(fact: Recorded) -> list[Line]:
    """The lines of a document: its allocations, or the one item that bears all of it."""
    match fact:
        case DocumentRecorded():
            return [Line(n, a.project, a.item, a.amount) for n, a in enumerate(fact.allocations)]
        case WorkRecorded() | TravelRecorded():
            return [Line(0, fact.project, fact.item, fact.amount)]
        case _:
            assert_never(fact)


def list_of(fact: Recorded) -> str:
    """The list of documents (soupiska) that carries it."""
    match fact:
        case DocumentRecorded():
            return "SD-1"
        case WorkRecorded():
            return "SD-2"
        case TravelRecorded():
            return "SD-3"
        case _:
            assert_never(fact)
