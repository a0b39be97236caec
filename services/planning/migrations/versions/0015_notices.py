"""Notices that leave as mails, and the addresses of those who log in."""

from alembic import op

from shared.service import tables

revision = "planning_0015"
down_revision = "planning_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.queue_notices(op, "planning")
    tables.keep_contacts(op, "planning")


def downgrade() -> None:
    """Forget what waits and every address: both come again."""
    op.execute("DROP TABLE notice, notice_mail")
    op.execute("DROP SCHEMA identity CASCADE")
