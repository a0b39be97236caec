"""What no row, reader or pause can stop: outbox and dead letters, hardened."""

from alembic import op

from shared.service import tables

revision = "scoring_0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TOLD = """
ALTER TABLE score ADD COLUMN worksheet_version bigint NOT NULL DEFAULT 0;
UPDATE score s SET worksheet_version = w.worksheet_version FROM standing w
WHERE (w.unit_id, w.year) = (s.unit_id, s.year);
ALTER TABLE survey_status ADD COLUMN n int NOT NULL DEFAULT 0, ADD COLUMN willing int NOT NULL DEFAULT 0,
    ADD COLUMN ipak text, ADD COLUMN ipkp text;
UPDATE survey_status s SET n = t.n, willing = t.willing, ipak = t.ipak, ipkp = t.ipkp FROM tally t
WHERE t.campaign_id = s.campaign_id
"""


def upgrade() -> None:
    tables.harden(op)
    for statement in TOLD.split(";"):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: rows that are put aside would be forgotten")
