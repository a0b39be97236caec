"""Released figures, thresholds as classes, decisions that stay, and answers that become anonymous."""

from alembic import op

from shared.db.roles import app_role, identity_name

revision = "survey_0004"
down_revision = "survey_0003"
branch_labels = None
depends_on = None

APP, IDENTITY = app_role("survey"), identity_name("survey")

CAMPAIGN = """
ALTER TABLE campaign
    ADD COLUMN invited integer NOT NULL DEFAULT 0,
    ADD COLUMN gone integer NOT NULL DEFAULT 0,
    ADD COLUMN release_number integer NOT NULL DEFAULT 0,
    ADD COLUMN released_n integer NOT NULL DEFAULT 0,
    ADD COLUMN released_totals jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN is_taken_back boolean NOT NULL DEFAULT false,
    ADD COLUMN is_coarse boolean NOT NULL DEFAULT false,
    ADD COLUMN waiting_since timestamptz,
    ADD COLUMN is_frozen boolean NOT NULL DEFAULT false;
UPDATE campaign c SET
    invited = (SELECT count(*) FROM identity.participant p WHERE p.campaign_id = c.campaign_id),
    gone = (SELECT count(*) FROM identity.participant p JOIN identity.consent d USING (participant_id)
            WHERE p.campaign_id = c.campaign_id AND d.decision IN ('refused', 'withdrawn'));
CREATE TABLE threshold (
    campaign_id uuid PRIMARY KEY REFERENCES campaign,
    version bigint NOT NULL,
    fact jsonb NOT NULL
)
"""
ANSWERS = """
ALTER TABLE response
    DROP CONSTRAINT response_campaign_id_fkey,
    ADD COLUMN arrived integer NOT NULL DEFAULT 0,
    ADD COLUMN released_version bigint,
    ADD COLUMN changed_in integer[] NOT NULL DEFAULT '{}';
UPDATE response r SET arrived = o.place
FROM (SELECT response_id, row_number() OVER (PARTITION BY campaign_id ORDER BY response_id) AS place
      FROM response) o
WHERE o.response_id = r.response_id;
CREATE TABLE anonymous_answer (
    answer_id uuid PRIMARY KEY,
    campaign_id uuid NOT NULL REFERENCES campaign,
    mode text NOT NULL,
    scores jsonb NOT NULL
);
CREATE INDEX anonymous_answer_campaign ON anonymous_answer (campaign_id);
CREATE TABLE told_response (
    response_id uuid PRIMARY KEY,
    campaign_id uuid NOT NULL REFERENCES campaign,
    mode text NOT NULL,
    is_withdrawn boolean NOT NULL,
    version bigint NOT NULL
)
"""
DECISIONS = """
CREATE TABLE identity.consent_text (
    sha256 text PRIMARY KEY,
    version text NOT NULL,
    paragraphs text[] NOT NULL
);
CREATE TABLE identity.decision (
    participant_id uuid NOT NULL REFERENCES identity.participant,
    number integer NOT NULL,
    consent_id uuid NOT NULL,
    decision text NOT NULL CONSTRAINT decision_kind
        CHECK (decision IN ('willing', 'later', 'refused', 'withdrawn')),
    text_version text NOT NULL,
    text_sha256 text NOT NULL,
    channel text NOT NULL,
    decided_at timestamptz NOT NULL,
    version bigint NOT NULL,
    willing integer,
    PRIMARY KEY (participant_id, number),
    CONSTRAINT decision_consent UNIQUE (consent_id, number)
);
INSERT INTO identity.decision
SELECT participant_id, 1, consent_id, decision, text_version, text_sha256, channel, decided_at, version,
       willing
FROM identity.consent;
ALTER TABLE identity.decision ADD CONSTRAINT decision_text
    FOREIGN KEY (text_sha256) REFERENCES identity.consent_text NOT VALID;
DROP TABLE identity.consent
"""
ANONYMISE = f"""
CREATE FUNCTION zi_anonymise(campaigns uuid[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET lock_timeout = '500ms' AS $$
BEGIN
    LOCK TABLE response IN ACCESS EXCLUSIVE MODE;
    INSERT INTO anonymous_answer (answer_id, campaign_id, mode, scores)
    SELECT gen_random_uuid(), campaign_id, mode, scores FROM response
    WHERE campaign_id = ANY(campaigns) AND scores IS NOT NULL ORDER BY gen_random_uuid();
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
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END $$;
COMMENT ON FUNCTION zi_anonymise IS
    'Copies the answers of these campaigns in random order under new ids and drops the table they were in';
REVOKE EXECUTE ON FUNCTION zi_anonymise FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zi_anonymise TO {APP}
"""  # noqa: S608 - the only inserted text is our own role's name


def upgrade() -> None:
    for statements in (CAMPAIGN, ANSWERS, DECISIONS):
        for statement in statements.split(";"):
            op.execute(statement)
    body, _, rest = ANONYMISE.partition("END $$;")
    for statement in (f"{body}END $$", *rest.split(";")):
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON threshold, anonymous_answer, told_response TO {APP}")
    op.execute(f"GRANT SELECT, INSERT ON identity.consent_text, identity.decision TO {IDENTITY}")
    # what was decided on which text can be added to and never changed
    op.execute(f"GRANT UPDATE (decided_at, version, willing) ON identity.decision TO {IDENTITY}")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: decisions and releases would be forgotten")
