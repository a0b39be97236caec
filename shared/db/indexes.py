"""Indexes on tables in use: a migration builds them beside the work on the table.

A plain `CREATE INDEX` holds up whoever writes until it is built. Source: reliability.md section 8.
"""

from typing import Protocol

from sqlalchemy import Connection, text

TURN = "hashtext('zi_migrate')"
"""The advisory lock of the one migration job of a database."""
LOCK_TIMEOUT = "2s"
STATEMENT_TIMEOUT = "30s"


class Operations(Protocol):
    """The one thing we need of Alembic's `op`."""

    def get_bind(self) -> Connection: ...


def bound(connection: Connection) -> None:
    """Bound what a migration does to tables in use: its waits for them, and how long it holds them."""
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))


def build_index(op: Operations, name: str, definition: str, *, is_unique: bool = False) -> None:
    """Build an index concurrently, once what was migrated so far is committed; one that is built stays.

    `definition` is what follows the name: `ON deadline (due_at) WHERE ...`. An index that a crash, or rows
    that are not unique, left unfinished is dropped and built anew; such rows raise `IntegrityError`.
    A migration builds before it does anything else: one that was broken off begins again from its start.
    """
    connection = op.get_bind()
    connection.execute(text(f"SELECT pg_advisory_lock({TURN})"))  # kept until the connection ends
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT")
    try:
        connection.execute(text("SET lock_timeout = 0"))  # nobody waits for it while it waits
        connection.execute(text("SET statement_timeout = 0"))
        if not _is_built(connection, name):
            kind = "UNIQUE INDEX" if is_unique else "INDEX"
            connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
            connection.execute(text(f"CREATE {kind} CONCURRENTLY {name} {definition}"))
        bound(connection)
    finally:
        connection.rollback()
        connection.execution_options(isolation_level=connection.default_isolation_level)


def _is_built(connection: Connection, name: str) -> bool:
    asked = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    return bool(connection.scalar(asked, {"name": name}))
