"""Payment claims (žádosti o platbu, ŽoP): submitted, decided line by line, paid."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from domain.claim import KINDS
from domain.identity import imported_stream
from domain.money import parse_money
from domain.rejection import NotFound
from domain.streams import CLAIM
from projections.claim_query import CANDIDATES, CLAIMS, LINES
from projections.page_query import Row
from service.api.caller import AsCaller, Recorded, answer
from service.api.fields import (
    Amount,
    Body,
    Code,
    Day,
    Id,
    Item,
    MaybeVersion,
    Money,
    Reason,
    Reference,
    Version,
    command_values,
    decimal_text,
    maybe_decimal,
    word_of,
)
from service.api.filters import OnlyKind, OnlyPeriod, OnlyStage
from service.api.lists import Listing, of_view
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.route import ClaimId, ProjectId, read, write
from service.api.sorts import SortOfClaims
from service.commands import claims
from service.commands.four_eyes import check_four_eyes
from service.commands.work import Work

DocumentId = Annotated[
    UUID, Meta(description="The document", examples=["c56f2c9e-7d9c-4d0e-8c54-50e8bd6c2c0f"])
]
Number = Annotated[int, Meta(ge=1, le=10_000, description="1 is the advance", examples=[2])]
Kind = Annotated[str, word_of(KINDS, "Kind of claim", "interim")]
Period = Annotated[
    Annotated[int, Meta(ge=1, le=1_000)] | None,
    Meta(description="Monitoring period; null for the advance", examples=[1]),
]


class ClaimToSubmit(Body, frozen=True, kw_only=True):
    """A claim as handed in; which lines it takes follows from the rules."""

    number: Number
    kind: Kind
    period: Period
    submitted_on: Day


class ReductionToDecide(Body, frozen=True, kw_only=True):
    """What the managing authority takes off one document's line."""

    document_id: DocumentId
    amount: Annotated[Amount, Meta(description="CZK above 0", examples=["100.00"])]
    reason: Reason


class Decision(Body, frozen=True, kw_only=True):
    """The decision; a line without a reduction is approved in full."""

    decided_on: Day
    reductions: Annotated[list[ReductionToDecide], Meta(max_length=5_000)] = msgspec.field(
        default_factory=list[ReductionToDecide]
    )


class ClaimPayment(Body, frozen=True, kw_only=True):
    """What the provider paid."""

    paid_on: Day
    amount: Amount


class ClaimSummary(Item, frozen=True, kw_only=True):
    """A claim as it stands; `declared` and `reduced` are direct costs, CZK."""

    id: Id
    version: Version
    decision_version: MaybeVersion
    payment_version: MaybeVersion
    number: Number
    kind: Kind
    period: Period
    submitted_on: Day
    decided_on: Annotated[date | None, Meta(examples=["2026-09-10"])]
    paid_on: Annotated[date | None, Meta(examples=["2026-10-01"])]
    paid_amount: Annotated[Amount | None, Meta(description="CZK", examples=["900.00"])]
    documents: Annotated[int, Meta(description="How many lines", examples=[1])]
    declared: Money
    reduced: Money


class ClaimPage(Item, frozen=True, kw_only=True):
    """A page of claims by number."""

    items: list[ClaimSummary]
    next_cursor: NextCursor


class ClaimLine(Item, frozen=True, kw_only=True):
    """A document's line as declared, with what was taken off."""

    document_id: DocumentId
    reference: Reference
    allocation: Annotated[int, Meta(description="Index in the document", examples=[0])]
    item: Annotated[Code, Meta(description="Code of the budget item", examples=["1.1.4.1"])]
    amount: Money
    reduction: Money


class Claim(ClaimSummary, frozen=True, kw_only=True):
    """A claim with its lines."""

    lines: list[ClaimLine]


PATH = "/projects/{project_id:uuid}/claims"


@write(
    PATH,
    permission="claims.submit",
    operation_id="submit_claim",
    summary="Submit a claim",
    tags=["claims"],
)
def submit_claim(
    caller: AsCaller, project_id: ProjectId, data: JSONBody[ClaimToSubmit]
) -> Response[Recorded]:
    """Submits a claim with every line that belongs to it.

    It takes each document without a finding that was paid by the end of its period (of the last
    period: by its due date) and is in no earlier claim.
    """
    values = command_values(claims.NewClaim, data)
    with caller.reading(project_id, (*CLAIMS.views, "spend")) as snapshot:
        candidates = snapshot.rows(CANDIDATES, {"project": project_id})
    documents = [row["document_id"] for row in candidates]
    # The claim's number names it within the project, as in an import of its lists.
    claim = imported_stream(caller.tenant, project_id, "claims", str(data.number))
    return caller.record(
        lambda work, _: claims.submit_claim(work, project_id, claim, values, documents),
        lambda submitted: f"/v1/projects/{project_id}/claims/{submitted}",
    )


@write(
    f"{PATH}/{{claim_id:uuid}}/decision",
    permission="claims.decide",
    changes="claim_id",
    operation_id="decide_claim",
    summary="Record a claim's decision",
    tags=["claims"],
)
def decide_claim(
    caller: AsCaller, project_id: ProjectId, claim_id: ClaimId, data: JSONBody[Decision]
) -> Response[Recorded]:
    """Records what the managing authority decided, line by line."""
    reductions = [
        claims.NewReduction(
            document_id=reduction.document_id,
            amount=parse_money(reduction.amount, f"/reductions/{index}/amount"),
            reason=reduction.reason,
        )
        for index, reduction in enumerate(data.reductions)
    ]

    def decide(work: Work, _: UUID) -> None:
        _submitted_in(work, project_id, claim_id)
        check_four_eyes(work, claim_id, project_id, "claim.decided.v1")
        claims.decide_claim(work, claim_id, data.decided_on, reductions)

    return caller.record(decide)


@write(
    f"{PATH}/{{claim_id:uuid}}/payment",
    permission="claims.pay",
    changes="claim_id",
    operation_id="pay_claim",
    summary="Record a claim's payment",
    tags=["claims"],
)
def pay_claim(
    caller: AsCaller, project_id: ProjectId, claim_id: ClaimId, data: JSONBody[ClaimPayment]
) -> Response[Recorded]:
    """Records what the provider paid on a claim, or the advance."""
    amount = parse_money(data.amount, "/amount", negative=False)

    def decide(work: Work, _: UUID) -> None:
        _submitted_in(work, project_id, claim_id)
        check_four_eyes(work, claim_id, project_id, "claim.paid.v1")
        claims.pay_claim(work, claim_id, data.paid_on, amount)

    return caller.record(decide)


@read(
    PATH,
    permission="claims.read",
    lists=ClaimSummary,
    operation_id="list_claims",
    summary="List claims",
    tags=["claims"],
)
def list_claims(
    caller: AsCaller,
    project_id: ProjectId,
    kind: OnlyKind = None,
    period: OnlyPeriod = None,
    stage: OnlyStage = None,
    sort: SortOfClaims = "number",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[ClaimPage]:
    """The claims of a project by number; the amounts and shares are in the report of claims."""
    listing = Listing(
        query=CLAIMS.sorted_by(sort),
        shown=lambda row: ClaimSummary(**_summary(row)),
        project=project_id,
        values={"claim": None},
        only={"kind": kind, "period": period, "stage": stage},
    )
    return of_view(caller, ClaimPage, listing, limit, cursor)


@read(
    f"{PATH}/{{claim_id:uuid}}",
    permission="claims.read",
    operation_id="get_claim",
    summary="Read a claim with its lines",
    tags=["claims"],
)
def get_claim(caller: AsCaller, project_id: ProjectId, claim_id: ClaimId) -> Response[Claim]:
    """One claim with every line that it declares."""
    values = {"project": project_id, "claim": claim_id}
    with caller.reading(project_id, CLAIMS.views) as snapshot:
        found, _ = CLAIMS.page(snapshot.connection, values, 1, None)
        if not found:
            raise NotFound("the project has no such claim")
        lines = snapshot.rows(LINES, values)
        version = snapshot.version(claim_id)
    content = Claim(**_summary(found[0]), lines=_lines(lines))
    return answer(content, snapshot.position, version)


def _submitted_in(work: Work, project: UUID, claim: UUID) -> None:
    submitted = work.load(CLAIM, claim).state.submitted
    if submitted is None or submitted.project != project:
        raise NotFound("the project has no such claim")


def _summary(row: Row) -> dict[str, Any]:
    """The values of `ClaimSummary`."""
    plain = ("number", "kind", "period", "submitted_on", "decided_on", "paid_on", "documents")
    declared: Decimal = row["declared"]
    return {
        **{name: row[name] for name in plain},
        "id": row["claim_id"],
        "version": row["submitted_version"],
        "decision_version": row["decided_version"],
        "payment_version": row["paid_version"],
        "paid_amount": maybe_decimal(row["paid_amount"]),
        "declared": decimal_text(declared),
        "reduced": decimal_text(row["reduced"]),
    }


def _lines(rows: Sequence[Row]) -> list[ClaimLine]:
    return [
        ClaimLine(
            document_id=row["document_id"],
            reference=row["reference"],
            allocation=row["allocation"],
            item=row["item"],
            amount=decimal_text(row["amount"]),
            reduction=decimal_text(row["reduction"] or Decimal("0.00")),
        )
        for row in rows
    ]
