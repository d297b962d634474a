"""Users, their roles, and how they prove who they are. A user's name is a sealed person's."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UP = """
RESET ROLE;
CREATE SCHEMA identity AUTHORIZATION grantledger_owner;
SET LOCAL ROLE grantledger_owner;
GRANT USAGE ON SCHEMA identity TO grantledger_app;

CREATE TABLE identity.app_user (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    person_id uuid NOT NULL,
    sealed_sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at timestamptz,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE TABLE identity.membership (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    PRIMARY KEY (tenant_id, user_id, role)
);
CREATE TABLE identity.os_login (
    tenant_id uuid NOT NULL,
    login_hmac bytea NOT NULL,
    user_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, login_hmac)
);
CREATE TABLE identity.api_token (
    tenant_id uuid NOT NULL,
    token_id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    token_sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, token_id),
    CONSTRAINT api_token_sha256 UNIQUE (tenant_id, token_sha256)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['app_user', 'membership', 'os_login', 'api_token'] LOOP
        EXECUTE format('ALTER TABLE identity.%I ENABLE ROW LEVEL SECURITY,
                        FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_tenant ON identity.%I
                        TO grantledger_app, grantledger_projector
                        USING (tenant_id = ledger.current_tenant())
                        WITH CHECK (tenant_id = ledger.current_tenant())', name);
        EXECUTE format('CREATE POLICY of_owner ON identity.%I
                        TO grantledger_owner USING (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON identity.%I TO grantledger_app', name);
    END LOOP;
END $$;
GRANT UPDATE (sealed_sha256, disabled_at) ON identity.app_user TO grantledger_app;
GRANT UPDATE (last_used_at, revoked_at) ON identity.api_token TO grantledger_app;
"""

DOWN = """
DROP TABLE identity.app_user, identity.membership, identity.os_login, identity.api_token;
DROP SCHEMA identity;
"""


def upgrade() -> None:
    """Makes it."""
    run(UP)


def downgrade() -> None:
    """Without users only: who runs it refuses to lose a row."""
    run(DOWN)


def run(statements: str) -> None:
    """Straight to the driver, which then looks for no parameter in the text."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
