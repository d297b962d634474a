"""A projection's tables by generation: made closed, filled, opened by switching the views.

All tables of a projection are switched in one transaction with its registry row. Everything made
for a projection carries its name and generation as a comment, so that what a cut-off rebuild or an
older version left is found and removed whatever its name.
"""

import time
from typing import Any

from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier

from projections.projection import Projection, Table
from projections.store import columns_of, create, names, table_name

TRIES_MAX = 600
PAUSE_S = 0.2
LIVE = "SELECT live, version FROM views.generation WHERE projection = %s"
LOCK_LIVE = LIVE + " FOR UPDATE"
REGISTER = """INSERT INTO views.generation (projection, live, version) VALUES (%s, %s, %s)
    ON CONFLICT (projection) DO UPDATE SET live = excluded.live, version = excluded.version"""
BEHIND = """SELECT count(*) FROM views.tracking AS old
    LEFT JOIN views.tracking AS new ON new.tenant_id = old.tenant_id
        AND new.projection = old.projection AND new.generation = %(new)s
    WHERE old.projection = %(projection)s AND old.generation = %(old)s
        AND coalesce(new.position, 0) < old.position
        AND coalesce(new.state, 'running') = 'running'"""
MADE = """SELECT c.relname, c.relkind = 'v', obj_description(c.oid, 'pg_class') AS made_for
    FROM pg_class AS c
    WHERE c.relnamespace = 'views'::regnamespace AND c.relkind IN ('r', 'v')
        AND starts_with(obj_description(c.oid, 'pg_class'), %s)"""
FORGET = "DELETE FROM views.tracking WHERE projection = %s AND generation <> %s"


class NotCaughtUp(Exception):
    """A switch now would make a view go back: a read that waited would lose what it saw."""


def live_generation(connection: Connection[Any], projection: Projection) -> tuple[int, int] | None:
    """The generation that the views show and the version of the code that made it."""
    return connection.execute(LIVE, [projection.name]).fetchone()


def make(connection: Connection[Any], projection: Projection) -> int:
    """Closed tables of the generation after the live one; they replace what was left of others."""
    drop_leftovers(connection, projection)
    live = live_generation(connection, projection)
    generation = live[0] + 1 if live else 1
    with connection.transaction():
        for table in projection.tables:
            for statement in create(table, generation):
                connection.execute(statement.encode())
            note = f"COMMENT ON TABLE {table_name(table, generation)} IS"
            connection.execute(f"{note} '{_note(projection, generation)}'".encode())
    return generation


def drop_leftovers(connection: Connection[Any], projection: Projection) -> None:
    """Removes the tables and tracking of all generations but the live one.

    A table that somebody still reads stays until the next time.
    """
    live = live_generation(connection, projection)
    kept = _note(projection, live[0] if live else 0)
    found = connection.execute(MADE, [_note(projection, None)]).fetchall()
    for name, is_view, note in found:
        if note == kept or is_view:
            continue
        try:
            with connection.transaction():
                connection.execute("SET LOCAL lock_timeout = '1s'")
                connection.execute(SQL("DROP TABLE views.{}").format(Identifier(name)))
        except (errors.LockNotAvailable, errors.DependentObjectsStillExist):
            continue
    connection.execute(FORGET, [projection.name, live[0] if live else 0])


def switch(connection: Connection[Any], projection: Projection, generation: int) -> int:
    """Points the views at a generation; returns how many tries it took. Raises NotCaughtUp.

    A tenant that the new generation stopped at does not hold up the others. The lock timeout is
    short and there is a pause between tries: a DROP that waits for a long report would make all
    later readers wait behind it.
    """
    for tries in range(1, TRIES_MAX + 1):
        try:
            with connection.transaction():
                connection.execute("SET LOCAL lock_timeout = '2s'")
                live = connection.execute(LOCK_LIVE, [projection.name]).fetchone()  # no batch now
                connection.execute("SET LOCAL lock_timeout = '50ms'")
                _refuse_if_behind(connection, projection, live[0] if live else 0, generation)
                _drop_views(connection, projection)
                for table in projection.tables:
                    _open(connection, projection, table, generation)
                connection.execute(REGISTER, [projection.name, generation, projection.version])
            return tries
        except errors.LockNotAvailable:
            time.sleep(PAUSE_S)  # readers that queued behind the DROP go first
    raise TimeoutError(f"no moment without a reader of {projection.name}")


def _refuse_if_behind(
    connection: Connection[Any], projection: Projection, old: int, new: int
) -> None:
    values = {"projection": projection.name, "old": old, "new": new}
    row = connection.execute(BEHIND, values).fetchone()
    if row is None or row[0]:
        raise NotCaughtUp(projection.name)


def _drop_views(connection: Connection[Any], projection: Projection) -> None:
    """Also those of tables that the projection had in an older version."""
    for name, is_view, _ in connection.execute(MADE, [_note(projection, None)]).fetchall():
        if is_view:
            connection.execute(SQL("DROP VIEW views.{}").format(Identifier(name)))


def _open(
    connection: Connection[Any], projection: Projection, table: Table, generation: int
) -> None:
    """Policies, grants, and the view of one table; CREATE OR REPLACE refuses other columns."""
    stored, view = table_name(table, generation), f'views."{table.name}"'
    columns = f"tenant_id, {names(columns_of(table))}"
    for statement in (
        f"ALTER TABLE {stored} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY of_tenant ON {stored} USING (tenant_id = ledger.current_tenant())",
        f"DROP VIEW IF EXISTS {view}",
        f"CREATE VIEW {view} WITH (security_invoker) AS SELECT {columns} FROM {stored}",
        f"COMMENT ON VIEW {view} IS '{_note(projection, generation)}'",
        f"GRANT SELECT ON {view}, {stored} TO grantledger_app",
    ):
        connection.execute(statement.encode())


def _note(projection: Projection, generation: int | None) -> str:
    """The comment on what is made for a generation; None: how those of all generations begin."""
    return f"projection {projection.name}, generation {'' if generation is None else generation}"
