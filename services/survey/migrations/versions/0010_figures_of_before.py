"""Figures of before the rule of releases are said no more, and count as what others know.

They were exact and told after each answer, and whoever read one may subtract it from whatever comes. Somebody
who consented on the text 2026-1 tells that there may be one: the next text came with the rule.

What the last one covered is known while nobody can have answered or withdrawn since: when the rule comes with
this very upgrade, and of campaigns that were closed before it and not released after. It stands as the first
release of an open campaign, unshown: what differs from it by fewer than five people stays out.

Elsewhere it is not known. Who consented before may have answered after, and no table tells that, so a
campaign is not spared for having consents on that text alone. Such campaigns show no figure any more, though
that loses the result of those in which nothing happened: one person's answer weighs more. They are those that
lived open beside the rule, and all that were released by it. What is anonymous stays as it is.
"""

from alembic import op

revision = "survey_0010"
down_revision = "survey_0009"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE campaign ADD COLUMN is_untold boolean NOT NULL DEFAULT false;
CREATE TEMPORARY TABLE of_before ON COMMIT DROP AS
SELECT c.campaign_id, c.release_number > 0 OR c.state = 'open' AND NOT EXISTS (
    SELECT FROM pg_attribute a  -- the rule's column was made by this transaction
    WHERE a.attrelid = 'campaign'::regclass AND a.attname = 'release_number'
      AND a.xmin = pg_current_xact_id()::xid) AS is_unknown
FROM campaign c
WHERE c.state <> 'draft' AND EXISTS (
    SELECT FROM identity.decision d JOIN identity.participant p USING (participant_id)
    WHERE p.campaign_id = c.campaign_id AND d.text_version = '2026-1'
      AND d.decision IN ('willing', 'withdrawn'));
UPDATE campaign c SET is_untold = true, is_frozen = true, is_taken_back = true, released_n = 0,
    released_totals = '{}', released_outlooks = '{}', waiting_since = NULL
FROM of_before b WHERE b.campaign_id = c.campaign_id AND b.is_unknown AND NOT c.is_frozen;
UPDATE campaign c SET is_untold = true
FROM of_before b WHERE b.campaign_id = c.campaign_id AND NOT b.is_unknown AND c.n > 0;
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
