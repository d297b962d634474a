"""How far the views are: tracking rows, the log's head, and waking the runner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from projections.projection import Projection

CHANNEL = "grantledger_log"
HEAD = "SELECT next_position - 1 FROM ledger.tenant WHERE tenant_id = %s"
PROGRESS = """SELECT position, CASE WHEN state = 'stopped' THEN coalesce(error, 'stopped') END
    FROM views.tracking WHERE tenant_id = %s AND projection = %s AND generation = %s"""
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


@dataclass(frozen=True, slots=True)
class ProjectionStatus:
    """How far a projection is; the lag in events, and in seconds since the first one missing."""

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


def head(connection: Connection[Any], tenant: UUID) -> int:
    """The last position of the tenant's log, 0 when it is empty."""
    with connection.transaction():
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
        row = connection.execute(HEAD, [tenant]).fetchone()
    return row[0] if row else 0


def progress(
    connection: Connection[Any], tenant: UUID, projection: str, generation: int
) -> tuple[int, str | None]:
    """The position of a projection for a tenant, and why it stopped, if it did."""
    row = connection.execute(PROGRESS, [tenant, projection, generation]).fetchone()
    return (row[0], row[1]) if row else (0, None)


def is_current(
    connection: Connection[Any], tenant: UUID, projections: Sequence[Projection]
) -> bool:
    """Whether every view of the tenant is at the log's head; one statement, for every read."""
    values = {
        "tenant": tenant,
        "names": [projection.name for projection in projections],
        "versions": [projection.version for projection in projections],
    }
    with connection.transaction():
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
        row = connection.execute(CURRENT.encode(), values).fetchone()
    return row is not None and bool(row[0])


def wake(connection: Connection[Any]) -> None:
    """Tells the runner that somebody waits; only a hint, it polls anyway."""
    connection.execute(f"NOTIFY {CHANNEL}".encode())


def status(connection: Connection[Any], tenant: UUID) -> list[ProjectionStatus]:
    """All projections of the tenant, by name. The connection is the app's, in autocommit."""
    with connection.transaction():
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
        with connection.cursor(row_factory=class_row(ProjectionStatus)) as cursor:
            return cursor.execute(STATUS.encode(), [tenant]).fetchall()
