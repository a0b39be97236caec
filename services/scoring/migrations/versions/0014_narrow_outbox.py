"""What the relay has sent is remembered by a pointer, no longer by a mark in each row."""

from alembic import op

from shared.service import tables

revision = "scoring_0014"
down_revision = "scoring_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.point_at_what_waits(op, "scoring")


def downgrade() -> None:
    tables.mark_what_waits(op)
