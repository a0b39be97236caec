"""Whoever comes at the same moment: mergers that cross, work that begins while its unit is handed over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx2
import pytest

from shared.db.bootstrap import ServiceDatabase
from tests.support.planning import PDF, YEAR, Planning
from tests.support.polling import until

MARK = {"letter": "A", "item_code": "A.I.1.i.b"}


@asynccontextmanager
async def held(database: ServiceDatabase, *statements: str) -> AsyncIterator[None]:
    """Keep what statements lock until the block ends, then let it be as they say."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement)
            yield
    finally:
        await connection.close()


async def waiting(planning: Planning, number: int) -> None:
    """Return when so many statements of this database wait for a lock."""

    async def are_waiting() -> bool:
        [(found,)] = await planning.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock'"
        )
        return bool(found >= number)

    await until(are_waiting)


async def merge(planning: Planning, unit: str, into: str) -> httpx2.Response:
    return await planning.call(
        "POST", f"/units/{unit}/merge", "admin", unit, json={"into": into}, headers={"If-Match": '"1"'}
    )


async def test_of_two_mergers_that_cross_one_is_refused(
    planning: Planning, planning_database: ServiceDatabase
) -> None:
    one, other = await planning.unit(), await planning.unit()
    async with held(planning_database, "SELECT pg_advisory_xact_lock(hashtextextended('unit-tree', 0))"):
        both = [asyncio.create_task(merge(planning, *pair)) for pair in ((one, other), (other, one))]
        await waiting(planning, 2)
    answers = await asyncio.gather(*both)
    assert sorted(answer.status_code for answer in answers) == [200, 409], [a.text for a in answers]
    rows = await planning.rows(
        "SELECT merged_into IS NULL, version FROM unit WHERE unit_id IN (:one, :other)", one=one, other=other
    )
    assert sorted(map(tuple, rows)) == [(False, 2), (True, 1)]


@pytest.mark.parametrize("work", ["programme", "answer", "evidence", "activity"])
async def test_no_work_begins_in_a_unit_that_is_being_handed_over(
    planning: Planning, planning_database: ServiceDatabase, work: str
) -> None:
    unit, heir = await planning.programme(), await planning.unit()
    calls = {
        "programme": lambda: planning.call(
            "POST", "/programmes", "admin", unit, json={"unit_id": unit, "year": YEAR + 1, "target": "WBK"}
        ),
        "answer": lambda: planning.answer(unit, MARK),
        "evidence": lambda: planning.upload(unit, "a.pdf", PDF),
        "activity": lambda: planning.call(
            "POST",
            "/activities",
            "unit_operator",
            unit,
            json={"unit_id": unit, "year": YEAR, "indicator_code": "A.I.1.i", "title": "Rapat"},
        ),
    }
    handed_over = (
        f"SELECT 1 FROM unit WHERE unit_id = '{unit}' FOR UPDATE",
        f"UPDATE unit SET merged_into = '{heir}', is_active = false WHERE unit_id = '{unit}'",
    )
    async with held(planning_database, *handed_over):
        asked = asyncio.create_task(calls[work]())
        await waiting(planning, 1)
    answer = await asked
    assert (answer.status_code, answer.json()["code"]) == (409, "unit_merged"), answer.text
