"""A log that holds something survives every migration up, and refuses those that would drop it."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest

from service.store.database import in_tenant, new_tenant, open_pool
from service.store.log import Beside, Ledger
from service.store.migrate import WouldLoseData, downgrade, migrate
from service.store.urls import Urls
from tests.database import migrated_database
from tests.logs import by, first_wrong, noted, stored_rows

SEALED = """INSERT INTO vault.sealed (tenant_id, sha256, person_id, ciphertext)
    VALUES (%s, %s, %s, '')"""

RUN = """INSERT INTO ledger.import_run (tenant_id, run_id, kind, actor)
    VALUES (%s, %s, 'import project', 'system:test')"""
OPERATION = """INSERT INTO ledger.operation (tenant_id, operation_id, kind, parameters, actor,
        request_id)
    VALUES (%s, %s, 'rebuild', '{}', 'system:test', 'request')"""


@pytest.fixture
def database(server_url: tuple[str, dict[str, str]]) -> Iterator[Urls]:
    with migrated_database(*server_url) as found:
        yield found


def record(database: Urls) -> UUID:
    """A tenant with three events and a sealed row."""
    with open_pool(database.app, 1) as pool:
        with pool.connection() as connection, connection.transaction():
            tenant = new_tenant(connection)
        stream, sealed = uuid4(), Beside(SEALED, [tenant, b"1" * 32, uuid4()])
        Ledger(pool, tenant).append([(by(), [noted(stream, n) for n in (1, 2, 3)])], [sealed])
    return tenant


def check(database: Urls, tenant: UUID) -> None:
    """All of it is there and as it was."""
    with open_pool(database.app, 1) as pool:
        rows = stored_rows(pool, tenant)
        assert len(rows) == 3
        assert first_wrong(tenant, rows) is None
        assert in_tenant(pool, tenant, "SELECT count(*) FROM vault.sealed", []) == [(1,)]


def revision(database: Urls) -> object:
    with psycopg.connect(database.app) as connection:
        return connection.execute("SELECT version_num FROM ledger.alembic_version").fetchone()


def test_migrating_again_keeps_the_events(database: Urls) -> None:
    tenant = record(database)
    assert database.admin is not None

    migrate(database.admin)

    check(database, tenant)


def test_events_survive_the_steps_down_that_drop_none_and_up_again(database: Urls) -> None:
    tenant = record(database)
    assert database.admin is not None

    downgrade(database.admin, "0003")
    check(database, tenant)
    migrate(database.admin)

    check(database, tenant)


@pytest.mark.parametrize("target", ["base", "0001", "0002"])
def test_a_migration_that_would_drop_sealed_rows_or_events_refuses(
    database: Urls, target: str
) -> None:
    tenant, before = record(database), revision(database)
    assert database.admin is not None
    admin = database.admin

    if target == "0002":  # control: no user is made by an append, so nothing is lost
        downgrade(admin, target)
        assert revision(database) == ("0002",)
    else:
        with pytest.raises(WouldLoseData, match=r"would keep 0 of \d+ rows; nothing was done"):
            downgrade(admin, target)
        assert revision(database) == before
    check(database, tenant)


def test_a_log_without_a_vault_refuses_too(database: Urls) -> None:
    assert database.admin is not None
    with psycopg.connect(database.app) as connection:
        new_tenant(connection)

    downgrade(database.admin, "0001")
    with pytest.raises(WouldLoseData, match=r"ledger\.tenant would keep 0 of 1 rows"):
        downgrade(database.admin)


def test_how_far_imports_came_survives_the_new_name_of_its_table(database: Urls) -> None:
    """Down and up again; an operation, which is new, is what the step down drops."""
    tenant, run, operation = record(database), uuid4(), uuid4()
    assert database.admin is not None
    with psycopg.connect(database.admin) as admin:
        admin.execute(RUN, [tenant, run])
        admin.execute(OPERATION, [tenant, operation])

    downgrade(database.admin, "0008")
    with psycopg.connect(database.admin) as admin:
        found = admin.execute("SELECT operation_id, state FROM ledger.operation").fetchall()
        assert found == [(run, "running")]
    migrate(database.admin)

    with psycopg.connect(database.admin) as admin:
        found = admin.execute("SELECT run_id, state FROM ledger.import_run").fetchall()
        assert found == [(run, "running")]
        assert admin.execute("SELECT count(*) FROM ledger.operation").fetchone() == (0,)
