"""How many clocks run under each version of a policy, in some units or in all, without reading the table."""

from alembic import op

revision = "complaints_0020"
down_revision = "complaints_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE INDEX deadline_running ON deadline (unit_id, policy, kind)"
        " WHERE status IN ('armed', 'paused')"
    )


def downgrade() -> None:
    op.execute("DROP INDEX deadline_running")
