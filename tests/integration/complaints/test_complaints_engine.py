"""The deadline engine on real PostgreSQL: one breach per clock, whoever dies and however late it is."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

from services.complaints import metrics
from services.complaints.domain.cases import Answer, Outcome
from services.complaints.domain.clocks import event_id
from services.complaints.jobs import CaseWork, DeadlinePoller, Upkeep
from services.complaints.store import canary, firing
from services.complaints.store import now as database_now
from services.complaints.usecases import acts, work
from services.complaints.usecases.desk import Desk
from services.complaints.usecases.firing import fire_due
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.observability.metrics import render
from tests.integration.complaints.conftest import (
    APPROVER,
    HANDLER,
    OFFICER,
    SUPERVISOR,
    MovedClock,
    Office,
    wib,
)
from tests.support.polling import until

ROOT = Path(__file__).parents[3]


@pytest.fixture
def poller(db: Database, clock: MovedClock) -> DeadlinePoller:
    """A poller whose three clocks all follow the test's."""
    start = clock.now()

    def monotonic() -> float:
        return (clock.now() - start).total_seconds()

    return DeadlinePoller(db, host=clock, monotonic=monotonic)


async def drain(poller: DeadlinePoller) -> None:
    while await poller.poll() == 0.0:
        pass


async def breaches(office: Office) -> int:
    [row] = await office.rows("SELECT count(*) FROM outbox WHERE type LIKE '%.overdue.v1'")
    return int(row.count)


# -- rungs and catch-up -------------------------------------------------------------------------------------


async def test_nothing_fires_before_its_time(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await office.submit()  # Monday 5 January; D1 ends with Thursday 8 January
    await clock.set(wib(2026, 1, 9, 0) - timedelta(microseconds=1))
    await drain(poller)
    assert await breaches(office) == 0
    await clock.set(wib(2026, 1, 9, 0))
    await drain(poller)
    assert await breaches(office) == 1


async def test_each_rung_speaks_once_in_its_order(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await office.submit()
    for half_day in range(2 * 30):
        await clock.set(wib(2026, 1, 5) + timedelta(hours=12 * half_day))
        await drain(poller)
    rungs = [row.rung for row in await office.rows("SELECT rung FROM deadline_fired ORDER BY detected_at")]
    assert rungs == ["p50", "p80", "due", "plus1", "plus3", "plus5", "repeat1", "repeat2"]
    sent = await office.rows("SELECT id, version FROM outbox WHERE type LIKE '%deadline%' ORDER BY position")
    assert [row.version for row in sent] == list(range(1, 10))
    ledger = await office.rows("SELECT event_id, event_key FROM deadline_fired ORDER BY detected_at")
    assert [row.id for row in sent[1:]] == [row.event_id for row in ledger]
    assert all(row.event_id == event_id(row.event_key) for row in ledger)


async def test_after_a_long_outage_the_breach_and_the_highest_rung_speak(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await office.submit()
    await clock.set(wib(2026, 1, 14))
    await drain(poller)
    assert [r.rung for r in await office.rows("SELECT rung FROM deadline_fired ORDER BY fact DESC")] == [
        "due",
        "plus3",
    ]
    [breach] = await office.rows("SELECT * FROM deadline_fired WHERE fact = 'overdue'")
    assert (breach.due_at, breach.detected_at) == (wib(2026, 1, 9, 0), wib(2026, 1, 14))
    [clock_row] = await office.rows("SELECT breached_at FROM deadline WHERE rule = 'D1'")
    assert clock_row.breached_at == wib(2026, 1, 9, 0)
    owed = await office.rows("SELECT recipient_role, not_before FROM notification ORDER BY recipient_role")
    assert {row.recipient_role for row in owed} == {"complaint_officer", "complaint_supervisor", "inspector"}
    assert all(row.not_before.astimezone(wib(2026, 1, 1).tzinfo).hour == 7 for row in owed)


async def test_a_second_ledger_row_of_a_rung_cannot_exist(
    office: Office, clock: MovedClock, database: ServiceDatabase
) -> None:
    await office.submit(received_at=wib(2025, 12, 1))
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("UPDATE deadline SET next_rung = 0, next_fire_at = rung_at[1]")
    await owner.close()
    with pytest.raises(Exception, match="deadline_fired_pkey"):
        async with office.db.transaction() as session:
            await fire_due(session, await database_now(session))
    assert await breaches(office) == 1


async def test_a_day_of_outage_is_drained_in_batches(
    office: Office, clock: MovedClock, poller: DeadlinePoller, database: ServiceDatabase
) -> None:
    await office.submit()
    await copy_clocks(database, 1200)
    await clock.set(wib(2026, 1, 9, 0))
    await drain(poller)
    assert await breaches(office) == 1201
    [row] = await office.rows("SELECT count(DISTINCT id) FROM outbox WHERE type LIKE '%.overdue.v1'")
    assert row.count == 1201


async def copy_clocks(database: ServiceDatabase, copies: int, due: datetime | None = None) -> None:
    """Multiply the one clock there is; with `due` the copies have nothing but that breach."""
    owner = await asyncpg.connect(database.owner_url)
    columns = [
        row["column_name"]
        for row in await owner.fetch(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'deadline' AND table_schema = 'public'"
        )
    ]
    values = {"id": "gen_random_uuid()", "case_ref": "gen_random_uuid()"}
    if due is not None:
        moment = f"timestamptz '{due.isoformat()}'"
        values |= {
            "due_at": moment,
            "next_fire_at": moment,
            "rung_at": f"ARRAY[{moment}]",
            "rung_notify_at": f"ARRAY[{moment}]",
            "rung_code": "ARRAY['due']",
            "rung_to": "ARRAY['complaint_officer']",
            "due_rung": "0",
            "repeat_days": "0",
        }
    await owner.execute(
        f"INSERT INTO deadline ({', '.join(columns)})"
        f" SELECT {', '.join(values.get(name, name) for name in columns)}"
        f" FROM deadline, generate_series(1, {copies})"
    )
    await owner.close()


# -- kills --------------------------------------------------------------------------------------------------


class Pollers:
    """Poller processes that the test starts and kills."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self, **environment: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("poller.py")),
            self._url,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._running.append(process)
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), 30)
        return process

    async def stop(self) -> None:
        for process in self._running:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            await process.communicate()


@pytest.fixture
async def pollers(database: ServiceDatabase) -> AsyncIterator[Pollers]:
    made = Pollers(database.app_url)
    yield made
    await made.stop()


async def due_in(database: ServiceDatabase, office: Office, *, seconds: float, copies: int) -> int:
    """Make clocks that are due in so many seconds of real time; return how many."""
    await office.submit()
    async with office.db.reading() as session:
        due = await database_now(session) + timedelta(seconds=seconds)
    await copy_clocks(database, copies, due)
    return copies


async def exactly_once(office: Office, expected: int) -> None:
    """Check that ledger, outbox and clocks tell of the same breaches, each once."""
    [row] = await office.rows("""
        SELECT (SELECT count(*) FROM deadline WHERE breached_at IS NOT NULL AND kind <> 'canary') AS clocks,
               (SELECT count(*) FROM deadline_fired WHERE fact = 'overdue') AS ledger,
               (SELECT count(*) FROM outbox WHERE type LIKE '%.overdue.v1') AS events,
               (SELECT count(DISTINCT id) FROM outbox WHERE type LIKE '%.overdue.v1') AS ids,
               (SELECT count(*) FROM deadline_fired WHERE detected_at < due_at) AS early
    """)
    assert tuple(row) == (expected, expected, expected, expected, 0)


async def all_breached(office: Office, expected: int) -> None:
    async def done() -> bool:
        [row] = await office.rows("SELECT count(*) FROM deadline_fired WHERE fact = 'overdue'")
        return bool(row.count >= expected)

    await until(done, what=f"{expected} breaches")


async def test_two_pollers_of_which_one_is_killed_at_the_due_time_breach_each_clock_once(
    database: ServiceDatabase, office: Office, pollers: Pollers
) -> None:
    expected = await due_in(database, office, seconds=2.5, copies=3000)
    victim = await pollers.start()
    await pollers.start()

    async def begun() -> bool:
        [row] = await office.rows("SELECT count(*) FROM deadline_fired")
        return bool(row.count > 0)

    await until(begun, what="the first breaches")
    victim.send_signal(signal.SIGKILL)
    await all_breached(office, expected)
    await exactly_once(office, expected)


@pytest.mark.parametrize("point", ["deadline_after_claim", "deadline_before_commit", "deadline_after_commit"])
async def test_a_poller_that_dies_around_its_commit_leaves_one_breach(
    database: ServiceDatabase, office: Office, pollers: Pollers, point: str
) -> None:
    expected = await due_in(database, office, seconds=-1, copies=600)
    victim = await pollers.start(ZI_CRASH_AT=point)
    assert await asyncio.wait_for(victim.wait(), 30) == 137
    await pollers.start()
    await all_breached(office, expected)
    await exactly_once(office, expected)


async def test_what_was_due_while_everything_was_down_is_breached_once_on_recovery(
    database: ServiceDatabase, office: Office, pollers: Pollers
) -> None:
    expected = await due_in(database, office, seconds=-3600, copies=50)
    await exactly_once(office, 0)
    await pollers.start()
    await pollers.start()
    await all_breached(office, expected)
    await exactly_once(office, expected)


async def test_a_frozen_poller_holds_up_nobody_and_adds_nothing(
    database: ServiceDatabase, office: Office, pollers: Pollers
) -> None:
    frozen = await pollers.start()
    frozen.send_signal(signal.SIGSTOP)
    expected = await due_in(database, office, seconds=0.5, copies=100)
    await pollers.start()
    await all_breached(office, expected)
    frozen.send_signal(signal.SIGCONT)
    await exactly_once(office, expected)


# -- acts against the claim ---------------------------------------------------------------------------------


async def verify(office: Office, case_id: Any, version: int = 1) -> None:
    async with office.db.transaction() as session:
        await acts.verify(
            session,
            office.desk,
            OFFICER,
            case_id,
            version,
            stream="masyarakat",
            case_class="normatif",
            unit_id="u-1",
            note=None,
        )


async def test_an_act_before_the_due_time_keeps_the_poller_away(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    received = await office.submit()
    await clock.set(wib(2026, 1, 8, 23, 59))
    await verify(office, received.case.id)
    await clock.set(wib(2026, 1, 9, 0))
    await drain(poller)
    assert (await office.clocks())["D1"] == "met"
    assert await breaches(office) == 0


async def test_an_act_after_the_due_time_writes_the_breach_itself_and_is_late_for_good(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    received = await office.submit()
    await clock.set(wib(2026, 1, 9, 0))
    await verify(office, received.case.id)
    await drain(poller)
    assert (await office.clocks())["D1"] == "late_done"
    facts = [fact for fact in await office.facts() if fact.startswith("deadline.")]
    assert facts[:3] == ["deadline.armed", "deadline.overdue", "deadline.met"]
    assert await breaches(office) == 1


async def test_act_and_claim_at_the_same_moment_agree(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    made = [await office.submit() for _ in range(8)]
    await clock.set(wib(2026, 1, 9, 0))
    await asyncio.gather(poller.poll(), *(verify(office, received.case.id) for received in made))
    await drain(poller)
    statuses = await office.rows("SELECT status, breached_at FROM deadline WHERE rule = 'D1'")
    assert {row.status for row in statuses} == {"late_done"}
    assert await breaches(office) == 8
    [row] = await office.rows("SELECT count(*), count(DISTINCT event_id) AS ids FROM deadline_fired")
    assert row.count == row.ids


async def test_a_clock_held_by_an_act_is_skipped_not_waited_for(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    held = await office.submit()
    await office.submit()
    await clock.set(wib(2026, 1, 9, 0))
    async with office.db.transaction() as session:
        await session.execute(
            text("SELECT 1 FROM deadline WHERE case_ref = :id FOR UPDATE"), {"id": held.case.id}
        )
        await asyncio.wait_for(poller.poll(), 5)
        assert await breaches(office) == 1
    await drain(poller)
    assert await breaches(office) == 2


# -- the guard ----------------------------------------------------------------------------------------------


async def test_a_database_clock_that_outruns_the_others_breaches_nothing(
    office: Office, clock: MovedClock, db: Database
) -> None:
    await office.submit()
    start = clock.now()

    class Host:
        def now(self) -> datetime:
            return start

    poller = DeadlinePoller(db, host=Host(), monotonic=lambda: 0.0)
    await poller.poll()
    await clock.set(wib(2026, 2, 1))
    for _ in range(5):
        await poller.poll()
    assert await breaches(office) == 0
    assert 'zi_complaints_engine_held{reason="differs_from_host"} 1.0' in render().decode()


# -- calendar, work, canary, figures ------------------------------------------------------------------------


async def test_a_revised_calendar_moves_running_clocks_and_says_so(
    office: Office, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2025, 8, 14))  # D1 ends with Wednesday the 20th once the 18th is off
    office.desk = Desk(office.desk.policies, calendar_version=1)
    await office.submit()
    [before] = await office.rows("SELECT due_at FROM deadline")
    newest = Desk(office.desk.policies)
    assert await Upkeep(db, newest).step() == 0.0
    [after] = await office.rows("SELECT due_at, next_fire_at FROM deadline")
    assert (before.due_at, after.due_at) == (wib(2025, 8, 20, 0), wib(2025, 8, 21, 0))
    assert (await office.facts())[-1] == "deadline.rescheduled"
    [change] = await office.rows("SELECT * FROM deadline_change")
    assert (change.old_due_at, change.new_due_at, change.reason) == (
        before.due_at,
        after.due_at,
        "calendar",
    )
    assert await Upkeep(db, newest).audit() == 0


async def test_a_due_time_that_a_calendar_moves_into_the_past_becomes_the_end_of_a_working_day(
    office: Office, clock: MovedClock, db: Database, database: ServiceDatabase
) -> None:
    await clock.set(wib(2025, 8, 14))
    await office.submit()
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(
        "UPDATE deadline SET calendar_version = 1, due_at = due_at + interval '9 days',"
        " rung_at = (SELECT array_agg(at + interval '9 days') FROM unnest(rung_at) AS at),"
        " next_fire_at = next_fire_at + interval '9 days'"
    )
    await owner.close()
    await clock.set(wib(2025, 8, 21, 10))  # by its count it was due on the 20th
    async with db.transaction() as session:
        await work.follow_calendar(session, office.desk, 4)
    [row] = await office.rows("SELECT due_at, breached_at FROM deadline")
    assert (row.due_at, row.breached_at) == (wib(2025, 8, 22, 0), None)
    assert await Upkeep(db, office.desk).audit() == 0


async def test_the_audit_finds_a_due_time_that_somebody_changed(
    office: Office, clock: MovedClock, db: Database, database: ServiceDatabase
) -> None:
    await office.submit()
    upkeep = Upkeep(db, office.desk)
    assert await upkeep.audit() == 0
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(
        "UPDATE deadline SET due_at = due_at + interval '1 day', "
        "rung_at[due_rung + 1] = due_at + interval '1 day'"
    )
    await owner.close()
    assert await upkeep.audit() == 1


async def test_silence_closes_through_the_workers(
    office: Office, clock: MovedClock, db: Database, poller: DeadlinePoller
) -> None:
    received = await office.submit()
    answer = Answer(Outcome.TERBUKTI, "Petugas telah diganti.", ("BA-7",), None, None)
    await verify(office, received.case.id)
    async with db.transaction() as session:
        case = await acts.dispose(
            session, office.desk, SUPERVISOR, received.case.id, 2, handler="penangan", note=None
        )
        case = await acts.respond(session, office.desk, HANDLER, case.id, case.version, answer)
        await acts.approve(session, office.desk, APPROVER, case.id, case.version, note=None)
    await clock.set(wib(2026, 1, 21, 0))  # 10 working days after the 5th, the 16th is off
    await drain(poller)
    worker = CaseWork(db, office.desk)
    while await worker.step() == 0.0:
        pass
    [row] = await office.rows("SELECT state, closed_by FROM case_file")
    assert (row.state, row.closed_by) == ("SELESAI", "silence")
    assert (await office.facts())[-2:] == ["case.closed", "deadline.met"]


async def test_a_canary_fires_every_minute_and_leaves_no_event(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    for _ in range(5):
        await poller.poll()
        await clock.forward(seconds=61)
    assert metrics.CANARY_AGE._value.get() <= 2 * canary.PERIOD_SECONDS
    assert await office.facts() == []
    await clock.forward(minutes=10)
    async with office.db.transaction() as session:
        age = await canary.arm(session, poller._replica, await database_now(session))
    assert age > 10 * canary.PERIOD_SECONDS


async def test_the_next_poll_waits_for_the_next_rung(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    assert await poller.poll() >= 4.0
    await office.submit()
    async with office.db.reading() as session:
        assert await firing.next_fire_at(session) is not None
    await clock.set(wib(2026, 1, 7, 7, 29) + timedelta(seconds=59))  # p50 opens on day 2
    assert await poller.poll() <= 1.5


async def test_figures_come_from_the_ledger_so_that_every_replica_counts_the_same(
    office: Office, clock: MovedClock, db: Database, poller: DeadlinePoller
) -> None:
    await office.submit()
    await clock.set(wib(2026, 1, 9, 0))
    await drain(poller)
    for _ in range(2):
        await Upkeep(db, office.desk).measure()
        shown = render().decode()
        assert 'zi_complaints_breaches_total{kind="pengaduan",rule="D1"} 1.0' in shown
        assert 'zi_complaints_breaches_total{kind="pengaduan",rule="D5"} 0.0' in shown
        assert 'zi_complaints_cases_overdue{kind="pengaduan"} 1.0' in shown
        assert "zi_complaints_open_cases_without_clock 0.0" in shown
        assert "zi_complaints_calendar_confirmed_days 357.0" in shown


async def test_a_run_out_clock_of_the_reporter_counts_no_case_as_overdue(
    office: Office, clock: MovedClock, db: Database, poller: DeadlinePoller
) -> None:
    received = await office.submit()
    async with db.transaction() as session:
        await acts.request_completion(
            session, office.desk, OFFICER, received.case.id, 1, missing="Kapan kejadiannya?"
        )
    await clock.set(wib(2026, 2, 5))
    await drain(poller)
    await Upkeep(db, office.desk).measure()
    assert 'zi_complaints_cases_overdue{kind="pengaduan"} 0.0' in render().decode()


async def test_a_dead_replicas_canary_is_forgotten_after_a_day(
    office: Office, clock: MovedClock, db: Database
) -> None:
    for day in (5, 7):
        await clock.set(wib(2026, 1, day))
        async with db.transaction() as session:
            await canary.arm(session, uuid4(), await database_now(session))
    assert len(await office.rows("SELECT 1 FROM deadline")) == 1
