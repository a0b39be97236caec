"""Indexes of the desk: running clocks by the time left, open cases by handler, ended ones from the newest."""

from alembic import op

revision = "complaints_0018"
down_revision = "complaints_0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE INDEX deadline_armed ON deadline (due_at, case_ref) INCLUDE (rule, breached_at)"
        " WHERE status = 'armed' AND start_fact IS DISTINCT FROM 'ended'"
    )
    op.execute(
        "CREATE INDEX case_file_open ON case_file (agency_id, unit_id) INCLUDE (id) WHERE closed_at IS NULL"
    )
    op.execute("CREATE INDEX case_file_handler ON case_file (handler, closed_at, id)")
    op.execute("CREATE INDEX case_file_ended ON case_file (closed_at, id) WHERE closed_at IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX deadline_armed, case_file_open, case_file_handler, case_file_ended")
