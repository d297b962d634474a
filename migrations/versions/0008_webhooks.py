"""Where events are sent to, what was not taken there, and what the attempts were answered.

An endpoint follows the log from its own position. A delivery is a row only while it waits for
another attempt, or is dead; the attempts of an endpoint are a ring of as many rows as are kept.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE ledger.webhook_endpoint (
    tenant_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    project_id uuid,  -- NULL: the events of all projects
    types text[],  -- NULL: events of all types
    secret bytea NOT NULL,  -- encrypted under the tenant's key
    old_secret bytea,  -- signs too, until then
    old_secret_until timestamptz,
    position bigint NOT NULL,  -- up to here events were taken, or are deliveries that wait
    held_until timestamptz,  -- nothing is sent before
    disabled_at timestamptz,
    disabled_reason text,
    attempts bigint NOT NULL DEFAULT 0,
    attempted_at timestamptz,
    taken_at timestamptz,  -- the last time that an event was taken
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by text NOT NULL,
    PRIMARY KEY (tenant_id, endpoint_id)
);
CREATE TABLE ledger.webhook_delivery (
    tenant_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    outcome text,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    dead_at timestamptz,
    PRIMARY KEY (tenant_id, endpoint_id, position)
);
CREATE TABLE ledger.webhook_attempt (
    tenant_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    slot int NOT NULL,  -- number modulo the rows that are kept
    number bigint NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    attempt int NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text NOT NULL,
    status int,
    duration_ms int NOT NULL,
    PRIMARY KEY (tenant_id, endpoint_id, slot)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['webhook_endpoint', 'webhook_delivery', 'webhook_attempt'] LOOP
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY,
                        FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_tenant ON ledger.%I TO grantledger_app
                        USING (tenant_id = ledger.current_tenant())
                        WITH CHECK (tenant_id = ledger.current_tenant())', name);
        EXECUTE format('CREATE POLICY of_owner ON ledger.%I
                        TO grantledger_owner USING (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON ledger.%I TO grantledger_app', name);
    END LOOP;
END $$;
GRANT UPDATE (url, description, project_id, types, secret, old_secret, old_secret_until, position,
    held_until, disabled_at, disabled_reason, attempts, attempted_at, taken_at)
    ON ledger.webhook_endpoint TO grantledger_app;
GRANT UPDATE (attempts, outcome, since, due_at, dead_at) ON ledger.webhook_delivery
    TO grantledger_app;
GRANT UPDATE (number, position, event_id, type, attempt, at, outcome, status, duration_ms)
    ON ledger.webhook_attempt TO grantledger_app;

-- Sees all tenants, for who sends; it tells ids, nothing else. Who waited longest comes first.
CREATE FUNCTION ledger.webhooks_with_work() RETURNS TABLE (tenant_id uuid, endpoint_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT w.tenant_id, w.endpoint_id
        FROM ledger.webhook_endpoint AS w
        JOIN ledger.tenant AS t ON t.tenant_id = w.tenant_id
        WHERE w.disabled_at IS NULL
            AND (w.held_until IS NULL OR w.held_until <= clock_timestamp())
            AND (t.next_position - 1 > w.position OR EXISTS (
                SELECT FROM ledger.webhook_delivery AS d
                WHERE d.tenant_id = w.tenant_id AND d.endpoint_id = w.endpoint_id
                    AND d.dead_at IS NULL AND d.due_at <= clock_timestamp()))
        ORDER BY w.attempted_at NULLS FIRST, w.endpoint_id LIMIT 1000 $$;
REVOKE ALL ON FUNCTION ledger.webhooks_with_work FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.webhooks_with_work TO grantledger_app;
"""

DOWN = """
DROP FUNCTION ledger.webhooks_with_work();
DROP TABLE ledger.webhook_attempt, ledger.webhook_delivery, ledger.webhook_endpoint;
"""


def upgrade() -> None:
    """Makes it."""
    run(UP)


def downgrade() -> None:
    """Nothing is sent any more, and who was to get it is forgotten; the events stay."""
    run(DOWN)


def run(statements: str) -> None:
    """Straight to the driver, which then looks for no parameter in the text."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
