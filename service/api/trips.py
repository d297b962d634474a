"""Trips (travel orders, cestovní příkazy, list SD-3): one traveller's settled trip."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from domain.streams import EXPENDITURE
from domain.travel import TravelRecorded
from projections.page_query import Row
from projections.spending_query import recorded_of
from service.api.caller import AsCaller, Recorded, answer
from service.api.fields import (
    Amount,
    Body,
    Code,
    Country,
    Day,
    Item,
    LocalTime,
    Money,
    Name,
    Number,
    Reference,
    Text,
    command_values,
    decimal_text,
    local_time,
    maybe_decimal,
)
from service.api.filters import (
    AmountMax,
    AmountMin,
    DepartedSince,
    DepartedUntil,
    OfSpending,
    OnlyFinding,
    OnlyInClaim,
    OnlyItem,
    OnlyPaid,
    OnlyPaidInPeriod,
    OnlyPerson,
    OnlyReference,
    PaidSince,
    PaidUntil,
)
from service.api.lists import of_view
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.record_rights import check_corrects
from service.api.route import DocumentId, ProjectId, read, write
from service.api.sorts import SortOfTrips
from service.api.spending import (
    Corrects,
    Payment,
    Spending,
    corrected,
    listing_of,
    one_of,
    record_payment,
    spending_of,
)
from service.commands import expenditures
from service.commands.persons import SealedNames, StaffName, seal_names
from service.commands.prepared import Prepared, Streams
from service.commands.work import Work
from service.permissions import Rights

LIST = "SD-3"
TripReference = Annotated[Reference, Meta(examples=["CP00001"])]
BudgetItemCode = Annotated[Code, Meta(description="Code of the item", examples=["1.1.2.1"])]
Place = Annotated[Text, Meta(description="Destination", examples=["Berlin"])]
CountryOfTrip = Annotated[Country, Meta(examples=["DE"])]
Return = Annotated[LocalTime, Meta(examples=["2026-04-02T21:40"])]
Fare = Annotated[Amount, Meta(description="Fare, CZK", examples=["3680.00"])]
Accommodation = Annotated[Amount, Meta(description="Accommodation, CZK", examples=["5186.50"])]
Meals = Annotated[Amount, Meta(description="Meal allowance, CZK", examples=["2735.07"])]
Total = Annotated[Money, Meta(description="The sum of the three, CZK", examples=["11601.57"])]
Part = Annotated[Money, Meta(description="CZK", examples=["3680.00"])]
Rate = Annotated[
    Number | None, Meta(description="CZK for 1 EUR on the day of departure", examples=["24.310"])
]
ActivityOfTrip = Annotated[
    UUID | None, Meta(description="The activity that it was made for", examples=[None])
]


class TripToRecord(Body, frozen=True, kw_only=True):
    """A settled trip; the name of the traveller is sealed."""

    reference: TripReference
    item: BudgetItemCode
    traveller_name: Name
    place: Place
    country: CountryOfTrip
    departed_at: LocalTime
    returned_at: Return
    fare: Fare
    accommodation: Accommodation
    meal_allowance: Meals
    amount: Total
    activity_id: ActivityOfTrip = None
    exchange_rate: Rate = None
    paid_on: Annotated[Day | None, Meta(description="Paid", examples=["2026-04-10"])] = None
    corrects: Corrects = None


class Trip(Spending, frozen=True, kw_only=True):
    """A trip as it stands, without the traveller's name."""

    item: BudgetItemCode
    person_id: Annotated[
        UUID,
        Meta(
            description="The traveller, pseudonymous",
            examples=["0d5c1f8e-3f53-4a5e-8d0f-1f6f2a7b3c44"],
        ),
    ]
    activity_id: ActivityOfTrip
    place: Place
    country: CountryOfTrip
    departed_at: LocalTime
    returned_at: Return
    fare: Part
    accommodation: Part
    meal_allowance: Part
    amount: Total
    exchange_rate: Rate
    corrects: Corrects


class TripPage(Item, frozen=True, kw_only=True):
    """A page of trips by reference."""

    items: list[Trip]
    next_cursor: NextCursor


PATH = "/projects/{project_id:uuid}/trips"


@write(
    PATH,
    permission="trips.record",
    operation_id="record_trip",
    summary="Record a trip",
    tags=["trips"],
)
def record_trip(
    caller: AsCaller, project_id: ProjectId, data: JSONBody[TripToRecord]
) -> Response[Recorded]:
    """Records a settled trip; it counts on the day of return."""
    prepared = prepared_trip(caller.rights, project_id, data)
    return caller.record(prepared.alone, lambda trip: f"/v1/projects/{project_id}/trips/{trip}")


def prepared_trip(rights: Rights, project_id: UUID, data: TripToRecord) -> Prepared:
    """The command that records a trip."""
    times = {
        name: local_time(getattr(data, name), f"/{name}") for name in ("departed_at", "returned_at")
    }
    values = command_values(expenditures.NewTravel, data, times)
    name = StaffName(None, data.traveller_name)

    def decide(work: Work, known: SealedNames, trip: UUID) -> None:
        check_corrects(rights, work, data.corrects)
        work.beside(*seal_names(work, known, staff=[name]))
        expenditures.record_travel(work, project_id, trip, values, known.of_staff[name])

    def streams(_: Work, __: SealedNames, trip: UUID) -> Streams:
        return [(EXPENDITURE, trip), *corrected(data.corrects)]

    return Prepared(decide, streams, staff=[name])


@write(
    f"{PATH}/{{document_id:uuid}}/payment",
    permission="trips.record",
    changes="document_id",
    operation_id="pay_trip",
    summary="Record a trip's payment",
    tags=["trips"],
)
def pay_trip(
    caller: AsCaller, project_id: ProjectId, document_id: DocumentId, data: JSONBody[Payment]
) -> Response[Recorded]:
    """Records that the trip was paid."""
    return record_payment(caller, project_id, document_id, TravelRecorded, data.paid_on)


@read(
    PATH,
    permission="trips.read",
    lists=Trip,
    operation_id="list_trips",
    summary="List trips",
    tags=["trips"],
)
def list_trips(
    caller: AsCaller,
    project_id: ProjectId,
    reference: OnlyReference = None,
    item: OnlyItem = None,
    person_id: OnlyPerson = None,
    departed_since: DepartedSince = None,
    departed_until: DepartedUntil = None,
    paid: OnlyPaid = None,
    paid_since: PaidSince = None,
    paid_until: PaidUntil = None,
    amount_min: AmountMin = None,
    amount_max: AmountMax = None,
    period: OnlyPaidInPeriod = None,
    finding: OnlyFinding = None,
    claim: OnlyInClaim = None,
    sort: SortOfTrips = "reference",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[TripPage]:
    """The trips of the project, by reference."""
    only = OfSpending(
        reference=reference,
        item=item,
        person_id=person_id,
        dated_since=departed_since,
        dated_until=departed_until,
        paid=paid,
        paid_since=paid_since,
        paid_until=paid_until,
        amount_min=amount_min,
        amount_max=amount_max,
        period=period,
        finding=finding,
        claim=claim,
    )
    listing = listing_of(project_id, LIST, only, sort, _trip)
    return of_view(caller, TripPage, listing, limit, cursor)


@read(
    f"{PATH}/{{document_id:uuid}}",
    permission="trips.read",
    operation_id="get_trip",
    summary="Read a trip",
    tags=["trips"],
)
def get_trip(caller: AsCaller, project_id: ProjectId, document_id: DocumentId) -> Response[Trip]:
    """One trip as it stands."""
    row, position, version = one_of(caller, project_id, LIST, document_id)
    return answer(_trip(row), position, version)


def _trip(row: Row) -> Trip:
    fact = recorded_of(row)
    assert isinstance(fact, TravelRecorded)
    return Trip(
        **spending_of(row),
        item=fact.item,
        person_id=fact.traveller.person,
        activity_id=fact.activity,
        place=fact.place,
        country=fact.country,
        departed_at=fact.departed_at.isoformat(timespec="minutes"),
        returned_at=fact.returned_at.isoformat(timespec="minutes"),
        fare=decimal_text(fact.fare),
        accommodation=decimal_text(fact.accommodation),
        meal_allowance=decimal_text(fact.meal_allowance),
        amount=decimal_text(fact.amount),
        exchange_rate=maybe_decimal(fact.exchange_rate),
        corrects=fact.corrects,
    )
