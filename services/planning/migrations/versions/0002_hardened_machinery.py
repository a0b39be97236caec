"""The machinery that no row, reader or pause can stop."""

from alembic import op

from shared.db import machinery

revision = "planning_0002"
down_revision = "planning_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    machinery.harden(op)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: rows that are put aside would be forgotten")
