"""Every campaign ends: those without an end, or with one far off, end 92 days after their period or today.

Without an end a campaign never closes, its answers never become anonymous and its people are never forgotten.
"""

from alembic import op

revision = "survey_0008"
down_revision = "survey_0007"
branch_labels = None
depends_on = None

ENDS = """
UPDATE campaign c SET closes_at = least(c.closes_at, e.latest)
FROM (
    SELECT campaign_id, greatest(
        (make_date(year, last_month, 1) + interval '1 month') AT TIME ZONE z.clock,
        date_trunc('day', now(), z.clock)) + interval '92 days' AS latest
    FROM campaign JOIN unit USING (unit_id) JOIN (
        VALUES ('WIB', 'Asia/Jakarta'), ('WITA', 'Asia/Makassar'), ('WIT', 'Asia/Jayapura')
    ) z (zone, clock) USING (zone)
) e
WHERE e.campaign_id = c.campaign_id AND c.state <> 'closed'
"""


def upgrade() -> None:
    op.execute(ENDS)
    op.execute("UPDATE campaign SET closes_at = closed_at WHERE closes_at IS NULL")
    op.execute("ALTER TABLE campaign ALTER COLUMN closes_at SET NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE campaign ALTER COLUMN closes_at DROP NOT NULL")
