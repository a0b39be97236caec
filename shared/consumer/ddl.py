"""The tables of watermarks and dead letters, in the steps in which migrations built them."""

CONSUMER = """
CREATE TABLE watermark (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    cluster_id text NOT NULL,
    fingerprint bytea,
    halted text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, topic, partition)
);
COMMENT ON COLUMN watermark.next_offset IS 'Offset of the first record not yet applied';
COMMENT ON COLUMN watermark.fingerprint IS 'SHA-256 over the last record before next_offset';
CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    record_offset bigint NOT NULL,
    sha256 text NOT NULL,
    reason text NOT NULL,
    attempts int NOT NULL DEFAULT 1,
    record_key bytea,
    record_value bytea,
    record_headers json NOT NULL,
    record_time timestamptz,
    state text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'requested', 'replayed', 'discarded', 'quarantined')),
    state_reason text,
    received_at timestamptz NOT NULL DEFAULT now(),
    erased_at timestamptz,
    UNIQUE (consumer, topic, partition, record_offset, sha256)
);
COMMENT ON COLUMN dead_letter.erased_at IS 'When key, value and headers were erased; the row stays';
CREATE INDEX dead_letter_open ON dead_letter (id) WHERE state = 'open'
"""

DEAD_LETTERS = """
ALTER TABLE dead_letter
    ADD COLUMN record_timestamp bigint,
    ADD COLUMN is_trial boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN dead_letter.record_time IS 'NULL for a time that no timestamptz can hold';
COMMENT ON COLUMN dead_letter.record_timestamp IS 'Unix milliseconds as they stood in the record';
COMMENT ON COLUMN dead_letter.is_trial IS 'Asked for with all others: a failure is no try of its own'
"""
