"""The migration and `tables.py` describe the same tables."""

import asyncio
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Text
from sqlmodel import AutoString

from services.scoring.domain.scores import pack_parts
from services.scoring.tables import Table
from shared.db.migrate import migrate
from shared.db.schema import revisions
from shared.instruments.lke import rule_set
from tests.support.database import DatabaseMaker
from tests.support.migrations import at
from tests.support.polling import until
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


async def test_history_begins_with_what_stands_on_the_day_of_its_last_change(
    make_database: DatabaseMaker,
) -> None:
    """`moved_at` of the standing moves with whatever is shown of the unit, in all of its years."""
    url = (await make_database("scoring")).owner_url
    await at("scoring", url, command.downgrade, "scoring_0017")
    points = " ".join(str(number * 10**11) for number in range(12))
    for year, gates in ((2025, points), (2026, "")):
        standing = f"'u', {year}, 0, '{{}}', '{{}}', now(), '{gates}'"
        columns = "unit_id, year, worksheet_version, sheets, live, moved_at, gate_points"
        await at("scoring", url, sql=f"INSERT INTO standing ({columns}) VALUES ({standing}) RETURNING 1")
        for layer in ("effective", "unit"):
            score = f"'u', {year}, '{layer}', '2026', '5/2', '100', 1, 113, 2.5, 0, '{{}}', 7"
            columns = "unit_id, year, layer, edition, total, upper, answered, items, points, pengungkit"
            columns += ", gates_met, version"
            await at("scoring", url, sql=f"INSERT INTO score ({columns}) VALUES ({score}) RETURNING 1")
    change = "'u', 2025, '2025-09-01T05:00:00Z', 'B.I.b', '5/2', 'answer', '{}'"
    columns = "unit_id, year, at, subject, delta, cause, detail"
    await at("scoring", url, sql=f"INSERT INTO change ({columns}) VALUES ({change}) RETURNING 1")
    await at("scoring", url, command.upgrade, "scoring_0018")
    told = "concat_ws(' ', year, layer, version, total, answered, causes, (at < '2026-01-01'))"
    assert await at("scoring", url, sql=f"SELECT {told} FROM history ORDER BY year, layer") == [
        "2025 effective 7 5/2 1 [] t",
        "2025 unit 7 5/2 1 [] t",
        "2026 effective 7 5/2 1 [] f",
        "2026 unit 7 5/2 1 [] f",
    ]
    parts = await at("scoring", url, sql="SELECT parts FROM history ORDER BY year, layer")
    assert parts == await at("scoring", url, sql="SELECT parts FROM score ORDER BY year, layer")
    assert parts[1:] == ["", "", ""]
    numbers = [number * 10**11 for number in range(12)]
    assert parts[0] == pack_parts(numbers, rule_set("panrb-90-2021"))
    await at("scoring", url, command.downgrade, "scoring_0017")


@pytest.mark.parametrize(
    ("table", "row", "to"),
    [
        ("deadline", "'d', 'u', 'c', 'D1', 1, now(), 'running', 1, ''", "scoring_0009"),
        ("unit", "'u', 'a', 'U', 'k', 'III', true, 'WIB', true, false, 1, '', 'Papua'", "scoring_0010"),
    ],
)
async def test_what_was_read_and_would_not_be_read_again_is_not_thrown_away(
    make_database: DatabaseMaker, table: str, row: str, to: str
) -> None:
    """Its watermark stays behind it, so that the next upgrade would miss it in silence."""
    url = (await make_database("scoring")).owner_url
    await at("scoring", url, sql=f"INSERT INTO {table} VALUES ({row}) RETURNING 1")
    with pytest.raises(RuntimeError, match="restore a backup instead"):
        await at("scoring", url, command.downgrade, to)


async def test_a_migration_that_crosses_other_work_in_the_database_is_run_again(
    make_database: DatabaseMaker, postgres_admin_url: str
) -> None:
    """The other holds a table and waits for what the migration holds; it has more patience, and goes on."""
    made = await make_database("scoring")
    await at("scoring", made.owner_url, command.downgrade, "scoring_0010")
    other = await asyncpg.connect(urlunsplit(urlsplit(postgres_admin_url)._replace(path=f"/{made.name}")))
    await other.execute("SET deadlock_timeout = '1h'")

    async def cross() -> None:
        async with other.transaction():
            await other.execute("LOCK TABLE unit IN SHARE UPDATE EXCLUSIVE MODE")
            migration = asyncio.create_task(migrate("scoring", made.owner_url))
            await until(is_waiting)
            await other.execute("SELECT pg_advisory_xact_lock(hashtext('zi_migrate'))")
        assert await migration == revisions("scoring")[-1]

    async def is_waiting() -> bool:
        waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'unit'::regclass AND NOT granted)"
        return bool(await other.fetchval(waiting))

    try:
        await cross()
    finally:
        await other.close()
    assert await at("scoring", made.owner_url, sql="SELECT region FROM unit") == []
