"""Reading several views as of one moment, also while a rebuilt generation is switched in."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg_pool import ConnectionPool

STATEMENT_S_MAX = 120  # of one statement; the largest reports take a few seconds
BEGIN = """SELECT set_config('app.tenant', %s, true),
    set_config('statement_timeout', %s, true)"""


@contextmanager
def consistent(
    pool: ConnectionPool[Connection[Any]], tenant: UUID, views: Sequence[str]
) -> Generator[Connection[Any]]:
    """A REPEATABLE READ transaction of the tenant over the views.

    The lock comes before anything that takes a snapshot (setting the tenant too): with a snapshot
    older than a switched table a report would read nothing, without an error. A statement that
    takes too long is ended: psycopg.errors.QueryCanceled.
    """
    names = ", ".join(f'views."{view}"' for view in views)
    with pool.connection() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(f"LOCK TABLE {names} IN ACCESS SHARE MODE".encode())
        connection.execute(BEGIN, [str(tenant), f"{round(STATEMENT_S_MAX * 1000)}"])
        yield connection
