"""Brings a database to the newest schema; also makes the roles and sets their passwords.

Only here is the administrator's URL used. alembic runs the SQL of the package `migrations`.
"""

import time
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import Connection, sql
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from service.store.database import current_revision

HEAD, EMPTY = "head", "base"
TRIES_MAX = 20
PAUSE_S = 0.05


def migrate(admin_url: str, passwords: Mapping[str, str] | None = None) -> str:
    """Upgrades to the newest revision, sets the passwords of the given roles; the revision.

    Everything or nothing. Processes that start at once wait for each other.
    """
    _run(admin_url, command.upgrade, HEAD)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for role, password in (passwords or {}).items():
            _set_password(connection, role, password)
        revision = current_revision(connection)
    assert revision is not None, "the upgrade has just set it"
    return revision


def downgrade(admin_url: str, revision: str = EMPTY) -> None:
    """Takes migrations back; refuses to lose a row of what cannot be rebuilt."""
    _run(admin_url, command.downgrade, revision)


def _run(admin_url: str, run: Any, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(admin_url), poolclass=NullPool
    )
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        run(config, revision)


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
