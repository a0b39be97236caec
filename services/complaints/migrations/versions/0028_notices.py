"""Notices that leave: the queue, addresses of those who log in, and what reporters are to be told of.

Notices that roles are owed by now are handed on when a worker of this release looks at them; what is older
than two weeks is no news and ends there. A process of the release before writes them as it did.
"""

from alembic import op

from shared.db.ddl import execute_all
from shared.db.roles import app_role
from shared.service import tables

revision = "complaints_0028"
down_revision = "complaints_0027"
branch_labels = None
depends_on = None

OWED = """
ALTER TABLE notification
    ADD COLUMN outcome text CONSTRAINT notification_outcome
        CHECK (outcome IN ('queued', 'by_receipt', 'over', 'superseded', 'nobody', 'stale')),
    ADD COLUMN next_look_at timestamptz;
CREATE TABLE reporter_notice (
    case_id uuid NOT NULL REFERENCES case_file (id),
    key text NOT NULL,
    fact text NOT NULL,
    cycle integer NOT NULL,
    at timestamptz NOT NULL,
    passed_at timestamptz,
    outcome text CONSTRAINT reporter_notice_outcome
        CHECK (outcome IN ('sent', 'by_receipt', 'bounced', 'to_post', 'posted')),
    ended_at timestamptz,
    posted_on date,
    letter text,
    PRIMARY KEY (case_id, key),
    CONSTRAINT reporter_notice_posted CHECK ((outcome = 'posted') = (posted_on IS NOT NULL))
);
CREATE INDEX reporter_notice_waiting ON reporter_notice (at) WHERE passed_at IS NULL;
CREATE INDEX reporter_notice_returned ON reporter_notice (outcome, ended_at, case_id)
    WHERE fact = 'responded' AND outcome IN ('bounced', 'to_post')
"""


def upgrade() -> None:
    tables.queue_notices(op, "complaints")
    tables.add_contacts(op, "complaints")
    execute_all(op, OWED)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON reporter_notice TO {app_role('complaints')}")


def downgrade() -> None:
    """Forget what waits and every address: both come again. Nobody is told twice of what was told."""
    op.execute("DROP TABLE reporter_notice, notice, notice_mail")
    op.execute("DROP TABLE identity.contact")
    op.execute("ALTER TABLE notification DROP COLUMN outcome, DROP COLUMN next_look_at")
