import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database
from shared.http.limits import Counted, Standing, count_quickly

DAY = 86_400


async def standing(db: Database, counted: Counted) -> Standing:
    return await db.read(counted.standing)


async def test_hits_count_over_all_processes_by_source_and_rule(db: Database) -> None:
    one, two, other = (
        Counted("intake", b"1", DAY),
        Counted("intake", b"2", DAY),
        Counted("receipt", b"1", DAY),
    )
    for _ in range(2):
        await db.run(one.count)
    await count_quickly(db, (one, other))
    assert [(await standing(db, counted)).hits for counted in (one, two, other)] == [3, 0, 1]
    refusal = one.refusal(await standing(db, one))
    assert 1 <= int(refusal.details["headers"]["Retry-After"]) <= DAY


async def test_work_that_fails_counts_for_nothing(db: Database) -> None:
    counted = Counted("intake", b"1", DAY)

    async def fail(session: AsyncSession) -> None:
        assert (await counted.count(session)).hits == 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await db.run(fail)
    assert (await standing(db, counted)).hits == 0
