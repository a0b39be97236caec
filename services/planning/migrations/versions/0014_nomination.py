"""Documents of agencies, preconditions, predicates, proposals, and the packages that are frozen of them."""

from alembic import op

from shared.db.roles import app_role

revision = "planning_0014"
down_revision = "planning_0013"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE agency_document (
        document_id uuid PRIMARY KEY,
        agency_id text NOT NULL,
        kind text NOT NULL CONSTRAINT agency_document_kind
            CHECK (kind IN ('letter', 'sptjm', 'decree', 'declaration', 'proof')),
        file_name text NOT NULL,
        sha256 text NOT NULL REFERENCES stored_file,
        number text,
        dated_on date,
        signatory text,
        uploaded_by text NOT NULL,
        uploaded_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX agency_document_agency ON agency_document (agency_id, document_id)",
    """
    CREATE TABLE precondition (
        subject text NOT NULL CONSTRAINT precondition_subject CHECK (subject IN ('agency', 'unit')),
        subject_id text NOT NULL,
        year integer NOT NULL,
        version bigint NOT NULL CONSTRAINT precondition_counts CHECK (version > 1),
        code text NOT NULL,
        value text,
        document_ids uuid[] NOT NULL,
        told_by text NOT NULL,
        told_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (subject, subject_id, year, version)
    )
    """,
    """
    CREATE TABLE predicate (
        predicate_id uuid PRIMARY KEY,
        unit_id text NOT NULL REFERENCES unit,
        predicate text NOT NULL CONSTRAINT predicate_name CHECK (predicate IN ('WBK', 'WBBM')),
        giver text NOT NULL CONSTRAINT predicate_giver CHECK (giver IN ('tpn', 'mandiri')),
        decree_number text NOT NULL,
        decree_on date NOT NULL,
        decree_signatory text NOT NULL,
        decree_document_id uuid REFERENCES agency_document,
        revoked_number text,
        revoked_on date,
        revoked_signatory text,
        revoked_document_id uuid REFERENCES agency_document,
        revoked_because text,
        version bigint NOT NULL,
        recorded_by text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT predicate_decree UNIQUE (unit_id, predicate, decree_number),
        CONSTRAINT predicate_revoked
            CHECK (num_nonnulls(revoked_number, revoked_on, revoked_signatory, revoked_because) IN (0, 4))
    )
    """,
    """
    CREATE TABLE nomination (
        nomination_id uuid PRIMARY KEY,
        agency_id text NOT NULL,
        year integer NOT NULL,
        state text NOT NULL CONSTRAINT nomination_state
            CHECK (state IN ('proposed', 'submitted', 'frozen', 'withdrawn')),
        kawasan jsonb NOT NULL,
        letter_id uuid REFERENCES agency_document,
        sptjm_id uuid REFERENCES agency_document,
        package_version bigint NOT NULL CONSTRAINT nomination_packages CHECK (package_version >= 0),
        version bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE UNIQUE INDEX nomination_one_a_year ON nomination (agency_id, year) WHERE state <> 'withdrawn'",
    """
    CREATE TABLE candidacy (
        candidacy_id uuid PRIMARY KEY,
        nomination_id uuid NOT NULL REFERENCES nomination,
        unit_id text NOT NULL REFERENCES unit,
        place integer NOT NULL,
        category text NOT NULL CONSTRAINT candidacy_category
            CHECK (category IN ('WBK', 'WBK-AFIRMASI', 'WBBM')),
        kawasan text,
        state text NOT NULL CONSTRAINT candidacy_state
            CHECK (state IN ('proposed', 'submitted', 'frozen', 'withdrawn')),
        package_version bigint NOT NULL,
        version bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT candidacy_unit UNIQUE (nomination_id, unit_id)
    )
    """,
    "CREATE INDEX candidacy_of_unit ON candidacy (unit_id)",
    """
    CREATE TABLE nomination_package (
        nomination_id uuid NOT NULL REFERENCES nomination,
        version bigint NOT NULL,
        sha256 text NOT NULL,
        manifest bytea NOT NULL,
        reason text,
        frozen_by text NOT NULL,
        frozen_at timestamptz NOT NULL,
        PRIMARY KEY (nomination_id, version)
    )
    """,
    """
    CREATE TABLE nomination_part (
        nomination_id uuid NOT NULL,
        version bigint NOT NULL,
        name text NOT NULL,
        content bytea NOT NULL,
        PRIMARY KEY (nomination_id, version, name),
        FOREIGN KEY (nomination_id, version) REFERENCES nomination_package
    )
    """,
)
TABLES = (
    *("nomination_part", "nomination_package", "candidacy", "nomination", "predicate", "precondition"),
    "agency_document",
)
KEPT = ("agency_document", "precondition", "nomination_package", "nomination_part")
"""What was told or frozen stays as it was: not even our own code can change it."""


def upgrade() -> None:
    app = app_role("planning")
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(KEPT)} TO {app}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON predicate, nomination, candidacy TO {app}")


def downgrade() -> None:
    """Go back while nothing was told or proposed; else nothing is changed."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM agency_document) OR EXISTS (SELECT FROM precondition)
                OR EXISTS (SELECT FROM predicate) OR EXISTS (SELECT FROM nomination) THEN
                RAISE EXCEPTION 'restore a backup instead: predicates and packages would be forgotten';
            END IF;
        END $$
        """
    )
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
