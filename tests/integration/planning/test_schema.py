"""The migrations and the table classes tell the same story."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.planning.tables import Table
from shared.db.bootstrap import ServiceDatabase
from shared.db.database import make_engine


async def test_the_migrated_schema_is_the_one_the_tables_describe(planning_database: ServiceDatabase) -> None:
    engine = make_engine(planning_database.owner_url, pool_size=1)
    own = {table.name for table in Table.metadata.sorted_tables}

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _o, name, kind, *_: kind != "table" or name in own,
            },
        )
        return list(compare_metadata(context, Table.metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()
