"""Holiday decrees that a person has read and confirmed: insert-only."""

from alembic import op

from shared.db.roles import app_role

revision = "complaints_0005"
down_revision = "complaints_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE calendar_confirmation (
            calendar_version int PRIMARY KEY,
            year int NOT NULL,
            decree text NOT NULL,
            confirmed_by text NOT NULL,
            confirmed_at timestamptz NOT NULL
        )
        """
    )
    op.execute(f"GRANT SELECT, INSERT ON calendar_confirmation TO {app_role('complaints')}")
    op.execute(f"REVOKE UPDATE, DELETE ON calendar_confirmation FROM {app_role('complaints')}")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: who confirmed a decree would be forgotten")
