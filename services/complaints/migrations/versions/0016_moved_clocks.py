"""Drafts that a transfer withdrew are kept apart; deadlines go to another version of their policy.

A process of the version before shows a withdrawn draft as one that waits, and may approve it. It does not
know how long ended cases are kept, and refuses acts on them (`policy_lost`) until it is replaced.
"""

from alembic import op

from shared.db.ddl import execute_all
from shared.db.roles import app_role

revision = "complaints_0016"
down_revision = "complaints_0015"
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
);
CREATE TABLE policy_migration (
    id uuid PRIMARY KEY,
    from_policy text NOT NULL,
    to_policy text NOT NULL,
    unit_id text,
    reason text NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    confirmed_by text,
    confirmed_at timestamptz,
    place uuid,
    moved integer NOT NULL,
    lifted integer NOT NULL,
    held integer NOT NULL,
    ended_at timestamptz,
    CONSTRAINT policy_migration_second CHECK (confirmed_by <> asked_by),
    CONSTRAINT policy_migration_place CHECK ((place IS NULL) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX policy_migration_open ON policy_migration (from_policy) WHERE ended_at IS NULL;
ALTER TABLE deadline ADD COLUMN due_zone text;
ALTER TABLE deadline_change ADD COLUMN old_policy text, ADD COLUMN new_policy text,
    ADD COLUMN migration_id uuid REFERENCES policy_migration (id);
CREATE INDEX case_file_duplicate ON case_file (parent_id) WHERE state = 'DUPLIKAT';
CREATE INDEX deadline_kept ON deadline (case_ref) WHERE start_fact = 'ended';
CREATE INDEX deadline_policy ON deadline (policy, id) INCLUDE (unit_id, kind)
    WHERE status IN ('armed', 'paused')
"""
RIGHTS = """
GRANT SELECT, INSERT ON withdrawn_draft TO {role};
GRANT SELECT, INSERT, UPDATE ON policy_migration TO {role}
"""


def upgrade() -> None:
    execute_all(op, CHANGES)
    execute_all(op, RIGHTS.format(role=app_role("complaints")))


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: withdrawn drafts have no older place")
