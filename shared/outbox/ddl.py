"""The table of the outbox and its daily partitions, in the steps in which migrations built them."""

DAYS_AHEAD = 7
DAYS_KEPT = 14
"""Published rows stay this long so that `zi outbox reconcile` can republish a lost tail."""

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

POINTER = """
CREATE TABLE outbox_pointer (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    waiting int8multirange NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE outbox_pointer IS 'No row until a relay of this release has had the right';
COMMENT ON COLUMN outbox_pointer.waiting IS 'Positions of rows written as -infinity that were not sent';
COMMENT ON COLUMN outbox.published_at IS 'NULL: waits or is parked; -infinity: ask outbox_pointer';
ALTER TABLE outbox DROP CONSTRAINT outbox_pkey, ADD PRIMARY KEY (position, created_on),
    ALTER headers DROP NOT NULL,
    ADD COLUMN ce_source text, ADD COLUMN ce_time text, ADD COLUMN traceparent text;
COMMENT ON COLUMN outbox.headers IS 'NULL: they follow from the columns';

CREATE FUNCTION zi_outbox_headers(
    id uuid, source text, type text, moment text, subject text, version bigint, traceparent text
) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_array(
        jsonb_build_array('ce_specversion', '1.0'),
        jsonb_build_array('ce_id', id),
        jsonb_build_array('ce_source', source),
        jsonb_build_array('ce_type', type),
        jsonb_build_array('ce_time', moment),
        jsonb_build_array('ce_subject', subject),
        jsonb_build_array('ce_sequence', CAST(version AS text)),
        jsonb_build_array('content-type', 'application/json; charset=utf-8')
    ) || CASE WHEN traceparent IS NULL THEN '[]'
              ELSE jsonb_build_array(jsonb_build_array('traceparent', traceparent)) END
$$;
COMMENT ON FUNCTION zi_outbox_headers IS 'For the relay of the release before, which reads them stored';

CREATE FUNCTION zi_outbox_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_current_xact_id();
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_numbered BEFORE INSERT ON outbox FOR EACH STATEMENT
    WHEN (pg_current_xact_id_if_assigned() IS NULL) EXECUTE FUNCTION zi_outbox_number();
COMMENT ON TRIGGER outbox_numbered ON outbox IS
    'A transaction has its number before it draws positions: see shared/outbox/pointer.py';

CREATE FUNCTION zi_outbox_begin_pointing() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET lock_timeout = '50ms' AS $$
BEGIN
    IF EXISTS (SELECT FROM outbox_pointer) THEN
        RETURN true;
    END IF;
    LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE;
    ALTER TABLE outbox ALTER published_at SET DEFAULT '-infinity';
    INSERT INTO outbox_pointer (waiting)
    SELECT int8multirange(int8range(last_value + cast(is_called AS int), NULL)) FROM outbox_position;
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END $$;
COMMENT ON FUNCTION zi_outbox_begin_pointing IS
    'Has rows written as -infinity from now on; the lock waits 50 ms for each partition at most';

CREATE VIEW outbox_waiting AS
SELECT * FROM outbox WHERE published_at IS NULL OR published_at = '-infinity'
    AND coalesce(position <@ (SELECT waiting FROM outbox_pointer), false);
COMMENT ON VIEW outbox_waiting IS 'What is not on the topics yet, parked rows included';

CREATE OR REPLACE FUNCTION zi_outbox_partitions(days_ahead int, days_kept int) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET lock_timeout = '50ms' AS $$
DECLARE
    today date := (now() AT TIME ZONE 'utc')::date;
    day date;
    part text;
    has_open boolean;
    open_rows constant text :=  -- one question to each index
        'SELECT EXISTS (SELECT FROM %1$I WHERE published_at IS NULL AND parked_at IS NULL)
             OR EXISTS (SELECT FROM %1$I WHERE published_at IS NULL AND parked_at IS NOT NULL)
             OR EXISTS (SELECT FROM outbox_pointer, unnest(waiting) AS span, LATERAL (
                 SELECT FROM %1$I WHERE published_at = ''-infinity'' AND position >= lower(span)
                     AND position < coalesce(upper(span), 9223372036854775807)
                 ORDER BY position LIMIT 1) AS row)';
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
    DELETE FROM outbox_rest WHERE created_on < today - days_kept
        AND position NOT IN (SELECT position FROM outbox_waiting WHERE created_on < today - days_kept);
    RETURN NULL;
EXCEPTION WHEN lock_not_available THEN
    RETURN 'blocked';
END $$
"""

MARKS = """
DROP VIEW outbox_waiting;
LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE;
UPDATE outbox SET published_at = NULL WHERE published_at = '-infinity'
    AND position <@ (SELECT waiting FROM outbox_pointer);
UPDATE outbox SET headers = zi_outbox_headers(id, ce_source, type, ce_time, aggregateid, version, traceparent)
    WHERE headers IS NULL;
ALTER TABLE outbox ALTER published_at DROP DEFAULT, ALTER headers SET NOT NULL,
    DROP COLUMN ce_source, DROP COLUMN ce_time, DROP COLUMN traceparent,
    DROP CONSTRAINT outbox_pkey, ADD PRIMARY KEY (created_on, position);
DROP FUNCTION zi_outbox_headers;
DROP TRIGGER outbox_numbered ON outbox;
DROP FUNCTION zi_outbox_number(), zi_outbox_begin_pointing();
DROP TABLE outbox_pointer
"""
"""The way back: what waits is marked as such in its row, and headers are stored.

Writers are waited for first: their rows are `-infinity` too, and no statement sees them before they commit.
"""
