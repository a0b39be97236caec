"""The release before marks rows and stores headers; it and this one work side by side, and may come back."""

import asyncio
import random
from datetime import UTC, datetime

import asyncpg
import orjson
import pytest
from alembic import command
from sqlalchemy import text

from shared.contracts.envelope import Event
from shared.db import Database
from shared.kernel import new_id
from shared.outbox import parking, reconcile, snapshot
from shared.outbox.record import append
from shared.outbox.right import contending
from tests.support.carrying import Log, carry_all
from tests.support.database import DatabaseMaker
from tests.support.effects import answered
from tests.support.migrations import at
from tests.support.polling import until
from tests.support.relaying import record, unpublished

NEXT_OF_BEFORE = """
    SELECT position, topic, record_key, headers::text, payload FROM outbox
    WHERE published_at IS NULL AND parked_at IS NULL ORDER BY position LIMIT 2000
"""
MARK_OF_BEFORE = """
    UPDATE outbox SET published_at = clock_timestamp()
    WHERE position = ANY($1::bigint[]) AND published_at IS NULL AND parked_at IS NULL
"""
INSERT_OF_BEFORE = """
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, version, topic, record_key, headers, payload)
    VALUES ($1, 'worksheet', $2, $3, $4, $5, $6, $7::jsonb, $8)
"""
TAKE_OF_BEFORE = "SELECT pg_try_advisory_lock(hashtext('zi_outbox_relay'))"


def log() -> Log:
    return Log(random.Random(0), is_well=True)


async def connect(db: Database) -> asyncpg.Connection:
    return await asyncpg.connect(db._url)


async def write_as_before(before: asyncpg.Connection, event: Event) -> None:
    data = event.data
    pairs = [(name, value.decode()) for name, value in event.headers()]
    await before.execute(
        INSERT_OF_BEFORE, event.id, data.subject(), event.type, data.version, data.topic_name(), data.key(),
        orjson.dumps(pairs).decode(), event.value(),
    )  # fmt: skip


async def test_the_relay_of_before_goes_on_until_ours_may_work_and_never_after(db: Database) -> None:
    before = await connect(db)
    assert await before.fetchval(TAKE_OF_BEFORE)
    await record(db, answered("k", 1), answered("k", 2))
    async with contending(db) as right:
        assert not await right.take(), "the relay of the release before is at work"
    rows = await before.fetch(NEXT_OF_BEFORE)
    told = [dict(orjson.loads(row["headers"]))["ce_sequence"] for row in rows]
    assert told == ["1", "2"]
    await before.execute(MARK_OF_BEFORE, [row["position"] for row in rows])
    await record(db, answered("k", 3))
    await before.close()

    ours = log()
    await until(lambda: _is_carried(db, ours))
    await record(db, answered("k", 4))
    async with contending(db) as standby:
        assert await standby.take()
        again = await connect(db)
        assert not await again.fetchval(TAKE_OF_BEFORE), "it would not see what was written since"
        await again.close()
    await carry_all(db, ours)
    assert [position - ours.taken[0][2] for *_, position in ours.taken] == [0, 1]
    assert await unpublished(db) == 0


async def _is_carried(db: Database, ours: Log) -> bool:
    """Tell whether ours carried: the server frees the lock of a closed session in its own time."""
    async with contending(db) as right:
        if not await right.take():
            return False
    await carry_all(db, ours)
    return True


async def test_events_of_both_leave_in_their_order_with_the_same_headers(db: Database) -> None:
    ours = log()
    await carry_all(db, ours)
    events = [Event(answered("k", version), "zi/test", _moment(version)) for version in (1, 2, 3, 4)]
    before = await connect(db)
    for event in events:
        if event.data.version % 2:
            await write_as_before(before, event)
        else:
            await _write(db, event)
    await before.close()
    await carry_all(db, ours)
    assert [identity for identity, *_ in ours.taken] == [event.id for event in events]
    assert ours.headers == [event.headers() for event in events]


@pytest.mark.parametrize("trace", [None, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"])
async def test_headers_are_stored_for_the_relay_of_before_as_it_would_have_stored_them(
    db: Database, trace: str | None
) -> None:
    event = Event(answered("k"), 'zi/"quoted" \\ Köy', _moment(1), new_id(), trace)
    await _write(db, event)
    before = await connect(db)
    stored = orjson.loads(await before.fetchval("SELECT headers::text FROM outbox"))
    await before.close()
    assert [(name, value.encode()) for name, value in stored] == event.headers()


async def test_the_relay_of_before_can_read_what_waits_by_itself(db: Database) -> None:
    """After a restart of the database it may win the lock, and would park what has no stored headers."""
    ours = log()
    await carry_all(db, ours)
    events = [Event(answered(key), "zi/test", _moment(1)) for key in ("lost", "restored", "parked")]
    for event in events:
        await _write(db, event)
    ours.refused = {events[2].id}
    await carry_all(db, ours)
    async with db.transaction() as session:
        await session.execute(reconcile._REPUBLISH, {"ids": [events[0].id]})
        await session.execute(snapshot._REPUBLISH, {"ids": [events[1].id]})
        await parking.release(session, None)
    before = await connect(db)
    rows = await before.fetch(NEXT_OF_BEFORE)
    await before.close()
    stored = [orjson.loads(row["headers"]) for row in rows]
    assert [[(name, value.encode()) for name, value in pairs] for pairs in stored] == [
        event.headers() for event in events
    ]


async def test_a_filled_outbox_keeps_what_waits_and_what_was_sent_back_and_forth(
    make_database: DatabaseMaker,
) -> None:
    made = await make_database("planning")
    db, ours = Database(made.app_url), log()
    await record(db, answered("marked"))
    await carry_all(db, ours)
    await record(db, answered("sent", 1), answered("sent", 2))
    await carry_all(db, ours)
    await record(db, answered("waits", 1), answered("waits", 2))
    assert await unpublished(db) == 2

    await at("planning", made.owner_url, command.downgrade, "planning_0006")
    before = await connect(db)
    rows = await before.fetch(NEXT_OF_BEFORE)
    assert [row["record_key"] for row in rows] == ["u-waits", "u-waits"]
    assert [dict(orjson.loads(row["headers"]))["ce_sequence"] for row in rows] == ["1", "2"]
    await before.close()

    await at("planning", made.owner_url, command.upgrade, "planning_0007")
    await carry_all(db, ours)
    await record(db, answered("after"))
    await carry_all(db, ours)
    assert [key for _, key, _ in ours.taken] == [
        "u-marked", "u-sent", "u-sent", "u-waits", "u-waits", "u-after",
    ]  # fmt: skip
    assert await unpublished(db) == 0
    async with db.reading() as session:
        kept = set(await session.scalars(text("SELECT id FROM outbox")))
    assert kept == {identity for identity, *_ in ours.taken}
    await db.close()


async def test_what_is_written_while_the_way_back_begins_waits_after_it(
    make_database: DatabaseMaker,
) -> None:
    """The release before writes on while its neighbour is taken back, and its rows are `-infinity` too."""
    made = await make_database("planning")
    db = Database(made.app_url)
    await carry_all(db, log())
    before, watch = await connect(db), await asyncpg.connect(made.owner_url)
    event = Event(answered("k"), "zi/test", _moment(1))
    async with before.transaction():
        await write_as_before(before, event)
        back = asyncio.create_task(
            asyncio.to_thread(asyncio.run, at("planning", made.owner_url, command.downgrade, "planning_0006"))
        )
        await until(lambda: _is_held_up(watch))
    await back
    rows = await before.fetch(NEXT_OF_BEFORE)
    for connection in (before, watch):
        await connection.close()
    await db.close()
    assert [row["record_key"] for row in rows] == [event.data.key()]


async def _is_held_up(watch: asyncpg.Connection) -> bool:
    """Tell whether somebody waits for a lock on a table."""
    return bool(
        await watch.fetchval("""
            SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """)
    )


def _moment(second: int) -> datetime:
    """Return a moment; every other one has no microseconds, and is written without."""
    return datetime(2026, 5, 31, 16, 59, second, 120 * (second % 2), UTC)


async def _write(db: Database, event: Event) -> None:
    async with db.transaction() as session:
        await append(session, [event])
