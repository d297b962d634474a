"""Long work that was asked for and goes on by itself: its state, and the files of it, sealed.

What an import has recorded of a project was called an operation; it is an import run from now on.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE ledger.operation RENAME TO import_run;
ALTER TABLE ledger.import_run RENAME COLUMN operation_id TO run_id;
ALTER TABLE ledger.imported_row RENAME COLUMN operation_id TO run_id;
ALTER TABLE ledger.import_run RENAME CONSTRAINT operation_pkey TO import_run_pkey;
ALTER TABLE ledger.import_run RENAME CONSTRAINT operation_state_check TO import_run_state_check;
ALTER INDEX ledger.operation_project RENAME TO import_run_project;

CREATE TABLE ledger.operation (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    kind text NOT NULL,
    project_id uuid,
    parameters jsonb NOT NULL,  -- what was ordered; no persons
    actor text NOT NULL,
    scopes text[],  -- of the token that it was asked for with; NULL: all
    request_id text NOT NULL,
    state text NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
    done bigint NOT NULL DEFAULT 0,
    total bigint,
    attempts int NOT NULL DEFAULT 0,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    cancel_requested_at timestamptz,
    result jsonb,
    problem jsonb,
    tidy_at timestamptz,  -- its output is deleted then, next time the row
    PRIMARY KEY (tenant_id, operation_id)
);
CREATE INDEX operation_listed ON ledger.operation (tenant_id, requested_at, operation_id);
CREATE INDEX operation_started ON ledger.operation (tenant_id, started_at);
CREATE INDEX operation_waiting ON ledger.operation (tenant_id, requested_at)
    WHERE state IN ('pending', 'running');
CREATE INDEX operation_tidied ON ledger.operation (tidy_at) WHERE tidy_at IS NOT NULL;
CREATE TABLE ledger.operation_file (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    role text NOT NULL,  -- input or output
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    persons int,  -- whose data it holds, as many were read for it; NULL: nobody's
    PRIMARY KEY (tenant_id, operation_id, role, name)
);
-- Tables of their own, because a backup holds what waits to be done and not what was made.
CREATE TABLE ledger.operation_input (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    name text NOT NULL,
    number int NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant_id, operation_id, name, number)
);
CREATE TABLE ledger.operation_output (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    name text NOT NULL,
    number int NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant_id, operation_id, name, number)
);
-- Sealed bytes do not get smaller.
ALTER TABLE ledger.operation_input ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE ledger.operation_output ALTER COLUMN sealed SET STORAGE EXTERNAL;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY
        ARRAY['operation', 'operation_file', 'operation_input', 'operation_output']
    LOOP
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
GRANT UPDATE (state, done, total, attempts, started_at, updated_at, ended_at, cancel_requested_at,
    result, problem, tidy_at) ON ledger.operation TO grantledger_app;

-- Sees all tenants, for who does the work; it tells ids, nothing else. Who was served least
-- recently comes first.
CREATE FUNCTION ledger.operations_with_work() RETURNS TABLE (tenant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT w.tenant_id FROM (
            SELECT o.tenant_id FROM ledger.operation AS o
                WHERE o.state IN ('pending', 'running')
            UNION
            SELECT o.tenant_id FROM ledger.operation AS o
                WHERE o.tidy_at <= statement_timestamp()
        ) AS w
        ORDER BY (SELECT max(s.started_at) FROM ledger.operation AS s
            WHERE s.tenant_id = w.tenant_id) NULLS FIRST, w.tenant_id LIMIT 1000 $$;
REVOKE ALL ON FUNCTION ledger.operations_with_work FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.operations_with_work TO grantledger_app;
"""

DOWN = """
DROP FUNCTION ledger.operations_with_work();
DROP TABLE ledger.operation_output, ledger.operation_input, ledger.operation_file, ledger.operation;
ALTER INDEX ledger.import_run_project RENAME TO operation_project;
ALTER TABLE ledger.import_run RENAME CONSTRAINT import_run_state_check TO operation_state_check;
ALTER TABLE ledger.import_run RENAME CONSTRAINT import_run_pkey TO operation_pkey;
ALTER TABLE ledger.imported_row RENAME COLUMN run_id TO operation_id;
ALTER TABLE ledger.import_run RENAME COLUMN run_id TO operation_id;
ALTER TABLE ledger.import_run RENAME TO operation;
"""


def upgrade() -> None:
    """Makes it."""
    run(UP)


def downgrade() -> None:
    """What waits is not done and what was made is gone; how far imports came stays."""
    run(DOWN)


def run(statements: str) -> None:
    """Straight to the driver, which then looks for no parameter in the text."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
