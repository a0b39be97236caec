"""Of a campaign that fewer than five people answered nothing is kept; and none is missed by anonymising.

Campaigns whose secret was destroyed before answers were copied still hold theirs in the order of arrival, and
few answers that were copied can still be told apart by elimination: the timer takes up both.
"""

from alembic import op

from shared.db.roles import app_role

revision = "survey_0009"
down_revision = "survey_0008"
branch_labels = None
depends_on = None

APP = app_role("survey")
CAMPAIGN = """
ALTER TABLE campaign
    ADD COLUMN is_anonymous boolean NOT NULL DEFAULT false,
    ADD COLUMN is_erased boolean NOT NULL DEFAULT false;
UPDATE campaign c SET is_anonymous = true
WHERE is_frozen
  AND NOT EXISTS (SELECT FROM identity.campaign_secret s WHERE s.campaign_id = c.campaign_id)
  AND NOT EXISTS (SELECT FROM response r WHERE r.campaign_id = c.campaign_id)
  AND (SELECT count(*) FROM anonymous_answer a WHERE a.campaign_id = c.campaign_id) NOT BETWEEN 1 AND 4
"""
ANONYMISE = f"""
CREATE FUNCTION zi_anonymise(campaigns uuid[], fewest integer) RETURNS uuid[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET lock_timeout = '500ms' AS $$
DECLARE
    few uuid[];
BEGIN
    LOCK TABLE response IN ACCESS EXCLUSIVE MODE;
    few := ARRAY(
        SELECT id FROM unnest(campaigns) AS id
        WHERE (SELECT count(*) FROM response WHERE campaign_id = id AND scores IS NOT NULL)
            + (SELECT count(*) FROM anonymous_answer WHERE campaign_id = id) < fewest);
    INSERT INTO anonymous_answer (answer_id, campaign_id, mode, scores)
    SELECT gen_random_uuid(), campaign_id, mode, scores FROM response
    WHERE campaign_id = ANY(campaigns) AND campaign_id <> ALL(few) AND scores IS NOT NULL
    ORDER BY gen_random_uuid();
    DELETE FROM anonymous_answer WHERE campaign_id = ANY(few);
    INSERT INTO told_response (response_id, campaign_id, mode, is_withdrawn, version)
    SELECT response_id, campaign_id, mode, scores IS NULL, version FROM response
    WHERE campaign_id = ANY(campaigns) ORDER BY gen_random_uuid();
    CREATE TABLE response_afresh (LIKE response INCLUDING DEFAULTS);
    INSERT INTO response_afresh SELECT * FROM response
    WHERE campaign_id <> ALL(campaigns) ORDER BY gen_random_uuid();
    DROP TABLE response;
    ALTER TABLE response_afresh RENAME TO response;
    ALTER TABLE response
        ADD CONSTRAINT response_pkey PRIMARY KEY (response_id),
        ADD CONSTRAINT response_link UNIQUE (campaign_id, link);
    GRANT SELECT, INSERT, UPDATE, DELETE ON response TO {APP};
    RETURN few;
EXCEPTION WHEN lock_not_available THEN
    RETURN NULL;
END $$;
COMMENT ON FUNCTION zi_anonymise IS
    'Copies the answers of these campaigns in random order under new ids and drops the table they were in, but
     nothing of those with fewer answers, which it names. NULL: somebody reads the table';
REVOKE EXECUTE ON FUNCTION zi_anonymise FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zi_anonymise TO {APP}
"""  # noqa: S608 - the only inserted text is our own role's name


def upgrade() -> None:
    for statement in CAMPAIGN.split(";"):
        op.execute(statement)
    op.execute("DROP FUNCTION zi_anonymise(uuid[])")
    body, _, rest = ANONYMISE.partition("END $$;")
    comment, revoke, grant = rest.rsplit(";", 2)
    for statement in (f"{body}END $$", comment, revoke, grant):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: which campaigns are anonymous would be forgotten")
