"""What waits in the outbox is measured whoever may send, and a standstill is said out loud."""

import asyncio
import math
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from shared.db import Database
from shared.observability.metrics import (
    OUTBOX_FAILURES,
    OUTBOX_OLDEST_UNPUBLISHED,
    OUTBOX_PARKED,
    OUTBOX_STALLED,
    OUTBOX_UNPUBLISHED,
)
from shared.outbox import backlog as module
from shared.outbox.backlog import INTERVAL_SECONDS, QUIET_SECONDS, STALL_SECONDS, Backlog
from tests.support.effects import TOPIC, answered
from tests.support.polling import until
from tests.support.relaying import drained, record, relaying


class Clock:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    yield made
    OUTBOX_STALLED.set(0)


def shown(gauge: object) -> float:
    value: float = gauge._value.get()  # type: ignore[attr-defined]
    return value


async def mark(db: Database, version: int) -> None:
    async with db.transaction() as session:
        await session.execute(
            text("UPDATE outbox SET published_at = now() WHERE version = :version"), {"version": version}
        )


async def test_a_backlog_that_does_not_move_for_half_a_minute_is_a_stall(db: Database, clock: Clock) -> None:
    await record(db, answered("k", 1), answered("k", 2))
    backlog = Backlog(db)
    await backlog.measure()
    assert backlog.health().is_ready
    clock.now += STALL_SECONDS / 2
    await mark(db, 1)
    await backlog.measure()
    clock.now += STALL_SECONDS - 1
    await backlog.measure()
    assert backlog.health().is_ready
    assert shown(OUTBOX_STALLED) == 0
    clock.now += 1
    await backlog.measure()
    assert backlog.health().detail == "1 events wait and none has left for 30 s"
    assert not backlog.health().is_ready
    assert shown(OUTBOX_STALLED) == 1
    await mark(db, 2)
    await backlog.measure()
    assert backlog.health().is_ready
    assert shown(OUTBOX_STALLED) == 0


async def test_an_outbox_in_which_nothing_waits_is_looked_at_seldom(db: Database) -> None:
    backlog = Backlog(db)
    assert await backlog.measure() == QUIET_SECONDS
    await record(db, answered("k", 1))
    assert await backlog.measure() == INTERVAL_SECONDS
    await mark(db, 1)
    assert await backlog.measure() == QUIET_SECONDS


async def test_gauges_are_right_in_every_state(db: Database) -> None:
    backlog = Backlog(db)
    await backlog.measure()
    assert (shown(OUTBOX_UNPUBLISHED), shown(OUTBOX_OLDEST_UNPUBLISHED)) == (0, 0)
    await record(db, answered("k", 1), answered("k", 2), answered("l", 3))
    await backlog.measure()
    assert shown(OUTBOX_UNPUBLISHED) == 3
    assert shown(OUTBOX_OLDEST_UNPUBLISHED) > 0
    async with db.transaction() as session:
        await session.execute(
            text("UPDATE outbox SET parked_at = now(), parked_reason = 'refused: X' WHERE version = 1")
        )
        await session.execute(text("UPDATE outbox SET parked_at = now() WHERE version = 2"))
    await backlog.measure()
    assert shown(OUTBOX_UNPUBLISHED) == 1
    assert (shown(OUTBOX_PARKED.labels("refused")), shown(OUTBOX_PARKED.labels("behind"))) == (1, 1)
    assert backlog.health().detail == f"parked: 1 of {TOPIC} (behind), 1 of {TOPIC} (refused)"
    async with db.transaction() as session:
        await session.execute(text("UPDATE outbox SET parked_at = NULL, published_at = now()"))
    await backlog.measure()
    assert (shown(OUTBOX_UNPUBLISHED), shown(OUTBOX_OLDEST_UNPUBLISHED)) == (0, 0)
    assert (shown(OUTBOX_PARKED.labels("refused")), shown(OUTBOX_PARKED.labels("behind"))) == (0, 0)


async def test_a_backlog_that_nobody_can_measure_is_never_green(clock: Clock) -> None:
    backlog = Backlog(Database("postgresql://nobody:x@127.0.0.1:1/none"))
    assert not backlog.health().is_ready
    task = asyncio.create_task(backlog.run())

    async def is_unknown() -> bool:
        return math.isnan(shown(OUTBOX_UNPUBLISHED))

    try:
        await until(is_unknown)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert not backlog.health().is_ready
    clock.now += STALL_SECONDS + 1
    backlog._show_stall()
    assert shown(OUTBOX_STALLED) == 1


@pytest.mark.parametrize("state", ["22012", "23514", "53100", "42703", "P0001", "40001", "XX000"])
async def test_whatever_the_database_says_the_relay_tries_again(
    db: Database, topics: str, postgres_admin_url: str, state: str
) -> None:
    await _as_owner(
        db,
        postgres_admin_url,
        f"""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END$$;
        CREATE TRIGGER refuse BEFORE UPDATE ON outbox_pointer FOR EACH ROW EXECUTE FUNCTION refuse()""",
    )
    failures = OUTBOX_FAILURES._value.get()
    async with relaying(db, topics) as relay:
        await record(db, answered("k"))

        async def has_failed_twice() -> bool:
            return OUTBOX_FAILURES._value.get() >= failures + 2 and not relay.health().is_ready

        await until(has_failed_twice)
        assert relay.health().detail.startswith("database: ")
        await _as_owner(db, postgres_admin_url, "DROP TRIGGER refuse ON outbox_pointer")
        await until(lambda: drained(db))


async def _as_owner(db: Database, admin_url: str, statements: str) -> None:
    import asyncpg

    name = db.engine.url.database
    admin = await asyncpg.connect(admin_url.rpartition("/")[0] + f"/{name}")
    await admin.execute(statements)
    await admin.close()
