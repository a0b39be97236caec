"""Acts against the claim, and clocks that disagree: what counts is the moment in the database."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import text

from services.complaints.cases.jobs import Silence
from services.complaints.cases.usecases import acts
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.firing import fire_due
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from services.complaints.jobs import Upkeep
from shared.db import Database
from shared.observability.metrics import render
from tests.integration.complaints.conftest import OFFICER, Filer, MovedClock, wib
from tests.integration.complaints.engine import breaches, drain, verify, without


@pytest.fixture
def engine(engine: DeadlineEngine) -> DeadlineEngine:
    """Give a new case one clock alone, that of verification."""
    return without(engine, "D6C.1")


async def test_an_act_before_the_due_time_keeps_the_poller_away(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    received = await filer.submit()
    await clock.set(wib(2026, 1, 8, 23, 59))
    await verify(filer, received.case.id)
    await clock.set(wib(2026, 1, 9, 0))
    await drain(poller)
    assert (await filer.clocks())["D1"] == "met"
    assert await breaches(filer) == 0


async def test_an_act_after_the_due_time_writes_the_breach_itself_and_is_late_for_good(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    received = await filer.submit()
    await clock.set(wib(2026, 1, 9, 0))
    await verify(filer, received.case.id)
    await drain(poller)
    assert (await filer.clocks())["D1"] == "late_done"
    facts = [fact for fact in await filer.facts() if fact.startswith("deadline.")]
    assert facts[:3] == ["deadline.armed", "deadline.overdue", "deadline.met"]
    assert await breaches(filer) == 1


async def test_act_and_claim_at_the_same_moment_agree(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    made = [await filer.submit() for _ in range(8)]
    await clock.set(wib(2026, 1, 9, 0))
    await asyncio.gather(poller.poll(), *(verify(filer, received.case.id) for received in made))
    await drain(poller)
    statuses = await filer.rows("SELECT status, breached_at FROM deadline WHERE rule = 'D1'")
    assert {row.status for row in statuses} == {"late_done"}
    assert await breaches(filer) == 8
    [row] = await filer.rows("SELECT count(*), count(DISTINCT event_id) AS ids FROM deadline_fired")
    assert row.count == row.ids


async def test_a_clock_held_by_an_act_is_skipped_not_waited_for(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    held = await filer.submit()
    await filer.submit()
    await clock.set(wib(2026, 1, 9, 0))
    async with filer.db.transaction() as session:
        await session.execute(
            text("SELECT 1 FROM deadline WHERE case_ref = :id FOR UPDATE"), {"id": held.case.id}
        )
        await asyncio.wait_for(poller.poll(), 5)
        assert await breaches(filer) == 1
    await drain(poller)
    assert await breaches(filer) == 2


async def test_a_database_clock_that_outruns_the_others_breaches_nothing(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await filer.submit()
    start = clock.now()

    class Host:
        def now(self) -> datetime:
            return start

    clocks = TrustedClock(host=Host(), monotonic=lambda: 0.0)
    poller = DeadlinePoller(db, replace(filer.engine, clock=clocks))
    await poller.poll()
    await clock.set(wib(2026, 2, 1))
    for _ in range(5):
        await poller.poll()
    assert await breaches(filer) == 0
    assert 'zi_complaints_engine_held{reason="differs_from_host"} 1.0' in render().decode()


async def test_while_the_clock_is_doubted_neither_work_nor_calendar_moves_a_case(
    filer: Filer, clock: MovedClock, db: Database, poller: DeadlinePoller
) -> None:
    await clock.set(wib(2025, 8, 14))
    newest, filer.engine = filer.engine, replace(filer.engine, calendar_version=1)
    received = await filer.submit()
    async with db.transaction() as session:
        await acts.request_completion(
            session, filer.engine, OFFICER, received.case.id, 1, missing="Kapan kejadiannya?"
        )
    await clock.set(wib(2025, 9, 20))
    async with db.transaction() as session:
        await fire_due(session, filer.engine.policies, clock.now())
    doubting = replace(newest, clock=TrustedClock(monotonic=lambda: 0.0))  # this host says another year
    before = await filer.facts()
    assert await Silence(db, doubting).step() > 0
    assert await Upkeep(db, doubting).step() > 0
    assert await filer.facts() == before
    assert await Silence(db, newest).step() == 0.0
