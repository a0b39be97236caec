"""Who has to keep a deadline, as its events tell; they did not before, when the reporter's were D2 and D8."""

from alembic import op

revision = "scoring_0013"
down_revision = "scoring_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE deadline ADD COLUMN holder text")
    op.execute("UPDATE deadline SET holder = 'reporter' WHERE rule_id IN ('D2', 'D8') AND state <> 'ended'")


def downgrade() -> None:
    op.execute("ALTER TABLE deadline DROP COLUMN holder")
