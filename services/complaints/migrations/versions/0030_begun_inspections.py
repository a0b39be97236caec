"""The first day of an inspection, which the order of it does not know."""

from alembic import op

from shared.db.roles import app_role

revision = "complaints_0030"
down_revision = "complaints_0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE inspection ADD COLUMN began_on date")
    op.execute(f"GRANT UPDATE (began_on) ON inspection TO {app_role('complaints')}")


def downgrade() -> None:
    op.execute("ALTER TABLE inspection DROP COLUMN began_on")
