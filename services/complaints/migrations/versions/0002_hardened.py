"""What no row, reader or pause can stop: outbox and dead letters, hardened."""

from alembic import op

from shared.service import tables

revision = "complaints_0002"
down_revision = "complaints_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.harden(op)
    op.execute("ALTER TABLE deadline ADD COLUMN told_version bigint, ADD COLUMN told_calendar int")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: rows that are put aside would be forgotten")
