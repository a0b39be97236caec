"""Hot statements: as quick as the driver, and in all else as every statement of a session."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database, DatabaseAwayError
from shared.db.database import count_statements
from shared.db.faults import StaleStatementError, is_away, is_conflict, is_data_fault, sqlstate
from shared.db.hot import Hot
from tests.support.database import DatabaseMaker
from tests.support.polling import until

PID = Hot("SELECT pg_backend_pid()")


async def test_names_stand_for_values_wherever_they_stand_and_rows_tell_theirs(db: Database) -> None:
    asked = Hot("SELECT cast(:late AS int) AS late, cast(:early AS text) AS early, :late + 1 AS next")
    seen = count_statements(db.engine)
    async with db.transaction() as session:
        rows = await asked.rows(session, {"early": "a", "late": 2, "beside": None})
        assert await Hot("SELECT 1 WHERE false").row(session, {}) is None
    assert [tuple(row) for row in rows] == [(2, "a", 3)]
    assert rows[0]["early"] == "a"
    assert seen == [
        "SELECT cast($1 AS int) AS late, cast($2 AS text) AS early, $1 + 1 AS next",
        "SELECT 1 WHERE false",
    ]


async def test_what_it_writes_is_of_its_transaction(db: Database) -> None:
    count = Hot("INSERT INTO rate_limit VALUES ('x', :rule, now(), 1)")

    async def found() -> int:
        async with db.reading() as session:
            return int(await session.scalar(text("SELECT count(*) FROM rate_limit WHERE rule = 'hot'")) or 0)

    async def broken_off() -> None:
        async with db.transaction() as session:
            await count.rows(session, {"rule": "hot"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await broken_off()
    assert await found() == 0
    async with db.transaction() as session:
        await count.rows(session, {"rule": "hot"})
    assert await found() == 1


FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "data": ("SELECT 1 / cast(:number AS int)", {"number": 0}),
    "not to be encoded": ("SELECT cast(:number AS bigint)", {"number": 2**63}),
    "constraint": ("INSERT INTO rate_limit VALUES ('x', NULL, now(), 1)", {}),
    "no such table": ("SELECT * FROM nowhere", {}),
    "end of the connection": ("SELECT pg_terminate_backend(pg_backend_pid())", {}),
}


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_fault_is_told_as_that_of_any_statement(db: Database, kind: str) -> None:
    sql, values = FAULTS[kind]

    async def ordinary(session: AsyncSession) -> object:
        return await session.execute(text(sql), values)

    async def hot(session: AsyncSession) -> object:
        return await Hot(sql).rows(session, values)

    told: list[Exception] = []
    for work in (ordinary, hot):
        with pytest.raises((DBAPIError, DatabaseAwayError)) as refused:
            async with db.transaction() as session:
                await work(session)
        told.append(refused.value)
    kinds = [
        (type(error), sqlstate(error), is_away(error), is_conflict(error), is_data_fault(error))
        for error in told
    ]
    assert kinds[0] == kinds[1]
    async with db.transaction() as session:
        assert await PID.row(session, {})  # and the pool is as good as before


async def test_a_statement_that_a_migration_made_stale_is_prepared_anew_everywhere(
    make_database: DatabaseMaker,
) -> None:
    target = await make_database("scoring")
    db, owner = Database(target.app_url, pool_size=2), Database(target.owner_url, pool_size=1)
    asked = Hot("SELECT * FROM rate_limit WHERE rule = :rule")

    async def columns(session: AsyncSession) -> int:
        await Hot("INSERT INTO rate_limit VALUES ('x', :rule, now(), 1) ON CONFLICT DO NOTHING").rows(
            session, {"rule": "stale"}
        )
        return len(await asked.row(session, {"rule": "stale"}))

    async with db.transaction() as one, db.transaction() as other:
        assert await asked.row(one, {"rule": "stale"}) is None
        assert await asked.row(other, {"rule": "stale"}) is None
    async with owner.transaction() as session:
        await session.execute(text("ALTER TABLE rate_limit ADD COLUMN beside int"))
    with pytest.raises(StaleStatementError):
        async with db.transaction() as session:
            await columns(session)
    async with db.transaction() as one, db.transaction() as other:
        assert await columns(one) == 5
        assert await asked.row(other, {"rule": "stale"}) is None
    await db.close()
    await owner.close()


async def test_a_task_that_ends_within_a_statement_leaves_no_connection_behind(
    make_database: DatabaseMaker,
) -> None:
    target = await make_database("scoring")
    db, watch = Database(target.app_url, pool_size=1), Database(target.app_url, pool_size=1)
    pids: list[int] = []

    async def sleep() -> None:
        async with db.transaction() as session:
            pids.append((await PID.row(session, {}))[0])
            await Hot("SELECT pg_sleep(60)").rows(session, {})

    asking = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid AND query LIKE '%pg_sleep%'")

    async def sleeps() -> bool:
        if not pids:
            return False
        async with watch.reading() as session:
            return bool(await session.scalar(asking, {"pid": pids[0]}))

    task = asyncio.create_task(sleep())
    await until(sleeps)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with db.transaction() as session:
        assert (await PID.row(session, {}))[0] != pids[0]
    await db.close()
    await watch.close()
