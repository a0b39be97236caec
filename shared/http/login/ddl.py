"""The tables of page sessions, in the steps in which migrations built them."""

SESSIONS = """
CREATE TABLE page_session (
    id_hash bytea PRIMARY KEY,
    principal jsonb NOT NULL,
    display_name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE TABLE login_state (
    key text PRIMARY KEY,
    value text NOT NULL,
    expires_at timestamptz NOT NULL
)
"""

RENEWAL = """
ALTER TABLE page_session
    ADD COLUMN refresh_token bytea,
    ADD COLUMN checked_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN asked_until timestamptz,
    ADD COLUMN is_issuer_away boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN page_session.refresh_token IS 'Sealed; NULL for a session that cannot ask the issuer again';
COMMENT ON COLUMN page_session.checked_at IS 'When the issuer last said that these roles hold';
COMMENT ON COLUMN page_session.asked_until IS 'Until then nobody else asks the issuer about this session';
COMMENT ON COLUMN page_session.is_issuer_away IS 'The last question got no answer'
"""

LOG_OUT = """
ALTER TABLE page_session ADD COLUMN id_token bytea;
COMMENT ON COLUMN page_session.id_token IS 'Sealed; tells the issuer at log-out whose session to end'
"""

LOG_OUT_OF_ALL = """
ALTER TABLE page_session ADD COLUMN sid_hash bytea;
CREATE INDEX page_session_sid ON page_session (sid_hash);
CREATE INDEX page_session_subject ON page_session ((principal ->> 'subject'));
CREATE TABLE logout_token (
    jti_hash bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
COMMENT ON COLUMN page_session.sid_hash IS 'Keyed hash of the session at the issuer that this one came of';
COMMENT ON TABLE logout_token IS 'Logout tokens that were obeyed, until they have expired: each serves once'
"""
