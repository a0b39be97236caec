"""Tables that every service has beside its own: outbox, consumer, audit, idempotency and page log-in.

They are plain DDL, run by each service's first migration, because no ORM ever reads them.
"""

from typing import Protocol

from shared.db.roles import app_role, identity_name

OUTBOX_DAYS_AHEAD = 7
OUTBOX_DAYS_KEPT = 14
"""Published rows stay this long so that `zi outbox reconcile` can republish a lost tail."""


class Operations(Protocol):
    """The one thing we need of Alembic's `op`."""

    def execute(self, sqltext: str) -> None: ...


CLOCK = """
CREATE FUNCTION zi_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';
COMMENT ON FUNCTION zi_now() IS 'The clock that decides deadlines; tests replace it'
"""

OUTBOX = """
CREATE SEQUENCE outbox_position;
CREATE TABLE outbox (
    position bigint NOT NULL DEFAULT nextval('outbox_position'),
    created_on date NOT NULL DEFAULT (now() AT TIME ZONE 'utc')::date,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    id uuid NOT NULL,
    aggregatetype text NOT NULL,
    aggregateid text NOT NULL,
    type text NOT NULL,
    version bigint NOT NULL,
    topic text NOT NULL,
    record_key text NOT NULL,
    headers jsonb NOT NULL,
    payload bytea NOT NULL,
    published_at timestamptz,
    PRIMARY KEY (created_on, position)
) PARTITION BY RANGE (created_on);
CREATE INDEX outbox_unpublished ON outbox (position) WHERE published_at IS NULL;
CREATE INDEX outbox_id ON outbox (id);
CREATE TABLE outbox_rest PARTITION OF outbox DEFAULT;

CREATE FUNCTION zi_outbox_partitions(days_ahead int, days_kept int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    today date := (now() AT TIME ZONE 'utc')::date;
    day date;
    part record;
    has_open boolean;
    changed int := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('zi_outbox_partitions'));
    FOR day IN SELECT generate_series(today, today + days_ahead, interval '1 day')::date LOOP
        CONTINUE WHEN to_regclass('outbox_' || to_char(day, 'YYYYMMDD')) IS NOT NULL;
        CONTINUE WHEN EXISTS (SELECT 1 FROM outbox_rest WHERE created_on = day);
        EXECUTE format('CREATE TABLE %I PARTITION OF outbox FOR VALUES FROM (%L) TO (%L)',
                       'outbox_' || to_char(day, 'YYYYMMDD'), day, day + 1);
        changed := changed + 1;
    END LOOP;
    FOR part IN
        SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relname ~ '^outbox_[0-9]{8}$'
          AND to_date(right(relname, 8), 'YYYYMMDD') < today - days_kept
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE published_at IS NULL)', part.relname)
            INTO has_open;
        CONTINUE WHEN has_open;
        EXECUTE format('DROP TABLE %I', part.relname);
        changed := changed + 1;
    END LOOP;
    DELETE FROM outbox_rest WHERE created_on < today - days_kept AND published_at IS NOT NULL;
    RETURN changed;
END $$
"""

CONSUMER = """
CREATE TABLE watermark (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    cluster_id text NOT NULL,
    fingerprint bytea,
    halted text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, topic, partition)
);
COMMENT ON COLUMN watermark.next_offset IS 'Offset of the first record not yet applied';
COMMENT ON COLUMN watermark.fingerprint IS 'SHA-256 over the last record before next_offset';
CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    record_offset bigint NOT NULL,
    sha256 text NOT NULL,
    reason text NOT NULL,
    attempts int NOT NULL DEFAULT 1,
    record_key bytea,
    record_value bytea,
    record_headers json NOT NULL,
    record_time timestamptz,
    state text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'requested', 'replayed', 'discarded', 'quarantined')),
    state_reason text,
    received_at timestamptz NOT NULL DEFAULT now(),
    erased_at timestamptz,
    UNIQUE (consumer, topic, partition, record_offset, sha256)
);
COMMENT ON COLUMN dead_letter.erased_at IS 'When key, value and headers were erased; the row stays';
CREATE INDEX dead_letter_open ON dead_letter (id) WHERE state = 'open'
"""

AUDIT = """
CREATE TABLE audit (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    roles text[] NOT NULL,
    operation text NOT NULL,
    entity text NOT NULL,
    entity_id text NOT NULL,
    version bigint,
    changes jsonb NOT NULL,
    reason text,
    correlation_id text,
    event_ids uuid[] NOT NULL
);
CREATE INDEX audit_entity ON audit (entity, entity_id, at);
CREATE FUNCTION zi_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER audit_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION zi_insert_only()
"""

HTTP = """
CREATE TABLE idempotency (
    principal text NOT NULL,
    key_hash bytea NOT NULL,
    operation text NOT NULL,
    request_hash bytea NOT NULL,
    status int,
    answer bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (principal, key_hash)
);
COMMENT ON COLUMN idempotency.answer IS 'First answer, sealed with the caller''s own key: unreadable here';
CREATE INDEX idempotency_age ON idempotency (created_at);
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
);
CREATE TABLE rate_limit (
    source_hash bytea NOT NULL,
    rule text NOT NULL,
    window_start timestamptz NOT NULL,
    hits int NOT NULL,
    PRIMARY KEY (source_hash, rule, window_start)
)
"""


PARKING = """
ALTER TABLE outbox ADD COLUMN parked_at timestamptz, ADD COLUMN parked_reason text;
COMMENT ON COLUMN outbox.parked_at IS 'When the relay put the row aside, or an earlier one of its key';
COMMENT ON COLUMN outbox.parked_reason IS 'Why the broker refuses it; NULL for a row behind such a one';
DROP INDEX outbox_unpublished;
CREATE INDEX outbox_unpublished ON outbox (position) WHERE published_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_parked ON outbox (md5(topic || record_key), position)
    WHERE published_at IS NULL AND parked_at IS NOT NULL
"""

PARTITIONS = """
DROP FUNCTION zi_outbox_partitions(int, int);
CREATE FUNCTION zi_outbox_partitions(days_ahead int, days_kept int) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET lock_timeout = '50ms' AS $$
DECLARE
    today date := (now() AT TIME ZONE 'utc')::date;
    day date;
    part text;
    has_open boolean;
    open_rows constant text :=  -- one question to each index
        'SELECT EXISTS (SELECT FROM %1$I WHERE published_at IS NULL AND parked_at IS NULL)
             OR EXISTS (SELECT FROM %1$I WHERE published_at IS NULL AND parked_at IS NOT NULL)';
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('zi_outbox_partitions')) THEN
        RETURN NULL;
    END IF;
    FOR day IN SELECT generate_series(today, today + days_ahead, interval '1 day')::date LOOP
        part := 'outbox_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        CONTINUE WHEN EXISTS (SELECT 1 FROM outbox_rest WHERE created_on = day);
        EXECUTE format('CREATE TABLE %I (LIKE outbox INCLUDING ALL)', part);
        EXECUTE format('ALTER TABLE outbox ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       part, day, day + 1);
        RETURN 'made ' || part;
    END LOOP;
    FOR part IN
        SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relname ~ '^outbox_[0-9]{8}$'
          AND to_date(right(relname, 8), 'YYYYMMDD') < today - days_kept
        ORDER BY relname
    LOOP
        EXECUTE format(open_rows, part) INTO has_open;
        CONTINUE WHEN has_open;
        LOCK TABLE ONLY outbox IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', part);
        EXECUTE format(open_rows, part) INTO has_open;
        CONTINUE WHEN has_open;
        EXECUTE format('DROP TABLE %I', part);
        RETURN 'dropped ' || part;
    END LOOP;
    DELETE FROM outbox_rest WHERE created_on < today - days_kept AND published_at IS NOT NULL;
    RETURN NULL;
EXCEPTION WHEN lock_not_available THEN
    RETURN 'blocked';
END $$;
COMMENT ON FUNCTION zi_outbox_partitions IS
    'Makes or drops one partition; attaching locks out no insert, dropping waits 50 ms at most'
"""

DEAD_LETTERS = """
ALTER TABLE dead_letter
    ADD COLUMN record_timestamp bigint,
    ADD COLUMN is_trial boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN dead_letter.record_time IS 'NULL for a time that no timestamptz can hold';
COMMENT ON COLUMN dead_letter.record_timestamp IS 'Unix milliseconds as they stood in the record';
COMMENT ON COLUMN dead_letter.is_trial IS 'Asked for with all others: a failure is no try of its own'
"""

SESSIONS = """
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


def create(op: Operations) -> None:
    """Create the machinery tables and functions; the first step of a service's first migration.

    What a migration has run stays as it was written: later steps have functions of their own.
    """
    for part in (CLOCK, OUTBOX, CONSUMER, AUDIT, HTTP):
        _run(op, part)
    op.execute(f"SELECT zi_outbox_partitions({OUTBOX_DAYS_AHEAD}, {OUTBOX_DAYS_KEPT})")


def harden(op: Operations) -> None:
    """Prepare for what relay, partitions and dead letters meet in the world; a service's second migration."""
    _run(op, PARKING)
    _run(op, PARTITIONS)
    _run(op, DEAD_LETTERS)


def renew_sessions(op: Operations) -> None:
    """Let page sessions ask the issuer again; a service's third migration.

    `login_state` stays for the release before, which keeps log-ins there.
    """
    _run(op, SESSIONS)


def keep_id_tokens(op: Operations) -> None:
    """Let a log-out tell the issuer whose session it ends; follows `renew_sessions`."""
    _run(op, LOG_OUT)


def create_identity_schema(op: Operations, service: str) -> None:
    """Create the schema for persons' identities, reachable for the identity role alone."""
    op.execute("CREATE SCHEMA identity")
    op.execute(f"GRANT USAGE ON SCHEMA identity TO {identity_name(service)}")


def grant_app(op: Operations, service: str) -> None:
    """Give the application role what it needs on public tables, and nothing more; the last step."""
    app = app_role(service)
    op.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {app}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {app}")
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM {app}")
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {app}")


def grant_identity(op: Operations, service: str) -> None:
    """Give the identity role its tables; the application role can only reach them by `SET ROLE`."""
    role = identity_name(service)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA identity TO {role}")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA identity TO {role}")


def _run(op: Operations, ddl: str) -> None:
    """Execute `;`-separated statements one by one, leaving `$$` bodies whole."""
    statement: list[str] = []
    in_body = False
    for line in ddl.strip().splitlines():
        statement.append(line)
        in_body ^= line.count("$$") % 2 == 1
        if line.rstrip().endswith(";") and not in_body:
            op.execute("\n".join(statement).rstrip(";"))
            statement.clear()
    if statement:
        op.execute("\n".join(statement))
