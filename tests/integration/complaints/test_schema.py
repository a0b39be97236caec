"""The migrations and `tables.py` of every subject describe the same tables."""

import asyncpg
import pytest
from sqlalchemy import CheckConstraint, Connection, inspect

from shared.db.bootstrap import ServiceDatabase
from shared.db.database import make_engine
from tests.support.schema import differences, tables_of

TABLES = tables_of("complaints")


@pytest.mark.usefixtures("database")
async def test_the_migration_creates_the_tables_of_the_code(one_database: ServiceDatabase) -> None:
    assert await differences(one_database.owner_url, TABLES) == []
    engine = make_engine(one_database.owner_url, pool_size=2)
    async with engine.connect() as connection:
        checks = await connection.run_sync(_checks)
    await engine.dispose()
    assert checks == []


def _checks(connection: Connection) -> list[str]:
    """Compare the names of check constraints, which Alembic does not look at."""
    inspector = inspect(connection)
    found = []
    for table in TABLES.tables.values():
        stored = {item["name"] for item in inspector.get_check_constraints(table.name, schema=table.schema)}
        stated = {item.name for item in table.constraints if isinstance(item, CheckConstraint)}
        if stored != stated:
            found.append(f"{table.name}: {sorted(map(str, stored ^ stated))}")
    return found


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("case_event", "act"),
        ("case_party", "role"),
        ("deadline_fired", "rung"),
        ("deadline_change", "reason"),
        ("audit", "actor"),
        ("calendar_confirmation", "decree"),
    ],
)
async def test_the_application_cannot_rewrite_what_was_done(
    database: ServiceDatabase, statement: str, table: str, column: str
) -> None:
    app = await asyncpg.connect(database.app_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement.format(table, column, column))
    finally:
        await app.close()
