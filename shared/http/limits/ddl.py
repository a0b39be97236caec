"""The table of counts that limits are kept by."""

COUNTS = """
CREATE TABLE rate_limit (
    source_hash bytea NOT NULL,
    rule text NOT NULL,
    window_start timestamptz NOT NULL,
    hits int NOT NULL,
    PRIMARY KEY (source_hash, rule, window_start)
)
"""
