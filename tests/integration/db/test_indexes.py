"""A migration builds an index beside the work on its table, and whole or anew."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from shared.db.bootstrap import ServiceDatabase
from shared.db.database import make_engine
from shared.db.indexes import TURN, build_index
from shared.db.migrate import migrate
from shared.db.schema import revisions
from tests.support.database import DatabaseMaker, connect_owner
from tests.support.polling import until

ARE_VALID = "SELECT indisvalid FROM pg_index WHERE indrelid = 'thing'::regclass"
FILE = "SELECT pg_relation_filenode('thing_size')"
IS_BUILDING = "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE relid = 'thing'::regclass)"

IS_WAITING = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'zona-integritas')
"""


@pytest.fixture
async def made(make_database: DatabaseMaker) -> ServiceDatabase:
    return await make_database("survey")


@pytest.fixture
async def owner(made: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect_owner(made)
    await connection.execute("CREATE TABLE thing (size int NOT NULL)")
    yield connection
    await connection.close()


async def build(made: ServiceDatabase, *, is_unique: bool = False) -> list[str]:
    """Build an index as a migration does; return the time-outs that stand afterwards."""

    def migrated(connection: Connection) -> list[str]:
        op = Operations(MigrationContext.configure(connection))
        op.execute("INSERT INTO thing VALUES (1)")
        build_index(op, "thing_size", "ON thing (size) WHERE size > 0", is_unique=is_unique)
        asked = "SELECT setting FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout')"
        found = [row.setting for row in connection.exec_driver_sql(f"{asked} ORDER BY name")]
        op.execute("INSERT INTO thing VALUES (-1)")
        return found

    engine = make_engine(made.owner_url, pool_size=1)
    try:
        async with engine.connect() as connection:
            await connection.begin()
            found = await connection.run_sync(migrated)
            await connection.rollback()
            return found
    finally:
        await engine.dispose()


async def test_who_writes_waits_for_no_index_that_is_built(
    made: ServiceDatabase, owner: asyncpg.Connection
) -> None:
    other = await connect_owner(made)
    async with other.transaction():
        await other.execute("INSERT INTO thing VALUES (7)")
        building = asyncio.create_task(build(made))
        await until(lambda: owner.fetchval(IS_BUILDING))
        await owner.execute("SET lock_timeout = '1s'")
        await owner.execute("INSERT INTO thing VALUES (8)")
        assert not building.done()
    await building
    await other.close()
    assert [row["indisvalid"] for row in await owner.fetch(ARE_VALID)] == [True]


async def test_what_comes_after_a_built_index_is_bounded_and_in_a_transaction_again(
    made: ServiceDatabase, owner: asyncpg.Connection
) -> None:
    assert await build(made) == ["2000", "30000"]
    assert await owner.fetchval("SELECT array_agg(size) FROM thing") == [1], "what came after is undone"


async def test_an_unfinished_index_is_built_anew_and_a_built_one_stays(
    made: ServiceDatabase, owner: asyncpg.Connection
) -> None:
    await owner.execute("INSERT INTO thing VALUES (1)")
    with pytest.raises(IntegrityError):
        await build(made, is_unique=True)
    assert [row["indisvalid"] for row in await owner.fetch(ARE_VALID)] == [False]
    await owner.execute("TRUNCATE thing")
    await build(made, is_unique=True)
    assert [row["indisvalid"] for row in await owner.fetch(ARE_VALID)] == [True]
    await owner.execute("TRUNCATE thing")
    stands = await owner.fetchval(FILE)
    await build(made, is_unique=True)
    assert await owner.fetchval(FILE) == stands


async def test_a_migration_that_waits_for_its_turn_holds_up_no_build(
    made: ServiceDatabase, owner: asyncpg.Connection
) -> None:
    """A statement that waits holds a snapshot, which a build waits for: each would wait for the other."""
    await owner.execute(f"SELECT pg_advisory_lock({TURN})")
    waiting = asyncio.create_task(migrate("survey", made.owner_url))
    await until(lambda: owner.fetchval(IS_WAITING))
    await owner.execute("CREATE INDEX CONCURRENTLY thing_size ON thing (size)")
    assert not waiting.done()
    await owner.execute(f"SELECT pg_advisory_unlock({TURN})")
    assert await waiting == revisions("survey")[-1]


async def test_nobody_migrates_between_the_index_and_what_comes_after_it(
    made: ServiceDatabase, owner: asyncpg.Connection
) -> None:
    other = await connect_owner(made)
    async with other.transaction():
        await other.execute("INSERT INTO thing VALUES (7)")
        building = asyncio.create_task(build(made))
        await until(lambda: owner.fetchval(IS_BUILDING))
        assert not await owner.fetchval(f"SELECT pg_try_advisory_lock({TURN})")
    await building
    await other.close()
    assert await owner.fetchval(f"SELECT pg_try_advisory_lock({TURN})"), "it ends with the connection"
