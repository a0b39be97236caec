"""Caps of deadlines, and which pauses keep the days they moved by dates alone.

What ended before keeps its promise: its deadlines are recomputed as they were computed then.
"""

from alembic import op

revision = "complaints_0012"
down_revision = "complaints_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE deadline ADD COLUMN most_days int")
    op.execute("ALTER TABLE deadline_pause ADD COLUMN is_by_dates boolean NOT NULL DEFAULT false")
    op.execute("UPDATE deadline_pause SET is_by_dates = true WHERE end_at IS NOT NULL")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: how running deadlines are counted would be forgotten")
