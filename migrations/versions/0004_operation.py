"""Long work (imports) and the rows that it has recorded: what lets it continue."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE ledger.operation (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    kind text NOT NULL,
    project_id uuid,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'complete', 'failed')),
    actor text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    files jsonb NOT NULL DEFAULT '{}',  -- name: SHA-256 in hex
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    detail jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, operation_id)
);
CREATE INDEX operation_project ON ledger.operation (tenant_id, project_id);
CREATE TABLE ledger.imported_row (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    table_name text NOT NULL,
    row_id text NOT NULL,  -- the row's own id in its table, such as FP00001
    row_hmac bytea NOT NULL,  -- of its normalised cells: whether it changed
    stream_id uuid NOT NULL,
    version bigint NOT NULL,
    operation_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, project_id, table_name, row_id)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['operation', 'imported_row'] LOOP
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY,
                        FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_tenant ON ledger.%I
                        TO grantledger_app, grantledger_projector
                        USING (tenant_id = ledger.current_tenant())
                        WITH CHECK (tenant_id = ledger.current_tenant())', name);
        EXECUTE format('CREATE POLICY of_owner ON ledger.%I
                        TO grantledger_owner USING (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON ledger.%I TO grantledger_app', name);
    END LOOP;
END $$;
GRANT UPDATE (project_id, state, updated_at, done, total, detail)
    ON ledger.operation TO grantledger_app;
"""

DOWN = "DROP TABLE ledger.imported_row, ledger.operation;"


def upgrade() -> None:
    """Makes it."""
    run(UP)


def downgrade() -> None:
    """The facts that an import recorded stay; how far it came is forgotten."""
    run(DOWN)


def run(statements: str) -> None:
    """Straight to the driver, which then looks for no parameter in the text."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
