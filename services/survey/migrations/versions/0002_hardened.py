"""What no row, reader or pause can stop: outbox and dead letters, hardened."""

from alembic import op

from shared.service import tables

revision = "survey_0002"
down_revision = "survey_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.harden(op)
    op.execute("ALTER TABLE identity.consent ADD COLUMN willing int")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: rows that are put aside would be forgotten")
