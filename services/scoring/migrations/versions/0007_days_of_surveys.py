"""Lines about surveys keep the day of the unit and no moment: one person's act writes them."""

from alembic import op

revision = "scoring_0007"
down_revision = "scoring_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        UPDATE change c SET at = date_trunc('day', c.at, coalesce(
            (SELECT CASE u.zone WHEN 'WITA' THEN 'Asia/Makassar' WHEN 'WIT' THEN 'Asia/Jayapura' END
             FROM unit u WHERE u.unit_id = c.unit_id), 'Asia/Jakarta'))
        WHERE cause = 'survey'
    """)


def downgrade() -> None:
    """Nothing to take back: the moments are gone."""
