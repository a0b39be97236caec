"""Partitions of the outbox come and go without a command waiting, whoever reads meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from shared import outbox
from shared.db import Database
from shared.outbox import partitions
from shared.outbox.partitions import BLOCKED, OutboxPartitions, PartitionsBlockedError
from tests.support.effects import answered
from tests.support.polling import until
from tests.support.relaying import record

AHEAD = 9
"""Two days more than the migration makes."""


def name(days: int) -> str:
    return f"outbox_{datetime.now(UTC).date() + timedelta(days=days):%Y%m%d}"


async def tables(db: Database) -> list[str]:
    async with db.reading() as session:
        return list(
            await session.scalars(
                text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'outbox'::regclass")
            )
        )


async def change_all(db: Database, *, ahead: int = 7, kept: int = 14) -> list[str]:
    """Make every change that is due."""
    done = []
    while (one := await OutboxPartitions(db).change(ahead=ahead, kept=kept)) is not None:
        done.append(one)
        assert one != BLOCKED
    return done


async def move(db: Database, entity: str, *, days: int) -> None:
    """Give an event an older day and a partition for it, as if it had been written then."""
    async with db.transaction() as session:
        await session.execute(
            text("UPDATE outbox SET created_on = created_on - cast(:days AS int) WHERE aggregateid = :id"),
            {"days": days, "id": entity},
        )


async def events(db: Database) -> set[str]:
    async with db.reading() as session:
        return set(await session.scalars(text("SELECT aggregateid FROM outbox")))


@asynccontextmanager
async def reading_everything(db: Database) -> AsyncIterator[None]:
    """Hold what a dump holds: ACCESS SHARE on every partition."""
    async with db.reading() as session:
        await session.execute(text("SELECT count(*) FROM outbox"))
        yield


async def insert_without_waiting(db: Database) -> None:
    """Write an event; fails when it waits for a lock for longer than a partition change may hold it up."""
    async with db.transaction() as session:
        await session.execute(text("SET LOCAL lock_timeout = '2s'"))
        await outbox.record(session, [answered("meanwhile")], source="zi/test")


async def test_each_call_makes_one_partition(db: Database) -> None:
    assert await change_all(db, ahead=AHEAD) == [f"made {name(8)}", f"made {name(9)}"]
    assert {name(8), name(9)} <= set(await tables(db))


async def test_a_partition_that_is_made_later_is_like_the_first_ones(db: Database) -> None:
    await change_all(db, ahead=AHEAD)
    async with db.reading() as session:
        shapes = {
            table: [
                tuple(row)
                for row in await session.execute(
                    text("""
                        SELECT a.attname, a.atttypid, a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
                        FROM pg_attribute a
                        LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
                        WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 ORDER BY a.attname
                    """),
                    {"table": table},
                )
            ]
            + [
                await session.scalar(
                    text("SELECT count(*) FROM pg_index WHERE indrelid = to_regclass(:table)"),
                    {"table": table},
                )
            ]
            for table in (name(0), name(9))
        }
    assert shapes[name(0)] == shapes[name(9)]


async def test_published_rows_stay_for_reconciliation_and_old_partitions_go(db: Database) -> None:
    await record(db, answered("kept"))
    async with db.transaction() as session:
        await session.execute(text("UPDATE outbox SET published_at = now()"))
    assert await change_all(db) == []
    assert await events(db) == {"kept"}
    assert f"dropped {name(0)}" in await change_all(db, ahead=-1, kept=-1)
    assert name(0) not in await tables(db)


@pytest.mark.parametrize("parked", ["now()", "NULL"])
async def test_a_partition_with_an_event_that_has_not_left_stays(db: Database, parked: str) -> None:
    await record(db, answered("left"), answered("stuck"))
    async with db.transaction() as session:
        await session.execute(text("UPDATE outbox SET published_at = now() WHERE aggregateid = 'left'"))
        await session.execute(text(f"UPDATE outbox SET parked_at = {parked} WHERE aggregateid = 'stuck'"))
    assert await change_all(db, ahead=-1, kept=-1) == []
    assert await events(db) == {"left", "stuck"}


async def test_published_rows_of_no_partition_go_too_and_others_stay(db: Database) -> None:
    await record(db, answered("old"), answered("waits"), answered("parked"))
    for entity in ("old", "waits", "parked"):
        await move(db, entity, days=30)
    async with db.transaction() as session:
        await session.execute(text("UPDATE outbox SET published_at = now() WHERE aggregateid = 'old'"))
        await session.execute(text("UPDATE outbox SET parked_at = now() WHERE aggregateid = 'parked'"))
    await change_all(db)
    assert await events(db) == {"waits", "parked"}


async def test_a_long_reader_delays_no_command_and_the_change_follows_after_it(db: Database) -> None:
    job = OutboxPartitions(db)
    async with reading_everything(db):
        assert await job.change(ahead=AHEAD) == BLOCKED
        assert await job.change(ahead=-1, kept=-9) == BLOCKED
        await insert_without_waiting(db)
    assert await change_all(db, ahead=AHEAD) == [f"made {name(8)}", f"made {name(9)}"]


async def test_commands_go_on_while_changes_are_tried_again_and_again(db: Database) -> None:
    async def try_often() -> None:
        for _ in range(10):
            assert await OutboxPartitions(db).change(ahead=-1, kept=-9) == BLOCKED
            assert await OutboxPartitions(db).change(ahead=AHEAD) == BLOCKED

    async with reading_everything(db):
        tries = asyncio.create_task(try_often())
        written = 0
        while not tries.done():
            await insert_without_waiting(db)
            written += 1
        await tries
    assert written > 0


async def test_making_a_partition_locks_no_insert_out(db: Database) -> None:
    async with db.transaction() as session:
        await outbox.record(session, [answered("open")], source="zi/test")
        assert await OutboxPartitions(db).change(ahead=AHEAD) == f"made {name(8)}"
    assert await events(db) == {"open"}


async def test_the_job_tries_again_until_the_reader_is_gone(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "RETRY_SECONDS", 0.01)
    async with db.transaction() as session:
        await session.execute(text("SELECT zi_outbox_partitions(-1, -1)"))  # today's is missing now
    worker = OutboxPartitions(db).worker()
    async with reading_everything(db):
        with pytest.raises(PartitionsBlockedError):
            await OutboxPartitions(db).step()
        running = asyncio.create_task(worker.run())

    async def is_complete() -> bool:
        return name(0) in await tables(db) and worker.health().is_ready

    try:
        await until(is_complete)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
