"""Deciding all rows of an import before the first one is stored.

Rows are compared with what is recorded, then decided in the order in which facts depend on one
another, in memory. What cannot be recorded is a problem of its row; nothing is written here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from domain.identity import row_command
from domain.rejection import Rejection
from domain.streams import ACTIVITY, CLAIM, EXPENDITURE, OUTPUT, PARTICIPANT, RESERVATION
from service.commands.participants import to_seal
from service.commands.persons import seal_names, seal_participants
from service.commands.projects import NewProject, register_project
from service.commands.work import Pending, Work
from service.importing import row_commands
from service.importing.known_rows import RecordedRow
from service.importing.recording import Recording
from service.importing.reserved_streams import reserved_streams
from service.importing.row_commands import COMMANDS
from service.intake import rows
from service.intake.intake import Intake
from service.intake.problems import Problem
from service.store.log import Beside

T = TypeVar("T")
CHUNK = 250
# Facts are decided after those they refer to; documents in the order of the lists.
ORDER = (
    *("indicators", "budget", "exchange_rates", "activities", "participants", "attendance"),
    *("questionnaires", "helpdesk_contacts", "outputs", "sd1", "sd2", "sd3", "claims"),
)
DOCUMENTS = ("sd1", "sd2", "sd3")
PROJECT = "project"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A decided row: its command and what is remembered of it."""

    pending: Pending
    recorded: tuple[RecordedRow, ...]


@dataclass
class Plan:
    """What an import would do. `changed` and `missing`: table and row id."""

    project: UUID
    rows: list[PlannedRow] = field(default_factory=list[PlannedRow])
    same: int = 0
    changed: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    missing: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    problems: list[Problem] = field(default_factory=list[Problem])

    @property
    def new(self) -> int:
        """How many rows the plan records."""
        return sum(len(planned.recorded) for planned in self.rows)

    @property
    def events(self) -> int:
        """How many events the plan records."""
        return sum(len(planned.pending.envelopes) for planned in self.rows)


class Planner:
    """Decides the rows of one folder for one project."""

    def __init__(
        self,
        work: Work,
        project: UUID,
        intake: Intake,
        known: Mapping[tuple[str, str], bytes],
        documents: Iterable[UUID],
    ) -> None:
        self.work, self.intake, self.known = work, intake, known
        self.tables: dict[str, list[Any]] = dict(intake.good)
        self.recording = Recording(work, project)
        self.plan = Plan(project)
        self._prelude: list[Beside] = []
        self._documents = list(documents)

    def decide(self) -> Plan:
        """Compares and decides everything. A changed row stops before any decision."""
        new = {table: list(self._compared(table)) for table in (*ORDER, "decisions")}
        is_new_project = self._compare_project()
        self._find_missing()
        if self.plan.changed:
            return self.plan
        self._prepare()
        if is_new_project:
            self._decide_project()
        for table in ORDER:
            for chunk in _chunks(new[table], CHUNK):
                self._seal(table, [row for row, _ in chunk])
                self._preload(table, [row for row, _ in chunk])
                for row, hmac in chunk:
                    self._decide_row(table, row, hmac)
        self._refuse_late_decisions({row.row_id for row, _ in new["decisions"]}, new["claims"])
        return self.plan

    def _hmac(self, table: str, cells: Iterable[str]) -> bytes:
        return self.work.vault.hmac(self.work.tenant, "row", table, *cells)

    def _compared(self, table: str) -> Iterator[tuple[Any, bytes]]:
        """The new rows of a table; same and changed ones are counted."""
        for row in self.tables[table]:
            hmac = self._hmac(table, row.cells)
            if self._is_new(table, row.row_id, row.row_number, hmac):
                yield row, hmac

    def _is_new(self, table: str, row_id: str, row_number: int, hmac: bytes) -> bool:
        known = self.known.get((table, row_id))
        if known is None:
            return True
        if known == hmac:
            self.plan.same += 1
        else:
            self.plan.changed.append((table, row_id, row_number))
        return False

    def _compare_project(self) -> bool:
        return self._is_new(PROJECT, PROJECT, 1, self._project_hmac())

    def _project_hmac(self) -> bytes:
        assert self.intake.project is not None
        return self._hmac(PROJECT, [msgspec.json.encode(self.intake.project).decode()])

    def _find_missing(self) -> None:
        given = {
            (table, row_id) for table, found in self.intake.row_ids.items() for row_id in found
        }
        given.add((PROJECT, PROJECT))
        self.plan.missing = sorted(set(self.known) - given)

    def _prepare(self) -> None:
        """What rows refer to: documents of all lists, reductions of each claim."""
        recording = self.recording
        for table in DOCUMENTS:
            for row in self.tables[table]:
                recording.documents[row.row_id] = recording.stream(table, row.row_id)
        recording.all_documents = [*recording.documents.values(), *self._documents]
        for decision in self.tables["decisions"]:
            recording.reductions.setdefault(decision.claim, []).append(decision)

    def _decide_project(self) -> None:
        project = self.intake.project
        assert project is not None
        fields = {**msgspec.to_builtins(project), "note": project.note or ""}
        values = msgspec.convert(fields, NewProject, strict=False)
        hmac = self._project_hmac()
        pending = self.work.begin(row_command(self.plan.project, hmac))
        register_project(self.work, self.plan.project, values)
        self._take(pending, [RecordedRow(PROJECT, PROJECT, hmac, self.plan.project, 1)])

    def _decide_row(self, table: str, row: Any, hmac: bytes) -> None:
        row_stream = self.recording.stream(table, row.row_id)
        pending = self.work.begin(row_command(row_stream, hmac))
        try:
            stream = self._record(table, row)
        except Rejection as rejection:
            self.work.abandon()
            self._refuse(table, row, rejection)
            return
        version = next(
            one.originator_version for one in pending.envelopes if one.originator_id == stream
        )
        recorded = [RecordedRow(table, row.row_id, hmac, stream, version)]
        if table == "claims":
            recorded += self._recorded_decisions(row, stream, version)
        self._take(pending, recorded)

    def _record(self, table: str, row: Any) -> UUID:
        if table == "helpdesk_contacts":
            return row_commands.contact(self.recording, row, self._helpdesk(row))
        if table == "claims":
            return row_commands.claim(self.recording, row)
        return COMMANDS[table](self.recording, row)

    def _helpdesk(self, row: rows.HelpdeskContactRow) -> UUID:
        for activity in self.tables["activities"]:
            if activity.kind == "helpdesk" and activity.start <= row.date <= activity.end:
                return self.recording.stream("activities", activity.row_id)
        raise Rejection("no helpdesk was open on that day", "/date")

    def _recorded_decisions(
        self, claim: rows.ClaimRow, stream: UUID, version: int
    ) -> list[RecordedRow]:
        if claim.decided_on is None:
            return []
        return [
            RecordedRow(
                "decisions", row.row_id, self._hmac("decisions", row.cells), stream, version
            )
            for row in self.recording.reductions.get(claim.claim, [])
        ]

    def _refuse_late_decisions(
        self, new: set[str], claims: Iterable[tuple[rows.ClaimRow, bytes]]
    ) -> None:
        """A reduction can only come with its claim's decision."""
        decided = {claim.claim for claim, _ in claims if claim.decided_on is not None}
        for row in self.tables["decisions"]:
            if row.row_id in new and row.claim not in decided:
                expected = "a claim whose decision is recorded with this file"
                self._problem("decisions", row, "claim", str(row.claim), expected)

    def _take(self, pending: Pending, recorded: list[RecordedRow]) -> None:
        pending.beside[:0] = self._prelude
        self._prelude = []
        self.plan.rows.append(PlannedRow(pending, tuple(recorded)))

    def _refuse(self, table: str, row: Any, rejection: Rejection) -> None:
        column = rejection.pointer.rpartition("/")[2] or None
        self._problem(table, row, column, row.row_id, rejection.detail)

    def _problem(self, table: str, row: Any, column: str | None, found: str, expected: str) -> None:
        source = self.intake.source
        problem = Problem(source.names[table], row.row_number, column, found, expected)
        self.plan.problems.append(source.place(problem))

    def _seal(self, table: str, chunk: list[Any]) -> None:
        """Seals the persons of a chunk together; names are stored with the next recorded row."""
        recording, work = self.recording, self.work
        match table:
            case "participants":
                people = [to_seal(row_commands.new_participant(row)) for row in chunk]
                answers = seal_participants(work, recording.names, self.plan.project, people)
                for row, answer in zip(chunk, answers, strict=True):
                    recording.participants[row.row_id] = answer
                return
            case "sd1":
                suppliers = [row_commands.supplier_of(row) for row in chunk]
                beside = seal_names(work, recording.names, suppliers=suppliers)
            case "sd2":
                employees = [row_commands.employee_of(row) for row in chunk]
                beside = seal_names(work, recording.names, staff=employees)
            case "sd3":
                travellers = [row_commands.traveller_of(row) for row in chunk]
                beside = seal_names(work, recording.names, staff=travellers)
            case _:
                return
        self._prelude += beside

    def _preload(self, table: str, chunk: list[Any]) -> None:
        """Loads the streams of a chunk by one query a kind."""
        stream = self.recording.stream
        match table:
            case "activities" | "participants" | "outputs" | "claims":
                kind = {
                    "activities": ACTIVITY,
                    "participants": PARTICIPANT,
                    "outputs": OUTPUT,
                    "claims": CLAIM,
                }[table]
                self.work.preload(kind, [stream(table, row.row_id) for row in chunk])
            case "attendance" | "questionnaires":
                activities = [stream("activities", row.activity_id) for row in chunk]
                self.work.preload(ACTIVITY, activities)
                if table == "attendance":
                    persons = [stream("participants", row.participant_id) for row in chunk]
                    self.work.preload(PARTICIPANT, persons)
            case "sd1" | "sd2" | "sd3":
                own = [stream(table, row.row_id) for row in chunk]
                corrected = [self.recording.corrected(row.corrects) for row in chunk]
                wanted = [*own, *(one for one in corrected if one is not None)]
                self.work.preload(EXPENDITURE, wanted)
                reserved = reserved_streams(self.recording, table, chunk)
                self.work.preload(RESERVATION, reserved)
            case _:
                return


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
