"""A project (projekt): its legal act (právní akt), monitoring periods and indicator targets.

Owns: the dates, shares and periods that every rule of the project is judged by, and the rule set
in force. Periods follow one another without gaps from the first day to the last.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from domain.event import Fact, Money, Record, stored
from domain.rejection import AlreadyRecorded, InvalidValue, NotFound

SOURCES = ("participants", "documents", "questionnaires", "manual")


class RuleSetVersion(Record, frozen=True, kw_only=True):
    """The rule set (programme file) by name and content hash."""

    name: str
    sha256: str


class Beneficiary(Record, frozen=True, kw_only=True):
    """The organisation that runs the project (příjemce); `ico` is its 8-digit number."""

    name: str
    ico: str
    kind: str


class Period(Record, frozen=True, kw_only=True):
    """A monitoring period (monitorovací období); report and claim are due on `report_due`."""

    number: int
    start: date
    end: date
    report_due: date


@stored("project.registered.v1")
class Registered(Fact, frozen=True, kw_only=True):
    """The legal act as it stands; money in CZK, shares and rates as fractions of 1."""

    registration_number: str
    programme: str
    rule_set: RuleSetVersion
    budget_variant: str
    title_en: str
    title_cs: str
    beneficiary: Beneficiary
    start: date
    end: date
    currency: str
    total_eligible: Money
    flat_rate: Decimal
    public_rate: Decimal
    eu_rate: Decimal
    state_rate: Decimal
    own_rate: Decimal
    initial_advance: Money
    periods: tuple[Period, ...]
    note: str


@stored("project.target-set.v1")
class TargetSet(Fact, frozen=True, kw_only=True):
    """An indicator with its target (cílová hodnota); `source` says what its value counts.

    `source`: participants, documents, questionnaires, activity:<kind>, manual.
    """

    code: str
    name: str
    unit: str
    kind: str
    target: Decimal
    source: str


class Project(msgspec.Struct, frozen=True):
    """What decisions about a project read."""

    registered: Registered | None = None
    targets: frozenset[str] = frozenset()


class PeriodsDoNotCover(InvalidValue):
    """The monitoring periods leave a gap, overlap, or do not cover the project."""

    code = "periods_do_not_cover"


class SharesDoNotAddUp(InvalidValue):
    """EU, state and own shares do not add up to the whole."""

    code = "shares_do_not_add_up"


def evolve(state: Project, fact: Fact) -> Project:
    """The state after a fact; never refuses."""
    match fact:
        case Registered():
            return msgspec.structs.replace(state, registered=fact)
        case TargetSet(code=code):
            return msgspec.structs.replace(state, targets=state.targets | {code})
        case _:
            return state


def check(state: Project, fact: Fact) -> None:
    """Raises the rejection that forbids `fact` in this state; corrections are checked alike."""
    match fact:
        case Registered():
            if state.registered is not None:
                raise AlreadyRecorded("the project is registered", "/registration_number")
            check_periods(fact.start, fact.end, fact.periods)
            check_shares(fact)
        case TargetSet():
            if state.registered is None:
                raise NotFound("the project is not registered")
            if fact.code in state.targets:
                raise AlreadyRecorded(f"the indicator {fact.code} has a target", "/code")
            if fact.source not in SOURCES and not fact.source.startswith("activity:"):
                raise InvalidValue(f"expected {', '.join(SOURCES)} or activity:<kind>", "/source")
        case _:
            raise TypeError(type(fact).__qualname__)


def check_periods(start: date, end: date, periods: Sequence[Period]) -> None:
    """Periods are numbered from 1, meet without gaps, and run from `start` to `end`."""
    expected_start = start
    for index, period in enumerate(periods):
        pointer = f"/periods/{index}"
        if period.number != index + 1:
            raise PeriodsDoNotCover(f"expected number {index + 1}", f"{pointer}/number")
        if period.start != expected_start:
            raise PeriodsDoNotCover(f"expected to start on {expected_start}", f"{pointer}/start")
        if period.end < period.start or period.report_due < period.end:
            raise PeriodsDoNotCover("expected start <= end <= report_due", pointer)
        expected_start = period.end + timedelta(days=1)
    if expected_start != end + timedelta(days=1):
        raise PeriodsDoNotCover(f"the last period must end on {end}", "/periods")


def check_shares(fact: Registered) -> None:
    """EU + state + own = 1, public = EU + state (from the legal act)."""
    if fact.eu_rate + fact.state_rate + fact.own_rate != 1:
        raise SharesDoNotAddUp("eu_rate + state_rate + own_rate must be 1", "/own_rate")
    if fact.public_rate != fact.eu_rate + fact.state_rate:
        raise SharesDoNotAddUp("public_rate must be eu_rate + state_rate", "/public_rate")


def period_of(periods: Sequence[Period], day: date) -> int:
    """The number of the period that holds `day`, 0 outside of all."""
    return next((p.number for p in periods if p.start <= day <= p.end), 0)


def payment_period_of(periods: Sequence[Period], paid_on: date) -> int:
    """The period whose claim takes a payment: the last one up to its report_due; 0 outside.

    What was paid before the first period belongs to the first claim.
    """
    for period in periods:
        limit = period.report_due if period is periods[-1] else period.end
        if paid_on <= limit:
            return period.number
    return 0
