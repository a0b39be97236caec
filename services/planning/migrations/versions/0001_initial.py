"""Units, programmes, activities, evidence and worksheets."""

from alembic import op

from shared.db import ddl
from shared.db.roles import app_role
from shared.service import tables

revision = "planning_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE unit (
    unit_id text PRIMARY KEY,
    agency_id text NOT NULL,
    name text NOT NULL,
    unit_type text NOT NULL,
    echelon text NOT NULL,
    has_service_function boolean NOT NULL,
    zone text NOT NULL CONSTRAINT unit_zone CHECK (zone IN ('WIB', 'WITA', 'WIT')),
    is_active boolean NOT NULL,
    is_demo boolean NOT NULL,
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX unit_agency ON unit (agency_id, unit_id);
CREATE TABLE programme (
    programme_id uuid PRIMARY KEY,
    unit_id text NOT NULL REFERENCES unit,
    year integer NOT NULL,
    target text NOT NULL CONSTRAINT programme_target CHECK (target IN ('WBK', 'WBBM')),
    edition text NOT NULL,
    rule_set text NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT programme_unit_year UNIQUE (unit_id, year)
);
CREATE TABLE activity (
    activity_id uuid PRIMARY KEY,
    programme_id uuid NOT NULL REFERENCES programme,
    unit_id text NOT NULL REFERENCES unit,
    indicator_code text NOT NULL,
    title text NOT NULL,
    evidence_kinds text[] NOT NULL,
    due_on date,
    state text NOT NULL CONSTRAINT activity_state CHECK (state IN ('planned', 'done')),
    evidence_ids uuid[] NOT NULL,
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX activity_programme ON activity (programme_id, activity_id);
CREATE INDEX activity_due ON activity (due_on) WHERE state = 'planned';
CREATE TABLE stored_file (
    sha256 text PRIMARY KEY CONSTRAINT stored_file_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes bigint NOT NULL,
    media_type text NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE evidence (
    evidence_id uuid PRIMARY KEY,
    unit_id text NOT NULL REFERENCES unit,
    layer text NOT NULL,
    kind text NOT NULL,
    file_name text NOT NULL,
    sha256 text NOT NULL REFERENCES stored_file,
    uploaded_by text NOT NULL,
    uploaded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX evidence_unit ON evidence (unit_id, evidence_id);
CREATE TABLE worksheet (
    unit_id text NOT NULL,
    year integer NOT NULL,
    version bigint NOT NULL CONSTRAINT worksheet_version CHECK (version >= 0),
    PRIMARY KEY (unit_id, year),
    FOREIGN KEY (unit_id, year) REFERENCES programme (unit_id, year)
);
CREATE TABLE answer (
    unit_id text NOT NULL,
    year integer NOT NULL,
    layer text NOT NULL CONSTRAINT answer_layer CHECK (layer IN ('unit', 'tpi', 'tpn')),
    item_code text NOT NULL,
    version bigint NOT NULL,
    letter text,
    index_value text,
    inputs jsonb,
    note text,
    reason text,
    evidence_ids uuid[] NOT NULL,
    origin text NOT NULL,
    cell text,
    written_by text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (unit_id, year, layer, item_code, version),
    CONSTRAINT answer_version UNIQUE (unit_id, year, version),
    CONSTRAINT answer_one_value CHECK (num_nonnulls(letter, index_value, inputs) <= 1),
    FOREIGN KEY (unit_id, year) REFERENCES worksheet
);
CREATE TABLE worksheet_import (
    import_id uuid PRIMARY KEY,
    unit_id text NOT NULL,
    year integer NOT NULL,
    layer text NOT NULL,
    sha256 text NOT NULL REFERENCES stored_file,
    version bigint NOT NULL,
    imported_by text NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (unit_id, year) REFERENCES worksheet
);
CREATE INDEX worksheet_import_worksheet ON worksheet_import (unit_id, year)
"""


def upgrade() -> None:
    tables.create(op)
    for statement in TABLES.split(";"):
        op.execute(statement)
    ddl.grant_app(op, "planning")
    # Earlier answers stay as they were written: not even our own code can change them.
    op.execute(f"REVOKE UPDATE, DELETE ON answer, worksheet_import FROM {app_role('planning')}")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: the first migration has nothing before it")
