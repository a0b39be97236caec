"""Every score as it once was, for good. It begins with what stands here; a rebuild restores all before it."""

from alembic import op

from shared.db import ddl

revision = "scoring_0018"
down_revision = "scoring_0017"
branch_labels = None
depends_on = None

HISTORY = """
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
    PRIMARY KEY (unit_id, year, layer, version)
);
INSERT INTO history (unit_id, year, layer, version, at, total, answered)
SELECT unit_id, year, layer, version, coalesce(moved_at, now()), total, answered
FROM score LEFT JOIN standing USING (unit_id, year)
"""


def upgrade() -> None:
    ddl.execute_all(op, HISTORY)
    ddl.grant_app(op, "scoring")


def downgrade() -> None:
    """Nothing is lost: a rebuild restores it from our own topic."""
    op.execute("DROP TABLE history")
