"""Which assessment gave a predicate: it alone takes it back."""

from alembic import op

revision = "planning_0016"
down_revision = "planning_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE predicate ADD COLUMN assessed_year integer")
    op.execute("CREATE UNIQUE INDEX predicate_of_assessment ON predicate (unit_id, assessed_year)")


def downgrade() -> None:
    """Forget which assessments gave predicates."""
    op.execute("ALTER TABLE predicate DROP COLUMN assessed_year")
