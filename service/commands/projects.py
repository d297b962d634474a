"""Commands on a project: its legal act, indicator targets, budget items, exchange rates."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from domain.budget import ItemAdded
from domain.exchange_rate import RateRecorded
from domain.identity import budget_stream, rates_stream, reservation_stream
from domain.project import Beneficiary, Period, Registered, TargetSet
from domain.rejection import AlreadyRecorded, NotFound
from domain.reservation import RegistrationTaken
from domain.streams import BUDGET, PROJECT, RATES, RESERVATION
from service.commands.work import Work


class NewProject(msgspec.Struct, frozen=True, kw_only=True):
    """The legal act of a project; `programme` is OPZ or OPZ+; shares and rates are fractions."""

    registration_number: str
    programme: str
    budget_variant: str
    title_en: str
    title_cs: str
    beneficiary: Beneficiary
    start: date
    end: date
    currency: str
    total_eligible: Decimal
    flat_rate: Decimal
    public_rate: Decimal
    eu_rate: Decimal
    state_rate: Decimal
    own_rate: Decimal
    initial_advance: Decimal
    periods: tuple[Period, ...]
    note: str


class NewTarget(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator and its target."""

    code: str
    name: str
    unit: str
    kind: str
    target: Decimal
    source: str


class NewItem(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf item of the direct costs."""

    code: str
    name: str
    unit: str
    unit_price: Decimal
    count: Decimal
    total: Decimal
    evidence: str
    purchased_service: bool


class NewRate(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange rate: `rate` CZK for `amount_unit` units."""

    date: date
    currency: str
    amount_unit: int
    rate: Decimal
    kind: str


def registration_stream(work: Work, registration_number: str) -> UUID:
    """The reservation stream that knows which project has a registration number."""
    number = "".join(registration_number.split()).upper()
    return reservation_stream(work.vault.hmac(work.tenant, "project-number", number))


def project_with_number(work: Work, registration_number: str) -> UUID | None:
    """The project that has this registration number, or None."""
    stream = work.load(RESERVATION, registration_stream(work, registration_number))
    for fact in stream.in_force.values():
        if isinstance(fact, RegistrationTaken):
            return fact.project
    return None


def registered(work: Work, project: UUID) -> Registered:
    """The legal act as it stands. Raises NotFound."""
    found = work.load(PROJECT, project).state.registered
    if found is None:
        raise NotFound("the project does not exist", "/project_id")
    return found


def register_project(work: Work, project: UUID, values: NewProject) -> None:
    """Registers a project; its registration number is taken in the same transaction."""
    _check_free(work, values.registration_number, "/registration_number")
    _, version = work.programmes.current(values.programme)
    fields = msgspec.structs.asdict(values)
    work.record(PROJECT, project, Registered(effective_on=values.start, rule_set=version, **fields))
    _take(work, project, values.registration_number, values.start)


def move_registration(
    work: Work, project: UUID, old: Registered, new: Registered, reason: str
) -> None:
    """A corrected registration number is taken, the wrong one is free again."""
    before, after = (registration_stream(work, one.registration_number) for one in (old, new))
    if before == after:
        return
    _check_free(work, new.registration_number, "/changes/registration_number")
    held = work.load(RESERVATION, before)
    for version, fact in list(held.in_force.items()):
        if isinstance(fact, RegistrationTaken) and fact.project == project:
            work.cancel(before, version, reason)
    _take(work, project, new.registration_number, new.start)


def _check_free(work: Work, registration_number: str, pointer: str) -> None:
    if project_with_number(work, registration_number) is not None:
        raise AlreadyRecorded("a project with this number exists", pointer)


def _take(work: Work, project: UUID, registration_number: str, start: date) -> None:
    taken = RegistrationTaken(effective_on=start, project=project)
    work.record(RESERVATION, registration_stream(work, registration_number), taken)


def set_target(work: Work, project: UUID, values: NewTarget) -> None:
    """Sets an indicator's target."""
    start = registered(work, project).start
    fields = msgspec.structs.asdict(values)
    work.record(PROJECT, project, TargetSet(effective_on=start, **fields))


def add_item(work: Work, project: UUID, values: NewItem) -> UUID:
    """Adds a leaf item to the budget; returns the budget's stream."""
    start = registered(work, project).start
    stream = budget_stream(work.tenant, project)
    fields = msgspec.structs.asdict(values)
    work.record(BUDGET, stream, ItemAdded(effective_on=start, project=project, **fields))
    return stream


def record_rate(work: Work, values: NewRate) -> UUID:
    """Records an exchange rate of the organisation; returns the currency's stream."""
    stream = rates_stream(work.tenant, values.currency)
    fact = RateRecorded(
        effective_on=values.date,
        currency=values.currency,
        amount_unit=values.amount_unit,
        rate=values.rate,
        kind=values.kind,
    )
    work.record(RATES, stream, fact)
    return stream


def check_item(work: Work, project: UUID, code: str, pointer: str) -> None:
    """Raises NotFound unless the project's budget has the item."""
    budget = work.load(BUDGET, budget_stream(work.tenant, project))
    if code not in budget.state.items:
        raise NotFound(f"the budget has no item {code}", pointer)
