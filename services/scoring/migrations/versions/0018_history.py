"""Every score as it once was, for good, and what gates measure of each layer's score.

It begins with what stands here; a rebuild restores all before it.
"""

from alembic import op

from shared.db import ddl

revision = "scoring_0018"
down_revision = "scoring_0017"
branch_labels = None
depends_on = None

GATES = "TOTAL A A.*.1 A.*.2 A.*.3 A.*.4 A.*.5 A.*.6 B.I B.I.a B.I.b B.II"
"""What `gate_points` measured so far, in its order."""
# `moved_at` moves with whatever is shown of a unit, in all of its years: the change log knows better.
HISTORY = f"""
CREATE TABLE history (
    unit_id text NOT NULL,
    year int NOT NULL,
    layer text NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    total text NOT NULL,
    answered int NOT NULL,
    parts text NOT NULL DEFAULT '',
    causes text NOT NULL DEFAULT '[]',
    id bigint NOT NULL DEFAULT nextval('change_id_seq'),
    PRIMARY KEY (unit_id, year, layer, version)
);
ALTER TABLE score ADD COLUMN parts text NOT NULL DEFAULT '';
UPDATE score SET parts = measured.parts FROM (
    SELECT unit_id, year, string_agg(
        code || '=' || (points::numeric / 1000000000000)::numeric(15, 12), ' ' ORDER BY code COLLATE "C"
    ) AS parts
    FROM standing,
         unnest(string_to_array(gate_points, ' '), string_to_array('{GATES}', ' ')) AS g(points, code)
    WHERE cardinality(string_to_array(gate_points, ' ')) = 12
    GROUP BY unit_id, year) AS measured
WHERE (score.unit_id, score.year) = (measured.unit_id, measured.year) AND layer = 'effective';
INSERT INTO history (unit_id, year, layer, version, at, total, answered, parts)
SELECT unit_id, year, layer, version,
       coalesce((SELECT max(at) FROM change AS c WHERE (c.unit_id, c.year) = (s.unit_id, s.year)), now()),
       total, answered, parts
FROM score AS s
"""  # noqa: S608 - own text


def upgrade() -> None:
    ddl.execute_all(op, HISTORY)
    ddl.grant_app(op, "scoring")


def downgrade() -> None:
    """Nothing is lost: a rebuild restores it from our own topic."""
    op.execute("ALTER TABLE score DROP COLUMN parts")
    op.execute("DROP TABLE history")
