"""Survey's own classes of its thresholds, and how many answers stand behind a released index."""

from alembic import op

from shared.db import ddl

revision = "scoring_0004"
down_revision = "scoring_0003"
branch_labels = None
depends_on = None

THRESHOLDS = """
CREATE TABLE threshold (
    campaign_id text PRIMARY KEY,
    unit_id text NOT NULL,
    year int NOT NULL,
    period text NOT NULL,
    regime text NOT NULL,
    willing int NOT NULL,
    finished int NOT NULL,
    willing_minimum int NOT NULL,
    finished_minimum int NOT NULL,
    index_basis text NOT NULL,
    is_deciding boolean NOT NULL,
    predicates jsonb NOT NULL,
    policy_ids jsonb NOT NULL,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX threshold_unit_year ON threshold (unit_id, year);
ALTER TABLE tally ADD COLUMN released_n int NOT NULL DEFAULT 0
"""


def upgrade() -> None:
    for statement in THRESHOLDS.split(";"):
        op.execute(statement)
    ddl.grant_app(op, "scoring")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: thresholds that were read would not be read again")
