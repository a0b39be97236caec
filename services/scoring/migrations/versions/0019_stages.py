"""Where assessments stand, and which units are proposed: what the scoreboard is narrowed by."""

from alembic import op
from sqlalchemy import text

from shared.db import ddl

revision = "scoring_0019"
down_revision = "scoring_0018"
branch_labels = None
depends_on = None

FACTS = """
CREATE TABLE stage (
    stage_id text PRIMARY KEY,
    unit_id text NOT NULL,
    year int NOT NULL,
    stage text NOT NULL,
    is_nominated boolean NOT NULL,
    objection text NOT NULL,
    is_awarded boolean,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX stage_unit_year ON stage (unit_id, year);
CREATE TABLE candidacy (
    candidacy_id text PRIMARY KEY,
    unit_id text NOT NULL,
    year int NOT NULL,
    category text NOT NULL,
    predicate text NOT NULL,
    state text NOT NULL,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX candidacy_unit_year ON candidacy (unit_id, year)
"""


def upgrade() -> None:
    ddl.execute_all(op, FACTS)
    ddl.grant_app(op, "scoring")


def downgrade() -> None:
    if op.get_bind().scalar(text("SELECT EXISTS (SELECT FROM stage) OR EXISTS (SELECT FROM candidacy)")):
        raise RuntimeError("restore a backup instead: stages that were read would not be read again")
    op.execute("DROP TABLE stage, candidacy")
