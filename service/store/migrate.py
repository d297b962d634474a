"""Brings a database to the newest schema; also makes the roles and sets their passwords.

Only here is the administrator's URL used. alembic runs the SQL of the package `migrations`, in one
transaction: everything or nothing.
"""

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import Connection, sql
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from service.store.database import current_revision

NEWEST, EMPTY = "head", "base"
LOCK = 0x6C6564676572  # "ledger": processes that start at once migrate one after the other
TRIES_MAX = 20
PAUSE_S = 0.05

# What cannot be rebuilt: a migration may change it, never make it fewer.
KEPT = (
    "ledger.event",
    "ledger.tenant",
    "vault.tenant_key",
    "vault.person_key",
    "vault.sealed",
    "identity.app_user",
)

_one_thread = threading.Lock()  # alembic's context is global to the process


class WouldLoseData(Exception):
    """A migration up or down that leaves fewer rows of what cannot be rebuilt; nothing was done."""


class NotEmpty(Exception):
    """There is a ledger already where an empty database was expected."""


def migrate(admin_url: str, passwords: Mapping[str, str] | None = None) -> str:
    """Upgrades to the newest revision, sets the passwords of the given roles; the revision.

    Raises WouldLoseData.
    """
    with _migrating(admin_url) as (config, _):
        command.upgrade(config, NEWEST)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for role, password in (passwords or {}).items():
            _set_password(connection, role, password)
        revision = current_revision(connection)
    assert revision is not None, "the upgrade has just set it"
    return revision


def downgrade(admin_url: str, revision: str = EMPTY) -> None:
    """Takes migrations back. Raises WouldLoseData."""
    with _migrating(admin_url) as (config, _):
        command.downgrade(config, revision)


def fill_empty(admin_url: str, revision: str, fill: Callable[[Connection[Any]], None]) -> None:
    """Makes the schema of a revision, lets `fill` fill it, and brings it to the newest.

    One transaction: what fails or is killed leaves the database as it was. Raises NotEmpty.
    """
    with _migrating(admin_url) as (config, connection):
        if current_revision(connection) is not None:
            _refuse_rows(connection)
            command.downgrade(config, EMPTY)
            connection.execute("RESET ROLE")
        command.upgrade(config, revision)
        connection.execute("RESET ROLE")
        fill(connection)
        connection.execute("RESET ROLE")
        command.upgrade(config, NEWEST)


@contextmanager
def _migrating(admin_url: str) -> Generator[tuple[Config, Connection[Any]]]:
    """alembic's settings in a transaction that refuses to lose data; one process at a time."""
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(admin_url), poolclass=NullPool
    )
    with _one_thread, engine.begin() as begun:
        connection: Any = begun.connection.driver_connection
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        before = _counted(connection)
        config.attributes["connection"] = begun
        yield config, connection
        after = _counted(connection)
        for table, rows in before.items():
            if after.get(table, 0) < rows:
                raise WouldLoseData(
                    f"{table} would keep {after.get(table, 0)} of {rows} rows; nothing was done"
                )


def _refuse_rows(connection: Connection[Any]) -> None:
    """From here to the end of the transaction no tenant can come in."""
    connection.execute("SET LOCAL ROLE grantledger_owner")
    connection.execute("LOCK TABLE ledger.tenant IN ACCESS EXCLUSIVE MODE")
    connection.execute("RESET ROLE")
    if any(_counted(connection).values()):
        raise NotEmpty("the database holds a ledger already")


def _counted(connection: Connection[Any]) -> dict[str, int]:
    """The rows of each kept table that exists, as the owner sees them."""
    counts: dict[str, int] = {}
    for table in KEPT:
        found = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone()
        if found and found[0]:
            connection.execute("SET LOCAL ROLE grantledger_owner")
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            connection.execute("RESET ROLE")
            assert row is not None
            counts[table] = row[0]
    return counts


def _set_password(connection: Connection[Any], role: str, password: str) -> None:
    """As a SCRAM verifier: the password itself is in no statement and so in no server's log."""
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    )
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), verifier.decode())
    for tried in range(TRIES_MAX):
        try:
            connection.execute(statement)
            return
        except psycopg.errors.InternalError_:  # another process changes the same row
            if tried == TRIES_MAX - 1:
                raise
            time.sleep(PAUSE_S)
