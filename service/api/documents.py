"""Accounting documents (účetní doklady, list SD-1): invoices, receipts, credit notes."""

from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from domain import document as domain_document
from domain.document import DocumentRecorded
from domain.identity import budget_stream
from domain.money import parse_money
from domain.streams import BUDGET, EXPENDITURE, RESERVATION
from projections.page_query import Row
from projections.spending_query import recorded_of
from service.api.caller import AsCaller, Caller, Recorded, answer
from service.api.fields import (
    Body,
    Code,
    Currency,
    Day,
    Ico,
    Item,
    Money,
    Name,
    Number,
    Reference,
    Text,
    command_values,
    decimal_text,
)
from service.api.filters import (
    ByReference,
    OfSpending,
    OnlyFinding,
    OnlyInClaim,
    OnlyItem,
    OnlyPaid,
    OnlySupplier,
)
from service.api.guard import check_projects
from service.api.lists import of_view
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.record_rights import check_corrects
from service.api.route import DocumentId, ProjectId, read, write
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
from service.commands.persons import SealedNames, SupplierName, seal_names
from service.commands.prepared import Prepared, Streams
from service.commands.work import Work
from service.permissions import Rights

LIST = "SD-1"
DocumentNumber = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f\x7f]{1,60}\Z",
        description="The document's number as the supplier gave it",
        examples=["2026-0417"],
    ),
]
Net = Annotated[Money, Meta(description="Without VAT, in `currency`", examples=["1000.00"])]
Vat = Annotated[Money, Meta(description="VAT, in `currency`", examples=["210.00"])]
Gross = Annotated[Money, Meta(description="With VAT, in `currency`", examples=["1210.00"])]
Claimed = Annotated[
    Money, Meta(description="What is claimed, CZK; negative on a credit note", examples=["1210.00"])
]
Rate = Annotated[
    Number | None, Meta(description="CZK for 1 unit of a foreign currency", examples=[None])
]


class Allocation(Body, frozen=True, kw_only=True):
    """The part that one budget item of one project bears, CZK."""

    project_id: Annotated[
        UUID,
        Meta(description="The project", examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"]),
    ]
    item: Annotated[Code, Meta(description="Code of the budget item", examples=["1.1.4.1"])]
    amount: Claimed


class DocumentToRecord(Body, frozen=True, kw_only=True):
    """A document as written; net + vat = gross, allocations are at most the amount."""

    reference: Reference
    supplier_name: Annotated[Name, Meta(examples=["Tiskárna Brno s.r.o."])]
    supplier_ico: Ico | None
    document_number: DocumentNumber
    issued_on: Day
    taxable_supply_on: Annotated[Day, Meta(description="DUZP, the day it counts on")]
    currency: Currency
    net: Net
    vat: Vat
    gross: Gross
    amount: Claimed
    allocations: Annotated[list[Allocation], Meta(min_length=1, max_length=200)]
    description: Text
    exchange_rate: Rate = None
    paid_on: Annotated[Day | None, Meta(description="Paid in full", examples=["2026-04-10"])] = None
    corrects: Corrects = None


class Document(Spending, frozen=True, kw_only=True):
    """An accounting document as it stands, without the supplier's name.

    `allocations` are those of projects that the caller has a role in.
    """

    supplier_ico: Ico | None
    document_number: DocumentNumber
    issued_on: Day
    taxable_supply_on: Day
    currency: Currency
    net: Net
    vat: Vat
    gross: Gross
    amount: Claimed
    exchange_rate: Rate
    allocations: list[Allocation]
    description: Text
    corrects: Corrects


class DocumentPage(Item, frozen=True, kw_only=True):
    """A page of documents by reference."""

    items: list[Document]
    next_cursor: NextCursor


PATH = "/projects/{project_id:uuid}/documents"


@write(
    PATH,
    permission="documents.record",
    operation_id="record_document",
    summary="Record a document",
    tags=["documents"],
)
def record_document(
    caller: AsCaller, project_id: ProjectId, data: JSONBody[DocumentToRecord]
) -> Response[Recorded]:
    """Records an accounting document and, with `paid_on`, its payment.

    One that breaks a grant rule is kept with a finding and cannot enter a claim.
    """
    prepared = prepared_document(caller.rights, project_id, data)
    return caller.record(
        prepared.alone, lambda document: f"/v1/projects/{project_id}/documents/{document}"
    )


def prepared_document(rights: Rights, project_id: UUID, data: DocumentToRecord) -> Prepared:
    """The command that records a document."""
    allocations = tuple(
        domain_document.Allocation(
            project=allocation.project_id,
            item=allocation.item,
            amount=parse_money(allocation.amount, f"/allocations/{index}/amount"),
        )
        for index, allocation in enumerate(data.allocations)
    )
    values = command_values(expenditures.NewDocument, data, {"allocations": allocations})
    supplier = SupplierName(data.supplier_name, data.supplier_ico)

    def decide(work: Work, known: SealedNames, document: UUID) -> None:
        for index, one in enumerate(allocations):
            pointer = f"/allocations/{index}/project_id"
            check_projects(rights, ["documents.record"], [one.project], pointer)
        check_corrects(rights, work, data.corrects)
        work.beside(*seal_names(work, known, suppliers=[supplier]))
        sealed = known.of_supplier[supplier]
        expenditures.record_document(work, project_id, document, values, sealed)

    def streams(work: Work, _: SealedNames, document: UUID) -> Streams:
        number = expenditures.number_stream(work, data.supplier_ico, data.document_number)
        taken = [] if number is None else [(RESERVATION, number)]
        budgets = [(BUDGET, budget_stream(work.tenant, one.project)) for one in allocations]
        return [*taken, *budgets, (EXPENDITURE, document), *corrected(data.corrects)]

    return Prepared(decide, streams, suppliers=[supplier])


@write(
    f"{PATH}/{{document_id:uuid}}/payment",
    permission="documents.record",
    changes="document_id",
    operation_id="pay_document",
    summary="Record a document's payment",
    tags=["documents"],
)
def pay_document(
    caller: AsCaller, project_id: ProjectId, document_id: DocumentId, data: JSONBody[Payment]
) -> Response[Recorded]:
    """Records that a document was paid in full; this decides the claim it belongs to."""
    return record_payment(caller, project_id, document_id, DocumentRecorded, data.paid_on)


@read(
    PATH,
    permission="documents.read",
    lists=Document,
    operation_id="list_documents",
    summary="List documents",
    tags=["documents"],
)
def list_documents(
    caller: AsCaller,
    project_id: ProjectId,
    item: OnlyItem = None,
    supplier_ico: OnlySupplier = None,
    paid: OnlyPaid = None,
    finding: OnlyFinding = None,
    claim: OnlyInClaim = None,
    sort: ByReference = "reference",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[DocumentPage]:
    """The accounting documents that bear on items of the project, by reference."""
    only = OfSpending(item=item, supplier_ico=supplier_ico, paid=paid, finding=finding, claim=claim)
    listing = listing_of(project_id, LIST, only, sort, partial(_document, caller))
    return of_view(caller, DocumentPage, listing, limit, cursor)


@read(
    f"{PATH}/{{document_id:uuid}}",
    permission="documents.read",
    operation_id="get_document",
    summary="Read a document",
    tags=["documents"],
)
def get_document(
    caller: AsCaller, project_id: ProjectId, document_id: DocumentId
) -> Response[Document]:
    """One accounting document as it stands."""
    row, position, version = one_of(caller, project_id, LIST, document_id)
    return answer(_document(caller, row), position, version)


def _document(caller: Caller, row: Row) -> Document:
    fact = recorded_of(row)
    assert isinstance(fact, DocumentRecorded)
    fx = fact.fx
    allocations = [
        Allocation(project_id=one.project, item=one.item, amount=decimal_text(one.amount))
        for one in fact.allocations
        if caller.rights.sees(one.project)
    ]
    return Document(
        **spending_of(row),
        supplier_ico=fact.supplier_ico,
        document_number=fact.document_number,
        issued_on=fact.issued_on,
        taxable_supply_on=fact.effective_on,
        currency=fact.currency,
        net=decimal_text(fact.net),
        vat=decimal_text(fact.vat),
        gross=decimal_text(fact.gross),
        amount=decimal_text(fact.amount),
        exchange_rate=decimal_text(fx.rate / fx.amount_unit) if fx else None,
        allocations=allocations,
        description=fact.description,
        corrects=fact.corrects,
    )
