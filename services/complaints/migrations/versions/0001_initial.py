"""Cases with their acts and answers, receipts, the deadline engine, and identities apart."""

from alembic import op

from shared.db import ddl
from shared.db.roles import app_role
from shared.service import tables

revision = "complaints_0001"
down_revision = None
branch_labels = None
depends_on = None

CASES = """
CREATE TABLE unit (
    unit_id text PRIMARY KEY,
    agency_id text NOT NULL,
    name text NOT NULL,
    zone text NOT NULL CONSTRAINT unit_zone CHECK (zone IN ('WIB', 'WITA', 'WIT')),
    is_active boolean NOT NULL,
    is_demo boolean NOT NULL,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE INDEX unit_agency ON unit (agency_id, unit_id);
CREATE TABLE case_file (
    id uuid PRIMARY KEY,
    tracking_id text NOT NULL CONSTRAINT case_file_tracking UNIQUE,
    version bigint NOT NULL,
    unit_id text,
    agency_id text NOT NULL,
    kind text NOT NULL,
    stream text NOT NULL CONSTRAINT case_file_stream CHECK (stream IN ('masyarakat', 'pelayanan')),
    case_class text,
    channel_kind text NOT NULL,
    state text NOT NULL CONSTRAINT case_file_state CHECK (state IN ('DITERIMA', 'MENUNGGU_KELENGKAPAN',
        'DIVERIFIKASI', 'DIDISPOSISIKAN', 'DIPROSES', 'DITANGGAPI', 'SELESAI')),
    state_before text,
    cycle integer NOT NULL,
    received_at timestamptz NOT NULL,
    file_complete_at timestamptz NOT NULL,
    period_year integer NOT NULL,
    is_backdated boolean NOT NULL,
    backdate_reason text,
    taken_by text,
    event_on date,
    content text NOT NULL,
    is_name_hidden boolean NOT NULL,
    is_content_secret boolean NOT NULL,
    identity_kind text NOT NULL
        CONSTRAINT case_file_identity CHECK (identity_kind IN ('named', 'confidential', 'anonymous')),
    privacy_notice text NOT NULL,
    handler text,
    first_follow_up_at timestamptz,
    closed_at timestamptz,
    closed_by text,
    outcome text,
    is_standard_breach boolean NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT case_file_closed CHECK ((state = 'SELESAI') = (closed_at IS NOT NULL))
);
CREATE INDEX case_file_unit ON case_file (unit_id, id);
CREATE INDEX case_file_agency ON case_file (agency_id, id);
CREATE INDEX case_file_open ON case_file (kind, id) WHERE state <> 'SELESAI';
CREATE TABLE case_event (
    case_id uuid NOT NULL REFERENCES case_file,
    version bigint NOT NULL,
    act text NOT NULL,
    actor text NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    note text,
    evidence text[] NOT NULL,
    no_evidence_reason text,
    is_public boolean NOT NULL,
    PRIMARY KEY (case_id, version)
);
CREATE TABLE answer (
    case_id uuid NOT NULL REFERENCES case_file,
    cycle integer NOT NULL,
    outcome text NOT NULL,
    content text NOT NULL,
    evidence text[] NOT NULL,
    no_evidence_reason text,
    is_standard_breach boolean,
    drafted_by text NOT NULL,
    drafted_at timestamptz NOT NULL,
    approved_by text,
    approved_at timestamptz,
    PRIMARY KEY (case_id, cycle)
);
CREATE TABLE completion_proposal (
    case_id uuid NOT NULL REFERENCES case_file,
    version bigint NOT NULL,
    missing text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    confirmed_by text,
    confirmed_at timestamptz,
    PRIMARY KEY (case_id, version)
);
CREATE TABLE receipt (
    case_id uuid PRIMARY KEY REFERENCES case_file,
    lookup bytea NOT NULL CONSTRAINT receipt_lookup UNIQUE,
    verifier text NOT NULL
);
CREATE TABLE receipt_session (
    id_hash bytea PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file,
    expires_at timestamptz NOT NULL
);
CREATE INDEX receipt_session_age ON receipt_session (expires_at)
"""

ENGINE = """
CREATE TABLE deadline (
    id uuid PRIMARY KEY,
    case_ref uuid NOT NULL,
    unit_id text NOT NULL,
    kind text NOT NULL,
    rule text NOT NULL,
    policy text NOT NULL,
    calendar_version integer NOT NULL,
    cycle integer NOT NULL,
    start_at timestamptz NOT NULL,
    length integer NOT NULL,
    due_at timestamptz NOT NULL,
    rung_at timestamptz[] NOT NULL,
    rung_notify_at timestamptz[] NOT NULL,
    rung_code text[] NOT NULL,
    rung_to text[] NOT NULL,
    due_rung integer NOT NULL,
    repeat_days integer NOT NULL,
    repeat_to text NOT NULL,
    next_rung integer NOT NULL,
    next_fire_at timestamptz,
    passed text[] NOT NULL,
    status text NOT NULL CONSTRAINT deadline_status
        CHECK (status IN ('armed', 'paused', 'met', 'late_done', 'cancelled', 'superseded')),
    breached_at timestamptz,
    met_at timestamptz,
    is_provisional boolean NOT NULL,
    is_backdated boolean NOT NULL,
    armed_at timestamptz NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT deadline_once UNIQUE (case_ref, rule, cycle),
    CONSTRAINT deadline_rests CHECK (status = 'armed' OR next_fire_at IS NULL),
    CONSTRAINT deadline_rungs CHECK (cardinality(rung_at) = cardinality(rung_code)
        AND cardinality(rung_at) = cardinality(rung_to)
        AND cardinality(rung_at) = cardinality(rung_notify_at)
        AND rung_at[due_rung + 1] = due_at)
);
CREATE INDEX deadline_next ON deadline (next_fire_at, id) WHERE next_fire_at IS NOT NULL;
CREATE INDEX deadline_canary ON deadline (due_at) WHERE kind = 'canary';
CREATE INDEX deadline_late ON deadline (due_at, id) WHERE status = 'armed' AND breached_at IS NOT NULL;
CREATE TABLE deadline_pause (
    deadline_id uuid NOT NULL REFERENCES deadline,
    start_at timestamptz NOT NULL,
    end_at timestamptz,
    PRIMARY KEY (deadline_id, start_at),
    CONSTRAINT deadline_pause_order CHECK (end_at >= start_at)
);
CREATE TABLE deadline_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    deadline_id uuid NOT NULL REFERENCES deadline,
    at timestamptz NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    old_due_at timestamptz NOT NULL,
    new_due_at timestamptz NOT NULL,
    old_calendar_version integer NOT NULL,
    new_calendar_version integer NOT NULL
);
CREATE INDEX deadline_change_clock ON deadline_change (deadline_id, id);
CREATE TABLE deadline_fired (
    event_key text PRIMARY KEY,
    event_id uuid NOT NULL CONSTRAINT deadline_fired_event UNIQUE,
    deadline_id uuid NOT NULL,
    kind text NOT NULL,
    rule text NOT NULL,
    rung text NOT NULL,
    fact text NOT NULL CONSTRAINT deadline_fired_fact CHECK (fact IN ('reminded', 'overdue', 'escalated')),
    due_at timestamptz NOT NULL,
    detected_at timestamptz NOT NULL
);
CREATE INDEX deadline_fired_breach ON deadline_fired (kind, rule) WHERE fact = 'overdue';
CREATE INDEX deadline_fired_clock ON deadline_fired (deadline_id);
CREATE TABLE notification (
    event_key text NOT NULL REFERENCES deadline_fired,
    recipient_role text NOT NULL,
    case_ref uuid NOT NULL,
    unit_id text NOT NULL,
    not_before timestamptz NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (event_key, recipient_role)
);
CREATE INDEX notification_open ON notification (not_before) WHERE sent_at IS NULL;
CREATE TABLE work_item (
    deadline_id uuid NOT NULL REFERENCES deadline,
    kind text NOT NULL
        CONSTRAINT work_item_kind CHECK (kind IN ('close_by_silence', 'resume_after_silence')),
    case_ref uuid NOT NULL,
    created_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    done_at timestamptz,
    result text,
    PRIMARY KEY (deadline_id, kind)
);
CREATE INDEX work_item_open ON work_item (next_try_at, deadline_id) WHERE done_at IS NULL
"""

IDENTITY = """
CREATE TABLE identity.reporter (
    case_id uuid PRIMARY KEY,
    name text,
    contact text,
    recorded_at timestamptz NOT NULL DEFAULT now()
)
"""


def upgrade() -> None:
    tables.create(op)
    ddl.create_identity_schema(op, "complaints")
    for part in (CASES, ENGINE, IDENTITY):
        for statement in part.split(";"):
            op.execute(statement)
    ddl.grant_app(op, "complaints")
    ddl.grant_identity(op, "complaints", "reporter")
    # What was done and what fired stays as it was written: not even our own code can change it.
    ledgers = "case_event, deadline_change, deadline_fired"
    op.execute(f"REVOKE UPDATE, DELETE ON {ledgers} FROM {app_role('complaints')}")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: the first migration has nothing before it")
