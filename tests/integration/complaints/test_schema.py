"""The first migration and `tables.py` describe the same tables."""

from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, inspect

from services.complaints.tables import Table
from shared.db.bootstrap import ServiceDatabase
from shared.db.database import make_engine


@pytest.mark.usefixtures("database")
async def test_the_migration_creates_the_tables_of_the_code(one_database: ServiceDatabase) -> None:
    engine = make_engine(one_database.owner_url, pool_size=2)
    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
    await engine.dispose()
    assert differences == []


def _differences(connection: Connection) -> list[Any]:
    own = {(table.schema, table.name) for table in Table.metadata.tables.values()}

    def is_ours(item: Any, name: str | None, kind: str, is_stored: bool, _other: Any) -> bool:
        return kind != "table" or (item.schema, name) in own

    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_schemas": True, "include_object": is_ours}
    )
    return [*compare_metadata(context, Table.metadata), *_checks(connection)]


def _checks(connection: Connection) -> list[str]:
    """Compare the names of check constraints, which Alembic does not look at."""
    inspector = inspect(connection)
    found = []
    for table in Table.metadata.tables.values():
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
