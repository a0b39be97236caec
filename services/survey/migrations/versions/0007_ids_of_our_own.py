"""A response goes by an id of our own; the sender's is kept for nothing but a repeated sending.

What was told stays told: the ids of before remain ours. As they stand on the topic nobody may send them any
more, so of those responses no sender's id is known.
"""

from alembic import op

revision = "survey_0007"
down_revision = "survey_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE response ADD COLUMN sent_id uuid")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: sendings could no longer be told from others")
