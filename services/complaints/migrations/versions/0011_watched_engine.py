"""The engine's watch: what outlives a restart, what figures are counted from, what is backdated for a reason.

The release before runs beside it: it knows no maximum but its own, what it arms keeps its own mark, and its
figures ask `case_file_standing` in place of `case_file_open`.
"""

from alembic import op

from shared.db.roles import app_role

revision = "complaints_0011"
down_revision = "complaints_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE clock_maximum (
            id smallint PRIMARY KEY CONSTRAINT clock_maximum_one CHECK (id = 1),
            at timestamptz NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE TABLE due_audit (
            id smallint PRIMARY KEY CONSTRAINT due_audit_one CHECK (id = 1),
            began_at timestamptz NOT NULL,
            place uuid,
            differ int NOT NULL,
            ended_at timestamptz,
            last_differ int
        )
        """
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON clock_maximum, due_audit TO {app_role('complaints')}")
    op.execute("CREATE INDEX case_file_standing ON case_file (kind, state, id) WHERE state <> 'SELESAI'")
    op.execute("DROP INDEX case_file_open")
    op.execute(
        "CREATE INDEX case_file_response ON case_file (kind, received_at, first_follow_up_at)"
        " WHERE first_follow_up_at IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX case_event_silence ON case_event (case_id) WHERE act = 'close' AND actor = 'engine'"
    )
    op.execute(
        """
        UPDATE deadline SET is_backdated = false
        WHERE is_backdated AND due_at > (
            SELECT min(first.armed_at) FROM deadline AS first WHERE first.case_ref = deadline.case_ref
        )
        """
    )


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: which deadlines were marked as backdated is forgotten")
