"""The migrations and `tables.py` describe the same tables."""

from services.survey.tables import Table
from shared.db.bootstrap import ServiceDatabase
from tests.support.schema import differences


async def test_the_migrations_create_the_tables_of_the_code(database: ServiceDatabase) -> None:
    assert await differences(database.owner_url, Table.metadata) == []
