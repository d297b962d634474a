"""Up from nothing, down to nothing, and up again to the very same schema."""

import psycopg
import pytest

from service.store.migrate import downgrade, migrate
from tests.database import empty_database

# Everything of ours in the catalogue: tables with their columns, keys, policies, grants, functions.
SCHEMA = """
SELECT 'column', c.oid::regclass::text, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || coalesce(' ' || pg_get_expr(d.adbin, d.adrelid), '') || a.attnotnull
    || coalesce(a.attacl::text, '')
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace IN (SELECT oid FROM ours) AND c.relkind = 'r' AND NOT a.attisdropped
UNION ALL SELECT 'table', oid::regclass::text, concat_ws(' ', relkind, relrowsecurity,
    relforcerowsecurity, relacl::text, reloptions::text, pg_get_userbyid(relowner))
FROM pg_class WHERE relnamespace IN (SELECT oid FROM ours) AND relkind IN ('r', 'v', 'i')
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace IN (SELECT oid FROM ours) AND contype <> 'n'
UNION ALL SELECT 'policy', polrelid::regclass::text, concat_ws(' ', polname, polroles::regrole[],
    polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
FROM pg_policy
UNION ALL SELECT 'function', oid::regprocedure::text, concat_ws(' ', prosecdef, proconfig::text,
    proacl::text, prosrc, pg_get_userbyid(proowner))
FROM pg_proc WHERE pronamespace IN (SELECT oid FROM ours)
UNION ALL SELECT 'schema', nspname, concat_ws(' ', nspacl::text, pg_get_userbyid(nspowner))
FROM pg_namespace WHERE oid IN (SELECT oid FROM ours)
ORDER BY 1, 2, 3"""
OURS = """WITH ours AS (SELECT oid FROM pg_namespace
    WHERE nspname IN ('ledger', 'vault', 'identity', 'views'))"""


def schema(admin: str) -> list[tuple[str, str, str]]:
    with psycopg.connect(admin) as connection:
        return connection.execute((OURS + SCHEMA).encode()).fetchall()


def test_down_and_up_again_gives_the_same_schema(server_url: tuple[str, dict[str, str]]) -> None:
    with empty_database(server_url[0]) as admin:
        assert schema(admin) == []
        migrate(admin)
        first = schema(admin)
        assert len({name for kind, name, _ in first if kind == "table"}) > 20

        downgrade(admin)
        left = {(kind, name) for kind, name, _ in schema(admin)}
        assert left - {("schema", "ledger")} == {
            (kind, name) for kind, name in left if "alembic_version" in name
        }

        migrate(admin)
        assert schema(admin) == first


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
def test_each_step_down_can_be_taken_up_again(
    server_url: tuple[str, dict[str, str]], revision: str
) -> None:
    with empty_database(server_url[0]) as admin:
        migrate(admin)
        first = schema(admin)

        downgrade(admin, revision)
        assert schema(admin) != first
        migrate(admin)
        assert schema(admin) == first
