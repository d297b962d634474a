"""Commands on payment claims (ŽoP): submit, decide, pay.

Claim n takes every document without a finding that was paid by the end of period n - 1 (of the
last period: by its report_due) and is in no earlier claim. Which documents exist is asked of the
views; whether a line may be claimed is judged on the documents' own streams, in the transaction
that claims them.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from domain.claim import ClaimLine, ClaimPaid, Decided, Reduction, Submitted, submitted
from domain.document import DocumentRecorded
from domain.expenditure import Claimed, Expenditure, Recorded, lines_of
from domain.findings import Judged, blocked_since, findings
from domain.project import Registered, payment_period_of
from domain.rejection import InvalidValue, NotFound
from domain.reservation import NumberReleased, NumberTaken
from domain.streams import CLAIM, EXPENDITURE, RESERVATION
from service.commands.projects import registered
from service.commands.work import Work


class NewClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as handed in; `kind` is advance, interim or final."""

    number: int
    kind: str
    period: int | None
    submitted_on: date


class NewReduction(msgspec.Struct, frozen=True, kw_only=True):
    """What the managing authority takes off one document's line, CZK."""

    document_id: UUID
    amount: Decimal
    reason: str


def submit_claim(
    work: Work, project: UUID, claim: UUID, values: NewClaim, documents: Iterable[UUID]
) -> None:
    """Submits a claim with the lines that belong to it, of the given documents of the project."""
    act = registered(work, project)
    lines: list[ClaimLine] = []
    if values.period is not None:
        if values.period not in {period.number for period in act.periods}:
            raise NotFound(f"the project has no period {values.period}", "/period")
        lines = claimable_lines(work, project, act, values.period, documents)
    fact = Submitted(
        effective_on=values.submitted_on,
        project=project,
        number=values.number,
        version=1,
        kind=values.kind,
        period=values.period,
        lines=tuple(lines),
    )
    work.record(CLAIM, claim, fact)
    for line in lines:
        claimed = Claimed(
            effective_on=values.submitted_on,
            project=project,
            claim=claim,
            claim_number=values.number,
            allocation=line.allocation,
        )
        work.record(EXPENDITURE, line.document, claimed)


def claimable_lines(
    work: Work, project: UUID, act: Registered, period: int, documents: Iterable[UUID]
) -> list[ClaimLine]:
    """The lines of the documents that the claim of a period takes, by their references."""
    candidates = list(dict.fromkeys(documents))
    work.preload(EXPENDITURE, candidates)
    states = {
        document: state
        for document in candidates
        if (state := work.load(EXPENDITURE, document).state).recorded is not None
    }
    keys = [number_key_of(state.recorded) for state in states.values()]
    work.preload(RESERVATION, [key for key in keys if key is not None])
    lines: list[ClaimLine] = []
    for document, state in states.items():
        due = payment_period_of(act.periods, state.paid_on) if state.paid_on else 0
        found = findings(judged(work, document, state), act)
        if 0 < due <= period and blocked_since(found) is None:
            lines += _open_lines(project, document, state)
    return sorted(lines, key=lambda line: (line.reference, line.allocation))


def judged(work: Work, document: UUID, state: Expenditure) -> Judged:
    """What the rules look at. The document must be recorded."""
    assert state.recorded is not None
    key = number_key_of(state.recorded)
    return Judged(
        recorded=state.recorded,
        paid_on=state.paid_on,
        signed_on=state.signed_on,
        earlier_same_number=earlier_holder(work, document, key) if key else None,
        month_fte=Decimal(0),  # a warning only: it keeps nothing out of a claim
    )


def earlier_holder(work: Work, document: UUID, key: UUID) -> date | None:
    """The effective date of an earlier document with this number; the earliest of several."""
    held: dict[UUID, date] = {}
    for _, fact in sorted(work.load(RESERVATION, key).in_force.items()):
        match fact:
            case NumberTaken(document=holder, effective_on=day):
                held.setdefault(holder, day)
            case NumberReleased(document=holder):
                held.pop(holder, None)
            case _:
                pass
    earlier: list[date] = []
    for holder, day in held.items():
        if holder == document:
            break
        earlier.append(day)
    return min(earlier, default=None)


def number_key_of(recorded: Recorded | None) -> UUID | None:
    """The reservation stream of a document's number, when it has one."""
    return recorded.number_key if isinstance(recorded, DocumentRecorded) else None


def _open_lines(project: UUID, document: UUID, state: Expenditure) -> list[ClaimLine]:
    assert state.recorded is not None
    return [
        ClaimLine(
            document=document,
            reference=state.recorded.reference,
            allocation=line.allocation,
            item=line.item,
            amount=line.amount,
        )
        for line in lines_of(state.recorded)
        if line.project == project and line.allocation not in state.claimed
    ]


def decide_claim(
    work: Work, claim: UUID, decided_on: date, reductions: Sequence[NewReduction]
) -> None:
    """Records the decision; a reduction of a document falls on its only line in the claim."""
    declared = submitted(work.load(CLAIM, claim).state)
    allocation_of: dict[UUID, list[int]] = {}
    for line in declared.lines:
        allocation_of.setdefault(line.document, []).append(line.allocation)
    decided: list[Reduction] = []
    for index, reduction in enumerate(reductions):
        pointer = f"/reductions/{index}/document_id"
        allocations = allocation_of.get(reduction.document_id, [])
        if not allocations:
            raise NotFound(f"claim {declared.number} has no line of this document", pointer)
        if len(allocations) > 1:
            raise InvalidValue("the document has several lines in the claim", pointer)
        decided.append(
            Reduction(
                document=reduction.document_id,
                allocation=allocations[0],
                amount=reduction.amount,
                reason=reduction.reason,
            )
        )
    fact = Decided(effective_on=decided_on, project=declared.project, reductions=tuple(decided))
    work.record(CLAIM, claim, fact)


def pay_claim(work: Work, claim: UUID, paid_on: date, amount: Decimal) -> None:
    """Records what the provider paid on a claim, or the advance."""
    declared = submitted(work.load(CLAIM, claim).state)
    fact = ClaimPaid(effective_on=paid_on, project=declared.project, amount=amount)
    work.record(CLAIM, claim, fact)
