"""What documents, work records and trips have in common: payment, findings, claims, reading."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from msgspec import Meta

from domain.expenditure import Recorded as RecordedFact
from domain.rejection import NotFound
from domain.streams import EXPENDITURE
from projections.page_query import Row
from projections.spending_query import DOCUMENTS
from service.api.caller import Caller, Recorded
from service.api.fields import Body, Day, Id, Item, MaybeDay, MaybeVersion, Reference, Version
from service.api.filters import OfSpending
from service.commands.expenditures import pay
from service.commands.work import Work

Corrects = Annotated[
    UUID | None,
    Meta(description="The document that this one corrects", examples=[None]),
]


class Payment(Body, frozen=True, kw_only=True):
    """When a document was paid in full."""

    paid_on: Day


class Spending(Item, frozen=True, kw_only=True):
    """What every document of spending has, as it stands."""

    id: Id
    version: Version
    payment_version: MaybeVersion
    reference: Reference
    paid_on: MaybeDay
    findings: Annotated[
        list[str],
        Meta(description="Grant rules that it breaks", examples=[["duplicate_document"]]),
    ]
    claims: Annotated[list[int], Meta(description="Numbers of the claims it is in", examples=[[2]])]


def spending_of(row: Row) -> dict[str, Any]:
    """The values of `Spending` in a row."""
    return {
        "id": row["document_id"],
        "version": row["recorded_version"],
        "payment_version": row["paid_version"],
        "reference": row["reference"],
        "paid_on": row["paid_on"],
        "findings": row["findings"],
        "claims": row["claims"],
    }


def recorded_in(work: Work, project: UUID, document: UUID, kind: type[RecordedFact]) -> None:
    """Raises NotFound unless the project has such a document of this kind."""
    found = work.load(EXPENDITURE, document).state.recorded
    if not isinstance(found, kind) or found.project != project:
        raise NotFound("the project has no such record")


def record_payment(
    caller: Caller, project: UUID, document: UUID, kind: type[RecordedFact], paid_on: date
) -> Response[Recorded]:
    """Records the payment of a document of a kind."""

    def decide(work: Work, _: UUID) -> None:
        recorded_in(work, project, document, kind)
        pay(work, document, paid_on)

    return caller.record(decide)


def list_of(
    caller: Caller,
    project: UUID,
    name: str,
    only: OfSpending,
    sort: str,
    limit: int,
    cursor: str | None,
) -> tuple[list[Row], str | None, int]:
    """A page of a list of documents (SD-1, SD-2, SD-3)."""
    query = replace(DOCUMENTS, descending=sort.startswith("-"))
    return caller.page(project, query, limit, cursor, {"list": name, "document": None}, only)


def one_of(caller: Caller, project: UUID, name: str, document: UUID) -> tuple[Row, int, int]:
    """A document of a list, the position it is of, and its version."""
    return caller.one(project, DOCUMENTS, document, {"list": name, "document": document})
