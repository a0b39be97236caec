"""The gates that a score meets are an array, no longer one text."""

from alembic import op

revision = "scoring_0008"
down_revision = "scoring_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE score ALTER COLUMN gates_met TYPE text[] USING string_to_array(gates_met, ' ')")


def downgrade() -> None:
    op.execute("ALTER TABLE score ALTER COLUMN gates_met TYPE text USING array_to_string(gates_met, ' ')")
