"""The table of the audit trail, which takes inserts only."""

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
