"""The unit that took over the work of a merged one."""

from alembic import op

revision = "scoring_0012"
down_revision = "scoring_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE unit ADD COLUMN merged_into text")


def downgrade() -> None:
    op.execute("ALTER TABLE unit DROP COLUMN merged_into")
