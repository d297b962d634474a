"""Correcting recorded rows from a later file: what is to be done for each, and doing it.

What a submitted claim holds is refused, and what later facts rest on, as in every correction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from domain.budget import ItemAdded
from domain.event import Fact
from domain.expenditure import HeldByClaim
from domain.identity import budget_stream, changed_row_command
from domain.participant import Entered, Left
from domain.project import Registered, TargetSet
from domain.rejection import AlreadyRecorded, NotFound, Rejection
from domain.stream import Kind, Stream
from domain.streams import ACTIVITY, BUDGET, CLAIM, PARTICIPANT, PROJECT, NotCorrectable
from service.importing.changed_columns import Change, ChangedRow, changes_of
from service.importing.claim_changes import claim_steps, reduction_changes
from service.importing.comparison import Due, Known
from service.importing.known_rows import KnownRow, RecordedRow
from service.importing.participant_changes import ChangedPerson, changed_participants
from service.importing.recording import Recording
from service.importing.row_changes import (
    KINDS,
    Step,
    carry_out,
    claim_of,
    followers_of,
    steps_between,
    versions_of,
)
from service.intake.rows import ClaimRow
from service.store.log import Beside


class Part(NamedTuple):
    """What is to be done in one stream."""

    stream: UUID
    kind: Kind[Any]
    steps: Sequence[Step]


@dataclass
class Corrected:
    """What corrects one or more changed rows in one command, and what is remembered and told."""

    command: UUID
    parts: list[Part]
    recorded: list[RecordedRow]
    changed: list[ChangedRow]
    beside: Sequence[Beside] = ()


@dataclass
class Correcting:
    """Corrects the rows of one import for a reason."""

    recording: Recording
    reason: str
    names: dict[UUID, str] = field(default_factory=dict[UUID, str])
    people: dict[str, ChangedPerson | Rejection] = field(
        default_factory=dict[str, ChangedPerson | Rejection]
    )
    gone: dict[str, KnownRow] = field(default_factory=dict[str, KnownRow])

    def know(
        self, tables: Mapping[str, Sequence[Any]], missing: Iterable[tuple[str, str]], known: Known
    ) -> None:
        """What rows are called, and which attendance is missing from the files."""
        recording = self.recording
        self.names = {stream: row_id for row_id, stream in recording.documents.items()}
        for row in tables["activities"]:
            self.names[recording.stream("activities", row.row_id)] = row.row_id
        self.gone = {
            row_id.rpartition("/")[0]: known[table, row_id]
            for table, row_id in missing
            if table == "attendance"
        }

    def make_ready(self, table: str, chunk: Iterable[Due]) -> None:
        """Loads the streams of changed rows, and reads what persons are to be compared with."""
        changed = [(one, one.known) for one in chunk if one.known is not None]
        recording, work = self.recording, self.recording.work
        work.preload(KINDS[table], [known.stream for _, known in changed])
        if table != "participants":
            return
        rows = [(one.row, work.load(PARTICIPANT, known.stream)) for one, known in changed]
        found = changed_participants(work, recording.names, recording.project, rows)
        for row_id, person in found.items():
            self.people[row_id] = person
            if isinstance(person, ChangedPerson):
                recording.participants[row_id] = person.sealed

    def asked(self, due: Due, record: Callable[[], UUID]) -> Corrected:
        """What corrects a row; `record` decides it as a new one. Raises a Rejection."""
        assert due.known is not None
        known, table, work = due.known, due.table, self.recording.work
        stream = work.load(KINDS[table], known.stream)
        versions = versions_of(stream, table, known)
        if not versions:
            raise NotFound("a row that was not cancelled: give what is recorded anew another id")
        person = self.people.get(due.row_id) if table == "participants" else None
        if isinstance(person, Rejection):
            raise person
        recorded = RecordedRow(table, due.row_id, due.hmac, known.stream, known.version, True)
        target = self._target(due, known)
        if target != known.stream:
            return self._moved(due, recorded, stream, (versions[0], target), record)
        steps = steps_between(stream, versions, work.imagined(target, versions, record))
        changes = changes_of(table, [(step.old, step.new) for step in steps], self.names)
        steps += followers_of(stream, steps)
        if person is not None:
            changes = (*_of_person(person, steps), *changes)
        return Corrected(
            command=changed_row_command(self._own_stream(due), due.hmac, stream.version),
            parts=[Part(target, KINDS[table], steps)],
            recorded=[recorded],
            changed=[self._told(due, changes)],
            beside=person.sealed.beside if person is not None else (),
        )

    def asked_project(self, due: Due, values: Mapping[str, Any]) -> Corrected:
        """What makes the legal act that of the files."""
        assert due.known is not None
        project, work = self.recording.project, self.recording.work
        stream = work.load(PROJECT, project)
        old = stream.fact_at(due.known.version)
        assert isinstance(old, Registered)
        if values["programme"] != old.programme:
            raise NotCorrectable(f"{old.programme}: a project keeps its rule set", "/programme")
        new = msgspec.structs.replace(old, effective_on=values["start"], **values)
        steps = [Step(due.known.version, old, new)] if new != old else []
        changes = changes_of(due.table, [(old, new)], self.names)
        items = budget_stream(work.tenant, project)
        budget = work.load(BUDGET, items)
        days = old.start, new.start
        recorded = RecordedRow(due.table, due.row_id, due.hmac, project, due.known.version, True)
        return Corrected(
            command=changed_row_command(project, due.hmac, stream.version),
            parts=[
                Part(project, PROJECT, [*steps, *_redated(stream, TargetSet, days)]),
                Part(items, BUDGET, _redated(budget, ItemAdded, days)),
            ],
            recorded=[recorded],
            changed=[self._told(due, changes)],
        )

    def asked_claim(self, row: ClaimRow, dues: Sequence[Due]) -> Corrected:
        """What makes a recorded claim that of its row and reductions."""
        claim = self.recording.stream("claims", row.row_id)
        stream = self.recording.work.load(CLAIM, claim)
        known = next((one.known for one in dues if one.table == "claims"), None)
        version = known.version if known else 1
        versions = versions_of(stream, "claims", KnownRow(b"", claim, version))
        steps = claim_steps(self.recording, stream, row, versions)
        told = [self._told(one, self._claim_changes(one, steps)) for one in dues]
        content = b"".join(one.hmac for one in dues)
        return Corrected(
            command=changed_row_command(claim, content, stream.version),
            parts=[Part(claim, CLAIM, steps)],
            recorded=[
                RecordedRow(one.table, one.row_id, one.hmac, claim, version, one.known is not None)
                for one in dues
            ],
            changed=[one for one, due in zip(told, dues, strict=True) if due.known is not None],
        )

    def carry_out(self, corrected: Corrected) -> None:
        """Records the corrections into the current command. Raises a Rejection."""
        work = self.recording.work
        for stream, kind, steps in corrected.parts:
            carry_out(work, stream, kind, steps, self.reason)
        work.beside(*corrected.beside)

    def refuse_moved(self, due: Due) -> None:
        """Raises AlreadyRecorded for attendance whose day changed: the old one would stay too."""
        known = self.gone.get(due.row_id.rpartition("/")[0]) if due.table == "attendance" else None
        if known is None:
            return
        fact = self.recording.work.load(ACTIVITY, known.stream).in_force.get(known.version)
        if fact is not None:
            text = f"the day as recorded, {fact.effective_on}; else first cancel that attendance"
            raise AlreadyRecorded(f"{text} (version {known.version} of the activity)", "/date")

    def expected(self, due: Due, rejection: Rejection) -> str:
        """What was expected of a row; of one that a claim holds also what can be done."""
        if due.known is None or not isinstance(rejection, HeldByClaim):
            return rejection.detail
        stream = self.recording.work.load(KINDS[due.table], due.known.stream)
        return (
            f"the row as claim {claim_of(stream)} holds it ({rejection.detail}); record the "
            f"difference by `grantledger correct {due.row_id} …`: a document in a later claim"
        )

    def _target(self, due: Due, known: KnownRow) -> UUID:
        """The stream that the row belongs to now: a questionnaire may be of another activity."""
        if due.table == "questionnaires":
            return self.recording.stream("activities", due.row.activity_id)
        return known.stream

    def _moved(
        self,
        due: Due,
        recorded: RecordedRow,
        old: Stream[Any],
        place: tuple[int, UUID],
        record: Callable[[], UUID],
    ) -> Corrected:
        """Cancelled where it was, recorded where it belongs."""
        version, target = place
        work = self.recording.work
        wanted = work.imagined(target, (), record)
        there = work.load(KINDS[due.table], target)
        cancelled = [Step(version, old.in_force[version], None)]
        was = self.names.get(recorded.stream, "another record")
        moved = Change("activity_id", was, self.names.get(target, "another record"))
        return Corrected(
            command=changed_row_command(self._own_stream(due), due.hmac, old.version),
            parts=[
                Part(recorded.stream, ACTIVITY, cancelled),
                Part(target, ACTIVITY, [Step(None, None, fact) for fact in wanted]),
            ],
            recorded=[
                RecordedRow(due.table, due.row_id, due.hmac, target, there.version + 1, True)
            ],
            changed=[self._told(due, (moved,))],
        )

    def _own_stream(self, due: Due) -> UUID:
        return self.recording.stream(due.table, due.row_id)

    def _claim_changes(self, due: Due, steps: Sequence[Step]) -> tuple[Change, ...]:
        if due.table == "decisions":
            return reduction_changes(steps, self.recording.documents[due.row.document_id])
        return changes_of(due.table, [(step.old, step.new) for step in steps], self.names)

    def _told(self, due: Due, changes: tuple[Change, ...]) -> ChangedRow:
        return ChangedRow(due.table, due.row_id, due.row_number or 1, changes)


def _of_person(person: ChangedPerson, steps: Iterable[Step]) -> list[Change]:
    """Which sealed fields and days of a participant differ, without their values."""
    days = {Entered: "entry_date", Left: "exit_date"}
    columns = list(person.fields)
    for step in steps:
        column = days.get(type(step.new or step.old))  # pyright: ignore[reportArgumentType]
        before, after = (getattr(one, "effective_on", None) for one in (step.old, step.new))
        if column is not None and before != after:
            columns.append(column)
    return [Change(column, None, None) for column in columns]


def _redated(stream: Stream[Any], kind: type[Fact], days: tuple[Any, Any]) -> list[Step]:
    """What counts from the first day of the project moves with it."""
    before, after = days
    return [
        Step(version, fact, msgspec.structs.replace(fact, effective_on=after))
        for version, fact in sorted(stream.in_force.items())
        if isinstance(fact, kind) and fact.effective_on == before and before != after
    ]
