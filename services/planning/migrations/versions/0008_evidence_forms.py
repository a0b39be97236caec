"""Evidence may be words or an address too, and a newer revision keeps what was before."""

from alembic import op

from shared.db.roles import app_role

revision = "planning_0008"
down_revision = "planning_0007"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    ALTER TABLE evidence
        ADD COLUMN title text,
        ADD COLUMN form text NOT NULL DEFAULT 'file',
        ADD COLUMN revision bigint NOT NULL DEFAULT 1,
        ADD COLUMN body text,
        ALTER COLUMN sha256 DROP NOT NULL,
        ADD CONSTRAINT evidence_form CHECK (form IN ('file', 'text', 'address')),
        ADD CONSTRAINT evidence_content CHECK (num_nonnulls(sha256, body) = 1),
        ADD CONSTRAINT evidence_file CHECK ((form = 'file') = (sha256 IS NOT NULL)),
        ADD CONSTRAINT evidence_revision_counts CHECK (revision > 0)
    """,
    """
    CREATE TABLE evidence_revision (
        evidence_id uuid NOT NULL REFERENCES evidence,
        revision bigint NOT NULL,
        file_name text NOT NULL,
        sha256 text REFERENCES stored_file,
        body text,
        uploaded_by text NOT NULL,
        uploaded_at timestamptz NOT NULL,
        PRIMARY KEY (evidence_id, revision)
    )
    """,
)
BACK = (
    """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM evidence WHERE form <> 'file' OR revision > 1) THEN
            RAISE EXCEPTION 'restore a backup instead: words, addresses and revisions would be forgotten';
        END IF;
    END $$
    """,
    "DROP TABLE evidence_revision",
    """
    ALTER TABLE evidence
        DROP CONSTRAINT evidence_form,
        DROP CONSTRAINT evidence_content,
        DROP CONSTRAINT evidence_file,
        DROP CONSTRAINT evidence_revision_counts,
        DROP COLUMN title,
        DROP COLUMN form,
        DROP COLUMN revision,
        DROP COLUMN body,
        ALTER COLUMN sha256 SET NOT NULL
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT ON evidence_revision TO {app_role('planning')}")


def downgrade() -> None:
    """Go back while every evidence is a file in its first revision; else nothing is changed."""
    for statement in BACK:
        op.execute(statement)
