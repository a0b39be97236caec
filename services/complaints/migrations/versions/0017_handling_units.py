"""Handling units by decree, reports and evaluations of handling; who may be named today is carried over.

A case may be given only to a member of a handling unit in force. So that no case is stuck by the upgrade, the
handlers of each unit become a handling unit of it, and those of a whole agency, or of the nation, one of each
agency. They have no decree, prove nothing, and lapse after 90 days (ADR 0054).

A process of the version before still names whom it knows as a handler.
"""

from alembic import op

from shared.db.ddl import execute_all
from shared.db.roles import app_role

revision = "complaints_0017"
down_revision = "complaints_0016"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE handling_unit (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    agency_id text NOT NULL,
    name text NOT NULL,
    decree_number text,
    decreed_on date,
    valid_from date NOT NULL,
    valid_to date,
    is_for_agency boolean NOT NULL,
    unit_ids text[] NOT NULL,
    streams text[] NOT NULL,
    ended_on date,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT handling_unit_reach CHECK (is_for_agency = (cardinality(unit_ids) = 0)),
    CONSTRAINT handling_unit_days CHECK (valid_to >= valid_from),
    CONSTRAINT handling_unit_decree CHECK (num_nonnulls(decree_number, decreed_on) <> 1),
    CONSTRAINT handling_unit_streams
        CHECK (streams <@ ARRAY['masyarakat', 'pelayanan'] AND cardinality(streams) > 0)
);
CREATE INDEX handling_unit_agency ON handling_unit (agency_id, id);
CREATE TABLE handling_member (
    handling_unit_id uuid NOT NULL REFERENCES handling_unit (id),
    subject text NOT NULL,
    role text NOT NULL,
    PRIMARY KEY (handling_unit_id, subject),
    CONSTRAINT handling_member_role
        CHECK (role IN ('penanggung_jawab', 'ketua', 'sekretaris', 'anggota'))
);
CREATE INDEX handling_member_subject ON handling_member (subject);
CREATE TABLE handling_evaluation (
    id uuid PRIMARY KEY,
    unit_id text NOT NULL,
    agency_id text NOT NULL,
    stream text NOT NULL,
    period text NOT NULL,
    version bigint NOT NULL,
    conclusion text NOT NULL,
    findings text NOT NULL,
    follow_up text NOT NULL,
    evidence text[] NOT NULL,
    figures jsonb,
    evaluated_by text NOT NULL,
    evaluated_at timestamptz NOT NULL,
    CONSTRAINT handling_evaluation_version UNIQUE (unit_id, stream, period, version),
    CONSTRAINT handling_evaluation_stream
        CHECK (stream IN ('masyarakat', 'pelayanan', 'benturan_kepentingan'))
);
CREATE INDEX handling_evaluation_at ON handling_evaluation (evaluated_at, id);
CREATE TABLE handling_told (
    entity_id text NOT NULL,
    fact text NOT NULL,
    version bigint NOT NULL,
    content jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (entity_id, fact),
    CONSTRAINT handling_told_fact CHECK (fact IN ('evaluated', 'recorded'))
);
CREATE INDEX handling_told_period ON handling_told ((content ->> 'period')) WHERE fact = 'recorded';
CREATE TABLE statistics_day (
    day date PRIMARY KEY,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX case_file_received ON case_file (received_at);
CREATE INDEX case_event_counted ON case_event (case_id, act)
    WHERE act IN ('confirm_completion', 'confirm_reclassification', 'object', 'reopen')
"""
CARRIED_OVER = """
WITH carried AS (
    SELECT gen_random_uuid() AS id, unit.agency_id, unit.name, ARRAY[unit.unit_id] AS unit_ids,
        ARRAY(SELECT DISTINCT subject FROM officer
            WHERE role = 'case_handler' AND level = 'unit' AND place = unit.unit_id) AS subjects
    FROM unit
    UNION ALL
    SELECT gen_random_uuid(), agency_id, agency_id, ARRAY[]::text[],
        ARRAY(SELECT DISTINCT subject FROM officer WHERE role = 'case_handler'
            AND (level = 'national' OR level = 'agency' AND place = agency_id))
    FROM (SELECT DISTINCT agency_id FROM unit) AS agencies
), entered AS (
    INSERT INTO handling_unit (id, version, agency_id, name, valid_from, valid_to, is_for_agency, unit_ids,
        streams, entered_by)
    SELECT id, 1, agency_id, left('Penangan ' || name, 200), current_date, current_date + 90,
        cardinality(unit_ids) = 0, unit_ids, ARRAY['masyarakat', 'pelayanan'], 'system'
    FROM carried WHERE cardinality(subjects) > 0
)
INSERT INTO handling_member SELECT id, unnest(subjects), 'anggota' FROM carried
"""
RIGHTS = """
GRANT SELECT, INSERT, UPDATE ON handling_unit TO {role};
GRANT SELECT, INSERT, DELETE ON handling_member TO {role};
GRANT SELECT, INSERT ON handling_evaluation, statistics_day TO {role};
GRANT SELECT, INSERT, UPDATE ON handling_told TO {role}
"""


def upgrade() -> None:
    execute_all(op, TABLES)
    op.execute(CARRIED_OVER)
    execute_all(op, RIGHTS.format(role=app_role("complaints")))


def downgrade() -> None:
    """Go back while no decree and no evaluation was entered and nothing told; else nothing is changed."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM handling_unit WHERE decree_number IS NOT NULL)
                OR EXISTS (SELECT FROM handling_evaluation)
                OR EXISTS (SELECT FROM handling_told) THEN
                RAISE EXCEPTION 'restore a backup instead: decrees, evaluations or told counts would be lost';
            END IF;
        END $$
        """
    )
    op.execute(
        "DROP TABLE handling_member, handling_unit, handling_evaluation, handling_told, statistics_day"
    )
    op.execute("DROP INDEX case_file_received, case_event_counted")
