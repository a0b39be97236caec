"""Thresholds are judged on released answers, and figures that were taken back are kept no more."""

from alembic import op

revision = "survey_0005"
down_revision = "survey_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE campaign ADD COLUMN released_outlooks jsonb NOT NULL DEFAULT '{}'")
    op.execute("UPDATE campaign SET released_n = 0, released_totals = '{}' WHERE is_taken_back")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: what was judged would be forgotten")
