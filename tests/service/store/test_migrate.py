"""Migrating: found from anywhere, by several at once, passwords set and told to nobody."""

import secrets
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo

from service.store.database import current_revision, newest_revision
from service.store.migrate import downgrade, migrate
from tests.database import APP, PASSWORD, PROJECTOR, empty_database
from tests.logs import at_once

SCHEMAS = """SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace
    WHERE nspname IN ('ledger', 'vault', 'identity', 'views')"""
OWNER = "grantledger_owner"
MIGRATE = """
import sys
from service.store.migrate import migrate
admin_url, password = sys.argv[1:]
print(migrate(admin_url, {"grantledger_app": password}))
"""


def test_an_empty_database_gets_the_newest_schema_from_any_folder(
    server_url: tuple[str, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with empty_database(server_url[0]) as admin:
        assert migrate(admin) == newest_revision()
        assert migrate(admin) == newest_revision(), "again changes nothing"

        with psycopg.connect(admin) as connection:
            owners = dict(connection.execute(SCHEMAS).fetchall())
    assert owners == {"ledger": OWNER, "vault": OWNER, "identity": OWNER, "views": PROJECTOR}


def migrate_in_processes(password: str, *admin_urls: str) -> list[str]:
    """What each process prints: the revision, or its error."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, url, password],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for url in admin_urls
    ]
    return [process.communicate()[0].strip() for process in started]


def test_processes_that_start_at_once_migrate_once(
    server_url: tuple[str, dict[str, str]],
) -> None:
    url, passwords = server_url
    with empty_database(url) as admin:
        assert migrate_in_processes(passwords[APP], admin, admin, admin) == [newest_revision()] * 3


def test_databases_of_one_server_migrate_at_once(server_url: tuple[str, dict[str, str]]) -> None:
    url, passwords = server_url
    with empty_database(url) as first, empty_database(url) as second:
        assert migrate_in_processes(passwords[APP], first, second) == [newest_revision()] * 2
        downgrade(first)
        downgrade(second)
        answers = at_once(lambda: migrate(first), lambda: migrate(second))  # threads of a process

    assert answers == [newest_revision()] * 2


def test_roles_may_neither_pass_row_level_security_nor_make_anything(
    server_url: tuple[str, dict[str, str]],
) -> None:
    with empty_database(server_url[0]) as admin:
        migrate(admin)
        with psycopg.connect(admin) as connection:
            roles = connection.execute(
                """SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole
                    OR rolcreatedb OR rolreplication FROM pg_roles
                    WHERE rolname IN (%s, %s, %s) ORDER BY 1""",
                [APP, OWNER, PROJECTOR],
            ).fetchall()

    assert roles == [(APP, True, False), (OWNER, False, False), (PROJECTOR, True, False)]


def test_a_given_password_opens_the_role_and_another_does_not(
    server_url: tuple[str, dict[str, str]],
) -> None:
    url, passwords = server_url
    with empty_database(url) as admin:
        migrate(admin, passwords)
        login = make_conninfo(admin, user=APP, password=passwords[APP])
        with psycopg.connect(login) as connection:
            assert current_revision(connection) == newest_revision()
            asked_for_password = connection.pgconn.used_password
        if asked_for_password:  # a server may trust local connections
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(make_conninfo(admin, user=APP, password=f"not {PASSWORD}"))
        with psycopg.connect(admin) as connection:
            stored = connection.execute(
                "SELECT rolpassword FROM pg_authid WHERE rolname = %s", [APP]
            ).fetchone()
    assert stored is not None
    assert stored[0].startswith("SCRAM-SHA-256$")


def test_an_administrator_that_is_no_superuser_can_migrate(
    server_url: tuple[str, dict[str, str]],
) -> None:
    """As on a managed server: may make databases and roles, and nothing past row-level security."""
    url, _ = server_url
    name = f"grantledger_test_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as superuser:
        superuser.execute(
            f"CREATE ROLE {name} LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}'".encode()
        )
        superuser.execute(f"GRANT {OWNER}, {PROJECTOR} TO {name}".encode())
        try:
            with empty_database(make_conninfo(url, user=name, password=PASSWORD)) as admin:
                assert migrate(admin) == newest_revision()
        finally:
            superuser.execute(f"DROP ROLE {name}".encode())


def test_a_login_that_may_make_no_schema_is_refused_and_nothing_is_left(
    server_url: tuple[str, dict[str, str]],
) -> None:
    url, passwords = server_url
    with empty_database(url) as admin:
        app = make_conninfo(admin, user=APP, password=passwords[APP])
        migrate(admin, passwords)
    with empty_database(url) as admin:
        database = psycopg.conninfo.conninfo_to_dict(admin)["dbname"]
        with pytest.raises(errors.InsufficientPrivilege):
            migrate(make_conninfo(app, dbname=str(database)))
        with psycopg.connect(admin) as connection:
            assert connection.execute(SCHEMAS).fetchall() == []
