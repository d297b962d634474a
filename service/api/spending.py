"""What documents, work records and trips have in common: payment, findings, claims, reading."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from msgspec import Meta

from domain.expenditure import Recorded as RecordedFact
from domain.money import parse_money
from domain.rejection import NotFound
from domain.streams import EXPENDITURE
from projections.page_query import Row
from projections.spending_query import DOCUMENTS
from service.api.caller import Caller, Recorded
from service.api.fields import Body, Day, Id, Item, MaybeDay, MaybeVersion, Reference, Version
from service.api.filters import OfSpending
from service.api.lists import Listing
from service.commands.expenditures import pay
from service.commands.persons import SealedNames
from service.commands.prepared import Prepared, Streams
from service.commands.work import Work

Corrects = Annotated[
    UUID | None,
    Meta(description="The document that this one corrects", examples=[None]),
]


class Payment(Body, frozen=True, kw_only=True):
    """When a document was paid in full."""

    paid_on: Day


class PaymentOfDocument(Payment, frozen=True, kw_only=True):
    """When which document was paid in full."""

    document_id: Annotated[
        UUID,
        Meta(
            description="The document, work record or trip",
            examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"],
        ),
    ]
    version: Annotated[
        Version | None,
        Meta(description="Its version as it was seen; null: whatever it is now", examples=[1]),
    ]


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


def corrected(document: UUID | None) -> Streams:
    """The stream of the document that a new one corrects."""
    return [] if document is None else [(EXPENDITURE, document)]


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
    return caller.record(prepared_payment(project, document, kind, paid_on).alone)


def prepared_payment(
    project: UUID, document: UUID, kind: type[RecordedFact], paid_on: date
) -> Prepared:
    """The command that records the payment of a document of a kind."""

    def decide(work: Work, _: SealedNames, __: UUID) -> None:
        recorded_in(work, project, document, kind)
        pay(work, document, paid_on)

    return Prepared(decide, lambda _, __, ___: [(EXPENDITURE, document)])


def listing_of(
    project: UUID, name: str, only: OfSpending, sort: str, shown: Callable[[Row], Item]
) -> Listing:
    """A list of documents (SD-1, SD-2, SD-3). Raises InvalidValue."""
    query = DOCUMENTS.sorted_by(sort)
    values = {"list": name, "document": None}
    given = {**only, **_amounts(only)}
    return Listing(query=query, shown=shown, project=project, values=values, only=given)


def _amounts(only: OfSpending) -> dict[str, Decimal]:
    """The amounts that the list is limited to. Raises InvalidValue."""
    limits = {"amount_min": only.get("amount_min"), "amount_max": only.get("amount_max")}
    return {name: parse_money(text, name) for name, text in limits.items() if text is not None}


def one_of(caller: Caller, project: UUID, name: str, document: UUID) -> tuple[Row, int, int]:
    """A document of a list, the position it is of, and its version."""
    return caller.one(project, DOCUMENTS, document, {"list": name, "document": document})
