"""A migration of running deadlines that cannot go on ends, and says why.

A process of the version before leaves the column alone, and goes on as it did.
"""

from alembic import op

revision = "complaints_0021"
down_revision = "complaints_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE policy_migration ADD COLUMN stopped text")


def downgrade() -> None:
    op.execute("ALTER TABLE policy_migration DROP COLUMN stopped")
