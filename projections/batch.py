"""One batch of the live path: a transaction of one tenant that folds what the log has since.

The position is checked in the UPDATE, so that two runners cannot count twice even if the lock is
lost. A batch with an event that cannot be folded is taken event by event: what comes before is
kept, the projection stops for that tenant at the event, and nothing is skipped.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection

from domain.event import decode
from projections.collector import collector_paused
from projections.position import in_tenant
from projections.projection import Event, Persons, Projection, Read
from projections.rows import Rows
from projections.store import LostRow, OpenRows, write

EVENTS_MAX = 2000
Unseal = Callable[[UUID, Collection[bytes], str], Mapping[bytes, Mapping[str, str | None]]]
Stored = tuple[Any, ...]  # a row of EVENTS
# A value that no column takes, a key that is there already: the fault of what the fold made.
UNWRITABLE = (psycopg.DataError, psycopg.IntegrityError, LostRow)
EVENTS = """SELECT position, stream_id, version, type, data, event_id, recorded_at, actor,
        command_id, causation
    FROM ledger.event WHERE tenant_id = %(tenant)s
        AND position > %(after)s AND position <= %(last)s{of_types}
    ORDER BY position LIMIT %(size)s"""
OF_TYPES = " AND type = ANY(%(types)s)"
IS_LIVE = "SELECT 1 FROM views.generation WHERE projection = %s AND live = %s FOR SHARE"
BEGIN = """INSERT INTO views.tracking (tenant_id, projection, generation) VALUES (%s, %s, %s)
    ON CONFLICT DO NOTHING"""
DONE = """SELECT coalesce(k.position, 0), coalesce(k.state, 'new'), t.next_position - 1
    FROM ledger.tenant AS t LEFT JOIN views.tracking AS k
        ON k.tenant_id = t.tenant_id AND k.projection = %s AND k.generation = %s
    WHERE t.tenant_id = %s"""
ADVANCE = """UPDATE views.tracking SET position = %(last)s, seen_at = now()
    WHERE tenant_id = %(tenant)s AND projection = %(projection)s
        AND generation = %(generation)s AND position = %(done)s AND state = 'running'"""
# The row may not be there yet: the first event of a tenant may be the one.
STOP = """INSERT INTO views.tracking AS k (error, tenant_id, projection, generation, state)
    VALUES (%s, %s, %s, %s, 'stopped')
    ON CONFLICT (tenant_id, projection, generation) DO UPDATE
        SET state = 'stopped', error = excluded.error, seen_at = now()
        WHERE k.position < %s"""


class NotLive(Exception):
    """Another generation is live: it was switched since the runner looked."""


class MissingEvent(Exception):
    """The positions of a page do not follow one another."""


class Unfoldable(Exception):
    """An event that cannot be folded; the text has its position, type and the error's class."""

    def __init__(self, event: Stored, error: Exception) -> None:
        super().__init__(f"position {event[0]}, {event[3]}: {type(error).__name__}")
        self.position: int = event[0]


@dataclass(frozen=True)
class Target:
    """What a batch works for; only batches of the live generation hold up its switch."""

    projection: Projection
    generation: int
    unseal: Unseal
    is_live: bool = True
    advance: str = ADVANCE

    def query(self) -> str:
        """The events it wants after a position, up to another, at most so many."""
        return EVENTS.format(of_types="" if self.projection.types is None else OF_TYPES)

    def values(self, tenant: UUID, after: int, last: int, size: int | None) -> dict[str, Any]:
        """The parameters of that query."""
        types = list(self.projection.types or ())
        return {"tenant": tenant, "after": after, "last": last, "size": size, "types": types}

    def fold(
        self, rows: Rows, read: Read | None, tenant: UUID, page: Sequence[Stored], after: int
    ) -> None:
        """Takes a page into the rows; `read` brings in what is stored. Raises Unfoldable.

        Which event was at fault is known when the page has only one.
        """
        projection = self.projection
        try:
            if projection.types is None and page[-1][0] - after != len(page):
                raise MissingEvent
            events = [_event(row) for row in page]
            if read is not None:
                projection.load(rows, read, events)
            hashes = projection.sealed(rows, events) if projection.sealed else set[bytes]()
            persons: Persons = self.unseal(tenant, hashes, projection.name) if hashes else {}
            projection.fold(rows, events, persons)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            raise  # the server's fault, not the event's
        except Exception as error:
            raise Unfoldable(page[0], error) from error


def _event(row: Stored) -> Event:
    return Event._make((*row[:4], decode(row[3], row[4]), *row[5:]))


def run_batch(
    connection: Connection[Any], target: Target, tenant: UUID, size: int = EVENTS_MAX
) -> int:
    """How many positions it went on; 0: nothing to do, stopped, or another runner was here.

    Raises NotLive.
    """
    try:
        with collector_paused():
            return _fold_batch(connection, target, tenant, size)
    except Unfoldable:
        return _up_to_the_unfoldable(connection, target, tenant)


def _up_to_the_unfoldable(connection: Connection[Any], target: Target, tenant: UUID) -> int:
    done = 0
    try:
        while went := _fold_batch(connection, target, tenant, 1):
            done += went
    except Unfoldable as error:
        of = [tenant, target.projection.name, target.generation]
        connection.execute(STOP, [str(error), *of, error.position])
    return done


def _fold_batch(connection: Connection[Any], target: Target, tenant: UUID, size: int) -> int:
    of = [target.projection.name, target.generation]
    with in_tenant(connection, tenant):
        if target.is_live and connection.execute(IS_LIVE, of).fetchone() is None:
            raise NotLive(target.projection.name)
        row = connection.execute(DONE, [*of, tenant]).fetchone()
        done, state, head = row or (0, "stopped", 0)
        if state == "stopped" or done >= head:
            return 0
        if state == "new":
            connection.execute(BEGIN, [tenant, *of])
        with connection.cursor(binary=True) as cursor:
            values = target.values(tenant, done, head, size)
            page = cursor.execute(target.query().encode(), values).fetchall()
        last: int = page[-1][0] if len(page) == size else head
        rows = Rows(target.projection.tables)
        if page:
            read = OpenRows(connection, rows, tenant, target.generation)
            target.fold(rows, read, tenant, page, done)
        at = {"tenant": tenant, "projection": of[0], "generation": of[1]}
        advanced = connection.execute(target.advance.encode(), {**at, "done": done, "last": last})
        if advanced.rowcount != 1:
            return 0  # another runner was here since: nothing is written
        try:
            write(connection, rows, tenant, target.generation)
        except UNWRITABLE as error:
            raise Unfoldable(page[0], error) from error
    return last - done
