"""What the handling of complaints proves: evaluations, reviews of maps of conflicts, decrees."""

from alembic import op

from shared.db import ddl
from shared.db.roles import app_role

revision = "planning_0019"
down_revision = "planning_0018"
branch_labels = None
depends_on = None

LIVE = """
CREATE TABLE live_evaluation (
    handling_id text PRIMARY KEY,
    unit_id text NOT NULL,
    stream text NOT NULL,
    period text NOT NULL,
    version bigint NOT NULL,
    told_at timestamptz NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX live_evaluation_unit ON live_evaluation (unit_id);
CREATE TABLE live_review (
    coi_id text PRIMARY KEY,
    unit_id text NOT NULL,
    period text NOT NULL,
    version bigint NOT NULL,
    told_at timestamptz NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX live_review_unit ON live_review (unit_id);
CREATE TABLE live_designation (
    designation_id text PRIMARY KEY,
    agency_id text NOT NULL,
    is_for_agency boolean NOT NULL,
    unit_ids text[] NOT NULL,
    streams text[] NOT NULL,
    has_decree boolean NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    ended_on date,
    version bigint NOT NULL,
    told_at timestamptz NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX live_designation_agency ON live_designation (agency_id)
"""
HAS_ROWS = """
    SELECT EXISTS (SELECT FROM live_evaluation) OR EXISTS (SELECT FROM live_review)
        OR EXISTS (SELECT FROM live_designation)
"""


def upgrade() -> None:
    ddl.execute_all(op, LIVE)
    app = app_role("planning")
    op.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON live_evaluation, live_review, live_designation TO {app}"
    )


def downgrade() -> None:
    """Go back while nothing was heard; what was read would not be read again."""
    op.execute(
        f"""
        DO $$ BEGIN
            IF ({HAS_ROWS}) THEN
                RAISE EXCEPTION 'restore a backup instead: facts that were read would not be read again';
            END IF;
        END $$
        """
    )
    op.execute("DROP TABLE live_designation, live_review, live_evaluation")
