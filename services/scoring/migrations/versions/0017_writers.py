"""Newest answers name their writer by a pseudonym: the last thing of a packed answer of 7 or 12."""

from alembic import op
from sqlalchemy import text

from shared.db import ddl

revision = "scoring_0017"
down_revision = "scoring_0016"
branch_labels = None
depends_on = None

NEWEST = """
CREATE VIEW newest_answer AS
SELECT DISTINCT ON (unit_id, year, layer, item_code) *
FROM (
    SELECT unit_id, year, f->>1 AS layer, f->>2 AS item_code, f->>5 AS letter, {index} AS index_text,
           (f->>7)::jsonb AS inputs, coalesce(f->>8, 'typed') AS origin, f->>9 AS cell,
           coalesce(f->>10, '[]')::jsonb AS evidence_ids, (f->>3)::uuid AS event_id,
           (f->>4)::timestamptz AS at, (f->>0)::bigint AS version{writer}
    FROM journal, json_array_elements(facts::json) AS f{size}
    UNION ALL
    SELECT unit_id, year, layer, item_code, letter, index_text, inputs, origin, cell, evidence_ids, event_id,
           at, version{nobody}
    FROM answer
) AS every
ORDER BY unit_id, year, layer, item_code, version DESC
"""
NAMED = NEWEST.format(
    index="CASE WHEN size <> 7 THEN f->>6 END",
    writer=", CASE WHEN size IN (7, 12) THEN f->>-1 END AS writer_id",
    size=", json_array_length(f) AS size",
    nobody=", NULL",
)
UNNAMED = NEWEST.format(index="f->>6", writer="", size="", nobody="")
HAS_WRITERS = """
    SELECT EXISTS (
        SELECT FROM journal, json_array_elements(facts::json) AS f WHERE json_array_length(f) IN (7, 12))
"""


def upgrade() -> None:
    op.execute("DROP VIEW newest_answer")
    op.execute(NAMED)
    ddl.grant_app(op, "scoring")


def downgrade() -> None:
    """Go back while no answer names its writer: the release before would take one for an index."""
    if op.get_bind().scalar(text(HAS_WRITERS)):
        raise RuntimeError("restore a backup instead: the release before cannot read who answered")
    op.execute("DROP VIEW newest_answer")
    op.execute(UNNAMED)
    ddl.grant_app(op, "scoring")
