"""Who may do what and until when; passwords, second factors, programs, and keys that sign tokens.

Memberships, tokens and programs are never deleted: an auditor years later sees who was allowed
what. The installation and its signing keys belong to no tenant.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE identity.membership
    DROP CONSTRAINT membership_pkey,
    ADD COLUMN membership_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN project_id uuid,  -- NULL: the whole organisation
    ADD COLUMN granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN granted_by text,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN revoked_at timestamptz,
    ADD COLUMN revoked_by text,
    ADD PRIMARY KEY (tenant_id, membership_id),
    ADD CONSTRAINT auditor_until CHECK (role <> 'auditor' OR expires_at IS NOT NULL) NOT VALID;
CREATE UNIQUE INDEX membership_held
    ON identity.membership (tenant_id, user_id, role, project_id) NULLS NOT DISTINCT
    WHERE revoked_at IS NULL;
GRANT UPDATE (revoked_at, revoked_by) ON identity.membership TO grantledger_app;

ALTER TABLE identity.api_token
    ADD COLUMN prefix text,  -- the first characters of the secret, to tell tokens apart
    ADD COLUMN scopes text[],  -- NULL: all that the user may do
    ADD COLUMN created_by text;

CREATE TABLE identity.password (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    login_hmac bytea NOT NULL,
    hash text NOT NULL,  -- argon2id with its parameters and salt
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT password_login UNIQUE (tenant_id, login_hmac)
);
CREATE TABLE identity.totp (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    secret bytea NOT NULL,  -- encrypted under the tenant's key
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0,  -- a step is good once
    PRIMARY KEY (tenant_id, user_id)
);
CREATE TABLE identity.recovery_code (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    code_sha256 bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant_id, user_id, code_sha256)
);
CREATE TABLE identity.sign_in_limit (
    tenant_id uuid NOT NULL,
    subject_hmac bytea NOT NULL,  -- of a login, an address or a program
    failures int NOT NULL,
    blocked_until timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, subject_hmac)
);
CREATE TABLE identity.client (
    tenant_id uuid NOT NULL,
    client_id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    secret_sha256 bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by text,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, client_id)
);
CREATE TABLE identity.request (  -- what was asked under an Idempotency-Key
    tenant_id uuid NOT NULL,
    command_id uuid NOT NULL,
    request_hash bytea NOT NULL,
    done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, command_id)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY
        ARRAY['password', 'totp', 'recovery_code', 'sign_in_limit', 'client', 'request']
    LOOP
        EXECUTE format('ALTER TABLE identity.%I ENABLE ROW LEVEL SECURITY,
                        FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_tenant ON identity.%I TO grantledger_app
                        USING (tenant_id = ledger.current_tenant())
                        WITH CHECK (tenant_id = ledger.current_tenant())', name);
        EXECUTE format('CREATE POLICY of_owner ON identity.%I
                        TO grantledger_owner USING (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON identity.%I TO grantledger_app', name);
    END LOOP;
END $$;
GRANT UPDATE (login_hmac, hash, set_at) ON identity.password TO grantledger_app;
GRANT UPDATE (confirmed_at, last_step), DELETE ON identity.totp TO grantledger_app;
GRANT UPDATE (used_at), DELETE ON identity.recovery_code TO grantledger_app;
GRANT UPDATE (failures, blocked_until, last_at), DELETE
    ON identity.sign_in_limit TO grantledger_app;
GRANT UPDATE (last_used_at, revoked_at) ON identity.client TO grantledger_app;

CREATE TABLE identity.installation (
    installation_id uuid PRIMARY KEY,
    single boolean NOT NULL DEFAULT true UNIQUE CHECK (single)
);
CREATE TABLE identity.signing_key (
    key_id uuid PRIMARY KEY,
    sealed bytea NOT NULL,  -- the private key, encrypted under the root key
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retired_at timestamptz
);
GRANT SELECT, INSERT ON identity.installation TO grantledger_app;
GRANT SELECT, INSERT, UPDATE (retired_at) ON identity.signing_key TO grantledger_app;
"""

DOWN = """
DROP TABLE identity.password, identity.totp, identity.recovery_code, identity.sign_in_limit,
    identity.client, identity.request, identity.installation, identity.signing_key;
ALTER TABLE identity.api_token DROP COLUMN prefix, DROP COLUMN scopes, DROP COLUMN created_by;
DROP INDEX identity.membership_held;
REVOKE UPDATE (revoked_at, revoked_by) ON identity.membership FROM grantledger_app;
ALTER TABLE identity.membership
    DROP CONSTRAINT membership_pkey, DROP CONSTRAINT auditor_until,
    DROP COLUMN membership_id, DROP COLUMN project_id, DROP COLUMN granted_at,
    DROP COLUMN granted_by, DROP COLUMN expires_at, DROP COLUMN revoked_at,
    DROP COLUMN revoked_by,
    ADD PRIMARY KEY (tenant_id, user_id, role);
"""


def upgrade() -> None:
    """Makes it."""
    run(UP)


def downgrade() -> None:
    """Passwords and programs are gone; refused where a user has one role in several projects."""
    run(DOWN)


def run(statements: str) -> None:
    """Straight to the driver, which then looks for no parameter in the text."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
