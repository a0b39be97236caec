"""The migration and `tables.py` describe the same tables."""

from typing import Any

from alembic import command
from sqlalchemy import Text
from sqlmodel import AutoString

from services.scoring.tables import Table
from tests.support.database import DatabaseMaker
from tests.support.migrations import at
from tests.support.schema import differences

GATES = "SELECT gates_met FROM score ORDER BY layer"


async def test_the_migration_creates_the_tables_of_the_code(make_database: DatabaseMaker) -> None:
    made = await make_database("scoring")
    assert await differences(made.owner_url, Table.metadata, compare_type=_is_other_type) == []


def _is_other_type(*arguments: Any) -> bool | None:
    """SQLModel's string and PostgreSQL's text are one; for the rest Alembic decides (None)."""
    stored, wanted = arguments[-2:]
    return False if isinstance(stored, Text) and isinstance(wanted, AutoString) else None


async def test_the_names_of_met_gates_become_an_array_and_one_text_again(
    make_database: DatabaseMaker,
) -> None:
    url = (await make_database("scoring")).owner_url
    await at("scoring", url, command.downgrade, "scoring_0007")
    for layer, gates in (("effective", "WBK:TOTAL WBK:A"), ("unit", "")):
        score = f"'u', 2026, '{layer}', '2026', '0', '100', 0, 113, 0, 0, '{gates}', 1"
        await at("scoring", url, sql=f"INSERT INTO score VALUES ({score}) RETURNING 1")
    await at("scoring", url, command.upgrade, "scoring_0008")
    assert await at("scoring", url, sql=GATES) == [["WBK:TOTAL", "WBK:A"], []]
    await at("scoring", url, command.downgrade, "scoring_0007")
    assert await at("scoring", url, sql=GATES) == ["WBK:TOTAL WBK:A", ""]
