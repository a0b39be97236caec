"""Files of other systems that are taken in, and what those systems say of the cases.

Tables of their own: a process of the version before goes on without them.
"""

from alembic import op

from shared.db.ddl import execute_all
from shared.db.roles import app_role

revision = "complaints_0029"
down_revision = "complaints_0028"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE case_import (
    id uuid PRIMARY KEY,
    agency_id text NOT NULL,
    source text NOT NULL,
    status text NOT NULL,
    sha256 text NOT NULL,
    declared jsonb NOT NULL,
    head text[] NOT NULL,
    columns jsonb NOT NULL,
    encoding text NOT NULL,
    delimiter text NOT NULL,
    is_encoding_found boolean NOT NULL,
    row_count integer NOT NULL,
    planned jsonb NOT NULL,
    counted jsonb NOT NULL,
    actor jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT case_import_status CHECK (status IN ('mapping', 'checked', 'running', 'done'))
);
CREATE INDEX case_import_running ON case_import (started_at) WHERE status = 'running';
CREATE INDEX case_import_waiting ON case_import (created_at) WHERE status IN ('mapping', 'checked');
CREATE INDEX case_import_agency ON case_import (agency_id, source, finished_at);
CREATE TABLE case_import_line (
    import_id uuid NOT NULL REFERENCES case_import (id) ON DELETE CASCADE,
    number integer NOT NULL,
    sealed bytea,
    external_ref text,
    planned text,
    effect text,
    faults jsonb NOT NULL,
    case_id uuid,
    PRIMARY KEY (import_id, number)
);
CREATE INDEX case_import_line_waiting ON case_import_line (import_id, number) WHERE effect IS NULL;
CREATE TABLE case_source (
    case_id uuid PRIMARY KEY REFERENCES case_file (id),
    source text NOT NULL,
    external_ref text NOT NULL,
    agency_id text NOT NULL,
    forwarded_at timestamptz NOT NULL,
    source_updated_at timestamptz NOT NULL,
    is_source_closed boolean NOT NULL,
    foreign_state text,
    foreign_class text,
    CONSTRAINT case_source_reference UNIQUE (source, external_ref)
);
CREATE INDEX case_source_period ON case_source (agency_id, source, forwarded_at)
"""


def upgrade() -> None:
    execute_all(op, TABLES)
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON case_import, case_import_line, case_source"
        f" TO {app_role('complaints')}"
    )


def downgrade() -> None:
    """Forget where cases came from; the cases stay."""
    op.execute("DROP TABLE case_import_line, case_import, case_source")
