"""How far the views are: progress, waiting for a position, and waking the runner.

NOTIFY is only a hint, sent outside the append's transaction (inside it takes a lock of the whole
cluster at commit) and at most once in 5 ms; the runner's polling is the truth.
"""

import threading
import time
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from projections.projection import Projection

Source = ConnectionPool[Connection[Any]] | Connection[Any]
CHANNEL = "grantledger_log"
NOTIFY_PAUSE_S = 0.005
WAIT_PAUSE_S_MIN, WAIT_PAUSE_S_MAX = 0.001, 0.01
ACT_FOR = "SELECT set_config('app.tenant', %s, true)"
HEAD = "SELECT next_position - 1 FROM ledger.tenant WHERE tenant_id = %s"
PROGRESS = """SELECT position, CASE WHEN state = 'stopped' THEN coalesce(error, 'stopped') END
    FROM views.tracking WHERE tenant_id = %s AND projection = %s AND generation = %s"""
REACHED = """SELECT count(*) FILTER (WHERE k.position >= %(position)s),
        count(*) FILTER (WHERE k.position < %(position)s AND k.state = 'stopped')
    FROM views.generation AS g
    JOIN views.tracking AS k ON k.projection = g.projection AND k.generation = g.live
    WHERE k.tenant_id = %(tenant)s AND g.projection = ANY(%(projections)s)"""
CURRENT = """SELECT count(*) FILTER (WHERE k.position >= t.next_position - 1
        AND k.state = 'running' AND g.version = w.version) = count(*)
    FROM unnest(%(names)s::text[], %(versions)s::int[]) AS w (name, version)
    CROSS JOIN ledger.tenant AS t
    LEFT JOIN views.generation AS g ON g.projection = w.name
    LEFT JOIN views.tracking AS k ON k.tenant_id = t.tenant_id AND k.projection = w.name
        AND k.generation = g.live
    WHERE t.tenant_id = %(tenant)s"""
STATUS = """SELECT g.projection AS name, g.live AS generation, g.version,
        coalesce(k.position, 0) AS position, t.next_position - 1 AS head,
        t.next_position - 1 - coalesce(k.position, 0) AS lag_events,
        coalesce(extract(epoch FROM clock_timestamp() - (
            SELECT e.recorded_at FROM ledger.event AS e WHERE e.tenant_id = t.tenant_id
                AND e.position = coalesce(k.position, 0) + 1)), 0)::float8 AS lag_s,
        coalesce(k.state, 'running') AS state, k.error, k.seen_at::text AS seen_at
    FROM views.generation AS g
    CROSS JOIN ledger.tenant AS t
    LEFT JOIN views.tracking AS k ON k.tenant_id = t.tenant_id AND k.projection = g.projection
        AND k.generation = g.live
    WHERE t.tenant_id = %s ORDER BY g.projection COLLATE "C" """
_notifying = threading.Lock()
_notified_at = -NOTIFY_PAUSE_S


@dataclass(frozen=True, slots=True)
class ProjectionStatus:
    """How far a projection is; the lag in events, and in seconds since the first one missing.

    `seen_at`: when a runner last worked on it, or was idle and alive.
    """

    name: str
    generation: int
    version: int
    position: int
    head: int
    lag_events: int
    lag_s: float
    state: str
    error: str | None
    seen_at: str | None


@contextmanager
def in_tenant(source: Source, tenant: UUID) -> Generator[Connection[Any]]:
    """A transaction of a tenant on a connection, or on one of a pool."""
    if isinstance(source, ConnectionPool):
        with source.connection() as connection, in_tenant(connection, tenant):
            yield connection
        return
    with source.transaction():
        source.execute(ACT_FOR, [str(tenant)])
        yield source


def head(source: Source, tenant: UUID) -> int:
    """The last position of the tenant's log, 0 when it is empty."""
    with in_tenant(source, tenant) as connection:
        row = connection.execute(HEAD, [tenant]).fetchone()
    return row[0] if row else 0


def progress(
    connection: Connection[Any], tenant: UUID, projection: str, generation: int
) -> tuple[int, str | None]:
    """The position of a projection for a tenant, and why it stopped, if it did."""
    row = connection.execute(PROGRESS, [tenant, projection, generation]).fetchone()
    return (row[0], row[1]) if row else (0, None)


def status(source: Source, tenant: UUID) -> list[ProjectionStatus]:
    """All projections ever built, for the tenant, by name."""
    with (
        in_tenant(source, tenant) as connection,
        connection.cursor(row_factory=class_row(ProjectionStatus)) as cursor,
    ):
        return cursor.execute(STATUS.encode(), [tenant]).fetchall()


def is_current(source: Source, tenant: UUID, projections: Sequence[Projection]) -> bool:
    """Whether every view of the tenant is at the log's head; one statement, for every read."""
    values = {
        "tenant": tenant,
        "names": [projection.name for projection in projections],
        "versions": [projection.version for projection in projections],
    }
    with in_tenant(source, tenant) as connection:
        row = connection.execute(CURRENT.encode(), values).fetchone()
    return row is not None and bool(row[0])


def announce(source: Source) -> bool:
    """Tells the runners that there is something to do; False: somebody has just done so.

    To be called after the append's transaction, never in it.
    """
    global _notified_at  # hints of all threads are one
    with _notifying:
        now = time.monotonic()
        if now - _notified_at < NOTIFY_PAUSE_S:
            return False
        _notified_at = now
    if isinstance(source, ConnectionPool):
        with source.connection() as connection:
            connection.execute(f"NOTIFY {CHANNEL}".encode())
    else:
        source.execute(f"NOTIFY {CHANNEL}".encode())
    return True


def wait_for(
    source: Source, tenant: UUID, projections: Collection[str], position: int, timeout_s: float
) -> bool:
    """True as soon as all these projections show the position; False when they will not in time.

    A projection that stopped before the position is not waited for.
    """
    until, pause, told = time.monotonic() + timeout_s, WAIT_PAUSE_S_MIN, False
    values = {"tenant": tenant, "projections": list(projections), "position": position}
    while position > 0:
        with in_tenant(source, tenant) as connection:
            row = connection.execute(REACHED, values).fetchone()
        reached, stopped = row if row else (0, 0)
        if reached == len(projections):
            return True
        if stopped or time.monotonic() >= until:
            return False
        told = told or announce(source)
        time.sleep(pause)
        pause = min(1.2 * pause, WAIT_PAUSE_S_MAX)
    return True
