"""What no row, reader or pause can stop: outbox and dead letters, hardened."""

from alembic import op

from shared.service import tables

revision = "planning_0002"
down_revision = "planning_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.harden(op)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: rows that are put aside would be forgotten")
