"""Commands on spending: accounting documents, work records, travel orders; their payment."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from domain.calendar import last_day_of_month
from domain.document import Allocation, DocumentRecorded, ForeignAmount, normalised_number
from domain.exchange_rate import rate_on
from domain.expenditure import Paid, lines_of, recorded
from domain.identity import rates_stream, reservation_stream
from domain.person import SealedPerson
from domain.rejection import NotFound
from domain.reservation import MonthWorked, NumberTaken
from domain.streams import EXPENDITURE, RATES, RESERVATION
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded, WorkSigned
from service.commands.projects import check_item, registered
from service.commands.work import Work

NO_MONEY = Decimal("0.00")


class NewDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An accounting document; `net`, `vat`, `gross` in `currency`, `amount` claimed in CZK.

    `allocations` name items of this or of other projects. `exchange_rate` is CZK for 1 unit.
    """

    reference: str
    supplier_ico: str | None
    document_number: str
    issued_on: date
    taxable_supply_on: date
    paid_on: date | None
    currency: str
    net: Decimal
    vat: Decimal
    gross: Decimal
    exchange_rate: Decimal | None
    amount: Decimal
    allocations: tuple[Allocation, ...]
    description: str
    corrects: UUID | None


class NewWork(msgspec.Struct, frozen=True, kw_only=True):
    """A month's work of one person under one contract; money in CZK, hours of 60 minutes."""

    reference: str
    item: str
    contract: str
    month: date
    fund_hours: Decimal
    project_hours: Decimal
    gross_wage: Decimal
    other_with_contributions: Decimal
    employer_contributions: Decimal
    other_without_contributions: Decimal
    amount: Decimal
    fte: Decimal
    paid_on: date | None
    signed_on: date | None
    corrects: UUID | None


class NewTravel(msgspec.Struct, frozen=True, kw_only=True):
    """A settled trip of one traveller; times are local, money in CZK."""

    reference: str
    item: str
    activity_id: UUID | None
    place: str
    country: str
    departed_at: datetime
    returned_at: datetime
    fare: Decimal
    accommodation: Decimal
    meal_allowance: Decimal
    amount: Decimal
    exchange_rate: Decimal | None
    paid_on: date | None
    corrects: UUID | None


def number_stream(work: Work, ico: str | None, number: str) -> UUID | None:
    """The reservation stream of a supplier's document number; None without an IČO or number."""
    normalised = normalised_number(number)
    if ico is None or not normalised:
        return None
    key = work.vault.hmac(work.tenant, "document-number", ico.zfill(8), normalised)
    return reservation_stream(key)


def month_stream(work: Work, person: UUID, month: date) -> UUID:
    """The reservation stream of a person's month."""
    key = work.vault.hmac(work.tenant, "person-month", str(person), f"{month:%Y-%m}")
    return reservation_stream(key)


def record_document(
    work: Work, project: UUID, stream: UUID, values: NewDocument, supplier: SealedPerson
) -> None:
    """Records a document and takes its number; a second one is kept and gets a finding."""
    registered(work, project)
    for index, allocation in enumerate(values.allocations):
        pointer = f"/allocations/{index}/item"
        check_item(work, allocation.project, allocation.item, pointer)
    check_corrected(work, values.corrects)
    day = values.taxable_supply_on
    number_key = number_stream(work, values.supplier_ico, values.document_number)
    fact = DocumentRecorded(
        effective_on=day,
        project=project,
        reference=values.reference,
        supplier=supplier,
        supplier_ico=values.supplier_ico,
        document_number=values.document_number,
        number_key=number_key,
        issued_on=values.issued_on,
        currency=values.currency,
        net=values.net,
        vat=values.vat,
        gross=values.gross,
        recoverable_vat=NO_MONEY,
        amount=values.amount,
        fx=foreign_amount(work, values),
        allocations=values.allocations,
        description=values.description,
        corrects=values.corrects,
    )
    work.record(EXPENDITURE, stream, fact)
    if number_key is not None:
        taken = NumberTaken(effective_on=day, project=project, document=stream)
        work.record(RESERVATION, number_key, taken)
    pay(work, stream, values.paid_on)


def foreign_amount(work: Work, values: NewDocument) -> ForeignAmount | None:
    """The foreign amount with the rate as given, and where the rate comes from.

    The kind is that of the recorded rate of the day (or of the last one before) when it is the
    same rate, else `document`.
    """
    if values.currency == "CZK" or values.exchange_rate is None:
        return None
    rates = work.load(RATES, rates_stream(work.tenant, values.currency))
    known = rate_on(rates.state, values.taxable_supply_on)
    kind, day, unit, rate = "document", values.taxable_supply_on, 1, values.exchange_rate
    if known is not None and known.rate == rate * known.amount_unit:
        kind, day, unit, rate = known.kind, known.effective_on, known.amount_unit, known.rate
    return ForeignAmount(
        currency=values.currency,
        amount=values.gross,
        rate=rate,
        rate_kind=kind,
        rate_date=day,
        amount_unit=unit,
    )


def record_work(
    work: Work, project: UUID, stream: UUID, values: NewWork, employee: SealedPerson
) -> None:
    """Records a work record and what it takes of the person's month."""
    registered(work, project)
    check_item(work, project, values.item, "/budget_item")
    check_corrected(work, values.corrects)
    fields = msgspec.structs.asdict(values)
    signed_on, paid_on = fields.pop("signed_on"), fields.pop("paid_on")
    day = last_day_of_month(values.month)
    fact = WorkRecorded(effective_on=day, project=project, employee=employee, **fields)
    work.record(EXPENDITURE, stream, fact)
    worked = MonthWorked(
        effective_on=day,
        project=project,
        work_record=stream,
        hours=values.project_hours,
        fte=values.fte,
    )
    work.record(RESERVATION, month_stream(work, employee.person, values.month), worked)
    if signed_on is not None:
        work.record(EXPENDITURE, stream, WorkSigned(effective_on=signed_on, project=project))
    pay(work, stream, paid_on)


def record_travel(
    work: Work, project: UUID, stream: UUID, values: NewTravel, traveller: SealedPerson
) -> None:
    """Records a settled travel order."""
    registered(work, project)
    check_item(work, project, values.item, "/budget_item")
    check_corrected(work, values.corrects)
    fields = msgspec.structs.asdict(values)
    paid_on, activity = fields.pop("paid_on"), fields.pop("activity_id")
    day = values.returned_at.date()
    fact = TravelRecorded(
        effective_on=day, project=project, traveller=traveller, activity=activity, **fields
    )
    work.record(EXPENDITURE, stream, fact)
    pay(work, stream, paid_on)


def pay(work: Work, stream: UUID, paid_on: date | None) -> None:
    """Records the payment of an expenditure, when there is one."""
    if paid_on is None:
        return
    project = lines_of(recorded(work.load(EXPENDITURE, stream).state))[0].project
    work.record(EXPENDITURE, stream, Paid(effective_on=paid_on, project=project))


def check_corrected(work: Work, corrected: UUID | None) -> None:
    """Raises NotFound unless the document that this one corrects exists."""
    if corrected is not None and work.load(EXPENDITURE, corrected).state.recorded is None:
        raise NotFound("the document that this one corrects does not exist", "/corrects")
