"""The migrations and `tables.py` describe the same tables."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.survey.tables import Table
from shared.db.bootstrap import ServiceDatabase
from shared.db.database import make_engine


async def test_the_migrations_create_the_tables_of_the_code(database: ServiceDatabase) -> None:
    engine = make_engine(database.owner_url, pool_size=2)
    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
    await engine.dispose()
    assert differences == []


def _differences(connection: Connection) -> list[Any]:
    own = {(table.schema, table.name) for table in Table.metadata.tables.values()}

    def is_ours(item: Any, name: str | None, kind: str, _is_stored: bool, _other: Any) -> bool:
        return kind != "table" or (item.schema, name) in own

    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_schemas": True, "include_object": is_ours}
    )
    return list(compare_metadata(context, Table.metadata))
