"""Identities under keys that the database does not hold, and a chained log of who opened one.

The tables with plain names stay: a process of the version before goes on writing them, and the worker of this
one moves what stands there under a key.
"""

from alembic import op

from shared.db.ddl import execute_all
from shared.db.roles import app_role

revision = "complaints_0027"
down_revision = "complaints_0026"
branch_labels = None
depends_on = None

APP = app_role("complaints")
TABLES = """
CREATE TABLE identity.case_key (
    ref uuid PRIMARY KEY,
    version integer NOT NULL CONSTRAINT case_key_version CHECK (version > 0),
    wrapped_by integer NOT NULL,
    wrapped text NOT NULL,
    way text CONSTRAINT case_key_way CHECK (way IN ('mail', 'whatsapp', 'other')),
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX case_key_wrapped_by ON identity.case_key (wrapped_by, ref);
CREATE TABLE identity.sealed (
    ref uuid NOT NULL REFERENCES identity.case_key ON DELETE CASCADE,
    field text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (ref, field)
);
CREATE TABLE identity_read (
    position bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    reader text NOT NULL,
    roles text NOT NULL,
    entity text NOT NULL,
    ref uuid NOT NULL,
    agency_id text NOT NULL,
    reason text NOT NULL,
    hash bytea NOT NULL
);
CREATE INDEX identity_read_ref ON identity_read (ref, position);
CREATE TRIGGER identity_read_insert_only BEFORE UPDATE OR DELETE ON identity_read
    FOR EACH STATEMENT EXECUTE FUNCTION zi_insert_only();
CREATE TABLE custodian (
    id uuid PRIMARY KEY,
    agency_id text NOT NULL,
    name text NOT NULL,
    public_key bytea NOT NULL CONSTRAINT custodian_key_length CHECK (length(public_key) = 32),
    valid_from date NOT NULL,
    valid_to date,
    entered_by text NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT custodian_key UNIQUE (agency_id, public_key)
)
"""
KEEP = """
CREATE FUNCTION zi_keep_identity(
    of_ref uuid, of_version integer, by_version integer, wrapped_key text, contact_way text,
    fields text[], contents bytea[]
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO identity.case_key AS known (ref, version, wrapped_by, wrapped, way)
    VALUES (of_ref, of_version, by_version, wrapped_key, contact_way)
    ON CONFLICT (ref) DO UPDATE
        SET version = excluded.version, wrapped_by = excluded.wrapped_by, wrapped = excluded.wrapped,
            way = excluded.way
        WHERE known.version = excluded.version - 1;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM identity.sealed WHERE ref = of_ref;
    INSERT INTO identity.sealed SELECT of_ref, told.field, told.content
        FROM unnest(fields, contents) AS told (field, content);
    DELETE FROM identity.reporter WHERE case_id = of_ref;
    DELETE FROM identity.giver WHERE dossier_id = of_ref;
    RETURN true;
END $$;
CREATE FUNCTION zi_sealed_identity(of_ref uuid)
RETURNS TABLE (version integer, wrapped text, field text, content bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.version, k.wrapped, s.field, s.content
    FROM identity.case_key k JOIN identity.sealed s USING (ref) WHERE k.ref = of_ref
$$;
CREATE FUNCTION zi_way_of_identity(of_ref uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.way FROM identity.case_key k WHERE k.ref = of_ref
$$;
CREATE FUNCTION zi_erase_identity(of_ref uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_sealed boolean;
    is_plain boolean;
BEGIN
    DELETE FROM identity.case_key WHERE ref = of_ref;
    is_sealed := FOUND;
    DELETE FROM identity.reporter WHERE case_id = of_ref;
    is_plain := FOUND;
    DELETE FROM identity.giver WHERE dossier_id = of_ref;
    RETURN is_sealed OR is_plain OR FOUND;
END $$;
CREATE FUNCTION zi_wrapped_otherwise(than integer, most integer)
RETURNS TABLE (ref uuid, version integer, wrapped text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.ref, k.version, k.wrapped FROM identity.case_key k
    WHERE k.wrapped_by < than ORDER BY k.wrapped_by, k.ref LIMIT most
$$;
CREATE FUNCTION zi_rewrap_identity(
    of_ref uuid, of_version integer, wrapped_before text, by_version integer, wrapped_key text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE identity.case_key SET wrapped_by = by_version, wrapped = wrapped_key
    WHERE ref = of_ref AND version = of_version AND wrapped = wrapped_before;
    RETURN FOUND;
END $$;
CREATE FUNCTION zi_note_identity_read(
    by_reader text, in_roles text, of_entity text, of_ref uuid, in_agency text, for_reason text
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last public.identity_read;
    number bigint;
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('zi_identity_read'));
    SELECT * INTO last FROM public.identity_read ORDER BY position DESC LIMIT 1;
    number := coalesce(last.position, 0) + 1;
    moment := public.zi_now();
    INSERT INTO public.identity_read VALUES (
        number, moment, by_reader, in_roles, of_entity, of_ref, in_agency, for_reason,
        sha256(coalesce(last.hash, ''::bytea) || convert_to(json_build_array(
            number, to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            by_reader, in_roles, of_entity, of_ref, in_agency, for_reason
        )::text, 'UTF8')));
    RETURN number;
END $$
"""
FUNCTIONS = (
    "zi_keep_identity",
    "zi_sealed_identity",
    "zi_way_of_identity",
    "zi_erase_identity",
    "zi_wrapped_otherwise",
    "zi_rewrap_identity",
    "zi_note_identity_read",
)


def upgrade() -> None:
    execute_all(op, TABLES)
    execute_all(op, KEEP)
    for name in FUNCTIONS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {APP}")
    op.execute(f"GRANT SELECT ON identity_read TO {APP}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON custodian TO {APP}")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: what was sealed would be lost")
