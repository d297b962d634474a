"""Exchange rates of one currency, shared by all projects of an organisation.

Owns: one rate a day and kind; a day without a rate (weekend, public holiday) takes the last one
before.
"""

from datetime import date
from decimal import Decimal

import msgspec

from domain.event import Fact, stored
from domain.rejection import AlreadyRecorded, InvalidValue


@stored("exchange-rate.recorded.v1")
class RateRecorded(Fact, frozen=True, kw_only=True):
    """`rate` CZK for `amount_unit` units of `currency` on `effective_on`; kind: CNB_DAILY etc."""

    currency: str
    amount_unit: int
    rate: Decimal
    kind: str


class Rates(msgspec.Struct, frozen=True):
    """What decisions about rates read: the rates by day and kind."""

    by_day: dict[tuple[date, str], RateRecorded] = {}


def evolve(state: Rates, fact: Fact) -> Rates:
    """The state after a fact; never refuses."""
    match fact:
        case RateRecorded():
            return Rates(by_day={**state.by_day, (fact.effective_on, fact.kind): fact})
        case _:
            return state


def check(state: Rates, fact: Fact) -> None:
    """Raises the rejection that forbids `fact` in this state; corrections are checked alike."""
    match fact:
        case RateRecorded():
            if (held := state.by_day.get((fact.effective_on, fact.kind))) is not None:
                detail = f"the rate of {fact.effective_on} is recorded: {held.rate}"
                raise AlreadyRecorded(f"{detail} for {held.amount_unit}; correct that one", "/date")
            if fact.rate <= 0 or fact.amount_unit <= 0:
                raise InvalidValue("expected a rate above 0", "/rate")
        case _:
            raise TypeError(type(fact).__qualname__)


def rate_on(state: Rates, day: date) -> RateRecorded | None:
    """The rate of `day`, or the last one before it; None when there is none so early."""
    days = [on for on, _ in state.by_day if on <= day]
    if not days:
        return None
    last = max(days)
    return next(rate for (on, _), rate in state.by_day.items() if on == last)
