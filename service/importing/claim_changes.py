"""A recorded claim whose row or reductions changed in a later file.

Its number, kind, period, day of submission and lines stay: they were handed in. The decision takes
the reductions of the file; one that the file does not have stays, as every row does.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from domain.claim import ClaimPaid, Decided, Reduction, Submitted
from domain.event import Fact
from domain.rejection import NotFound, Rejection
from domain.stream import Stream
from service.importing.changed_columns import Change
from service.importing.recording import Recording
from service.importing.row_changes import Step, steps_between
from service.intake.rows import ClaimRow, DecisionRow


class HandedIn(Rejection):
    """What was submitted stays as it was."""

    code = "handed_in"


def claim_steps(
    recording: Recording, stream: Stream[Any], row: ClaimRow, versions: Sequence[int]
) -> list[Step]:
    """What makes decision and payment those of the row. Raises HandedIn, NotFound."""
    declared, decided = _facts(stream, versions)
    given = {"kind": row.kind, "period": row.period, "submitted_on": row.submitted_on}
    stands = (declared.kind, declared.period, declared.effective_on)
    for (column, value), standing in zip(given.items(), stands, strict=True):
        if value != standing:
            text = f"{standing}: a submitted claim stays as it was handed in"
            raise HandedIn(text, f"/{column}")
    wanted: list[Fact] = [declared]
    project = declared.project
    if row.decided_on is not None:
        reductions = tuple(_reductions(recording, declared, decided, row.claim))
        wanted.append(Decided(effective_on=row.decided_on, project=project, reductions=reductions))
    if row.paid_on is not None and row.paid_amount_czk is not None:
        paid = ClaimPaid(effective_on=row.paid_on, project=project, amount=row.paid_amount_czk)
        wanted.append(paid)
    return steps_between(stream, versions, wanted)


def reduction_changes(steps: Iterable[Step], document: UUID) -> tuple[Change, ...]:
    """What the steps change of the reduction of one document."""
    for step in steps:
        old = _reduction_of(step.old, document)
        new = _reduction_of(step.new, document)
        if old != new:
            pairs = {"reduction_czk": ("amount", "nothing"), "reason": ("reason", "nothing")}
            return tuple(
                Change(column, *(str(getattr(one, name, empty)) for one in (old, new)))
                for column, (name, empty) in pairs.items()
                if getattr(old, name, None) != getattr(new, name, None)
            )
    return ()


def _facts(stream: Stream[Any], versions: Sequence[int]) -> tuple[Submitted, Decided | None]:
    facts = [stream.in_force[version] for version in versions]
    declared = next((one for one in facts if isinstance(one, Submitted)), None)
    if declared is None:
        raise NotFound("the claim was cancelled", "/claim")
    return declared, next((one for one in facts if isinstance(one, Decided)), None)


def _reductions(
    recording: Recording, declared: Submitted, decided: Decided | None, number: int
) -> Iterable[Reduction]:
    """Those of the decision in force with the values of the file, then those that are new."""
    given: dict[UUID, DecisionRow] = {
        recording.documents[row.document_id]: row for row in recording.reductions.get(number, [])
    }
    for reduction in decided.reductions if decided else ():
        row = given.pop(reduction.document, None)
        yield (
            reduction if row is None else _reduction(row, reduction.document, reduction.allocation)
        )
    lines = {line.document: line.allocation for line in declared.lines}
    for document, row in given.items():
        if document not in lines:
            expected = f"a line of claim {number} as it was submitted"
            raise NotFound(expected, "/document_id")
        yield _reduction(row, document, lines[document])


def _reduction(row: DecisionRow, document: UUID, allocation: int) -> Reduction:
    return Reduction(
        document=document, allocation=allocation, amount=row.reduction_czk, reason=row.reason
    )


def _reduction_of(fact: Fact | None, document: UUID) -> Reduction | None:
    if not isinstance(fact, Decided):
        return None
    return next((one for one in fact.reductions if one.document == document), None)
