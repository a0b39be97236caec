"""Which sessions the issuer means when it tells of a log-out."""

from alembic import op

from shared.db.roles import app_role
from shared.service import tables

revision = "complaints_0009"
down_revision = "complaints_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.hear_of_log_outs(op)
    op.execute(f"GRANT SELECT, INSERT, DELETE ON logout_token TO {app_role('complaints')}")


def downgrade() -> None:
    op.execute("DROP TABLE logout_token")
    op.execute("DROP INDEX page_session_subject")
    op.execute("ALTER TABLE page_session DROP COLUMN sid_hash")
