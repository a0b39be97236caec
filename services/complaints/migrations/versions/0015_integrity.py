"""Matters that are no cases: reported gifts, nil returns, conflicts of interest and their map.

Tables of their own, so that a process of the version before works on beside this one; it fires their
deadlines as it fires all, by their rows alone.
"""

from alembic import op

from shared.db.ddl import execute_all, grant_identity
from shared.db.roles import app_role

revision = "complaints_0015"
down_revision = "complaints_0014"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE dossier (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    unit_id text NOT NULL,
    agency_id text NOT NULL,
    state text NOT NULL,
    period text NOT NULL,
    is_late boolean NOT NULL,
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    version bigint NOT NULL,
    told_fact text,
    told_version bigint NOT NULL,
    told_at timestamptz
);
CREATE INDEX dossier_open ON dossier (kind, unit_id) WHERE closed_at IS NULL;
CREATE INDEX dossier_closed ON dossier (kind, closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX dossier_period ON dossier (kind, unit_id, period);
CREATE INDEX dossier_own ON dossier (opened_by, kind);
CREATE UNIQUE INDEX dossier_map_once ON dossier (unit_id, period)
    WHERE kind = 'peta_benturan' AND state <> 'DIKOSONGKAN';
CREATE TABLE dossier_event (
    dossier_id uuid NOT NULL REFERENCES dossier,
    version bigint NOT NULL,
    act text NOT NULL,
    actor text NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    note text,
    PRIMARY KEY (dossier_id, version)
);
CREATE TABLE gratification (
    dossier_id uuid PRIMARY KEY REFERENCES dossier,
    direction text NOT NULL CONSTRAINT gratification_direction CHECK (direction IN ('terima', 'tolak')),
    received_on date NOT NULL,
    place text NOT NULL,
    object_kind text NOT NULL,
    estimate bigint NOT NULL CONSTRAINT gratification_estimate CHECK (estimate >= 0),
    occasion text NOT NULL,
    giver_relation text NOT NULL,
    ownership text CONSTRAINT gratification_ownership
        CHECK (ownership IN ('milik_penerima', 'milik_negara')),
    decision_number text,
    handed_over_on date
);
CREATE TABLE identity.giver (
    dossier_id uuid PRIMARY KEY,
    name text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE nil_return (
    id uuid PRIMARY KEY,
    unit_id text NOT NULL,
    agency_id text NOT NULL,
    period text NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    returned_by text NOT NULL,
    returned_at timestamptz NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT nil_return_once UNIQUE (unit_id, period)
);
CREATE TABLE conflict (
    dossier_id uuid PRIMARY KEY REFERENCES dossier,
    activity text NOT NULL,
    position text NOT NULL,
    conflict_type text NOT NULL,
    decision text NOT NULL,
    concerns_superior boolean NOT NULL,
    control text
);
CREATE TABLE conflict_map (
    id uuid PRIMARY KEY,
    unit_id text NOT NULL,
    agency_id text NOT NULL,
    activity text NOT NULL,
    position text NOT NULL,
    conflict_type text NOT NULL,
    control text NOT NULL,
    version bigint NOT NULL,
    reviewed_on date NOT NULL,
    is_retired boolean NOT NULL
);
CREATE UNIQUE INDEX conflict_map_once
    ON conflict_map (unit_id, lower(activity), lower(position), conflict_type) WHERE NOT is_retired;
CREATE TABLE conflict_map_change (
    entry_id uuid NOT NULL REFERENCES conflict_map,
    version bigint NOT NULL,
    act text NOT NULL,
    activity text NOT NULL,
    position text NOT NULL,
    conflict_type text NOT NULL,
    control text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (entry_id, version)
)
"""
RIGHTS = """
GRANT SELECT, INSERT, UPDATE ON dossier, gratification, nil_return, conflict, conflict_map TO {role};
GRANT SELECT, INSERT ON dossier_event, conflict_map_change TO {role}
"""


def upgrade() -> None:
    execute_all(op, TABLES)
    execute_all(op, RIGHTS.format(role=app_role("complaints")))
    grant_identity(op, "complaints", "giver")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: reports and declarations would be forgotten")
