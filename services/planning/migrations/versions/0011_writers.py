"""An answer names its writer by a pseudonym; those of before keep none, as they were told."""

from alembic import op
from sqlalchemy import text

from shared.db import ddl
from shared.db.roles import app_role

revision = "planning_0011"
down_revision = "planning_0010"
branch_labels = None
depends_on = None

WRITERS = """
ALTER TABLE answer ADD COLUMN writer_id text;
CREATE TABLE pseudonym (
    is_only boolean PRIMARY KEY DEFAULT true CONSTRAINT pseudonym_only CHECK (is_only),
    secret bytea NOT NULL
);
INSERT INTO pseudonym (secret) VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
"""


def upgrade() -> None:
    ddl.execute_all(op, WRITERS)
    op.execute(f"GRANT SELECT ON pseudonym TO {app_role('planning')}")


def downgrade() -> None:
    """Go back while nobody was named; what was told once is told again in the same bytes."""
    if op.get_bind().scalar(text("SELECT EXISTS (SELECT FROM answer WHERE writer_id IS NOT NULL)")):
        raise RuntimeError("restore a backup instead: answers were told with their writers")
    op.execute("DROP TABLE pseudonym")
    op.execute("ALTER TABLE answer DROP COLUMN writer_id")
