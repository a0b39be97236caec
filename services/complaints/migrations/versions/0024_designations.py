"""Up to which version others were told of each handling unit; those of before are told by a job."""

from alembic import op

revision = "complaints_0024"
down_revision = "complaints_0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE handling_unit ADD COLUMN told_version bigint NOT NULL DEFAULT 0,"
        " ADD COLUMN told_at timestamptz"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE handling_unit DROP COLUMN told_version, DROP COLUMN told_at")
