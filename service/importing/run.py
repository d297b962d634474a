"""`import project`: read, compare, decide, then record in transactions of at most 1,000 events.

Nothing is written before all rows are checked and decided. Each batch stores its events, sealed
persons, remembered rows and the run's progress together; a run that was cut off is continued
by the same command.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID, uuid4

from psycopg import Connection

from projections.collector import collector_paused
from service.commands.projects import project_with_number
from service.commands.work import Pending, Work, save_all
from service.importing.changed_columns import ChangedRow
from service.importing.import_run import ImportRun, unfinished
from service.importing.known_rows import known_rows, remember
from service.importing.order import Order
from service.importing.plan import Planner
from service.importing.planned import Plan, PlannedRow
from service.intake.intake import Intake
from service.intake.problems import Problem
from service.store.log import Beside, BesideConflict, CommandReused, VersionConflict

EVENTS_MAX = 1000


class ImportBusy(Exception):
    """Another process imports this project now."""


class OtherProject(Exception):
    """The files are of another project than they were sent for."""


class ChangedMeanwhile(Exception):
    """Somebody recorded into the same streams while the import ran; run it again."""


@dataclass
class Outcome:
    """What an import did or would do; `problems` are the refused rows and their columns.

    `names`: the file or sheet of each table and of the project, `stopped`: rows changed, and there
    was no reason to correct them.
    """

    project: UUID | None = None
    exists: bool = False
    registration_number: str | None = None
    run: UUID | None = None
    new: int = 0
    same: int = 0
    events: int = 0
    corrected: int = 0
    changed: list[ChangedRow] = field(default_factory=list[ChangedRow])
    missing: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    problems: list[Problem] = field(default_factory=list[Problem])
    recorded: bool = False
    stopped: bool = False
    names: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def refused(self) -> int:
        """How many rows are refused; a file that cannot be read counts as one."""
        return len({(problem.file, problem.row) for problem in self.problems})


def import_project(work: Work, intake: Intake, order: Order) -> Outcome:
    """Imports what was read of a folder. Raises ImportBusy, ChangedMeanwhile, OtherProject."""
    outcome = Outcome(problems=list(intake.problems), names=intake.source.names)
    refused = bool(intake.problems) and not order.skip_bad_rows
    if intake.project is None or intake.fatal or refused:
        return outcome
    outcome.registration_number = intake.project.registration_number
    with work.ledger.pool.connection() as connection:
        lock = _lock(connection, work.tenant, intake.project.registration_number)
        try:
            with collector_paused():
                return _import_locked(work, intake, order, outcome)
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", [lock])


def _lock(connection: Connection[tuple[object, ...]], tenant: UUID, number: str) -> int:
    """One import of a project at a time; a dead process loses it with its connection."""
    digest = sha256(f"import/{tenant}/{number}".encode()).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
    if row is None or not row[0]:
        raise ImportBusy(f"another process imports {number}")
    return key


def _import_locked(work: Work, intake: Intake, order: Order, outcome: Outcome) -> Outcome:
    assert intake.project is not None
    known_as = project_with_number(work, intake.project.registration_number)
    if order.into not in (None, known_as):
        raise OtherProject(intake.project.registration_number)
    project = known_as or uuid4()
    begun = unfinished(work.ledger.pool, work.tenant, project) if known_as else []
    same_files = (one for one, files in begun if files == intake.source.files)
    run = order.run or next(same_files, None) or uuid4()
    work.causation = run
    known = known_rows(work.ledger.pool, work.tenant, project) if known_as else {}
    documents: Sequence[UUID] = order.documents(project) if known_as else ()
    plan = Planner(work, project, intake, known, documents, order).decide()
    outcome.project, outcome.run, outcome.exists = project, run, known_as is not None
    outcome.same, outcome.changed, outcome.missing = plan.same, plan.changed, plan.missing
    outcome.problems += plan.problems
    outcome.new, outcome.corrected, outcome.events = plan.new, plan.corrected, plan.events
    refused = bool(plan.problems) and not order.skip_bad_rows
    outcome.stopped = bool(plan.changed) and not order.reason
    if outcome.stopped or refused or order.dry_run:
        return outcome
    _record(work, intake, order, plan, ImportRun(work.tenant, run, project), bool(begun))
    outcome.recorded = outcome.exists = True
    return outcome


def _record(
    work: Work, intake: Intake, order: Order, plan: Plan, run: ImportRun, begun: bool
) -> None:
    batches = list(_batches(plan.rows))
    if not batches:
        if begun:
            _complete(work, intake, run)
        return
    done = 0
    for number, batch in enumerate(batches, 1):
        recorded = [row for planned in batch for row in planned.recorded]
        beside: list[Beside] = []
        if number == 1:
            beside += run.begin(work.actor, intake.source.files, plan.new + plan.corrected)
        beside += remember(work.tenant, plan.project, run.run_id, recorded)
        beside.append(run.advance(len(recorded), last=number == len(batches)))
        pending = [planned.pending for planned in batch]
        pending[0].beside[:0] = beside
        _save(work, pending)
        done += len(recorded)
        order.progress(done, plan.new + plan.corrected)


def _save(work: Work, pending: Sequence[Pending]) -> None:
    try:
        save_all(work.ledger, pending)
    except (VersionConflict, CommandReused, BesideConflict):
        raise ChangedMeanwhile("the project changed while it was imported; run it again") from None


def _complete(work: Work, intake: Intake, run: ImportRun) -> None:
    """An interrupted import of which nothing is left to record is ended."""
    with work.ledger.pool.connection() as connection, connection.transaction():
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(work.tenant)])
        for one in [
            *run.begin(work.actor, intake.source.files, 0),
            run.advance(0, last=True),
        ]:
            connection.execute(one.sql.encode(), one.values)


def _batches(rows: Sequence[PlannedRow]) -> Iterator[list[PlannedRow]]:
    """Whole commands, at most EVENTS_MAX events a batch; a larger command goes alone."""
    batch: list[PlannedRow] = []
    size = 0
    for planned in rows:
        events = len(planned.pending.envelopes)
        if batch and size + events > EVENTS_MAX:
            yield batch
            batch, size = [], 0
        batch.append(planned)
        size += events
    if batch:
        yield batch
