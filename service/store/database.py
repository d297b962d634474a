"""Connections as the app's role: the pool, the tenant of a transaction, and which servers will do.

The tenant is a setting of the transaction, never of the session: a session's would be seen by the
next user of a pooled connection.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

Pool = ConnectionPool[Connection[Any]]
Values = Sequence[Any] | Mapping[str, Any]

SERVER_VERSION_MIN = 150000
WAIT_S_MAX = 30.0
SET_TENANT = "SELECT set_config('app.tenant', %s, true)"
SETTINGS = """SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes',
    'synchronous_commit', 'server_encoding', 'data_checksums')"""
# Both the role that logged in and the one it acts as; a member may become what it is a member of.
ROLES = """SELECT r.rolname, r.rolsuper, r.rolbypassrls, o.oid IS NOT NULL
    FROM pg_roles AS r
    LEFT JOIN pg_roles AS o
        ON o.rolname = 'grantledger_owner' AND pg_has_role(r.oid, o.oid, 'MEMBER')
    WHERE r.rolname IN (current_user, session_user) ORDER BY r.rolname"""


class UnsafeServer(Exception):
    """The server or the role would lose events or show one tenant to another."""


def open_pool(app_url: str, size: int) -> Pool:
    """Up to `size` connections, each statement a transaction unless one is begun."""
    return ConnectionPool(
        app_url,
        min_size=min(2, size),
        max_size=size,
        timeout=WAIT_S_MAX,
        kwargs={"autocommit": True},
        open=True,
    )


def act_for(connection: Connection[Any], tenant: UUID) -> None:
    """The tenant of the current transaction."""
    connection.execute(SET_TENANT, [str(tenant)], prepare=True)


def query_in_tenant(
    connection: Connection[Any], tenant: UUID, query: str, values: Values
) -> list[tuple[Any, ...]]:
    """One statement in one round trip and one transaction of its own.

    Without BEGIN a pipeline is one transaction up to its end. The connection is in autocommit.
    """
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    with connection.pipeline():
        connection.execute(SET_TENANT, [str(tenant)], prepare=True)
        cursor.execute(query.encode(), values, prepare=True)
    return cursor.fetchall() if cursor.description else []


def in_tenant(pool: Pool, tenant: UUID, query: str, values: Values) -> list[tuple[Any, ...]]:
    """The same on a connection of the pool."""
    with pool.connection() as connection:
        return query_in_tenant(connection, tenant, query, values)


@contextmanager
def transaction_of(pool: Pool, tenant: UUID, *, keep: bool = True) -> Generator[Connection[Any]]:
    """Several statements of a tenant: all of them or none; without `keep` none."""
    with pool.connection() as connection, connection.transaction(force_rollback=not keep):
        act_for(connection, tenant)
        yield connection


def new_tenant(connection: Connection[Any]) -> UUID:
    """Makes a tenant with an empty log and acts for it, in the caller's transaction."""
    tenant = uuid4()
    act_for(connection, tenant)
    connection.execute("INSERT INTO ledger.tenant (tenant_id) VALUES (%s)", [tenant])
    return tenant


def current_revision(connection: Connection[Any]) -> str | None:
    """The revision of the schema; None: never migrated."""
    found = connection.execute("SELECT to_regclass('ledger.alembic_version')").fetchone()
    if found is None or found[0] is None:
        return None
    row = connection.execute("SELECT version_num FROM ledger.alembic_version").fetchone()
    return row[0] if row else None


def revisions() -> list[str]:
    """The revisions that this program knows, the oldest first: its migrations, numbered files."""
    names = (entry.name for entry in (files("migrations") / "versions").iterdir())
    return sorted(name[:4] for name in names if name.endswith(".py") and name[0].isdigit())


def newest_revision() -> str:
    """The revision that this program was made for."""
    return revisions()[-1]


def check_server(connection: Connection[Any]) -> list[str]:
    """Warnings about a server that will do; raises UnsafeServer for one that will not."""
    version = connection.info.server_version
    if version < SERVER_VERSION_MIN:
        raise UnsafeServer(f"PostgreSQL {version // 10000} is too old: 15 or newer is needed")
    settings = dict(connection.execute(SETTINGS).fetchall())
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        if settings[name] == "off":
            raise UnsafeServer(f"the server has {name} off: a crash would lose recorded events")
    if settings["server_encoding"] != "UTF8":
        raise UnsafeServer(f"the database has encoding {settings['server_encoding']}, not UTF8")
    for role, superuser, bypasses, owns in connection.execute(ROLES):
        if superuser or bypasses or owns:
            raise UnsafeServer(
                f"the role {role} could pass row-level security; use the URL of grantledger_app"
            )
    if settings["data_checksums"] != "on":
        return ["the server has no data checksums: damage on disk may stay unseen"]
    return []
