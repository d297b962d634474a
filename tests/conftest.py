"""One server for the whole run, one database with the newest schema, a tenant of its own a test.

With `GRANTLEDGER_REQUIRE_ALL=1` a skipped test fails the run: what the machine lacks is a failure.
"""

import os
from collections.abc import Iterator
from uuid import UUID

import pytest

from service.store.database import Pool, new_tenant, open_pool
from service.store.log import Ledger
from service.store.urls import Urls
from tests.database import admin_of_a_server, migrated_database

CONNECTIONS_MAX = 16
REQUIRE_ALL = "GRANTLEDGER_REQUIRE_ALL"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run that must be whole is not when a test was skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get(REQUIRE_ALL) != "1":
        return
    if reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"{REQUIRE_ALL}=1: a skipped test is a failure", red=True)


@pytest.fixture(scope="session")
def server_url() -> Iterator[tuple[str, dict[str, str]]]:
    """An administrator's URL of the server, and the passwords of the two logins."""
    with admin_of_a_server() as found:
        yield found


@pytest.fixture(scope="session")
def urls(server_url: tuple[str, dict[str, str]]) -> Iterator[Urls]:
    """The three logins of the migrated database that most tests share."""
    with migrated_database(*server_url) as found:
        yield found


@pytest.fixture(scope="session")
def pool(urls: Urls) -> Iterator[Pool]:
    """Connections as the app's role."""
    with open_pool(urls.app, CONNECTIONS_MAX) as opened:
        yield opened


@pytest.fixture
def tenant(pool: Pool) -> UUID:
    """A fresh tenant with an empty log."""
    with pool.connection() as connection, connection.transaction():
        return new_tenant(connection)


@pytest.fixture
def ledger(pool: Pool, tenant: UUID) -> Ledger:
    """The log of that tenant."""
    return Ledger(pool, tenant)
