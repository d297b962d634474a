"""A webhook endpoint has a version, so that two administrators do not overwrite one another."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE ledger.webhook_endpoint ADD COLUMN version int NOT NULL DEFAULT 1;
GRANT UPDATE (version) ON ledger.webhook_endpoint TO grantledger_app;
"""

DOWN = """
ALTER TABLE ledger.webhook_endpoint DROP COLUMN version;
"""


def upgrade() -> None:
    """Makes it."""
    run(UP)


def downgrade() -> None:
    """The last change wins again."""
    run(DOWN)


def run(statements: str) -> None:
    """Straight to the driver, which then looks for no parameter in the text."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
