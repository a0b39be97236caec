"""The tables of notices and of contacts, in the steps in which migrations built them."""

NOTICES = """
CREATE TABLE notice_mail (
    mail_id uuid PRIMARY KEY,
    recipient text NOT NULL,
    rhythm text NOT NULL,
    zone text NOT NULL,
    made_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0 CONSTRAINT notice_mail_attempts CHECK (attempts >= 0),
    state text NOT NULL DEFAULT 'open'
        CONSTRAINT notice_mail_state CHECK (state IN ('open', 'sent', 'parked', 'dropped')),
    reason text,
    ended_at timestamptz,
    CONSTRAINT notice_mail_end CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE INDEX notice_mail_open ON notice_mail (next_at) WHERE state = 'open';
CREATE INDEX notice_mail_parked ON notice_mail (mail_id) WHERE state = 'parked';
CREATE INDEX notice_mail_ended ON notice_mail (ended_at) WHERE state IN ('sent', 'dropped');
CREATE TABLE notice (
    notice_id uuid PRIMARY KEY,
    recipient text NOT NULL,
    key text NOT NULL,
    template text NOT NULL,
    data jsonb NOT NULL,
    rhythm text NOT NULL,
    zone text NOT NULL,
    queued_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz,
    mail_id uuid REFERENCES notice_mail,
    dropped_at timestamptz,
    dropped_reason text,
    CONSTRAINT notice_once UNIQUE (recipient, key)
);
CREATE INDEX notice_waiting ON notice (due_at) WHERE mail_id IS NULL AND dropped_at IS NULL;
CREATE INDEX notice_expires ON notice (expires_at)
    WHERE mail_id IS NULL AND dropped_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX notice_of_mail ON notice (mail_id) WHERE mail_id IS NOT NULL;
COMMENT ON TABLE notice IS 'What one person, named by a pseudonym, is to be told; once per key';
COMMENT ON TABLE notice_mail IS 'Notices that leave together; the id makes the Message-ID of every try';
COMMENT ON COLUMN notice_mail.next_at IS 'Not looked at before: a pause after a try, or the lease of one';
COMMENT ON COLUMN notice_mail.due_at IS 'When it was to leave, for its age; moved by quiet hours alone'
"""

CONTACTS = """
CREATE TABLE identity.contact (
    subject text PRIMARY KEY,
    address text NOT NULL,
    roles text[] NOT NULL,
    level text NOT NULL CONSTRAINT contact_level CHECK (level IN ('unit', 'agency', 'national')),
    agencies text[] NOT NULL,
    units text[] NOT NULL,
    seen_at timestamptz NOT NULL
);
CREATE INDEX contact_roles ON identity.contact USING gin (roles);
CREATE INDEX contact_seen ON identity.contact (seen_at);
COMMENT ON TABLE identity.contact IS 'Whom to tell, and where: as the log-in last said'
"""
