"""The table of answers kept for repeated commands."""

IDEMPOTENCY = """
CREATE TABLE idempotency (
    principal text NOT NULL,
    key_hash bytea NOT NULL,
    operation text NOT NULL,
    request_hash bytea NOT NULL,
    status int,
    answer bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (principal, key_hash)
);
COMMENT ON COLUMN idempotency.answer IS 'First answer, sealed with the caller''s own key: unreadable here';
CREATE INDEX idempotency_age ON idempotency (created_at)
"""
