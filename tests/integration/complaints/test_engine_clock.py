"""The latest instant that was acted upon is kept in the database: a restart does not forget it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.jobs import ClockReader, DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from shared.db import Database
from shared.observability.metrics import render
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.engine import breaches

Start = Callable[[], DeadlinePoller]
BEHIND = 'zi_complaints_engine_held{reason="behind_maximum"}'


@pytest.fixture
def start(db: Database, clock: MovedClock) -> Start:
    """Start a poller that remembers nothing; its host's clock is the database's, its own runs on with it."""

    def started() -> DeadlinePoller:
        begun = clock.now()

        def monotonic() -> float:
            return (clock.now() - begun).total_seconds()

        return DeadlinePoller(
            db, DeadlineEngine(load_policies(), TrustedClock(host=clock, monotonic=monotonic))
        )

    return started


async def maximum(filer: Filer) -> list[datetime]:
    return [row.at for row in await filer.rows("SELECT at FROM clock_maximum")]


async def test_clocks_set_back_while_the_process_was_down_hold_it_by_name(
    filer: Filer, clock: MovedClock, start: Start
) -> None:
    await start().poll()
    await clock.forward(hours=-2)
    await filer.submit(received_at=wib(2025, 12, 1))
    poller = start()
    before = await breaches(filer)
    await poller.poll()
    assert f"{BEHIND} 1.0" in render().decode()
    assert poller._engine.clock.held() == "clock_held: behind_maximum"
    assert await breaches(filer) == before


async def test_after_agreeing_polls_the_engine_goes_on_and_the_kept_maximum_goes_back(
    filer: Filer, clock: MovedClock, start: Start
) -> None:
    await start().poll()
    await clock.forward(hours=-2)
    poller = start()
    for _ in range(4):
        await poller.poll()
        await clock.forward(seconds=1)
    assert f"{BEHIND} 0.0" in render().decode()
    [kept] = await maximum(filer)
    assert kept < wib(2026, 1, 5, 8)
    await start().poll()  # and whoever starts now acts at once
    assert f"{BEHIND} 0.0" in render().decode()


async def test_an_older_maximum_as_in_a_restored_backup_holds_nobody(
    filer: Filer, clock: MovedClock, db: Database, start: Start
) -> None:
    async with db.transaction() as session:
        await session.execute(
            text("INSERT INTO clock_maximum VALUES (1, :at)"), {"at": clock.now() - timedelta(days=30)}
        )
    await start().poll()
    assert f"{BEHIND} 0.0" in render().decode()
    assert await maximum(filer) == [clock.now()]


async def test_a_burst_of_polls_writes_the_maximum_once(
    filer: Filer, clock: MovedClock, start: Start
) -> None:
    poller = start()
    await poller.poll()
    written = await filer.rows("SELECT xmin FROM clock_maximum")
    for _ in range(9):
        await clock.forward(milliseconds=100)
        await poller.poll()
    assert await filer.rows("SELECT xmin FROM clock_maximum") == written
    await clock.forward(milliseconds=100)
    await poller.poll()
    assert await maximum(filer) == [clock.now()]


async def test_no_poller_waits_for_another_that_keeps_the_maximum(
    filer: Filer, clock: MovedClock, db: Database, start: Start
) -> None:
    poller = start()
    await poller.poll()
    await clock.forward(seconds=10)
    async with db.transaction() as session:
        await session.execute(text("SELECT 1 FROM clock_maximum FOR UPDATE"))
        await poller.poll()  # else the pool's time-out ends it
        assert await maximum(filer) == [clock.now() - timedelta(seconds=10)]


async def test_the_reader_beside_the_api_keeps_what_acts_went_by(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await ClockReader(db, TrustedClock(host=clock, monotonic=lambda: 0.0)).read()
    assert await maximum(filer) == [clock.now()]
