"""What an import remembers of a row may be renewed when a later file corrects the row."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
GRANT UPDATE (row_hmac, stream_id, version, operation_id)
    ON ledger.imported_row TO grantledger_app;
"""

DOWN = """
REVOKE UPDATE (row_hmac, stream_id, version, operation_id)
    ON ledger.imported_row FROM grantledger_app;
"""


def upgrade() -> None:
    """Makes it."""
    run(UP)


def downgrade() -> None:
    """Rows that were corrected stay so."""
    run(DOWN)


def run(statements: str) -> None:
    """Straight to the driver, which then looks for no parameter in the text."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
