"""A migrated database for the tests: our embedded server, or a fresh database of another server.

`GRANTLEDGER_TEST_ADMIN_URL` names a server of PostgreSQL 15 or later whose role may make
databases and roles; the database made there is dropped in the end.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service.store.embedded import Server
from service.store.migrate import migrate
from service.store.urls import Urls

APP, PROJECTOR = "grantledger_app", "grantledger_projector"
ADMIN_URL = "GRANTLEDGER_TEST_ADMIN_URL"
PASSWORD = "for-tests-only"


@contextmanager
def embedded_server() -> Generator[Server]:
    """Our own server in a temporary home."""
    folder = Path(tempfile.mkdtemp(prefix="grantledger-tests-"))
    folder.chmod(0o755)
    try:
        with Server(folder / "home") as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def admin_of_a_server() -> Generator[tuple[str, dict[str, str]]]:
    """The administrator's URL of a server for tests, and the passwords of its roles."""
    given = os.environ.get(ADMIN_URL)
    if given:
        yield given, dict.fromkeys((APP, PROJECTOR), PASSWORD)
        return
    with embedded_server() as server:
        yield (
            server.url("postgres", "postgres"),
            {role: server.files.password(role) for role in (APP, PROJECTOR)},
        )


@contextmanager
def empty_database(server_url: str) -> Generator[str]:
    """The administrator's URL of a fresh database, dropped in the end."""
    name = f"grantledger_test_{secrets.token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
                sql.Identifier(name)
            )
        )
    try:
        yield make_conninfo(server_url, dbname=name)
    finally:
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def migrated_database(server_url: str, passwords: dict[str, str]) -> Generator[Urls]:
    """A fresh database with the newest schema."""
    with empty_database(server_url) as admin:
        migrate(admin, passwords)
        logins = {
            role: make_conninfo(admin, user=role, password=password)
            for role, password in passwords.items()
        }
        yield Urls(app=logins[APP], projector=logins[PROJECTOR], admin=admin)
