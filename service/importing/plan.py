"""Deciding all rows of an import before the first one is stored.

Rows are compared with what is recorded, then decided in the order in which facts depend on one
another, in memory. What cannot be recorded is a problem of its row; nothing is written here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from domain.identity import row_command
from domain.rejection import NotFound, Rejection
from domain.stream import StillNeeded
from domain.streams import CLAIM
from service.commands.projects import NewProject, register_project
from service.commands.work import Pending, Work
from service.importing import row_commands
from service.importing.chunk import preload, seal_named, seal_new_participants
from service.importing.comparison import Due, Known, compared
from service.importing.correcting import Corrected, Correcting
from service.importing.known_rows import RecordedRow
from service.importing.order import Order
from service.importing.planned import Plan, PlannedRow
from service.importing.recording import Recording
from service.importing.row_commands import COMMANDS, is_recorded_rate
from service.intake import rows
from service.intake.intake import PROJECT, Intake
from service.intake.problems import Problem
from service.store.log import Beside

T = TypeVar("T")
CHUNK = 250
# Facts are decided after those they refer to; documents in the order of the lists.
ORDER = (
    *("indicators", "budget", "exchange_rates", "activities", "participants", "attendance"),
    *("questionnaires", "helpdesk_contacts", "outputs", "sd1", "sd2", "sd3"),
)
DOCUMENTS = ("sd1", "sd2", "sd3")
CLAIMS, DECISIONS, RATES = "claims", "decisions", "exchange_rates"


class Planner:
    """Decides the rows of one folder or workbook for one project.

    Without a reason a changed row stops it; with one, changed rows are corrected for it.
    """

    def __init__(
        self,
        work: Work,
        project: UUID,
        intake: Intake,
        known: Known,
        documents: Iterable[UUID],
        order: Order,
    ) -> None:
        self.work, self.intake, self.known, self.order = work, intake, known, order
        self.tables: dict[str, list[Any]] = dict(intake.good)
        self.recording = Recording(work, project)
        self.plan = Plan(project)
        self._prelude: list[Beside] = []
        self._documents = list(documents)
        self._correcting = Correcting(self.recording, order.reason) if order.reason else None
        self._postponed: list[Due] = []
        self._decisions: list[Due] = []

    def decide(self) -> Plan:
        """Compares and decides everything."""
        found = compared(self.work, self.intake, self.known)
        self.plan.same, self.plan.missing = found.same, found.missing
        if self._correcting is None and (changed := found.changed()):
            self.plan.changed = changed
            return self.plan
        self._prepare()
        for due in found.due[PROJECT]:
            self._decide_row(due)
        for table in ORDER:
            self._decide_table(table, found.due[table])
        self._decide_postponed()
        self._decide_claims(found.due)
        return self.plan

    def _prepare(self) -> None:
        """What rows refer to: documents of all lists, reductions of each claim."""
        recording = self.recording
        for table in DOCUMENTS:
            for row in self.tables[table]:
                recording.documents[row.row_id] = recording.stream(table, row.row_id)
        recording.all_documents = [*recording.documents.values(), *self._documents]
        for decision in self.tables[DECISIONS]:
            recording.reductions.setdefault(decision.claim, []).append(decision)
        if self._correcting is not None:
            self._correcting.know(self.tables, self.plan.missing, self.known)

    def _decide_table(self, table: str, due: Iterable[Due]) -> None:
        for chunk in _chunks(due, CHUNK):
            self.order.check()
            self._make_ready(table, chunk)
            for one in chunk:
                self._decide_row(one)

    def _make_ready(self, table: str, chunk: Sequence[Due]) -> None:
        """Loads and seals what the rows of a chunk need."""
        if table == "participants":
            new = [one.row for one in chunk if one.known is None]
            seal_new_participants(self.recording, new)
        of_chunk = [one.row for one in chunk]
        self._prelude += seal_named(self.recording, table, of_chunk)
        preload(self.recording, table, of_chunk)
        if self._correcting is not None:
            self._correcting.make_ready(table, chunk)

    def _decide_row(self, due: Due) -> None:
        is_rate = due.table == RATES
        if is_rate and due.known is None and is_recorded_rate(self.recording, due.row):
            self.plan.same += 1
            return
        try:
            if is_rate and not self.order.rates:
                raise Rejection("a rate that is recorded: rates are the whole organisation's")
            if due.known is not None:
                self._carry_out(self._asked(due))
            else:
                self._record_new(due)
        except StillNeeded as still_needed:
            if due.known is None:
                self._refuse(due, still_needed)
            else:
                self._postponed.append(due)
        except Rejection as rejection:
            self._refuse(due, rejection)

    def _record_new(self, due: Due) -> None:
        """Plans a new row. Raises a Rejection."""
        is_project = due.table == PROJECT
        if self._correcting is not None:
            self._correcting.refuse_moved(due)
        own = self.plan.project if is_project else self.recording.stream(due.table, due.row_id)
        pending = self.work.begin(row_command(own, due.hmac))
        try:
            stream = self._record(due)
        except Rejection:
            self.work.abandon()
            raise
        version = next(
            one.originator_version for one in pending.envelopes if one.originator_id == stream
        )
        recorded = [RecordedRow(due.table, due.row_id, due.hmac, stream, version)]
        for one in self._decisions_of(due):
            recorded.append(RecordedRow(one.table, one.row_id, one.hmac, stream, version))
        self._take(pending, recorded)

    def _asked(self, due: Due) -> Corrected:
        """What corrects a changed row. Raises a Rejection."""
        assert self._correcting is not None
        if due.table == PROJECT:
            return self._correcting.asked_project(due, msgspec.structs.asdict(self._act(due)))
        return self._correcting.asked(due, lambda: self._record(due))

    def _carry_out(self, corrected: Corrected) -> None:
        """Plans a correction. Raises a Rejection."""
        assert self._correcting is not None
        pending = self.work.begin(corrected.command)
        try:
            self._correcting.carry_out(corrected)
        except Rejection:
            self.work.abandon()
            raise
        self._take(pending, corrected.recorded)
        self.plan.changed += corrected.changed

    def _decide_postponed(self) -> None:
        """What later facts rest on, once those may have been corrected too."""
        waiting: list[Due] = []
        while self._postponed and len(self._postponed) != len(waiting):
            waiting, self._postponed = self._postponed, []
            for due in waiting:
                self._decide_row(due)
        for due in self._postponed:
            try:
                self._carry_out(self._asked(due))
            except Rejection as rejection:
                self._refuse(due, rejection)

    def _decide_claims(self, due: Mapping[str, list[Due]]) -> None:
        """New claims with their decisions, then what changed of recorded ones."""
        claims, self._decisions = due[CLAIMS], due[DECISIONS]
        new = {one.row.claim: one.row for one in claims if one.known is None}
        self._decide_table(CLAIMS, [one for one in claims if one.known is None])
        groups: dict[int, list[Due]] = {}
        for one in (*(one for one in claims if one.known is not None), *self._decisions):
            if one.row.claim not in new:
                groups.setdefault(one.row.claim, []).append(one)
            elif new[one.row.claim].decided_on is None:
                self._refuse_late(one)
        if self._correcting is None:
            for one in (one for group in groups.values() for one in group):
                self._refuse_late(one)
            return
        streams = [self.recording.stream(CLAIMS, str(number)) for number in groups]
        self.work.preload(CLAIM, streams)
        for number, group in groups.items():
            self._correct_claim(number, group)

    def _correct_claim(self, number: int, group: list[Due]) -> None:
        """A recorded claim with its reductions, as one command."""
        assert self._correcting is not None
        row = next((row for row in self.tables[CLAIMS] if row.claim == number), None)
        try:
            if row is None:
                raise NotFound("a claim whose row is in this file", "/claim")
            self._carry_out(self._correcting.asked_claim(row, group))
        except Rejection as rejection:
            for one in group:
                self._refuse(one, rejection)

    def _refuse_late(self, due: Due) -> None:
        """A reduction of a recorded claim changes it, so it needs a reason."""
        expected = "a claim whose decision is recorded with this file"
        self._problem(due, "claim", str(due.row.claim), expected)

    def _decisions_of(self, due: Due) -> list[Due]:
        """The reductions that a new claim's decision takes with it."""
        if due.table != CLAIMS or due.row.decided_on is None:
            return []
        return [one for one in self._decisions if one.row.claim == due.row.claim]

    def _record(self, due: Due) -> UUID:
        match due.table:
            case "project":
                register_project(self.work, self.plan.project, self._act(due))
                return self.plan.project
            case "helpdesk_contacts":
                helpdesk = self._helpdesk(due.row)
                return row_commands.contact(self.recording, due.row, helpdesk)
            case table:
                return COMMANDS[table](self.recording, due.row)

    def _act(self, due: Due) -> NewProject:
        fields = {**msgspec.to_builtins(due.row), "note": due.row.note or ""}
        return msgspec.convert(fields, NewProject, strict=False)

    def _helpdesk(self, row: rows.HelpdeskContactRow) -> UUID:
        for activity in self.tables["activities"]:
            if activity.kind == "helpdesk" and activity.start <= row.date <= activity.end:
                return self.recording.stream("activities", activity.row_id)
        raise Rejection("no helpdesk was open on that day", "/date")

    def _take(self, pending: Pending, recorded: Iterable[RecordedRow]) -> None:
        pending.beside[:0] = self._prelude
        self._prelude = []
        self.plan.rows.append(PlannedRow(pending, tuple(recorded)))

    def _refuse(self, due: Due, rejection: Rejection) -> None:
        column = rejection.pointer.rpartition("/")[2] or None
        expected = rejection.detail
        if self._correcting is not None:
            expected = self._correcting.expected(due, rejection)
        self._problem(due, column, due.row_id, expected)

    def _problem(self, due: Due, column: str | None, found: str, expected: str) -> None:
        source = self.intake.source
        problem = Problem(source.names[due.table], due.row_number, column, found, expected)
        self.plan.problems.append(source.place(problem))


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
