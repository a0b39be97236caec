"""Clocks that ran out, and those that were met, for the reports of handling without reading the table."""

from alembic import op

revision = "complaints_0022"
down_revision = "complaints_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE INDEX deadline_breached ON deadline (case_ref) INCLUDE (rule, cycle, start_fact)"
        " WHERE breached_at IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX deadline_met ON deadline (rule, case_ref) INCLUDE (cycle, due_at, met_at)"
        " WHERE status = 'met'"
    )


def downgrade() -> None:
    op.execute("DROP INDEX deadline_breached, deadline_met")
