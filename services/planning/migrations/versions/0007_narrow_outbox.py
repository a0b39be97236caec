"""What the relay has sent is remembered by a pointer, no longer by a mark in each row."""

from alembic import op

from shared.service import tables

revision = "planning_0007"
down_revision = "planning_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.point_at_what_waits(op, "planning")


def downgrade() -> None:
    tables.mark_what_waits(op)
