"""The pool, the tenant of a transaction, and the servers that the service refuses."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import Connection, errors, sql
from psycopg.conninfo import make_conninfo

from service.store.database import (
    Pool,
    UnsafeServer,
    act_for,
    check_server,
    current_revision,
    in_tenant,
    new_tenant,
    newest_revision,
    open_pool,
)
from service.store.urls import Urls
from tests.database import APP, PASSWORD, empty_database

SETTING = "SELECT current_setting('app.tenant', true)"


@pytest.fixture
def app(urls: Urls) -> Iterator[Connection]:
    with psycopg.connect(urls.app, autocommit=True) as connection:
        yield connection


@dataclass
class Told:
    """A server that tells the real one's answers, but for one setting."""

    real: Connection
    name: str
    setting: str

    @property
    def info(self) -> psycopg.ConnectionInfo:
        return self.real.info

    def execute(self, query: Any, *values: Any) -> Any:
        if "pg_settings" not in str(query):
            return self.real.execute(query, *values)
        told = sql.SQL(str(query).replace("SELECT name, setting", "SELECT name, {} "))
        case = sql.SQL("CASE name WHEN {} THEN {} ELSE setting END").format(self.name, self.setting)
        return self.real.execute(told.format(case))


def test_the_apps_login_on_our_server_is_safe(app: Connection) -> None:
    checksums = app.execute("SHOW data_checksums").fetchone()

    assert check_server(app) == (
        []
        if checksums == ("on",)
        else ["the server has no data checksums: damage on disk may stay unseen"]
    )


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("fsync", "off"),
        ("full_page_writes", "off"),
        ("synchronous_commit", "off"),
        ("server_encoding", "LATIN2"),
    ],
)
def test_a_server_that_would_lose_events_is_refused(
    app: Connection, name: str, setting: str
) -> None:
    with pytest.raises(UnsafeServer, match=name.split("_")[-1]):
        check_server(Told(app, name, setting))  # pyright: ignore[reportArgumentType]


def test_missing_checksums_are_a_warning(app: Connection) -> None:
    told: Any = Told(app, "data_checksums", "off")

    assert "checksums" in check_server(told)[0]


def test_a_session_that_does_not_wait_for_the_disk_is_refused(app: Connection) -> None:
    app.execute("SET synchronous_commit = off")
    with pytest.raises(UnsafeServer, match="synchronous_commit"):
        check_server(app)

    app.execute("SET synchronous_commit = local")
    check_server(app)  # control


def test_the_administrators_login_is_refused_whatever_role_it_acts_as(urls: Urls) -> None:
    assert urls.admin is not None
    with psycopg.connect(urls.admin, autocommit=True) as admin:
        with pytest.raises(UnsafeServer, match="row-level security"):
            check_server(admin)
        admin.execute("SET ROLE grantledger_app")
        with pytest.raises(UnsafeServer, match="row-level security"):
            check_server(admin)


@pytest.mark.parametrize(
    "attribute", ["SUPERUSER", "BYPASSRLS", "IN ROLE grantledger_owner", "NOINHERIT"]
)
def test_a_login_that_passes_row_level_security_is_refused(urls: Urls, attribute: str) -> None:
    name = f"grantledger_test_{uuid4().hex[:12]}"
    assert urls.admin is not None
    with psycopg.connect(urls.admin, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' {attribute}".encode())
        try:
            with psycopg.connect(make_conninfo(urls.admin, user=name, password=PASSWORD)) as login:
                if attribute == "NOINHERIT":  # control: a login of its own does no harm
                    check_server(login)
                else:
                    with pytest.raises(UnsafeServer, match="row-level security"):
                        check_server(login)
        finally:
            admin.execute(f"DROP ROLE {name}".encode())


def test_a_pooled_connection_forgets_the_tenant_with_its_transaction(urls: Urls) -> None:
    with open_pool(urls.app, 1) as pool:
        with pool.connection() as connection, connection.transaction():
            tenant = new_tenant(connection)
            assert connection.execute(SETTING).fetchone() == (str(tenant),)
        with pool.connection() as connection:
            assert connection.execute(SETTING).fetchone() == ("",)
        assert in_tenant(pool, tenant, SETTING, []) == [(str(tenant),)]
        with pool.connection() as connection:
            assert connection.execute(SETTING).fetchone() == ("",)


def test_control_a_tenant_of_the_session_stays_for_the_next_user(urls: Urls) -> None:
    tenant = str(uuid4())
    with open_pool(urls.app, 1) as pool:
        with pool.connection() as connection:
            connection.execute("SELECT set_config('app.tenant', %s, false)", [tenant])
        with pool.connection() as connection:
            assert connection.execute(SETTING).fetchone() == (tenant,)


def test_a_pool_gives_at_most_its_size(urls: Urls) -> None:
    with (
        open_pool(urls.app, 2) as pool,
        pool.connection(),
        pool.connection(),
        pytest.raises(psycopg.OperationalError),
    ):
        pool.getconn(timeout=0.05)


def test_a_new_tenant_is_made_by_the_app_and_only_as_itself(pool: Pool) -> None:
    insert = "INSERT INTO ledger.tenant (tenant_id) VALUES (%s)"
    with pool.connection() as connection:
        with connection.transaction():
            first, second = new_tenant(connection), new_tenant(connection)
        assert first != second
        with connection.transaction(force_rollback=True):
            act_for(connection, first)
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(insert, [uuid4()])


def test_the_revision_is_known_to_the_app_and_to_the_program(urls: Urls) -> None:
    with psycopg.connect(urls.app) as connection:
        assert current_revision(connection) == newest_revision()


def test_an_empty_database_has_no_revision(server_url: tuple[str, dict[str, str]]) -> None:
    with empty_database(server_url[0]) as admin, psycopg.connect(admin) as connection:
        assert current_revision(connection) is None


def test_the_apps_login_can_not_become_the_owner(urls: Urls) -> None:
    with psycopg.connect(urls.app) as connection:
        query = "SELECT pg_has_role(%s, 'grantledger_owner', 'MEMBER')"
        assert connection.execute(query, [APP]).fetchone() == (False,)
