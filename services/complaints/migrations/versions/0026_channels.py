"""A register of channels for each unit, where they are made known, and what tests of them found.

Tables of their own: a process of the version before goes on with the channels that are open by default.
"""

from alembic import op

from shared.db.ddl import execute_all
from shared.db.roles import app_role

revision = "complaints_0026"
down_revision = "complaints_0024"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE channel (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    unit_id text,
    agency_id text NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    address text NOT NULL,
    mark text,
    opened_on date NOT NULL,
    closed_on date,
    close_reason text,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    told_fact text NOT NULL,
    told_version bigint NOT NULL,
    told_places integer NOT NULL,
    told_at timestamptz NOT NULL,
    CONSTRAINT channel_days CHECK (closed_on >= opened_on),
    CONSTRAINT channel_closed CHECK ((closed_on IS NULL) = (close_reason IS NULL)),
    CONSTRAINT channel_told CHECK (told_fact IN ('opened', 'closed', 'check_failed', 'recovered'))
);
CREATE INDEX channel_unit ON channel (unit_id, id) WHERE unit_id IS NOT NULL;
CREATE INDEX channel_agency ON channel (agency_id, id);
CREATE TABLE channel_place (
    id uuid PRIMARY KEY,
    channel_id uuid NOT NULL REFERENCES channel (id),
    kind text NOT NULL,
    place text NOT NULL,
    published_on date NOT NULL,
    picture text,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL
);
CREATE INDEX channel_place_channel ON channel_place (channel_id, id);
CREATE TABLE channel_watch (
    channel_id uuid PRIMARY KEY REFERENCES channel (id),
    failures integer NOT NULL,
    down_since timestamptz,
    last_at timestamptz,
    last_ok_at timestamptz,
    last_reason text,
    next_at timestamptz,
    lease uuid,
    leased_until timestamptz
);
CREATE INDEX channel_watch_next ON channel_watch (next_at, channel_id);
CREATE TABLE channel_check (
    id uuid PRIMARY KEY,
    channel_id uuid NOT NULL REFERENCES channel (id),
    at timestamptz NOT NULL,
    is_ok boolean NOT NULL,
    reason text,
    actor text,
    note text
);
CREATE INDEX channel_check_channel ON channel_check (channel_id, at, id);
CREATE TABLE channel_finding (
    id uuid PRIMARY KEY,
    channel_id uuid NOT NULL REFERENCES channel (id),
    reason text NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by text
);
CREATE UNIQUE INDEX channel_finding_open ON channel_finding (channel_id) WHERE closed_at IS NULL;
CREATE INDEX channel_finding_channel ON channel_finding (channel_id, opened_at)
"""
RIGHTS = """
GRANT SELECT, INSERT, UPDATE ON channel, channel_watch, channel_finding TO {role};
GRANT SELECT, INSERT ON channel_place TO {role};
GRANT SELECT, INSERT, DELETE ON channel_check TO {role}
"""


def upgrade() -> None:
    execute_all(op, TABLES)
    execute_all(op, RIGHTS.format(role=app_role("complaints")))


def downgrade() -> None:
    """Go back while no channel was registered; else nothing is changed."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM channel) THEN
                RAISE EXCEPTION 'restore a backup instead: the register of channels would be lost';
            END IF;
        END $$
        """
    )
    op.execute("DROP TABLE channel_finding, channel_check, channel_watch, channel_place, channel")
