"""Runs the migrations in the transaction that `service.store.migrate` has begun.

Roles belong to the whole cluster and a schema to the database, so both are made here if they are
missing, by whoever migrates; every table is then made by the role that shall own it.
"""

from alembic import context

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
        IF role.name <> 'grantledger_app' AND NOT pg_has_role(role.name, 'USAGE') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', role.name);
        END IF;
    END LOOP;
END $$;
CREATE SCHEMA IF NOT EXISTS ledger AUTHORIZATION grantledger_owner;
GRANT USAGE ON SCHEMA ledger TO grantledger_app, grantledger_projector;
SET LOCAL ROLE grantledger_owner;
"""


def run() -> None:
    """alembic's own table lies in the schema of the log."""
    connection = context.config.attributes["connection"]
    connection.connection.driver_connection.execute(PREPARE)
    context.configure(connection=connection, version_table_schema="ledger")
    context.run_migrations()


run()
