"""Cases and survey campaigns as other services tell them, and the facts that a submission kept."""

from alembic import op
from sqlalchemy import text

from shared.db import ddl
from shared.db.roles import app_role

revision = "planning_0009"
down_revision = "planning_0008"
branch_labels = None
depends_on = None

LIVE = """
CREATE TABLE live_case (
    case_id text PRIMARY KEY,
    unit_id text NOT NULL,
    period_year int NOT NULL,
    stream text NOT NULL,
    counts_as text NOT NULL,
    version bigint NOT NULL,
    told_at timestamptz NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX live_case_unit_year ON live_case (unit_id, period_year);
CREATE TABLE live_campaign (
    campaign_id text PRIMARY KEY,
    unit_id text NOT NULL,
    year int NOT NULL,
    regime text NOT NULL,
    period text NOT NULL,
    released_n int NOT NULL,
    version bigint NOT NULL,
    told_at timestamptz NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX live_campaign_unit_year ON live_campaign (unit_id, year);
CREATE TABLE frozen_fact (
    unit_id text NOT NULL,
    year int NOT NULL,
    worksheet_version bigint NOT NULL,
    item_code text NOT NULL,
    versions jsonb NOT NULL,
    told_at timestamptz NOT NULL,
    frozen_by text NOT NULL,
    frozen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (unit_id, year, worksheet_version, item_code),
    FOREIGN KEY (unit_id, year) REFERENCES worksheet (unit_id, year)
)
"""
HAS_ROWS = """
    SELECT EXISTS (SELECT FROM live_case) OR EXISTS (SELECT FROM live_campaign)
        OR EXISTS (SELECT FROM frozen_fact)
"""


def upgrade() -> None:
    ddl.execute_all(op, LIVE)
    app = app_role("planning")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON live_case, live_campaign TO {app}")
    op.execute(f"GRANT SELECT, INSERT ON frozen_fact TO {app}")


def downgrade() -> None:
    """Go back while nothing was heard or kept; what was read would not be read again."""
    if op.get_bind().scalar(text(HAS_ROWS)):
        raise RuntimeError("restore a backup instead: facts that were read would not be read again")
    op.execute("DROP TABLE frozen_fact, live_campaign, live_case")
