"""The migration and `tables.py` describe the same tables."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Text
from sqlmodel import AutoString

from services.scoring.tables import Table
from shared.db.database import make_engine
from tests.support.database import DatabaseMaker


async def test_the_migration_creates_the_tables_of_the_code(make_database: DatabaseMaker) -> None:
    engine = make_engine((await make_database("scoring")).owner_url, pool_size=2)
    try:
        async with engine.connect() as connection:
            differences = await connection.run_sync(_differences)
    finally:
        await engine.dispose()
    assert differences == []


def _differences(connection: Connection) -> list[Any]:
    own = Table.metadata.tables

    def is_ours(_item: Any, name: str | None, kind: str, is_stored: bool, _other: Any) -> bool:
        return kind != "table" or not is_stored or name in own

    def is_other_type(*arguments: Any) -> bool | None:
        """SQLModel's string and PostgreSQL's text are one; for the rest Alembic decides (None)."""
        stored, wanted = arguments[-2:]
        return False if isinstance(stored, Text) and isinstance(wanted, AutoString) else None

    options = {"compare_type": is_other_type, "include_object": is_ours}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, Table.metadata))
