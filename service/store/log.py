"""The event log of a tenant: commands are appended, streams are read.

An append is one round trip and one transaction. Under row-level security a broken key tells no
values, so what went wrong is looked up afterwards: first whether the command itself is recorded
already (then its first answer holds), only then who was faster.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, IntegrityError, Mapper, StoredEvent
from psycopg import Connection, errors
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from domain.event import Fact, decode
from service.store import statements
from service.store.database import Pool, Values, act_for, in_tenant, query_in_tenant
from service.store.envelope import Envelope, FactMapper
from service.store.leaf import check_words
from service.store.one_packet import append_one
from service.store.recorder import TenantRecorder

NOTHING_SEEN: Mapping[UUID, int] = {}
POSITION_KEY, EVENT_KEYS = "event_position", ("event_stream_version", "event_command")


@dataclass(frozen=True, slots=True)
class Command:
    """What travels beside the facts: who asked, under which id, for what, because of what.

    `actor` is a user's id or a word of the program, never a name. The same `command_id` with
    another `request_hash` is another request under a used id.
    """

    actor: str
    command_id: UUID
    request_hash: bytes = sha256(b"").digest()
    causation: UUID | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """A statement of the append's transaction, executed before the events are stored."""

    sql: str
    values: Values


class VersionConflict(IntegrityError):
    """Somebody else appended to a stream first, or a version was skipped: load and decide again."""


class CommandReused(IntegrityError):
    """The command id was used before, for another request or in an append of several."""


class UnknownTenant(IntegrityError):
    """There is no log to append to."""


class BesideConflict(IntegrityError):
    """A statement beside the events broke a unique key; `constraint` is its name."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class StoredRow(NamedTuple):
    """An event as it is stored; `data` are its exact bytes."""

    position: int
    stream_id: UUID
    version: int
    type: str
    data: bytes
    request_hash: bytes


Given = Sequence[tuple[Command, Sequence[StoredEvent]]]


class Ledger(Application[UUID]):
    """The library's application of one tenant; cheap enough to be made for each request."""

    def __init__(self, pool: Pool, tenant: UUID) -> None:
        self.pool, self.tenant = pool, tenant
        super().__init__()

    def construct_mapper(self) -> Mapper[UUID]:
        """Facts by their stored names."""
        return FactMapper()

    def construct_recorder(self) -> ApplicationRecorder:
        """Appends with `self.tenant` under its lock."""
        return TenantRecorder(self.pool, self.tenant, self._save)

    def append(
        self,
        commands: Sequence[tuple[Command, Sequence[Envelope]]],
        beside: Sequence[Beside] = (),
        *,
        seen: Mapping[UUID, int] = NOTHING_SEEN,
        keep: bool = True,
    ) -> list[list[int]]:
        """Records the commands in one transaction; the positions of each one's events.

        A single command that is recorded already answers its first positions, and nothing of
        `beside` is done; among several it refuses them all. `seen` are versions that other
        streams, on which it was decided, must still have. Without `keep` all is rolled back.
        Raises VersionConflict, CommandReused, BesideConflict, UnknownTenant, UnfitForLeaf.
        """
        store = self.mapper.to_stored_event
        given = [(command, [store(event) for event in events]) for command, events in commands]
        with self.pool.connection() as connection:
            return append(connection, self.tenant, given, beside, seen=seen, keep=keep)

    def facts_of(self, streams: Sequence[UUID]) -> dict[UUID, list[Fact]]:
        """Whole streams in version order, by one query; one without facts is empty."""
        facts: dict[UUID, list[Fact]] = {stream: [] for stream in streams}
        if facts:
            values = [self.tenant, list(facts)]
            for stream, name, data in in_tenant(self.pool, self.tenant, statements.STREAMS, values):
                facts[stream].append(decode(name, data))
        return facts

    def events_of_command(self, command_id: UUID) -> list[StoredRow]:
        """What a command recorded, in order; empty: nothing yet."""
        return self._rows(statements.ROWS_OF_COMMAND, command_id)

    def events_of_commands(self, command_ids: Sequence[UUID]) -> dict[UUID, list[StoredRow]]:
        """The same of many by one query; only those that are recorded."""
        found: dict[UUID, list[StoredRow]] = {}
        values = [self.tenant, list(command_ids)]
        for command, *row in in_tenant(self.pool, self.tenant, statements.ROWS_OF_COMMANDS, values):
            found.setdefault(command, []).append(StoredRow(*row))
        for rows in found.values():
            rows.sort()  # by position
        return found

    def select_stream_rows(self, stream: UUID) -> list[StoredRow]:
        """A stream's events as stored, in version order; empty: it does not exist."""
        return self._rows(statements.ROWS_OF_STREAM, stream)

    def head(self) -> int:
        """The last position; 0: nothing recorded yet."""
        return self.recorder.max_notification_id() or 0

    def _rows(self, query: str, id_: UUID) -> list[StoredRow]:
        rows = in_tenant(self.pool, self.tenant, query, [self.tenant, id_])
        return [StoredRow(*row) for row in rows]

    def _save(self, events: Sequence[StoredEvent], keywords: dict[str, Any]) -> list[int]:
        command = Command(**keywords)  # refuses an unknown or a missing keyword
        with self.pool.connection() as connection:
            return append(connection, self.tenant, [(command, events)])[0]


def append(
    connection: Connection[Any],
    tenant: UUID,
    given: Given,
    beside: Sequence[Beside] = (),
    *,
    seen: Mapping[UUID, int] = NOTHING_SEEN,
    keep: bool = True,
) -> list[list[int]]:
    """As `Ledger.append`, on a connection in autocommit."""
    events = [event for _, of_command in given for event in of_command]
    check_words({command.actor for command, _ in given}, {event.topic for event in events})
    ids = [command.command_id for command, _ in given]
    if len(set(ids)) < len(ids):
        raise CommandReused("a command id occurs twice in one append")
    heads = {**seen, **_heads(events)}
    query, values = _statement(tenant, given, heads)
    try:
        if beside or not keep:
            query = query if events else None
            positions = _with_beside(connection, tenant, query, values, beside, keep)
        elif query == statements.APPEND_ONE:
            positions = append_one(connection, tenant, values)
        elif events:
            positions = query_in_tenant(connection, tenant, query, values)
        else:
            positions = []
    except (errors.UniqueViolation, errors.NotNullViolation) as broken:
        if connection.info.transaction_status != TransactionStatus.IDLE:
            connection.rollback()
        return [_explained(connection, tenant, given, list(heads), broken)]
    rest = iter(sorted(position for (position,) in positions))
    return [[next(rest) for _ in of_command] for _, of_command in given]


def _statement(
    tenant: UUID, given: Given, heads: Mapping[UUID | str, int]
) -> tuple[str, dict[str, Any]]:
    """The statement of the append and its parameters."""
    rows = [
        {
            "stream": event.originator_id,
            "version": event.originator_version,
            "type": event.topic,
            "data": event.state,
            "event": uuid4(),
            "actor": command.actor,
            "command": command.command_id,
            "index": index,
            "request": command.request_hash,
            "causation": command.causation,
        }
        for command, events in given
        for index, event in enumerate(events)
    ]
    common = {"tenant": tenant, "count": len(rows)}
    if len(rows) == len(heads) == 1:
        return statements.APPEND_ONE, common | rows[0] | {"head": next(iter(heads.values()))}
    columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    columns |= {"heads_of": list(heads), "heads": list(heads.values())}
    return statements.APPEND_MANY, common | columns


def _heads(events: Sequence[StoredEvent]) -> dict[UUID | str, int]:
    """The version that each stream must have; within the append its versions follow one another."""
    heads: dict[UUID | str, int] = {}
    last: dict[UUID | str, int] = {}
    for event in events:
        stream, version = event.originator_id, event.originator_version
        if last.get(stream, version - 1) != version - 1:
            raise VersionConflict(f"version {version} of {stream} does not follow {last[stream]}")
        heads.setdefault(stream, version - 1)
        last[stream] = version
    return heads


def _with_beside(
    connection: Connection[Any],
    tenant: UUID,
    query: str | None,
    values: Mapping[str, Any],
    beside: Sequence[Beside],
    keep: bool,
) -> list[tuple[int]]:
    """One round trip too; with BEGIN, so that an error of ours in between commits nothing."""
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    with connection.pipeline(), connection.transaction(force_rollback=not keep):
        act_for(connection, tenant)
        connection.execute(statements.LOCK, [tenant], prepare=True)
        for statement in beside:
            connection.execute(statement.sql.encode(), statement.values)
        if query:
            cursor.execute(query.encode(), values, prepare=True)
    return cursor.fetchall() if query else []


def _explained(
    connection: Connection[Any],
    tenant: UUID,
    given: Given,
    streams: Sequence[UUID | str],
    broken: errors.IntegrityError,
) -> list[int]:
    """The positions of a command that is recorded already; else raises what the error meant."""
    ids = [command.command_id for command, _ in given]
    earlier = query_in_tenant(connection, tenant, statements.OF_COMMANDS, [tenant, ids])
    if earlier:
        same = all(request == given[0][0].request_hash for _, _, request in earlier)
        if len(given) == 1 and same:
            return sorted(
                position for position, _, _ in earlier
            )  # the answer of the first execution
        raise CommandReused(f"command {earlier[0][1]} is recorded already") from None
    table, constraint = broken.diag.table_name, broken.diag.constraint_name
    match broken:
        case errors.UniqueViolation() if constraint == POSITION_KEY:
            raise broken  # the log itself is damaged: nothing that a caller could do better
        case errors.UniqueViolation() if constraint not in EVENT_KEYS:
            raise BesideConflict(constraint or "") from None
        case errors.NotNullViolation() if table == "event":
            raise UnknownTenant(str(tenant)) from None
        case errors.NotNullViolation() if table != "tenant":
            raise broken
        case _:
            pass
    found = query_in_tenant(connection, tenant, statements.HEADS, [tenant, list(streams)])
    raise VersionConflict({str(stream): version for stream, version in found}) from None
