"""The region of a unit, and the points of each gate beside a unit's year, to order the scoreboard by."""

from alembic import op
from sqlalchemy import text

revision = "scoring_0011"
down_revision = "scoring_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE unit ADD COLUMN region text")
    op.execute("ALTER TABLE standing ADD COLUMN gate_points text NOT NULL DEFAULT ''")


def downgrade() -> None:
    if op.get_bind().scalar(text("SELECT EXISTS (SELECT FROM unit WHERE region IS NOT NULL)")):
        raise RuntimeError("restore a backup instead: regions that were read would not be read again")
    op.execute("ALTER TABLE standing DROP COLUMN gate_points")
    op.execute("ALTER TABLE unit DROP COLUMN region")
