"""Officers whom a supervisor took off a unit's list: their own log-in does not bring them back.

A table of its own, so that a process of the version before reads `officer` as it always did.
"""

from alembic import op

from shared.db.roles import app_role

revision = "complaints_0006"
down_revision = "complaints_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE officer_removal (
            subject text NOT NULL,
            role text NOT NULL,
            level text NOT NULL,
            place text NOT NULL,
            removed_at timestamptz NOT NULL DEFAULT now(),
            removed_by text NOT NULL,
            PRIMARY KEY (subject, role, level, place)
        )
        """
    )
    op.execute(f"GRANT SELECT, INSERT, DELETE ON officer_removal TO {app_role('complaints')}")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: whom a supervisor took off would be forgotten")
