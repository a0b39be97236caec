"""A programme pins its policies; one of before has none and is counted by those of that time."""

from alembic import op
from sqlalchemy import text

revision = "scoring_0016"
down_revision = "scoring_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE programme ADD COLUMN policies text")


def downgrade() -> None:
    """Go back while nothing is pinned; else the release before would count by other policies one day."""
    if op.get_bind().scalar(text("SELECT EXISTS (SELECT FROM programme WHERE policies IS NOT NULL)")):
        raise RuntimeError("restore a backup instead: what programmes pinned would be forgotten")
    op.execute("ALTER TABLE programme DROP COLUMN policies")
