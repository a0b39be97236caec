"""What is owed to people and to the Ombudsman: requests about personal data, breaches, reports (LHP).

Tables of their own, so that a process of the version before works on beside this one; it fires their
deadlines as it fires all, by their rows alone.
"""

from alembic import op

from shared.db.ddl import execute_all
from shared.db.roles import app_role

revision = "complaints_0023"
down_revision = "complaints_0022"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE data_request (
    dossier_id uuid PRIMARY KEY REFERENCES dossier,
    case_id uuid REFERENCES case_file (id),
    wish text NOT NULL CONSTRAINT data_request_wish
        CHECK (wish IN ('akses', 'perbaikan', 'penghapusan', 'pembatasan')),
    text text NOT NULL,
    proof text,
    outcome text CONSTRAINT data_request_outcome CHECK (outcome IN ('dikabulkan', 'sebagian', 'ditolak')),
    ground text,
    answer text
);
CREATE INDEX data_request_case ON data_request (case_id) WHERE case_id IS NOT NULL;
CREATE TABLE data_breach (
    dossier_id uuid PRIMARY KEY REFERENCES dossier,
    detected_at timestamptz NOT NULL,
    summary text NOT NULL,
    data_kinds text,
    people_count bigint CONSTRAINT data_breach_people CHECK (people_count >= 0),
    happened text,
    people_told text,
    authority_letter text,
    authority_told_on date,
    measures text
);
CREATE TABLE ombudsman_report (
    dossier_id uuid PRIMARY KEY REFERENCES dossier,
    number text NOT NULL,
    issued_on date NOT NULL,
    received_on date NOT NULL,
    letter_number text,
    letter_on date
);
CREATE TABLE corrective_action (
    dossier_id uuid NOT NULL REFERENCES ombudsman_report,
    number integer NOT NULL,
    text text NOT NULL,
    is_done boolean,
    evidence text,
    note text,
    recorded_at timestamptz,
    PRIMARY KEY (dossier_id, number)
)
"""
RIGHTS = """
GRANT SELECT, INSERT, UPDATE ON data_request, data_breach, ombudsman_report, corrective_action TO {role}
"""


def upgrade() -> None:
    execute_all(op, TABLES)
    execute_all(op, RIGHTS.format(role=app_role("complaints")))


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: requests and reports would be forgotten")
