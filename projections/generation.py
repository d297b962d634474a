"""A projection's tables by generation: made closed, filled, opened by switching the views.

A generation's tables have no policies and no grants until the switch, so that COPY works (it is
refused under forced row-level security). The views and the registry row change in one transaction,
with a short lock timeout, so that a long report never makes other readers wait.
"""

import time
from typing import Any

from psycopg import Connection, errors

from projections.projection import Projection, Table

TRIES_MAX = 600
PAUSE_S = 0.2
COLLATED = 'text COLLATE "C"'
LIVE = "SELECT live, version FROM views.generation WHERE projection = %s"
REGISTER = """INSERT INTO views.generation (projection, live, version) VALUES (%s, %s, %s)
    ON CONFLICT (projection) DO UPDATE SET live = excluded.live, version = excluded.version"""
BEHIND = """SELECT count(*) FROM views.tracking AS old
    LEFT JOIN views.tracking AS new ON new.tenant_id = old.tenant_id
        AND new.projection = old.projection AND new.generation = %(new)s
    WHERE old.projection = %(projection)s AND old.generation = %(old)s
        AND coalesce(new.position, 0) < old.position
        AND coalesce(new.state, 'running') = 'running'"""


class NotCaughtUp(Exception):
    """A switch now would make a view go back: a read that waited would lose what it saw."""


def live_generation(connection: Connection[Any], projection: Projection) -> tuple[int, int] | None:
    """The generation that the views show and the version of the code that made it."""
    return connection.execute(LIVE, [projection.name]).fetchone()


def make(connection: Connection[Any], projection: Projection, generation: int) -> None:
    """Closed tables of a generation; what a cut-off rebuild left is removed first."""
    with connection.transaction():
        drop(connection, projection, generation)
        for table in projection.tables:
            for statement in ddl(table, generation):
                connection.execute(statement.encode())


def drop(connection: Connection[Any], projection: Projection, generation: int) -> None:
    """Removes the tables and the tracking of a generation."""
    for table in projection.tables:
        connection.execute(f"DROP TABLE IF EXISTS {stored_name(table, generation)}".encode())
    connection.execute(
        "DELETE FROM views.tracking WHERE projection = %s AND generation = %s",
        [projection.name, generation],
    )


def switch(connection: Connection[Any], projection: Projection, generation: int) -> None:
    """Points the views at a generation and removes the one before. Raises NotCaughtUp."""
    live = live_generation(connection, projection)
    old = live[0] if live else None
    for _ in range(TRIES_MAX):
        try:
            with connection.transaction():
                connection.execute("SET LOCAL lock_timeout = '50ms'")
                _refuse_if_behind(connection, projection, old, generation)
                for table in projection.tables:
                    _open(connection, table, generation)
                connection.execute(REGISTER, [projection.name, generation, projection.version])
                if old is not None:
                    drop(connection, projection, old)
            return
        except errors.LockNotAvailable:
            time.sleep(PAUSE_S)  # readers that queued behind the DROP go first
    raise TimeoutError(f"no moment without a reader of {projection.name}")


def _refuse_if_behind(
    connection: Connection[Any], projection: Projection, old: int | None, new: int
) -> None:
    values = {"projection": projection.name, "old": old, "new": new}
    row = connection.execute(BEHIND, values).fetchone()
    if row is None or row[0]:
        raise NotCaughtUp(projection.name)


def _open(connection: Connection[Any], table: Table, generation: int) -> None:
    """Policies, grants, and the view of one table."""
    stored, view = stored_name(table, generation), f"views.{table.name}"
    names = ", ".join(f'"{name}"' for name in column_names(table))
    for statement in (
        f"ALTER TABLE {stored} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY of_tenant ON {stored} USING (tenant_id = ledger.current_tenant())",
        f"DROP VIEW IF EXISTS {view}",
        f"CREATE VIEW {view} WITH (security_invoker) AS SELECT {names} FROM {stored}",
        f"GRANT SELECT ON {view}, {stored} TO grantledger_app",
    ):
        connection.execute(statement.encode())


def stored_name(table: Table, generation: int) -> str:
    """The table of a generation."""
    return f"views.{table.name}_g{generation}"


def column_names(table: Table) -> list[str]:
    """All columns of a table, in order."""
    names = ["tenant_id", *(column.name for column in (*table.key, *table.values))]
    return [*names, "from_position", "to_position"] if table.kind == "history" else names


def ddl(table: Table, generation: int) -> list[str]:
    """The statements that make a closed table with its indexes."""
    stored = stored_name(table, generation)
    columns = ['"tenant_id" uuid NOT NULL']
    for column in (*table.key, *table.values):
        sql_type = COLLATED if column.sql_type == "text" else column.sql_type
        needed = " NOT NULL" if column in table.key or table.kind == "sum" else ""
        columns.append(f'"{column.name}" {sql_type}{needed}')
    key = ["tenant_id", *(column.name for column in table.key)]
    if table.kind == "history":
        columns += ["from_position bigint NOT NULL", "to_position bigint"]
        key.append("from_position")
    quoted = ", ".join(f'"{name}"' for name in key)
    statements = [f"CREATE TABLE {stored} ({', '.join(columns)}, PRIMARY KEY ({quoted}))"]
    for name in table.finds:
        if name != table.key[0].name:
            statements.append(f'CREATE INDEX ON {stored} (tenant_id, "{name}")')
    return statements
