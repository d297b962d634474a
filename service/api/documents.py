"""Accounting documents (účetní doklady, list SD-1): invoices, receipts, credit notes."""

from functools import partial
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody

from domain import document as domain_document
from domain.document import DocumentRecorded
from domain.identity import budget_stream
from domain.money import parse_money
from domain.streams import BUDGET, EXPENDITURE, RESERVATION
from projections.page_query import Row
from projections.spending_query import recorded_of
from service.api.caller import AsCaller, Caller, Recorded, answer
from service.api.document_bodies import Allocation, Document, DocumentPage, DocumentToRecord
from service.api.fields import (
    command_values,
    decimal_text,
)
from service.api.filters import (
    AmountMax,
    AmountMin,
    IssuedSince,
    IssuedUntil,
    OfSpending,
    OnlyDocumentNumber,
    OnlyFinding,
    OnlyInClaim,
    OnlyItem,
    OnlyPaid,
    OnlyPaidInPeriod,
    OnlyReference,
    OnlySupplier,
    PaidSince,
    PaidUntil,
)
from service.api.guard import check_projects
from service.api.lists import of_view
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit
from service.api.record_rights import check_corrects
from service.api.route import DocumentId, ProjectId, read, write
from service.api.sorts import SortOfDocuments
from service.api.spending import (
    Payment,
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
    reference: OnlyReference = None,
    item: OnlyItem = None,
    supplier_ico: OnlySupplier = None,
    document_number: OnlyDocumentNumber = None,
    issued_since: IssuedSince = None,
    issued_until: IssuedUntil = None,
    paid: OnlyPaid = None,
    paid_since: PaidSince = None,
    paid_until: PaidUntil = None,
    amount_min: AmountMin = None,
    amount_max: AmountMax = None,
    period: OnlyPaidInPeriod = None,
    finding: OnlyFinding = None,
    claim: OnlyInClaim = None,
    sort: SortOfDocuments = "reference",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[DocumentPage]:
    """The accounting documents that bear on items of the project, by reference."""
    only = OfSpending(
        reference=reference,
        item=item,
        supplier_ico=supplier_ico,
        document_number=document_number,
        dated_since=issued_since,
        dated_until=issued_until,
        paid=paid,
        paid_since=paid_since,
        paid_until=paid_until,
        amount_min=amount_min,
        amount_max=amount_max,
        period=period,
        finding=finding,
        claim=claim,
    )
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
