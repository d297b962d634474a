"""The vault: sealed natural persons, their keys, who is who, and who read what.

The app may add to it and read it. It may not change a sealed row, a key or the log of reads;
only who a name stands for is rewritten, when a name is corrected.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UP = """
RESET ROLE;
CREATE SCHEMA vault AUTHORIZATION grantledger_owner;
SET LOCAL ROLE grantledger_owner;
GRANT USAGE ON SCHEMA vault TO grantledger_app;

CREATE TABLE vault.tenant_key (
    tenant_id uuid PRIMARY KEY,
    wrapped bytea NOT NULL  -- by the root key
);
CREATE TABLE vault.person_key (
    tenant_id uuid NOT NULL,
    person_id uuid NOT NULL,
    wrapped bytea NOT NULL,  -- by the tenant's key
    PRIMARY KEY (tenant_id, person_id)
);
CREATE TABLE vault.sealed (
    tenant_id uuid NOT NULL,
    sha256 bytea NOT NULL,  -- of the ciphertext: what an event holds
    person_id uuid NOT NULL,
    ciphertext bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, sha256)
);
CREATE INDEX sealed_person ON vault.sealed (tenant_id, person_id);
CREATE TABLE vault.person_identity (
    tenant_id uuid NOT NULL,
    scope text NOT NULL,
    hmac bytea NOT NULL,
    person_id uuid NOT NULL,
    sealed_sha256 bytea NOT NULL,
    label text,  -- a participant's code such as P00001, never a name
    PRIMARY KEY (tenant_id, scope, hmac)
);
CREATE INDEX person_identity_person ON vault.person_identity (tenant_id, person_id);
CREATE TABLE vault.read_log (
    tenant_id uuid NOT NULL,
    read_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    purpose text NOT NULL,
    persons int NOT NULL,
    PRIMARY KEY (tenant_id, read_id)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY
        ARRAY['tenant_key', 'person_key', 'sealed', 'person_identity', 'read_log']
    LOOP
        EXECUTE format('ALTER TABLE vault.%I ENABLE ROW LEVEL SECURITY,
                        FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_tenant ON vault.%I
                        TO grantledger_app, grantledger_projector
                        USING (tenant_id = ledger.current_tenant())
                        WITH CHECK (tenant_id = ledger.current_tenant())', name);
        EXECUTE format('CREATE POLICY of_owner ON vault.%I
                        TO grantledger_owner USING (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON vault.%I TO grantledger_app', name);
    END LOOP;
END $$;
GRANT UPDATE (hmac, sealed_sha256, label) ON vault.person_identity TO grantledger_app;
"""

DOWN = """
DROP TABLE vault.tenant_key, vault.person_key, vault.sealed, vault.person_identity, vault.read_log;
DROP SCHEMA vault;
"""


def upgrade() -> None:
    """Makes it."""
    run(UP)


def downgrade() -> None:
    """Of an empty vault only: who runs it refuses to lose a row."""
    run(DOWN)


def run(statements: str) -> None:
    """Straight to the driver, which then looks for no parameter in the text."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
