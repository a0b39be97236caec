"""Page sessions that ask the issuer again."""

from alembic import op

from shared.service import tables

revision = "scoring_0003"
down_revision = "scoring_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.renew_sessions(op)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: sessions would never ask the issuer again")
