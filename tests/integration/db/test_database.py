"""What is told apart: a database that is away, and a value that it cannot hold."""

from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db import Database, DatabaseAwayError, on_commit, savepoint
from shared.db.faults import is_away
from shared.db.hot import Hot
from tests.support.database import DatabaseMaker


@pytest.mark.parametrize("number", [2**63, 10**30])
async def test_a_value_no_column_holds_is_no_absence_of_the_database(db: Database, number: int) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with db.reading() as session:
            await session.execute(text("SELECT cast(:number AS bigint)"), {"number": number})
    assert not is_away(refused.value)


async def test_a_reading_sees_one_snapshot_writes_nothing_and_leaves_its_connection_as_it_was(
    make_database: DatabaseMaker,
) -> None:
    db = Database((await make_database("scoring")).app_url, pool_size=1)
    how = text("SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
    for _ in range(2):
        async with db.reading() as session:
            assert tuple((await session.execute(how)).one()) == ("repeatable read", "on")
        with pytest.raises(DatabaseAwayError):
            async with db.reading() as session:
                await session.execute(text("DELETE FROM outbox"))
        async with db.transaction() as session:
            assert tuple((await session.execute(how)).one()) == ("read committed", "off")
    await db.close()


async def test_a_look_opens_no_transaction_and_leaves_its_connection_as_it_was(
    make_database: DatabaseMaker,
) -> None:
    db = Database((await make_database("scoring")).app_url, pool_size=1)
    now = text("SELECT now()")
    for _ in range(2):
        async with db.looking() as session:
            assert await session.scalar(now) != await session.scalar(now)
        async with db.transaction() as session:
            assert await session.scalar(now) == await session.scalar(now)
    await db.close()


async def test_a_look_tells_that_the_database_is_away() -> None:
    db = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(DatabaseAwayError):
        async with db.looking() as session:
            await session.scalar(text("SELECT 1"))
    await db.close()


async def test_what_a_failed_savepoint_asked_for_after_the_commit_is_not_done(db: Database) -> None:
    done: list[str] = []
    async with db.transaction() as session:
        on_commit(session, lambda: done.append("before"))
        with suppress(RuntimeError):
            async with savepoint(session):
                on_commit(session, lambda: done.append("inside"))
                raise RuntimeError
        on_commit(session, lambda: done.append("after"))
    assert done == ["before", "after"]


async def test_what_a_session_rolls_back_is_undone_whichever_way_it_was_done(db: Database) -> None:
    hit = "INSERT INTO rate_limit VALUES ('x', :rule, now(), 1)"
    async with db.transaction() as session:
        await Hot(hit).rows(session, {"rule": "undone-hot"})
        await session.rollback()
    async with db.transaction() as session:
        await Hot(hit).rows(session, {"rule": "undone-hot"})
        await session.execute(text(hit), {"rule": "undone-text"})
        await session.rollback()
        await session.execute(text(hit), {"rule": "done-after"})
    async with db.reading() as session:
        assert list(await session.scalars(text("SELECT rule FROM rate_limit"))) == ["done-after"]
