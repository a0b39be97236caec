"""The migrations and the table classes tell the same story."""

from services.planning.tables import Table
from shared.db.bootstrap import ServiceDatabase
from tests.support.schema import differences


async def test_the_migrated_schema_is_the_one_the_tables_describe(planning_database: ServiceDatabase) -> None:
    assert await differences(planning_database.owner_url, Table.metadata) == []
