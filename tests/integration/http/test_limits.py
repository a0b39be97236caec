import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database
from shared.http.limits.counts import Counted, Hits

DAY = 86_400


async def so_far(db: Database, counted: Counted) -> Hits:
    return await db.read(counted.so_far)


async def test_hits_count_over_all_processes_by_source_and_rule(db: Database) -> None:
    one, two, other = (
        Counted("intake", b"1", DAY),
        Counted("intake", b"2", DAY),
        Counted("receipt", b"1", DAY),
    )
    for _ in range(2):
        await db.run(one.count)
    for counted in (one, other):
        await db.run(counted.count)
    assert [(await so_far(db, counted)).hits for counted in (one, two, other)] == [3, 0, 1]
    refusal = one.refusal(await so_far(db, one))
    assert 1 <= int(refusal.details["headers"]["Retry-After"]) <= DAY


async def test_windows_of_a_second_tell_when_the_last_hit_was(db: Database) -> None:
    at = Counted("intake-at", b"1", 1)
    assert await db.read(lambda session: at.last(session, 300)) is None
    began = (await db.run(at.count)).now
    assert await db.read(lambda session: at.last(session, 300)) == began
    async with db.transaction() as session:
        await session.execute(
            text("UPDATE rate_limit SET window_start = window_start - interval '301 seconds'")
        )
    assert await db.read(lambda session: at.last(session, 300)) is None


async def test_work_that_fails_counts_for_nothing(db: Database) -> None:
    counted = Counted("intake", b"1", DAY)

    async def fail(session: AsyncSession) -> None:
        assert (await counted.count(session)).hits == 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await db.run(fail)
    assert (await so_far(db, counted)).hits == 0
