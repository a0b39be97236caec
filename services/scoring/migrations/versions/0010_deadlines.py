"""Deadlines of complaint cases: what is due on a unit's page."""

from alembic import op
from sqlalchemy import text

from shared.db import ddl

revision = "scoring_0010"
down_revision = "scoring_0009"
branch_labels = None
depends_on = None

DEADLINES = """
CREATE TABLE deadline (
    deadline_id text PRIMARY KEY,
    unit_id text NOT NULL,
    case_id text NOT NULL,
    rule_id text NOT NULL,
    cycle int NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX deadline_open ON deadline (unit_id, due_at) WHERE state = 'running'
"""


def upgrade() -> None:
    ddl.execute_all(op, DEADLINES)
    ddl.grant_app(op, "scoring")


def downgrade() -> None:
    if op.get_bind().scalar(text("SELECT EXISTS (SELECT FROM deadline)")):
        raise RuntimeError("restore a backup instead: deadlines that were read would not be read again")
    op.execute("DROP TABLE deadline")
