"""What was asked under an Idempotency-Key of administration is forgotten after its time."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

UP = """
GRANT DELETE ON identity.request TO grantledger_app;
"""

DOWN = """
REVOKE DELETE ON identity.request FROM grantledger_app;
"""


def upgrade() -> None:
    """Makes it."""
    run(UP)


def downgrade() -> None:
    """Everything that was asked is kept again."""
    run(DOWN)


def run(statements: str) -> None:
    """Straight to the driver, which then looks for no parameter in the text."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
