"""Facts, standings, scores, gates, survey status and the change log."""

from alembic import op

from shared.db import ddl
from shared.service import tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FACTS = """
CREATE TABLE unit (
    unit_id text PRIMARY KEY,
    agency_id text NOT NULL,
    name text NOT NULL,
    unit_type text NOT NULL,
    echelon text NOT NULL,
    has_service_function boolean NOT NULL,
    zone text NOT NULL,
    is_active boolean NOT NULL,
    is_demo boolean NOT NULL,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX ix_unit_agency_id ON unit (agency_id);
CREATE TABLE programme (
    unit_id text NOT NULL,
    year int NOT NULL,
    programme_id text NOT NULL,
    target text NOT NULL,
    edition text NOT NULL,
    rule_set text NOT NULL,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL,
    PRIMARY KEY (unit_id, year)
);
CREATE TABLE activity (
    activity_id text PRIMARY KEY,
    unit_id text NOT NULL,
    year int NOT NULL,
    indicator_code text NOT NULL,
    state text NOT NULL,
    due_on date,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX activity_unit_year ON activity (unit_id, year, indicator_code);
CREATE TABLE answer (
    unit_id text NOT NULL,
    year int NOT NULL,
    layer text NOT NULL,
    item_code text NOT NULL,
    letter text,
    index_text text,
    inputs jsonb,
    origin text NOT NULL,
    cell text,
    evidence_ids jsonb NOT NULL,
    event_id uuid NOT NULL,
    at timestamptz NOT NULL,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL,
    PRIMARY KEY (unit_id, year, layer, item_code)
);
CREATE INDEX answer_version ON answer (unit_id, year, version);
CREATE TABLE complaint_case (
    case_id text PRIMARY KEY,
    unit_id text NOT NULL,
    year int NOT NULL,
    stream text NOT NULL,
    counts_as text NOT NULL,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX complaint_case_count ON complaint_case (unit_id, year, stream) INCLUDE (counts_as);
CREATE TABLE tally (
    campaign_id text PRIMARY KEY,
    unit_id text NOT NULL,
    year int NOT NULL,
    period text NOT NULL,
    regime text NOT NULL,
    n int NOT NULL,
    willing int NOT NULL,
    ipak text,
    ipkp text,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX tally_unit_year ON tally (unit_id, year)
"""

STATE = """
CREATE TABLE standing (
    unit_id text NOT NULL,
    year int NOT NULL,
    worksheet_version bigint NOT NULL DEFAULT 0,
    sheets text NOT NULL DEFAULT '{}',
    live text NOT NULL DEFAULT '{}',
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (unit_id, year)
);
CREATE INDEX standing_moved ON standing (moved_at);
CREATE TABLE score (
    unit_id text NOT NULL,
    year int NOT NULL,
    layer text NOT NULL,
    edition text NOT NULL,
    total text NOT NULL,
    upper text NOT NULL,
    answered int NOT NULL,
    items int NOT NULL,
    points numeric(15,12) NOT NULL,
    pengungkit numeric(15,12) NOT NULL,
    gates_met text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (unit_id, year, layer)
);
CREATE INDEX score_ranking ON score (year, points DESC, pengungkit DESC, unit_id) WHERE layer = 'effective';
CREATE TABLE gate (
    unit_id text NOT NULL,
    year int NOT NULL,
    predicate text NOT NULL,
    gate text NOT NULL,
    is_met boolean NOT NULL,
    value text NOT NULL,
    minimum text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (unit_id, year, predicate, gate)
);
CREATE TABLE survey_status (
    campaign_id text NOT NULL,
    predicate text NOT NULL,
    unit_id text NOT NULL,
    year int NOT NULL,
    result text NOT NULL,
    failed text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (campaign_id, predicate)
);
CREATE INDEX survey_status_unit_year ON survey_status (unit_id, year);
CREATE TABLE change (
    unit_id text NOT NULL,
    year int NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    subject text NOT NULL,
    delta text,
    cause text NOT NULL,
    detail jsonb NOT NULL,
    event_id uuid,
    PRIMARY KEY (unit_id, year, id)
)
"""


def upgrade() -> None:
    tables.create(op)
    for part in (FACTS, STATE):
        for statement in part.split(";"):
            op.execute(statement)
    ddl.grant_app(op, "scoring")
