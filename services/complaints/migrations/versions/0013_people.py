"""Our copy of planning's people by pseudonym, and who is named in a case as accused or declarant.

Tables of their own, so that a process of the version before works on beside this one.
"""

from alembic import op

from shared.db.roles import app_role

revision = "complaints_0013"
down_revision = "complaints_0012"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE person (
        person_id text PRIMARY KEY,
        unit_id text NOT NULL,
        superior_id text,
        subjects text[] NOT NULL,
        is_leader boolean NOT NULL,
        active_from date NOT NULL,
        active_to date,
        substitutes jsonb NOT NULL,
        version bigint NOT NULL,
        payload_hash bytea NOT NULL
    )
    """,
    "CREATE INDEX person_substitutes ON person USING gin (substitutes jsonb_path_ops)",
    "CREATE INDEX person_superior ON person (superior_id) WHERE superior_id IS NOT NULL",
    """
    CREATE TABLE person_log_in (
        subject text NOT NULL,
        person_id text NOT NULL REFERENCES person,
        PRIMARY KEY (subject, person_id)
    )
    """,
    "CREATE INDEX person_log_in_person ON person_log_in (person_id)",
    """
    CREATE TABLE case_party (
        case_id uuid NOT NULL REFERENCES case_file,
        person_id text NOT NULL,
        role text NOT NULL CONSTRAINT case_party_role CHECK (role IN ('accused', 'declarant')),
        PRIMARY KEY (case_id, person_id, role)
    )
    """,
    "CREATE INDEX case_party_person ON case_party (person_id)",
)


def upgrade() -> None:
    app = app_role("complaints")
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON person, person_log_in TO {app}")
    op.execute(f"GRANT SELECT, INSERT ON case_party TO {app}")


def downgrade() -> None:
    """Go back while nobody is named in a case; else nothing is changed. The copy comes again."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM case_party) THEN
                RAISE EXCEPTION 'restore a backup instead: who is named in cases would be forgotten';
            END IF;
        END $$
        """
    )
    op.execute("DROP TABLE case_party, person_log_in, person")
