"""Drafts that a transfer withdrew are kept apart from answers.

A process of the version before shows a withdrawn draft as one that waits, and may approve it.
"""

from alembic import op

from shared.db.ddl import execute_all
from shared.db.roles import app_role

revision = "complaints_0016"
down_revision = "complaints_0014"
branch_labels = None
depends_on = None

CHANGES = """
ALTER TABLE answer ADD COLUMN withdrawn_at timestamptz;
CREATE TABLE withdrawn_draft (
    case_id uuid NOT NULL REFERENCES case_file (id),
    version bigint NOT NULL,
    cycle integer NOT NULL,
    outcome text NOT NULL,
    content text NOT NULL,
    evidence text[] NOT NULL,
    no_evidence_reason text,
    is_standard_breach boolean,
    drafted_by text NOT NULL,
    drafted_at timestamptz NOT NULL,
    withdrawn_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, version)
)
"""
RIGHTS = """
GRANT SELECT, INSERT ON withdrawn_draft TO {role}
"""


def upgrade() -> None:
    execute_all(op, CHANGES)
    execute_all(op, RIGHTS.format(role=app_role("complaints")))


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: withdrawn drafts have no older place")
