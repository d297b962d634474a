"""Row-level security over every table and view there is, with two real projects in them.

The names come from the catalogue, so that a table added later is in the test by itself.
"""

import psycopg
import pytest
from psycopg import sql

from service.composition import Services
from tests.end_to_end.running import Imported

REFERENCE = {
    *("ledger.alembic_version", "views.generation"),
    *("identity.installation", "identity.signing_key"),  # of the installation; keys are encrypted
}
RELATIONS = """SELECT n.nspname, c.relname FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm')
        AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname NOT LIKE 'pg_temp%' AND n.nspname NOT LIKE 'pg_toast%'
    ORDER BY 1, 2"""
UNPROTECTED = """SELECT n.nspname || '.' || c.relname FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('ledger', 'identity', 'vault', 'views')
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1"""
OURS = "SELECT count(*) FROM {} WHERE tenant_id = current_setting('app.tenant')::uuid"


def relations(connection: psycopg.Connection) -> list[str]:
    found = [f"{schema}.{name}" for schema, name in connection.execute(RELATIONS)]
    return [name for name in found if name not in REFERENCE]


def counted(
    connection: psycopg.Connection, name: str, query: str = "SELECT count(*) FROM {}"
) -> int:
    statement = sql.SQL(query).format(sql.Identifier(*name.split(".")))
    row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def filled(seed: Imported, seed_plus: Imported) -> None:
    """Two tenants with a project each, and the views of both."""
    assert seed.tenant != seed_plus.tenant
    assert seed.figures() != seed_plus.figures()


@pytest.mark.usefixtures("filled")
def test_without_a_tenant_every_relation_is_empty_also_after_one(
    services: Services, seed: Imported
) -> None:
    with psycopg.connect(services.urls.app, autocommit=True) as app:
        names = relations(app)
        assert {"ledger.event", "views.spend", "views.contribution", "vault.sealed"} <= set(names)
        for _ in range(2):
            assert {name: counted(app, name) for name in names} == dict.fromkeys(names, 0)
            with app.transaction():  # a transaction that has a tenant leaves none behind
                app.execute("SELECT set_config('app.tenant', %s, true)", [str(seed.tenant)])
                assert counted(app, "ledger.event") > 3000


@pytest.mark.usefixtures("filled")
def test_a_tenant_sees_its_own_rows_and_none_of_the_others(
    services: Services, seed_plus: Imported
) -> None:
    with psycopg.connect(services.urls.app, autocommit=True) as app, app.transaction():
        names = relations(app)
        app.execute("SELECT set_config('app.tenant', %s, true)", [str(seed_plus.tenant)])
        seen = {name: counted(app, name) for name in names}
        assert seen == {name: counted(app, name, OURS) for name in names}
        assert seen["ledger.event"] == 301
        assert seen["views.participant"] > 0


@pytest.mark.usefixtures("filled")
def test_every_table_forces_row_level_security_and_a_control_without_it_is_seen(
    services: Services,
) -> None:
    assert services.urls.admin is not None
    with psycopg.connect(services.urls.admin) as admin:
        assert {name for (name,) in admin.execute(UNPROTECTED)} == REFERENCE
        live = admin.execute("SELECT live FROM views.generation WHERE projection = 'budget_spend'")
        row = live.fetchone()
        assert row is not None
        table = sql.Identifier("views", f"spend_g{row[0]}")
        admin.execute(sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(table))
        admin.execute("SET LOCAL ROLE grantledger_app")
        assert counted(admin, "views.spend") > 0
        admin.rollback()
