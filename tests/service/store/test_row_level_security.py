"""What the app's role sees and may do, over every table of every schema that there is.

The tables are found in the catalogue, so that a new one without policies fails here. Each has a
row of two tenants, so that seeing nothing means something; a control shows that without its policy
the rows are seen.
"""

import contextlib
from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection, errors, sql

from service.store.log import Ledger
from service.store.urls import Urls
from tests.database import migrated_database
from tests.logs import by, noted

# What belongs to no tenant: the schema's revision, which generation of a view is live, and the
# installation with the keys (encrypted) that it signs access tokens with.
REFERENCE = {
    "ledger.alembic_version",
    "views.generation",
    "identity.installation",
    "identity.signing_key",
}
TABLES = """SELECT n.nspname, c.relname, c.relrowsecurity, c.relforcerowsecurity
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%'
        AND n.nspname <> 'information_schema' ORDER BY 1, 2"""
COLUMNS = """SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute AS a
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped"""
KEYS = """SELECT i.indexrelid::regclass::text, (SELECT a.attname FROM pg_attribute AS a
        WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0])
    FROM pg_index AS i WHERE i.indrelid = %s::regclass AND i.indisunique"""
VALUES = {
    "uuid": "gen_random_uuid()",
    "bytea": "sha256(gen_random_uuid()::text::bytea)",
    "text": "'running'",
    "text[]": "'{}'",
    "jsonb": "'{}'",
    "boolean": "false",
    "bigint": "1",
    "integer": "1",
    "timestamp with time zone": "clock_timestamp()",
}
REFUSED = (
    "UPDATE ledger.event SET actor = 'system:other'",
    "UPDATE ledger.event SET data = ''",
    "DELETE FROM ledger.event",
    "TRUNCATE ledger.event",
    "ALTER TABLE ledger.event DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE ledger.event NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY of_tenant ON ledger.event",
    "ALTER POLICY of_tenant ON ledger.event USING (true)",
    "CREATE POLICY all_of_them ON ledger.event USING (true)",
    "ALTER TABLE ledger.event OWNER TO grantledger_app",
    """CREATE TRIGGER t BEFORE INSERT ON ledger.event
        EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
    "CREATE RULE r AS ON INSERT TO ledger.event DO NOTHING",
    "DROP TABLE ledger.event",
    "COPY ledger.event FROM STDIN",
    "DELETE FROM ledger.tenant",
    "UPDATE ledger.tenant SET tenant_id = tenant_id",
    "UPDATE vault.sealed SET ciphertext = ''",
    "DELETE FROM vault.read_log",
    "UPDATE ledger.import_run SET files = '{}'",
    "UPDATE ledger.operation SET parameters = '{}'",
    "UPDATE ledger.operation_output SET sealed = ''",
    "UPDATE ledger.imported_row SET row_id = ''",
    "UPDATE identity.api_token SET token_sha256 = ''",
    "DELETE FROM identity.membership",
    "UPDATE identity.membership SET role = 'owner'",
    "UPDATE identity.membership SET expires_at = NULL",
    "UPDATE identity.api_token SET scopes = NULL",
    "UPDATE identity.client SET scopes = '{}'",
    "UPDATE identity.totp SET secret = ''",
    "DELETE FROM identity.password",
    "DELETE FROM identity.signing_key",
    "UPDATE identity.installation SET installation_id = gen_random_uuid()",
    "UPDATE ledger.webhook_endpoint SET created_by = ''",
    "UPDATE ledger.webhook_delivery SET event_id = gen_random_uuid()",
    "UPDATE views.tracking SET position = 0",
    "INSERT INTO views.generation VALUES ('x', 1, 1)",
    "UPDATE ledger.alembic_version SET version_num = 'x'",
    "SELECT ledger.tenants_with_work('spend', 1)",
    "CREATE OR REPLACE FUNCTION ledger.current_tenant() RETURNS uuid LANGUAGE sql AS 'SELECT NULL'",
    "CREATE TABLE ledger.x ()",
    "CREATE TABLE public.x ()",
    "CREATE SCHEMA x",
    "SET ROLE grantledger_owner",
    "SET ROLE grantledger_projector",
    "SET SESSION AUTHORIZATION grantledger_owner",
    "ALTER ROLE grantledger_app BYPASSRLS",
)


def tables(connection: Connection) -> dict[str, tuple[bool, bool]]:
    """Every table and view, and whether its row-level security is on and forced."""
    rows = connection.execute(TABLES).fetchall()
    return {f"{schema}.{name}": (on, forced) for schema, name, on, forced in rows}


def act_for(connection: Connection, tenant: UUID) -> None:
    connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])


def run_as(connection: Connection, tenant: UUID, statement: str) -> None:
    """In a transaction that is rolled back: only whether it may be done is asked."""
    with connection.transaction(force_rollback=True):
        act_for(connection, tenant)
        connection.execute(statement.encode())


def insert(connection: Connection, name: str, tenant: UUID) -> str:
    """A statement that makes a row of a tenant in whatever table."""
    columns = connection.execute(COLUMNS, [name]).fetchall()
    values = [f"'{tenant}'" if column == "tenant_id" else VALUES[kind] for column, kind in columns]
    return f"INSERT INTO {name} VALUES ({', '.join(values)})"


def counts(connection: Connection, names: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        row = connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchone()
        assert row is not None
        found[name] = row[0]
    return found


def all_tables(number: int, names: list[str]) -> dict[str, int]:
    return dict.fromkeys(names, number)


@pytest.fixture(scope="module")
def database(server_url: tuple[str, dict[str, str]]) -> Iterator[Urls]:
    """A database of its own: what is counted here is only what was put here."""
    with migrated_database(*server_url) as found:
        yield found


@pytest.fixture(scope="module")
def names(database: Urls) -> list[str]:
    """The tables that belong to tenants."""
    assert database.admin is not None
    with psycopg.connect(database.admin) as admin:
        return [name for name in tables(admin) if name not in REFERENCE]


@pytest.fixture(scope="module")
def tenants(database: Urls, names: list[str]) -> tuple[UUID, UUID]:
    """Two tenants with one row in every table."""
    ours, theirs = uuid4(), uuid4()
    assert database.admin is not None
    with psycopg.connect(database.admin) as admin:
        for name in names:
            for tenant in (ours, theirs):
                admin.execute(insert(admin, name, tenant).encode())
    return ours, theirs


@pytest.fixture
def app(database: Urls, tenants: tuple[UUID, UUID]) -> Iterator[Connection]:
    with psycopg.connect(database.app, autocommit=True) as connection:
        yield connection


def test_every_table_of_a_tenant_has_row_level_security_forced(
    app: Connection, names: list[str]
) -> None:
    assert len(names) >= 14
    assert {name for name, on in tables(app).items() if on != (True, True)} == REFERENCE


def test_every_key_begins_with_the_tenant(app: Connection, names: list[str]) -> None:
    firsts = {key: first for name in names for key, first in app.execute(KEYS, [name])}

    assert len(firsts) >= len(names)
    assert {key: first for key, first in firsts.items() if first != "tenant_id"} == {}


def test_without_a_tenant_no_row_is_seen_before_and_after_one(
    app: Connection, names: list[str], tenants: tuple[UUID, UUID]
) -> None:
    assert counts(app, names) == all_tables(0, names)
    for tenant in tenants:
        with app.transaction():
            act_for(app, tenant)
            assert counts(app, names) == all_tables(1, names), "control: there is a row to be seen"
        assert counts(app, names) == all_tables(0, names)


def test_the_administrator_sees_the_rows_of_both(database: Urls, names: list[str]) -> None:
    assert database.admin is not None
    with psycopg.connect(database.admin) as admin:
        assert counts(admin, names) == all_tables(2, names)
        admin.execute("SET ROLE grantledger_owner")
        assert counts(admin, names) == all_tables(2, names), "a dump as the owner is whole"


def test_with_a_tenant_no_row_of_another_is_seen_or_changed(
    app: Connection, names: list[str], tenants: tuple[UUID, UUID]
) -> None:
    ours, theirs = tenants
    for name in names:
        with app.transaction(force_rollback=True):
            act_for(app, ours)
            query = f"SELECT count(*) FILTER (WHERE tenant_id = %s), count(*) FROM {name}"
            assert app.execute(query.encode(), [theirs]).fetchone() == (0, 1)
    with app.transaction(force_rollback=True):
        act_for(app, ours)
        change = "UPDATE ledger.tenant SET next_position = 9 WHERE tenant_id = %s"
        assert app.execute(change, [theirs]).rowcount == 0
        assert app.execute(change, [ours]).rowcount == 1, "control"


def test_a_row_for_another_tenant_is_refused_in_every_table(
    app: Connection, names: list[str], tenants: tuple[UUID, UUID]
) -> None:
    ours, theirs = tenants
    may_insert = "SELECT has_table_privilege(%s, 'INSERT')"
    for name in names:
        with pytest.raises(errors.InsufficientPrivilege):
            run_as(app, ours, insert(app, name, theirs))
        if app.execute(may_insert, [name]).fetchone() == (True,):  # control: one of our own
            with contextlib.suppress(errors.UniqueViolation):
                run_as(app, ours, insert(app, name, ours))


@pytest.mark.parametrize("statement", REFUSED)
def test_the_app_may_not(app: Connection, tenants: tuple[UUID, UUID], statement: str) -> None:
    with pytest.raises((errors.InsufficientPrivilege, errors.FeatureNotSupported)):
        run_as(app, tenants[0], statement)


def test_the_projector_reads_the_log_and_may_not_write_it(
    database: Urls, tenants: tuple[UUID, UUID]
) -> None:
    with psycopg.connect(database.projector, autocommit=True) as projector:
        assert counts(projector, ["ledger.event"]) == {"ledger.event": 0}
        for statement in (
            "INSERT INTO ledger.event SELECT * FROM ledger.event",
            "UPDATE ledger.tenant SET next_position = 1",
            "DELETE FROM ledger.event",
            "SELECT * FROM vault.sealed",
            "SELECT * FROM identity.api_token",
            "SET ROLE grantledger_owner",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                run_as(projector, tenants[0], statement)


def test_work_is_found_over_all_tenants_whatever_the_search_path(
    database: Urls, tenants: tuple[UUID, UUID]
) -> None:
    ledger_of = "SELECT tenant_id, done, last FROM ledger.tenants_with_work('spend', 1)"
    assert database.admin is not None
    with psycopg.connect(database.admin, autocommit=True) as admin:
        admin.execute("UPDATE ledger.tenant SET next_position = 5")
        admin.execute(
            "INSERT INTO views.tracking (tenant_id, projection, generation, position)"
            " VALUES (%s, 'spend', 1, 3)",
            [tenants[1]],
        )
    with psycopg.connect(database.projector, autocommit=True) as projector:
        found = projector.execute(ledger_of).fetchall()
        assert set(found) == {(tenants[0], 0, 4), (tenants[1], 3, 4)}
        projector.execute("CREATE TEMP TABLE tenant (tenant_id uuid, next_position bigint)")
        projector.execute("SET search_path = pg_temp, ledger, public")
        assert projector.execute(ledger_of).fetchall() == found
        projector.execute("UPDATE views.tracking SET state = 'stopped'")
        assert len(projector.execute(ledger_of).fetchall()) == 1, "a stopped one has no work"
    with psycopg.connect(database.admin, autocommit=True) as admin:
        admin.execute("DELETE FROM views.tracking WHERE projection = 'spend'")


def test_the_ids_of_all_tenants_are_all_that_is_told_without_one(
    app: Connection, tenants: tuple[UUID, UUID]
) -> None:
    rows = app.execute("SELECT * FROM ledger.only_tenant()").fetchall()

    assert sorted(rows) == sorted((tenant,) for tenant in tenants)


def test_an_error_under_row_level_security_tells_no_values(ledger: Ledger) -> None:
    ledger.append([(by(), [noted(uuid4(), 1, "a secret word")])])
    again = "INSERT INTO ledger.event SELECT * FROM ledger.event"

    with (
        ledger.pool.connection() as connection,
        pytest.raises(errors.UniqueViolation) as refused,
    ):
        run_as(connection, ledger.tenant, again)
    assert refused.value.diag.message_detail is None


def test_control_without_its_policies_the_rows_of_a_table_are_seen(
    server_url: tuple[str, dict[str, str]],
) -> None:
    with migrated_database(*server_url) as scratch:
        assert scratch.admin is not None
        with psycopg.connect(scratch.admin, autocommit=True) as admin:
            admin.execute("INSERT INTO ledger.tenant (tenant_id) VALUES (gen_random_uuid())")
        with psycopg.connect(scratch.app, autocommit=True) as app:
            assert counts(app, ["ledger.tenant"]) == {"ledger.tenant": 0}
            with psycopg.connect(scratch.admin, autocommit=True) as admin:
                admin.execute("DROP POLICY of_tenant ON ledger.tenant")
                admin.execute(sql.SQL("ALTER TABLE ledger.tenant DISABLE ROW LEVEL SECURITY"))
            assert counts(app, ["ledger.tenant"]) == {"ledger.tenant": 1}
