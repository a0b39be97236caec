"""Messages about cases, the files that came with them, and the public keys of proofs of filing.

Tables of their own, so that a process of the version before works on beside this one.
"""

from alembic import op

from shared.db.roles import app_role

revision = "complaints_0019"
down_revision = "complaints_0018"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE message (
        id uuid PRIMARY KEY,
        case_id uuid NOT NULL REFERENCES case_file (id),
        author text,
        is_internal boolean NOT NULL,
        content text,
        sent_at timestamptz NOT NULL,
        CONSTRAINT message_internal CHECK (author IS NOT NULL OR NOT is_internal)
    )
    """,
    "CREATE INDEX message_case ON message (case_id, id)",
    """
    CREATE TABLE message_waiting (
        case_id uuid PRIMARY KEY REFERENCES case_file (id),
        since timestamptz NOT NULL
    )
    """,
    "CREATE INDEX message_waiting_since ON message_waiting (since, case_id)",
    """
    CREATE TABLE stored_file (
        sha256 text PRIMARY KEY CONSTRAINT stored_file_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        size_bytes bigint NOT NULL,
        media_type text NOT NULL,
        extension text NOT NULL,
        scan text NOT NULL CONSTRAINT stored_file_scan
            CHECK (scan IN ('unscanned', 'waiting', 'clean', 'infected')),
        stored_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX stored_file_unseen ON stored_file (sha256) WHERE scan IN ('unscanned', 'waiting')",
    """
    CREATE TABLE attachment (
        id uuid PRIMARY KEY,
        case_id uuid NOT NULL REFERENCES case_file (id),
        message_id uuid NOT NULL REFERENCES message (id),
        number integer NOT NULL,
        sha256 text NOT NULL REFERENCES stored_file (sha256),
        CONSTRAINT attachment_number UNIQUE (case_id, number)
    )
    """,
    "CREATE INDEX attachment_message ON attachment (message_id)",
    "CREATE INDEX attachment_file ON attachment (sha256, case_id)",
    """
    CREATE TABLE proof_key (
        key_id bytea PRIMARY KEY,
        public_key bytea NOT NULL,
        first_used_at timestamptz NOT NULL DEFAULT now()
    )
    """,
)


def upgrade() -> None:
    app = app_role("complaints")
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT ON message, attachment, proof_key TO {app}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON stored_file TO {app}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON message_waiting TO {app}")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: messages have no older place")
