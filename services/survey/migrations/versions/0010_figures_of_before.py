"""Figures of before the rule of releases are said no more, and count as what others know.

They were exact and told after each answer. The last one covered all answers there were, so it stands as the
first release of each open campaign, unshown: what differs from it by fewer than five people stays out. No
table says whether a campaign without a release was told before the rule or after it, so all of them are
treated alike; at worst the first figure comes some answers later.
"""

from alembic import op

revision = "survey_0010"
down_revision = "survey_0009"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE campaign ADD COLUMN is_untold boolean NOT NULL DEFAULT false;
UPDATE campaign SET is_untold = true WHERE state <> 'draft' AND release_number = 0 AND n > 0;
UPDATE response r SET changed_in = '{1}', released_version = r.version
FROM campaign c
WHERE c.campaign_id = r.campaign_id AND c.is_untold AND c.state = 'open' AND NOT c.is_frozen
  AND r.scores IS NOT NULL;
UPDATE campaign SET release_number = 1 WHERE is_untold AND state = 'open' AND NOT is_frozen
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: what others know would be forgotten")
