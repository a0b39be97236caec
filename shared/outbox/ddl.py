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
