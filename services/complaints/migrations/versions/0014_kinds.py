"""More kinds of cases and acts: states, proposals of any act, inspections, appeals, what starts a clock.

A process of the version before still reads what was proposed, through a view; to propose or to confirm there
fails until it is replaced. What started a deadline that is there already stays untold: to say it would write
every deadline anew under a lock.
"""

from alembic import op

from shared.db.ddl import execute_all
from shared.db.roles import app_role

revision = "complaints_0014"
down_revision = "complaints_0013"
branch_labels = None
depends_on = None

CHANGES = """
ALTER TABLE case_file DROP CONSTRAINT case_file_state, DROP CONSTRAINT case_file_closed,
    ADD COLUMN parent_id uuid REFERENCES case_file (id),
    ADD CONSTRAINT case_file_state CHECK (state IN ('DITERIMA', 'MENUNGGU_KELENGKAPAN', 'DIVERIFIKASI',
        'DIDISPOSISIKAN', 'DIPROSES', 'DIPERIKSA', 'DITANGGAPI', 'DIBUKA_KEMBALI',
        'SELESAI', 'DICABUT', 'DITOLAK', 'DUPLIKAT', 'BUKAN_WEWENANG', 'DITUTUP_TIDAK_LENGKAP')),
    ADD CONSTRAINT case_file_closed CHECK ((state IN ('SELESAI', 'DICABUT', 'DITOLAK', 'DUPLIKAT',
        'BUKAN_WEWENANG', 'DITUTUP_TIDAK_LENGKAP')) = (closed_at IS NOT NULL)),
    ADD CONSTRAINT case_file_parent CHECK ((state = 'DUPLIKAT') <= (parent_id IS NOT NULL));
CREATE TABLE proposal (
    case_id uuid NOT NULL REFERENCES case_file (id),
    version bigint NOT NULL,
    act text NOT NULL,
    content jsonb NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    is_confirmed boolean,
    PRIMARY KEY (case_id, version)
);
INSERT INTO proposal
    SELECT case_id, version, 'request_completion', jsonb_build_object('missing', missing), proposed_by,
        proposed_at, confirmed_by, confirmed_at, confirmed_at IS NOT NULL OR NULL
    FROM completion_proposal;
DROP TABLE completion_proposal;
CREATE VIEW completion_proposal AS
    SELECT case_id, version, content ->> 'missing' AS missing, proposed_by, proposed_at,
        decided_by AS confirmed_by, decided_at AS confirmed_at
    FROM proposal WHERE act = 'request_completion';
CREATE TABLE inspection (
    case_id uuid NOT NULL REFERENCES case_file (id),
    version bigint NOT NULL,
    order_number text NOT NULL,
    ordered_on date NOT NULL,
    team text[] NOT NULL,
    PRIMARY KEY (case_id, version)
);
CREATE TABLE appeal (
    case_id uuid NOT NULL REFERENCES case_file (id) PRIMARY KEY,
    reason text NOT NULL,
    appealed_at timestamptz NOT NULL,
    decision text,
    is_upheld boolean,
    decided_by text,
    decided_at timestamptz
);
ALTER TABLE deadline ADD COLUMN start_fact text
"""
RIGHTS = """
GRANT SELECT, INSERT, UPDATE ON proposal TO {role};
GRANT SELECT, INSERT ON inspection TO {role};
GRANT SELECT, INSERT, UPDATE ON appeal TO {role};
GRANT SELECT ON completion_proposal TO {role}
"""


def upgrade() -> None:
    execute_all(op, CHANGES)
    execute_all(op, RIGHTS.format(role=app_role("complaints")))


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: dismissed cases have no older state")
