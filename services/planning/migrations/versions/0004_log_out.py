"""ID tokens of page sessions, for the log-out at the issuer."""

from alembic import op

from shared.service import tables

revision = "planning_0004"
down_revision = "planning_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.keep_id_tokens(op)


def downgrade() -> None:
    op.execute("ALTER TABLE page_session DROP COLUMN id_token")
