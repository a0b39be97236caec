"""Units, campaigns, sums, responses; identities and consents apart."""

from alembic import op

from shared.db import ddl
from shared.service import tables

revision = "survey_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE unit (
    unit_id text PRIMARY KEY,
    agency_id text NOT NULL,
    name text NOT NULL,
    zone text NOT NULL,
    is_active boolean NOT NULL,
    is_demo boolean NOT NULL,
    version bigint NOT NULL,
    payload_hash bytea NOT NULL
);
CREATE TABLE campaign (
    campaign_id uuid PRIMARY KEY,
    unit_id text NOT NULL REFERENCES unit,
    regime text NOT NULL,
    instrument_version text NOT NULL,
    period text NOT NULL,
    year smallint NOT NULL,
    first_month smallint NOT NULL,
    last_month smallint NOT NULL,
    mode text NOT NULL,
    state text NOT NULL CONSTRAINT campaign_state CHECK (state IN ('draft', 'open', 'closed')),
    policies jsonb NOT NULL,
    excluded_items text[] NOT NULL,
    closes_at timestamptz,
    opened_at timestamptz,
    closed_at timestamptz,
    version bigint NOT NULL,
    tally_version bigint NOT NULL,
    n integer NOT NULL,
    willing integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT campaign_months CHECK (1 <= first_month AND first_month <= last_month AND last_month <= 12),
    CONSTRAINT campaign_counts CHECK (n >= 0 AND willing >= n)
);
CREATE INDEX campaign_unit ON campaign (unit_id, regime, year);
CREATE TABLE item_sum (
    campaign_id uuid NOT NULL REFERENCES campaign,
    item_key text NOT NULL,
    n integer NOT NULL,
    total integer NOT NULL,
    PRIMARY KEY (campaign_id, item_key),
    CONSTRAINT item_sum_range CHECK (n >= 0 AND total >= n)
);
CREATE TABLE response (
    response_id uuid PRIMARY KEY,
    campaign_id uuid NOT NULL REFERENCES campaign,
    link bytea NOT NULL,
    mode text NOT NULL,
    flags text[] NOT NULL,
    scores jsonb,
    version bigint NOT NULL,
    CONSTRAINT response_link UNIQUE (campaign_id, link)
);
CREATE TABLE identity.campaign_secret (
    campaign_id uuid PRIMARY KEY REFERENCES campaign,
    secret bytea NOT NULL
);
CREATE TABLE identity.participant (
    participant_id uuid PRIMARY KEY,
    campaign_id uuid NOT NULL REFERENCES campaign,
    name text,
    contact text,
    token_hash bytea NOT NULL CONSTRAINT participant_token UNIQUE,
    is_finished boolean NOT NULL
);
CREATE INDEX participant_campaign ON identity.participant (campaign_id);
CREATE TABLE identity.consent (
    participant_id uuid PRIMARY KEY REFERENCES identity.participant,
    consent_id uuid NOT NULL CONSTRAINT consent_id UNIQUE,
    decision text NOT NULL
        CONSTRAINT consent_decision CHECK (decision IN ('willing', 'later', 'refused', 'withdrawn')),
    text_version text NOT NULL,
    text_sha256 text NOT NULL,
    channel text NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL
)
"""


def upgrade() -> None:
    tables.create(op)
    ddl.create_identity_schema(op, "survey")
    for statement in TABLES.split(";"):
        op.execute(statement)
    ddl.grant_identity(op, "survey", "campaign_secret", "participant", "consent")
    ddl.grant_app(op, "survey")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: the first migration has nothing before it")
