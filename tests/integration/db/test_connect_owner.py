import asyncio

from tests.support.database import DatabaseMaker, connect_owner


async def test_tasks_that_ask_at_once_are_answered_in_turn(make_database: DatabaseMaker) -> None:
    owner = await connect_owner(await make_database("survey"))
    try:
        asked = [owner.fetchval("SELECT $1::int > 0 FROM pg_sleep(0.01)", n) for n in range(5)]
        assert await asyncio.gather(*asked, owner.execute("SELECT 1")) == [False, *[True] * 4, "SELECT 1"]
    finally:
        await owner.close()
