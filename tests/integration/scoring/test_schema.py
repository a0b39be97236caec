"""The migration and `tables.py` describe the same tables."""

from typing import Any

from sqlalchemy import Text
from sqlmodel import AutoString

from services.scoring.tables import Table
from tests.support.database import DatabaseMaker
from tests.support.schema import differences


async def test_the_migration_creates_the_tables_of_the_code(make_database: DatabaseMaker) -> None:
    made = await make_database("scoring")
    assert await differences(made.owner_url, Table.metadata, compare_type=_is_other_type) == []


def _is_other_type(*arguments: Any) -> bool | None:
    """SQLModel's string and PostgreSQL's text are one; for the rest Alembic decides (None)."""
    stored, wanted = arguments[-2:]
    return False if isinstance(stored, Text) and isinstance(wanted, AutoString) else None
