"""Several pollers as processes of their own, killed and frozen: one breach per clock."""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.db.bootstrap import ServiceDatabase
from shared.db.clock import database_now
from tests.integration.complaints.conftest import Filer
from tests.integration.complaints.engine import copy_clocks
from tests.support.pollers import Pollers, send
from tests.support.polling import until


@pytest.fixture
async def pollers(database: ServiceDatabase) -> AsyncIterator[Pollers]:
    made = Pollers(database.app_url)
    yield made
    await made.stop()


async def due_in(database: ServiceDatabase, filer: Filer, *, seconds: float, copies: int) -> int:
    """Make clocks that are due in so many seconds of real time; return how many."""
    await filer.submit()
    async with filer.db.reading() as session:
        due = await database_now(session) + timedelta(seconds=seconds)
    await copy_clocks(database, copies, due)
    return copies


async def exactly_once(filer: Filer, expected: int) -> None:
    """Check that ledger, outbox and clocks tell of the same breaches, each once."""
    [row] = await filer.rows("""
        SELECT (SELECT count(*) FROM deadline WHERE breached_at IS NOT NULL AND kind <> 'canary') AS clocks,
               (SELECT count(*) FROM deadline_fired WHERE fact = 'overdue') AS ledger,
               (SELECT count(*) FROM outbox WHERE type LIKE '%.overdue.v1') AS events,
               (SELECT count(DISTINCT id) FROM outbox WHERE type LIKE '%.overdue.v1') AS ids,
               (SELECT count(*) FROM deadline_fired WHERE detected_at < due_at) AS early
    """)
    assert tuple(row) == (expected, expected, expected, expected, 0)


async def all_breached(filer: Filer, expected: int) -> None:
    async def done() -> bool:
        [row] = await filer.rows("SELECT count(*) FROM deadline_fired WHERE fact = 'overdue'")
        return bool(row.count >= expected)

    await until(done, what=f"{expected} breaches")


async def test_two_pollers_of_which_one_is_killed_at_the_due_time_breach_each_clock_once(
    database: ServiceDatabase, filer: Filer, pollers: Pollers
) -> None:
    expected = await due_in(database, filer, seconds=2.5, copies=3000)
    victim = await pollers.start()
    await pollers.start()

    async def begun() -> bool:
        [row] = await filer.rows("SELECT count(*) FROM deadline_fired")
        return bool(row.count > 0)

    await until(begun, what="the first breaches")
    victim.kill()
    await all_breached(filer, expected)
    await exactly_once(filer, expected)


@pytest.mark.parametrize("point", ["deadline_after_claim", "deadline_before_commit", "deadline_after_commit"])
async def test_a_poller_that_dies_around_its_commit_leaves_one_breach(
    database: ServiceDatabase, filer: Filer, pollers: Pollers, point: str
) -> None:
    expected = await due_in(database, filer, seconds=-1, copies=600)
    victim = await pollers.start(ZI_CRASH_AT=point)
    await asyncio.to_thread(victim.join, 30)
    assert victim.exitcode == 137
    await pollers.start()
    await all_breached(filer, expected)
    await exactly_once(filer, expected)


async def test_what_was_due_while_everything_was_down_is_breached_once_on_recovery(
    database: ServiceDatabase, filer: Filer, pollers: Pollers
) -> None:
    expected = await due_in(database, filer, seconds=-3600, copies=50)
    await exactly_once(filer, 0)
    await pollers.start()
    await pollers.start()
    await all_breached(filer, expected)
    await exactly_once(filer, expected)


async def test_a_frozen_poller_holds_up_nobody_and_adds_nothing(
    database: ServiceDatabase, filer: Filer, pollers: Pollers
) -> None:
    frozen = await pollers.start()
    send(frozen, signal.SIGSTOP)
    expected = await due_in(database, filer, seconds=0.5, copies=100)
    await pollers.start()
    await all_breached(filer, expected)
    send(frozen, signal.SIGCONT)
    await exactly_once(filer, expected)
