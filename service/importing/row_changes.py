"""From a changed row to corrections: what it would record now, against what is in force.

The facts of the new row are those that its own command would record, so a corrected project is the
project that a first import of the new files would give. A fact that both have is corrected, a new
one recorded, one that is gone is cancelled.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from domain.activity import AttendanceRecorded, Held, QuestionnaireRecorded
from domain.claim import ClaimPaid, Decided, Submitted
from domain.document import DocumentRecorded
from domain.event import Fact
from domain.expenditure import Paid
from domain.output import Published, Written
from domain.participant import CharacteristicsRecorded, Entered, Left
from domain.stream import Kind, StillNeeded, Stream
from domain.streams import (
    ACTIVITY,
    BUDGET,
    CLAIM,
    EXPENDITURE,
    OUTPUT,
    PARTICIPANT,
    PROJECT,
    RATES,
)
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded, WorkSigned
from service.commands.corrections import replace, withdraw
from service.commands.work import Work
from service.importing.known_rows import KnownRow

KINDS: dict[str, Kind[Any]] = {
    "project": PROJECT,
    "indicators": PROJECT,
    "budget": BUDGET,
    "exchange_rates": RATES,
    "activities": ACTIVITY,
    "attendance": ACTIVITY,
    "questionnaires": ACTIVITY,
    "helpdesk_contacts": ACTIVITY,
    "participants": PARTICIPANT,
    "outputs": OUTPUT,
    "sd1": EXPENDITURE,
    "sd2": EXPENDITURE,
    "sd3": EXPENDITURE,
    "claims": CLAIM,
}
# The facts of rows that have a stream of their own; rows of other tables are one fact each.
FACTS: dict[str, tuple[type[Fact], ...]] = {
    "activities": (Held,),
    "participants": (Entered, CharacteristicsRecorded, Left),
    "outputs": (Written, Published),
    "sd1": (DocumentRecorded, Paid),
    "sd2": (WorkRecorded, WorkSigned, Paid),
    "sd3": (TravelRecorded, Paid),
    "claims": (Submitted, Decided, ClaimPaid),
}
PERSON_OF = {DocumentRecorded: "supplier", WorkRecorded: "employee", TravelRecorded: "traveller"}


class Step(NamedTuple):
    """A fact to be corrected (both), recorded (only `new`) or cancelled (only `old`)."""

    version: int | None
    old: Fact | None
    new: Fact | None


def versions_of(stream: Stream[Any], table: str, known: KnownRow) -> list[int]:
    """The versions of the facts in force that a row stands for."""
    if table not in FACTS:
        return [known.version] if known.version in stream.in_force else []
    kinds = FACTS[table]
    return [version for version, fact in sorted(stream.in_force.items()) if isinstance(fact, kinds)]


def steps_between(
    stream: Stream[Any], versions: Iterable[int], wanted: Iterable[Fact]
) -> list[Step]:
    """What makes the facts at the versions the wanted ones; of each kind there is one."""
    there = {type(stream.in_force[version]): version for version in versions}
    steps: list[Step] = []
    for fact in wanted:
        version = there.pop(type(fact), None)
        old = stream.in_force[version] if version is not None else None
        new = _of_same_person(old, fact)
        if new != old:
            steps.append(Step(version, old, new))
    gone = [Step(version, stream.in_force[version], None) for version in there.values()]
    return [*steps, *reversed(gone)]


def followers_of(stream: Stream[Any], steps: Iterable[Step]) -> list[Step]:
    """Facts of an activity that follow it: the day of questionnaires, the form of attendance."""
    followers: list[Step] = []
    for step in steps:
        if not (isinstance(step.old, Held) and isinstance(step.new, Held)):
            continue
        for version, fact in sorted(stream.in_force.items()):
            new = _following(fact, step.old, step.new)
            if new != fact:
                followers.append(Step(version, fact, new))
    return followers


def carry_out(
    work: Work, stream: UUID, kind: Kind[Any], steps: Sequence[Step], reason: str
) -> None:
    """Takes the steps, those first that the others need. Raises a Rejection."""
    left = list(steps)
    while left:
        postponed: list[Step] = []
        refusal: StillNeeded | None = None
        for step in left:
            try:
                _take(work, stream, kind, step, reason)
            except StillNeeded as still_needed:
                postponed.append(step)
                refusal = refusal or still_needed
        if refusal is not None and len(postponed) == len(left):
            raise refusal
        left = postponed


def _take(work: Work, stream: UUID, kind: Kind[Any], step: Step, reason: str) -> None:
    match step:
        case Step(version=int(version), new=None):
            withdraw(work, stream, version, reason)
        case Step(version=int(version), new=Fact() as new):
            replace(work, stream, version, new, reason)
        case Step(new=Fact() as new):
            work.record(kind, stream, new)
        case _:
            raise TypeError(step)


def claim_of(stream: Stream[Any]) -> int | None:
    """The number of the claim that holds a document."""
    numbers = [getattr(fact, "claim_number", None) for fact in stream.in_force.values()]
    return next((number for number in numbers if number is not None), None)


def _of_same_person(old: Fact | None, new: Fact) -> Fact:
    """A name that stands for the same person keeps the row that the first fact names."""
    attribute = PERSON_OF.get(type(new))  # pyright: ignore[reportArgumentType]
    if old is None or attribute is None:
        return new
    before, after = getattr(old, attribute), getattr(new, attribute)
    if before.person != after.person:
        return new
    return msgspec.structs.replace(new, **{attribute: before})


def _following(fact: Fact, old: Held, new: Held) -> Fact:
    match fact:
        case QuestionnaireRecorded():
            return msgspec.structs.replace(fact, effective_on=new.end)
        case AttendanceRecorded(form=form) if form == old.form:
            return msgspec.structs.replace(fact, form=new.form)
        case _:
            return fact
