"""Work records (pracovní výkazy, list SD-2): one person's month under one contract."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from domain.streams import EXPENDITURE, RESERVATION
from domain.work_record import CONTRACTS, WorkRecorded, WorkSigned
from projections.page_query import Row
from projections.spending_query import recorded_of
from service.api.caller import AsCaller, Recorded, answer
from service.api.fields import (
    Body,
    Code,
    Day,
    Item,
    MaybeDay,
    MaybeVersion,
    Money,
    Name,
    Number,
    Reference,
    command_values,
    decimal_text,
    word_of,
)
from service.api.filters import (
    AmountMax,
    AmountMin,
    OfSpending,
    OnlyFinding,
    OnlyInClaim,
    OnlyItem,
    OnlyMonth,
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
from service.api.sorts import SortOfWork
from service.api.spending import (
    Corrects,
    Payment,
    Spending,
    corrected,
    listing_of,
    one_of,
    record_payment,
    recorded_in,
    spending_of,
)
from service.commands import expenditures
from service.commands.persons import SealedNames, StaffName, seal_names
from service.commands.prepared import Prepared, Streams
from service.commands.work import Work
from service.permissions import Rights

LIST = "SD-2"
WorkReference = Annotated[Reference, Meta(examples=["MZ00001"])]
BudgetItemCode = Annotated[Code, Meta(description="Code of the item", examples=["1.1.1.1.1"])]
Contract = Annotated[str, word_of(CONTRACTS, "Kind of contract", "Smlouva")]
Month = Annotated[Day, Meta(description="First day of the month", examples=["2026-03-01"])]
FundHours = Annotated[Number, Meta(description="Working time fund", examples=["176"])]
ProjectHours = Annotated[Number, Meta(description="Hours on the project", examples=["88"])]
Wage = Annotated[Money, Meta(description="Gross wage, CZK", examples=["30000.00"])]
Contributions = Annotated[Money, Meta(description="Employer's, CZK", examples=["10200.00"])]
Other = Annotated[Money, Meta(description="Other parts of the wage, CZK", examples=["0.00"])]
Total = Annotated[Money, Meta(description="The sum of the four, CZK", examples=["40200.00"])]
Fte = Annotated[Number, Meta(description="Share of a full-time job", examples=["0.5"])]


class WorkToRecord(Body, frozen=True, kw_only=True):
    """A month's work; the name of the employee is sealed."""

    reference: WorkReference
    item: BudgetItemCode
    first_name: Name
    last_name: Annotated[Name, Meta(examples=["Nováková"])]
    contract: Contract
    month: Month
    fund_hours: FundHours
    project_hours: ProjectHours
    gross_wage: Wage
    other_with_contributions: Other
    employer_contributions: Contributions
    other_without_contributions: Other
    amount: Total
    fte: Fte
    paid_on: Annotated[Day | None, Meta(description="Paid", examples=["2026-04-10"])] = None
    signed_on: Annotated[Day | None, Meta(description="Signed", examples=["2026-03-31"])] = None
    corrects: Corrects = None


class Signature(Body, frozen=True, kw_only=True):
    """When employee and superior signed."""

    signed_on: Day


class WorkRecord(Spending, frozen=True, kw_only=True):
    """A work record as it stands, without the employee's name."""

    signature_version: MaybeVersion
    item: BudgetItemCode
    person_id: Annotated[
        UUID,
        Meta(
            description="The employee, pseudonymous",
            examples=["0d5c1f8e-3f53-4a5e-8d0f-1f6f2a7b3c44"],
        ),
    ]
    contract: Contract
    month: Month
    fund_hours: FundHours
    project_hours: ProjectHours
    gross_wage: Wage
    other_with_contributions: Other
    employer_contributions: Contributions
    other_without_contributions: Other
    amount: Total
    fte: Fte
    signed_on: MaybeDay
    corrects: Corrects


class WorkRecordPage(Item, frozen=True, kw_only=True):
    """A page of work records by reference."""

    items: list[WorkRecord]
    next_cursor: NextCursor


PATH = "/projects/{project_id:uuid}/work-records"
DECIMALS = (
    *("fund_hours", "project_hours", "gross_wage", "other_with_contributions"),
    *("employer_contributions", "other_without_contributions", "amount", "fte"),
)


@write(
    PATH,
    permission="work_records.record",
    operation_id="record_work",
    summary="Record a month's work",
    tags=["work records"],
)
def record_work(
    caller: AsCaller, project_id: ProjectId, data: JSONBody[WorkToRecord]
) -> Response[Recorded]:
    """Records a month's work of one person and, if given, its signature and payment."""
    prepared = prepared_work(caller.rights, project_id, data)
    return caller.record(
        prepared.alone, lambda record: f"/v1/projects/{project_id}/work-records/{record}"
    )


def prepared_work(rights: Rights, project_id: UUID, data: WorkToRecord) -> Prepared:
    """The command that records a month's work."""
    values = command_values(expenditures.NewWork, data)
    name = StaffName(data.first_name, data.last_name)

    def decide(work: Work, known: SealedNames, record: UUID) -> None:
        check_corrects(rights, work, data.corrects)
        work.beside(*seal_names(work, known, staff=[name]))
        expenditures.record_work(work, project_id, record, values, known.of_staff[name])

    def streams(work: Work, known: SealedNames, record: UUID) -> Streams:
        month = expenditures.month_stream(work, known.of_staff[name].person, data.month)
        return [(RESERVATION, month), (EXPENDITURE, record), *corrected(data.corrects)]

    return Prepared(decide, streams, staff=[name])


@write(
    f"{PATH}/{{document_id:uuid}}/payment",
    permission="work_records.record",
    changes="document_id",
    operation_id="pay_work",
    summary="Record a work record's payment",
    tags=["work records"],
)
def pay_work(
    caller: AsCaller, project_id: ProjectId, document_id: DocumentId, data: JSONBody[Payment]
) -> Response[Recorded]:
    """Records that the wage of the month was paid."""
    return record_payment(caller, project_id, document_id, WorkRecorded, data.paid_on)


@write(
    f"{PATH}/{{document_id:uuid}}/signature",
    permission="work_records.record",
    changes="document_id",
    operation_id="sign_work",
    summary="Record a work record's signature",
    tags=["work records"],
)
def sign_work(
    caller: AsCaller, project_id: ProjectId, document_id: DocumentId, data: JSONBody[Signature]
) -> Response[Recorded]:
    """Records that the work record was signed; before the last worked day it gets a finding."""

    def decide(work: Work, _: UUID) -> None:
        recorded_in(work, project_id, document_id, WorkRecorded)
        fact = WorkSigned(effective_on=data.signed_on, project=project_id)
        work.record(EXPENDITURE, document_id, fact)

    return caller.record(decide)


@read(
    PATH,
    permission="work_records.read",
    lists=WorkRecord,
    operation_id="list_work_records",
    summary="List work records",
    tags=["work records"],
)
def list_work_records(
    caller: AsCaller,
    project_id: ProjectId,
    reference: OnlyReference = None,
    item: OnlyItem = None,
    person_id: OnlyPerson = None,
    month: OnlyMonth = None,
    paid: OnlyPaid = None,
    paid_since: PaidSince = None,
    paid_until: PaidUntil = None,
    amount_min: AmountMin = None,
    amount_max: AmountMax = None,
    period: OnlyPaidInPeriod = None,
    finding: OnlyFinding = None,
    claim: OnlyInClaim = None,
    sort: SortOfWork = "reference",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[WorkRecordPage]:
    """The work records of the project, by reference."""
    only = OfSpending(
        reference=reference,
        item=item,
        person_id=person_id,
        dated_since=month,
        dated_until=month,
        paid=paid,
        paid_since=paid_since,
        paid_until=paid_until,
        amount_min=amount_min,
        amount_max=amount_max,
        period=period,
        finding=finding,
        claim=claim,
    )
    listing = listing_of(project_id, LIST, only, sort, _work_record)
    return of_view(caller, WorkRecordPage, listing, limit, cursor)


@read(
    f"{PATH}/{{document_id:uuid}}",
    permission="work_records.read",
    operation_id="get_work_record",
    summary="Read a work record",
    tags=["work records"],
)
def get_work_record(
    caller: AsCaller, project_id: ProjectId, document_id: DocumentId
) -> Response[WorkRecord]:
    """One work record as it stands."""
    row, position, version = one_of(caller, project_id, LIST, document_id)
    return answer(_work_record(row), position, version)


def _work_record(row: Row) -> WorkRecord:
    fact = recorded_of(row)
    assert isinstance(fact, WorkRecorded)
    decimals: dict[str, Any] = {name: decimal_text(getattr(fact, name)) for name in DECIMALS}
    return WorkRecord(
        **spending_of(row),
        **decimals,
        signature_version=row["signed_version"],
        item=fact.item,
        person_id=fact.employee.person,
        contract=fact.contract,
        month=fact.month,
        signed_on=row["signed_on"],
        corrects=fact.corrects,
    )
