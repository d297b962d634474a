"""Sessions of the pages: opaque and random, kept as SHA-256, gone when they end."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE identity.session (
    tenant_id uuid NOT NULL,
    session_id uuid NOT NULL,
    user_id uuid NOT NULL,
    token_id uuid,  -- the API token that it was begun with, if one
    session_sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, session_id),
    CONSTRAINT session_sha256 UNIQUE (tenant_id, session_sha256)
);
ALTER TABLE identity.session ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON identity.session
    TO grantledger_app, grantledger_projector
    USING (tenant_id = ledger.current_tenant())
    WITH CHECK (tenant_id = ledger.current_tenant());
CREATE POLICY of_owner ON identity.session TO grantledger_owner USING (true);
GRANT SELECT, INSERT, DELETE, UPDATE (last_used_at) ON identity.session TO grantledger_app;
"""

DOWN = "DROP TABLE identity.session;"


def upgrade() -> None:
    """Makes it."""
    run(UP)


def downgrade() -> None:
    """Whoever is signed in signs in again."""
    run(DOWN)


def run(statements: str) -> None:
    """Straight to the driver, which then looks for no parameter in the text."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
