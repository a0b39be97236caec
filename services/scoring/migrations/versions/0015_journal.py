"""Answers in a journal, one row for what a batch brought a unit's year; a standing that moves in place.

The release before this one goes on beside it until it is replaced: it keeps its answers in `answer`, which
`newest_answer` reads too, and may write a unit's year as long as this release has not (`standing.writes`).
"""

from alembic import op

from shared.db import ddl

revision = "scoring_0015"
down_revision = "scoring_0014"
branch_labels = None
depends_on = None

JOURNAL = """
CREATE TABLE journal (
    unit_id text NOT NULL,
    year int NOT NULL,
    last_version bigint NOT NULL,
    version bigint NOT NULL,
    facts text NOT NULL,
    PRIMARY KEY (unit_id, year, last_version)
);
CREATE VIEW newest_answer AS
SELECT DISTINCT ON (unit_id, year, layer, item_code) *
FROM (
    SELECT unit_id, year, f->>1 AS layer, f->>2 AS item_code, f->>5 AS letter, f->>6 AS index_text,
           (f->>7)::jsonb AS inputs, coalesce(f->>8, 'typed') AS origin, f->>9 AS cell,
           coalesce(f->>10, '[]')::jsonb AS evidence_ids, (f->>3)::uuid AS event_id,
           (f->>4)::timestamptz AS at, (f->>0)::bigint AS version
    FROM journal, json_array_elements(facts::json) AS f
    UNION ALL
    SELECT unit_id, year, layer, item_code, letter, index_text, inputs, origin, cell, evidence_ids, event_id,
           at, version
    FROM answer
) AS every
ORDER BY unit_id, year, layer, item_code, version DESC;
CREATE TABLE pulse (
    slot int PRIMARY KEY,
    at timestamptz NOT NULL
);
ALTER TABLE standing ADD COLUMN writes bigint NOT NULL DEFAULT 0;
ALTER TABLE standing SET (fillfactor = 50);
DROP INDEX standing_moved;
CREATE FUNCTION refuse_the_release_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a newer release writes this year of the unit' USING ERRCODE = '40001';
END
$$;
CREATE TRIGGER standing_writer BEFORE UPDATE ON standing FOR EACH ROW
    WHEN (OLD.writes > 0 AND NEW.writes = OLD.writes) EXECUTE FUNCTION refuse_the_release_before()
"""
BACK = """
INSERT INTO answer
SELECT unit_id, year, layer, item_code, letter, index_text, inputs, origin, cell, evidence_ids, event_id, at,
       version, decode('', 'hex')
FROM newest_answer
ON CONFLICT (unit_id, year, layer, item_code) DO UPDATE SET
    letter = excluded.letter, index_text = excluded.index_text, inputs = excluded.inputs,
    origin = excluded.origin, cell = excluded.cell, evidence_ids = excluded.evidence_ids,
    event_id = excluded.event_id, at = excluded.at, version = excluded.version,
    payload_hash = excluded.payload_hash
WHERE excluded.version > answer.version;
DROP TRIGGER standing_writer ON standing;
DROP FUNCTION refuse_the_release_before();
CREATE INDEX standing_moved ON standing (moved_at);
ALTER TABLE standing RESET (fillfactor);
ALTER TABLE standing DROP COLUMN writes;
DROP TABLE pulse;
DROP VIEW newest_answer;
DROP TABLE journal
"""


def upgrade() -> None:
    ddl.execute_all(op, JOURNAL)
    ddl.grant_app(op, "scoring")


def downgrade() -> None:
    ddl.execute_all(op, BACK)
