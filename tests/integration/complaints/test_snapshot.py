"""The states of cases and clocks repeat what was published, byte for byte, after every kind of fact."""

from dataclasses import replace
from datetime import timedelta

from services.complaints import snapshot
from services.complaints.cases.usecases import acts, officers
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.jobs import Upkeep
from shared.contracts.topics import produced_by
from shared.security import PUBLIC
from tests.integration.complaints.conftest import HANDLER, OFFICER, SUPERVISOR, MovedClock, Office, wib
from tests.integration.complaints.engine import drain
from tests.integration.complaints.test_case_life import Walk
from tests.support.restoring import differences, kinds, published, standing


async def agree(office: Office) -> None:
    assert differences(await published(office.db), await standing(office.db, snapshot)) == {}


async def test_every_state_is_said_again_in_the_bytes_it_was_published_in(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    newest = office.engine
    await clock.set(wib(2025, 8, 14))  # D1 ends a day later once the 18th is off
    office.engine = replace(newest, calendar_version=1)
    await office.submit()
    assert await Upkeep(office.db, newest).step() == 0.0
    await agree(office)  # rescheduled
    office.engine = newest
    await clock.set(wib(2026, 1, 5))
    await drain(poller)
    await agree(office)

    await office.submit(received_at=wib(2026, 1, 2))  # in the time of the officer's zone
    walk = Walk(office, (await office.submit()).case)
    await agree(office)
    for hours in range(0, 21 * 24, 12):  # through every rung of every clock that runs
        await clock.set(wib(2026, 1, 5) + timedelta(hours=hours))
        await drain(poller)
        if hours % 48 == 0:
            await agree(office)
    await walk.to_work()
    await agree(office)

    asked = Walk(office, (await office.submit()).case)
    await asked.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    await agree(office)  # paused
    await clock.forward(hours=30)
    await asked.act(acts.complete, OFFICER, note="Kemarin.", is_reporter=False)
    await agree(office)  # resumed
    await walk.follow_up()
    await agree(office)
    await walk.answer()
    await agree(office)
    async with office.db.transaction() as session:
        walk.case = await acts.object_to_answer(
            session, office.engine, PUBLIC, walk.case.id, reason="Nama petugas salah."
        )
        await officers.enter_handler(session, SUPERVISOR, "u-1", "pengganti")
    await agree(office)  # objected
    await walk.act(acts.reassign, SUPERVISOR, handler="pengganti", note=None)
    await agree(office)
    await walk.act(acts.reassign, SUPERVISOR, handler=HANDLER.subject, note=None)
    await walk.answer()
    await walk.accept()
    await agree(office)

    silent = Walk(office, (await office.submit()).case)
    await silent.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    await clock.forward(days=40)
    await silent.act(acts.proceed, OFFICER, reason="Isi laporan cukup.")
    await agree(office)  # proceeded, with a cancelled clock
    await drain(poller)
    async with office.db.transaction() as session:
        await acts.withdraw(session, office.engine, PUBLIC, silent.case.id)
    await agree(office)  # withdrawn, and every clock cancelled
    assert await kinds(office.db) == {
        event.event_type for topic in produced_by("complaints") for event in topic.events
    }


async def test_a_newer_calendar_that_moves_nothing_leaves_the_bytes_of_a_clock_as_they_were(
    office: Office, clock: MovedClock
) -> None:
    newest = office.engine
    office.engine = replace(newest, calendar_version=1)
    await office.submit()
    assert await Upkeep(office.db, newest).step() == 0.0
    [row] = await office.rows("SELECT calendar_version FROM deadline")
    assert row.calendar_version > 1
    await agree(office)
