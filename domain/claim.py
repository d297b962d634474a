"""A payment claim (žádost o platbu, ŽoP): what is declared, decided line by line, and paid.

Owns: the lines a submitted claim holds, and that a decision reduces no line below zero or twice.
Claim no. 1 is the advance (money only); claim n covers monitoring period n - 1.
"""

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from domain.event import Fact, Money, Record, stored
from domain.rejection import AlreadyRecorded, InvalidValue, NotFound

KINDS = ("advance", "interim", "final")


class ClaimLine(Record, frozen=True, kw_only=True):
    """A document's line as declared, CZK; `allocation` is its index in the document."""

    document: UUID
    reference: str
    allocation: int
    item: str
    amount: Money


class Reduction(Record, frozen=True, kw_only=True):
    """What the managing authority took off a line, CZK above 0, and why."""

    document: UUID
    allocation: int
    amount: Money
    reason: str


@stored("claim.submitted.v1")
class Submitted(Fact, frozen=True, kw_only=True):
    """The claim as handed in on `effective_on`; `period` is None for the advance."""

    project: UUID
    number: int
    version: int
    kind: str
    period: int | None
    lines: tuple[ClaimLine, ...]


@stored("claim.decided.v1")
class Decided(Fact, frozen=True, kw_only=True):
    """Decided on `effective_on`; a line without a reduction is approved in full."""

    project: UUID
    reductions: tuple[Reduction, ...]


@stored("claim.paid.v1")
class ClaimPaid(Fact, frozen=True, kw_only=True):
    """The provider paid `amount` CZK on `effective_on`."""

    project: UUID
    amount: Money


class Claim(msgspec.Struct, frozen=True):
    """What decisions about a claim read."""

    submitted: Submitted | None = None
    decided_on: date | None = None
    paid_on: date | None = None


class ReductionTooLarge(InvalidValue):
    """A reduction is not above 0 or larger than its line."""

    code = "reduction_too_large"


def evolve(state: Claim, fact: Fact) -> Claim:
    """The state after a fact; never refuses."""
    match fact:
        case Submitted():
            return msgspec.structs.replace(state, submitted=fact)
        case Decided(effective_on=day):
            return msgspec.structs.replace(state, decided_on=day)
        case ClaimPaid(effective_on=day):
            return msgspec.structs.replace(state, paid_on=day)
        case _:
            return state


def check(state: Claim, fact: Fact) -> None:
    """Raises the rejection that forbids `fact` in this state; corrections are checked alike."""
    match fact:
        case Submitted():
            if state.submitted is not None:
                raise AlreadyRecorded(f"claim {state.submitted.number} is submitted", "/number")
            check_submitted(fact)
        case Decided():
            if state.decided_on is not None:
                raise AlreadyRecorded(f"the decision of {state.decided_on} is recorded")
            check_decision(submitted(state), fact)
        case ClaimPaid():
            submitted(state)
            if state.paid_on is not None:
                raise AlreadyRecorded(f"the payment of {state.paid_on} is recorded")
            if fact.amount < 0:
                raise InvalidValue("expected 0.00 or more", "/amount")
        case _:
            raise TypeError(type(fact).__qualname__)


def submitted(state: Claim) -> Submitted:
    """The claim as handed in. Raises NotFound."""
    if state.submitted is None:
        raise NotFound("the claim is not submitted", "/claim_id")
    return state.submitted


def check_submitted(fact: Submitted) -> None:
    """An advance has neither period nor lines; every other claim has its period."""
    if fact.kind not in KINDS:
        raise InvalidValue(f"expected {', '.join(KINDS)}", "/kind")
    if (fact.kind == "advance") != (fact.period is None):
        raise InvalidValue("an advance has no period, every other claim has one", "/period")
    if fact.kind == "advance" and fact.lines:
        raise InvalidValue("an advance declares no expenditure", "/lines")
    if len({(line.document, line.allocation) for line in fact.lines}) != len(fact.lines):
        raise InvalidValue("a line is named twice", "/lines")


def check_decision(claim: Submitted, fact: Decided) -> None:
    """Each reduction is of a line of the claim, once, toward zero, and at most the line."""
    amounts = {(line.document, line.allocation): line.amount for line in claim.lines}
    for index, reduction in enumerate(fact.reductions):
        pointer = f"/reductions/{index}"
        amount = amounts.pop((reduction.document, reduction.allocation), None)
        if amount is None:
            raise NotFound("not a line of this claim, or named twice", f"{pointer}/document_id")
        if not Decimal(0) < reduction.amount <= amount:
            expected = f"expected above 0.00 and at most {amount}"
            raise ReductionTooLarge(expected, f"{pointer}/amount")
