"""The machinery that no row, reader or pause can stop."""

from alembic import op

from shared.db import machinery

revision = "survey_0002"
down_revision = "survey_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    machinery.harden(op)
    op.execute("ALTER TABLE identity.consent ADD COLUMN willing int")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: rows that are put aside would be forgotten")
