"""A tally told less than half a second after the one before waits for its turn."""

from alembic import op

revision = "survey_0011"
down_revision = "survey_0010"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE campaign ADD COLUMN tally_told_at timestamptz, ADD COLUMN told_tally jsonb;
CREATE INDEX campaign_tally_waits ON campaign (campaign_id) WHERE told_tally IS NOT NULL
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: which tallies are still to be told would be forgotten")
