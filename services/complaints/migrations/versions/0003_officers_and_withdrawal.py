"""Who may be named for a case, and the end that a reporter chooses."""

from alembic import op

from shared.db.roles import app_role

revision = "complaints_0003"
down_revision = "complaints_0002"
branch_labels = None
depends_on = None

CHANGES = """
CREATE TABLE officer (
    subject text NOT NULL,
    role text NOT NULL,
    level text NOT NULL CONSTRAINT officer_level CHECK (level IN ('unit', 'agency', 'national')),
    place text NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    noted_by text,
    PRIMARY KEY (subject, role, level, place)
);
CREATE INDEX officer_place ON officer (role, level, place);
ALTER TABLE case_file DROP CONSTRAINT case_file_state, DROP CONSTRAINT case_file_closed,
    ADD CONSTRAINT case_file_state CHECK (state IN ('DITERIMA', 'MENUNGGU_KELENGKAPAN', 'DIVERIFIKASI',
        'DIDISPOSISIKAN', 'DIPROSES', 'DITANGGAPI', 'SELESAI', 'DICABUT')),
    ADD CONSTRAINT case_file_closed
        CHECK ((state IN ('SELESAI', 'DICABUT')) = (closed_at IS NOT NULL))
"""


def upgrade() -> None:
    for statement in CHANGES.split(";"):
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT, DELETE ON officer TO {app_role('complaints')}")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: withdrawn cases have no older state")
