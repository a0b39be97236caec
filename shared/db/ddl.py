"""Plain DDL that migrations run: statements one by one, the clock, schemas and grants."""

from typing import Protocol

from shared.db.roles import app_role, identity_name


class Operations(Protocol):
    """The one thing we need of Alembic's `op`."""

    def execute(self, sqltext: str) -> None: ...


CLOCK = """
CREATE FUNCTION zi_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';
COMMENT ON FUNCTION zi_now() IS 'The clock that decides deadlines; tests replace it'
"""


def execute_all(op: Operations, ddl: str) -> None:
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


def grant_identity(op: Operations, service: str, *tables: str) -> None:
    """Give the identity role these tables; the application role can only reach them by `SET ROLE`.

    Each is named: what others made in the schema may be for functions of the owner alone.
    """
    named = ", ".join(f"identity.{table}" for table in tables)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {named} TO {identity_name(service)}")
