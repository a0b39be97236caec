"""Which counting policies stand behind a survey verdict, as its event told them."""

from alembic import op

revision = "scoring_0005"
down_revision = "scoring_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE survey_status ADD COLUMN policy_ids text NOT NULL DEFAULT ''")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: what events named would be forgotten")
