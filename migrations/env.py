"""Runs the migrations in one transaction as the owner of the log, and loses nothing in it.

Roles belong to the whole cluster and a schema to the database, so both are made here if they are
missing, by whoever migrates; every table is then made by the role that shall own it.
"""

from typing import Any

from alembic import context
from psycopg import Connection

VERSIONS = "ledger"  # the schema of alembic_version
LOCK = 0x6C6564676572  # "ledger": two processes that start at once migrate one after the other

# What cannot be rebuilt: a migration may move it, never make it fewer.
KEPT = (
    "ledger.event",
    "ledger.tenant",
    "vault.tenant_key",
    "vault.person_key",
    "vault.sealed",
    "identity.app_user",
)

PREPARE = """
DO $$
DECLARE
    role record;
BEGIN
    FOR role IN SELECT * FROM (VALUES
        ('grantledger_owner', 'NOLOGIN'), ('grantledger_app', 'LOGIN'),
        ('grantledger_projector', 'LOGIN')) AS r (name, login)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role.name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I %s', role.name, role.login);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- a migration of another database of this cluster was first
            END;
        END IF;
        -- An administrator that is no superuser must be a member to make things in their name.
        IF role.name <> 'grantledger_app' AND NOT pg_has_role(role.name, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', role.name);
        END IF;
    END LOOP;
END $$;
CREATE SCHEMA IF NOT EXISTS ledger AUTHORIZATION grantledger_owner;
GRANT USAGE ON SCHEMA ledger TO grantledger_app, grantledger_projector;
SET LOCAL ROLE grantledger_owner;
"""


class WouldLoseData(Exception):
    """A migration up or down that leaves fewer rows of what cannot be rebuilt; nothing was done."""


def counted(connection: Connection[Any]) -> dict[str, int]:
    """The rows of each kept table that exists."""
    counts: dict[str, int] = {}
    for table in KEPT:
        found = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone()
        if found and found[0]:
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            assert row is not None
            counts[table] = row[0]
    return counts


def run() -> None:
    """Everything or nothing; the connection is given by `service.store.migrate`."""
    bind = context.config.attributes["connection"]
    with bind.begin():
        connection: Connection[Any] = bind.connection.driver_connection
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        connection.execute(PREPARE)
        before = counted(connection)
        context.configure(connection=bind, version_table_schema=VERSIONS)
        context.run_migrations()
        after = counted(connection)
        for table, rows in before.items():
            if after.get(table, 0) < rows:
                raise WouldLoseData(
                    f"{table} would keep {after.get(table, 0)} of {rows} rows; nothing was done"
                )


run()
