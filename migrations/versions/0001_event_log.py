"""The event log, its tenants, and the bookkeeping of the views beside it.

Every key starts with `tenant_id`: row-level security, partitions and moving one tenant to another
server stay possible. FORCE binds the owner too, hence its own policy; without it a dump made as
the owner would hold no row and say nothing.

The words of the leaf (`type`, `actor`) are checked by the append's code: as CHECKs they cost a
tenth to a quarter of an append.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UP = """
RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;  -- databases upgraded from before PostgreSQL 15
CREATE SCHEMA views AUTHORIZATION grantledger_projector;
SET LOCAL ROLE grantledger_owner;

GRANT SELECT ON ledger.alembic_version TO grantledger_app, grantledger_projector;

-- The tenant of this transaction; '' is what a setting is after a transaction that had set it.
CREATE FUNCTION ledger.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.tenant', true), '')::uuid;

CREATE TABLE ledger.tenant (
    tenant_id uuid PRIMARY KEY,
    next_position bigint NOT NULL DEFAULT 1,
    last_recorded_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);  -- its one row is rewritten at every append: room keeps it HOT

CREATE TABLE ledger.event (
    tenant_id uuid NOT NULL,  -- no foreign key: the append has just locked the tenant's row
    position bigint NOT NULL,
    stream_id uuid NOT NULL,
    version bigint NOT NULL,
    type text NOT NULL,
    data bytea NOT NULL,
    event_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    command_id uuid NOT NULL,
    command_index int NOT NULL,
    request_hash bytea NOT NULL,
    causation uuid,
    leaf_hash bytea NOT NULL,
    CONSTRAINT event_position PRIMARY KEY (tenant_id, position),
    CONSTRAINT event_stream_version UNIQUE (tenant_id, stream_id, version),
    CONSTRAINT event_command UNIQUE (tenant_id, command_id, command_index)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tenant', 'event'] LOOP
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY,
                        FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_tenant ON ledger.%I
                        TO grantledger_app, grantledger_projector
                        USING (tenant_id = ledger.current_tenant())
                        WITH CHECK (tenant_id = ledger.current_tenant())', name);
        EXECUTE format('CREATE POLICY of_owner ON ledger.%I
                        TO grantledger_owner USING (true)', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT (tenant_id), UPDATE (next_position, last_recorded_at)
    ON ledger.tenant TO grantledger_app;
GRANT SELECT, INSERT ON ledger.event TO grantledger_app;
GRANT SELECT ON ledger.tenant, ledger.event TO grantledger_projector;

RESET ROLE;
SET LOCAL ROLE grantledger_projector;
-- Beside the tables it describes: a dump without `views` must not claim that views are up to date.
CREATE TABLE views.generation (
    projection text PRIMARY KEY,
    live int NOT NULL,
    version int NOT NULL
);
CREATE TABLE views.tracking (
    tenant_id uuid NOT NULL,
    projection text NOT NULL,
    generation int NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'running',
    error text,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, projection, generation)
);
ALTER TABLE views.tracking ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON views.tracking TO grantledger_app
    USING (tenant_id = ledger.current_tenant());
CREATE POLICY of_runner ON views.tracking TO grantledger_projector USING (true);
CREATE POLICY of_owner ON views.tracking FOR SELECT TO grantledger_owner USING (true);
GRANT USAGE ON SCHEMA views TO grantledger_app, grantledger_owner;
GRANT SELECT ON views.tracking TO grantledger_app, grantledger_owner;
GRANT SELECT ON views.generation TO grantledger_app, grantledger_owner;

RESET ROLE;
SET LOCAL ROLE grantledger_owner;
-- Sees all tenants, for the runner; it tells ids and positions, nothing else.
CREATE FUNCTION ledger.tenants_with_work(wanted_projection text, wanted_generation int)
    RETURNS TABLE (tenant_id uuid, done bigint, last bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT t.tenant_id, coalesce(k.position, 0), t.next_position - 1
        FROM ledger.tenant AS t
        LEFT JOIN views.tracking AS k ON k.tenant_id = t.tenant_id
            AND k.projection = wanted_projection AND k.generation = wanted_generation
        WHERE t.next_position - 1 > coalesce(k.position, 0)
            AND coalesce(k.state, 'running') = 'running'
        ORDER BY t.tenant_id LIMIT 1000 $$;
REVOKE ALL ON FUNCTION ledger.tenants_with_work FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.tenants_with_work TO grantledger_projector;

-- Sees all tenants, to choose the only one where none was named; it tells ids, nothing else.
CREATE FUNCTION ledger.only_tenant() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT t.tenant_id FROM ledger.tenant AS t ORDER BY t.tenant_id LIMIT 10000 $$;
REVOKE ALL ON FUNCTION ledger.only_tenant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.only_tenant TO grantledger_app;
"""

# The schema `ledger` and the roles stay: they hold alembic_version, and other databases use them.
DOWN = """
DROP FUNCTION ledger.only_tenant();
DROP FUNCTION ledger.tenants_with_work(text, int);
RESET ROLE;
SET LOCAL ROLE grantledger_projector;
DROP SCHEMA views CASCADE;
RESET ROLE;
SET LOCAL ROLE grantledger_owner;
DROP TABLE ledger.event, ledger.tenant;
DROP FUNCTION ledger.current_tenant();
"""


def upgrade() -> None:
    """Makes it."""
    run(UP)


def downgrade() -> None:
    """Of an empty log only: who runs it refuses to lose a row."""
    run(DOWN)


def run(statements: str) -> None:
    """Straight to the driver, which then looks for no parameter in the text."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
