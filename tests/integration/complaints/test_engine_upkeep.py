"""What the engine does beside firing: calendars, work, canaries, audits and figures."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Answer, Outcome
from services.complaints.cases.jobs import Silence
from services.complaints.cases.usecases import acts, silence
from services.complaints.deadlines.domain.policy import PolicyLostError
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.store import canary, firing
from services.complaints.deadlines.usecases import upkeep
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.jobs import Figures, Upkeep, lock
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.db.clock import database_now
from shared.db.faults import is_away
from shared.observability.metrics import render
from tests.integration.complaints.conftest import (
    APPROVER,
    HANDLER,
    OFFICER,
    SUPERVISOR,
    Filer,
    MovedClock,
    wib,
)
from tests.integration.complaints.engine import audited, copy_clocks, drain, verify, without

OUTAGE = "58030"
"""An I/O error of the server."""


@pytest.fixture
def engine(engine: DeadlineEngine) -> DeadlineEngine:
    """Give a new case one clock alone, that of verification."""
    return without(engine, "D6C.1")


async def test_a_revised_calendar_moves_running_clocks_and_says_so(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2025, 8, 14))  # D1 ends with Wednesday the 20th once the 18th is off
    newest = filer.engine
    filer.engine = replace(newest, calendar_version=1)
    await filer.submit()
    [before] = await filer.rows("SELECT due_at FROM deadline")
    assert await Upkeep(db, newest).step() == 0.0
    [after] = await filer.rows("SELECT due_at, next_fire_at FROM deadline")
    assert (before.due_at, after.due_at) == (wib(2025, 8, 20, 0), wib(2025, 8, 21, 0))
    assert (await filer.facts())[-1] == "deadline.rescheduled"
    [change] = await filer.rows("SELECT * FROM deadline_change")
    assert (change.old_due_at, change.new_due_at, change.reason) == (
        before.due_at,
        after.due_at,
        "calendar",
    )
    assert await audited(db, newest) == 0


async def test_a_due_time_that_a_calendar_moves_into_the_past_becomes_the_end_of_the_next_working_day(
    filer: Filer, clock: MovedClock, db: Database, database: ServiceDatabase
) -> None:
    await clock.set(wib(2025, 8, 14))
    await filer.submit()
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(
        "UPDATE deadline SET calendar_version = 1, due_at = due_at + interval '9 days',"
        " rung_at = (SELECT array_agg(at + interval '9 days') FROM unnest(rung_at) AS at),"
        " next_fire_at = next_fire_at + interval '9 days'"
    )
    await owner.close()
    await clock.set(wib(2025, 8, 21, 23, 50))  # by its count it was due on the 20th; the holder needs a day
    async with db.transaction() as session:
        await upkeep.follow_calendar(session, filer.engine, lock)
    [row] = await filer.rows("SELECT due_at, breached_at FROM deadline")
    assert (row.due_at, row.breached_at) == (wib(2025, 8, 23, 0), None)
    assert await audited(db, filer.engine) == 0


async def test_a_reporters_time_ends_inside_the_cap_also_when_it_is_computed_again(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 4, 1))  # 30 days end on 1 May, a day off before a weekend
    received = await filer.submit()
    async with db.transaction() as session:
        await acts.request_completion(
            session, filer.engine, OFFICER, received.case.id, 1, missing="Kapan kejadiannya?"
        )
    [row] = await filer.rows("SELECT due_at, most_days FROM deadline WHERE rule = 'D2'")
    assert (row.due_at, row.most_days) == (wib(2026, 5, 2, 0), 30)
    assert await audited(db, filer.engine) == 0


async def test_three_short_requests_over_midnight_win_the_officers_no_day(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    received = await filer.submit()
    version = 1
    [before] = await filer.rows("SELECT due_at FROM deadline WHERE rule = 'D1'")
    for day in (5, 6, 7):
        await clock.set(wib(2026, 1, day, 23))
        async with db.transaction() as session:
            case = await acts.request_completion(
                session, filer.engine, OFFICER, received.case.id, version, missing="Kapan kejadiannya?"
            )
        await clock.set(wib(2026, 1, day + 1, 1))
        async with db.transaction() as session:
            case = await acts.complete(
                session, filer.engine, OFFICER, case.id, case.version, note="Di loket.", is_reporter=False
            )
        version = case.version
    [after] = await filer.rows("SELECT due_at FROM deadline WHERE rule = 'D1'")
    assert after.due_at == before.due_at
    assert await audited(db, filer.engine) == 0


async def test_the_audit_finds_a_due_time_that_somebody_changed(
    filer: Filer, clock: MovedClock, db: Database, database: ServiceDatabase
) -> None:
    await filer.submit()
    assert await audited(db, filer.engine) == 0
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(
        "UPDATE deadline SET due_at = due_at + interval '1 day', "
        "rung_at[due_rung + 1] = due_at + interval '1 day'"
    )
    await owner.close()
    assert await audited(db, filer.engine) == 1


async def test_silence_closes_through_the_workers(
    filer: Filer, clock: MovedClock, db: Database, poller: DeadlinePoller
) -> None:
    received = await filer.submit()
    answer = Answer(Outcome.TERBUKTI, "Petugas telah diganti.", ("BA-7",), None, None)
    await verify(filer, received.case.id)
    async with db.transaction() as session:
        case = await acts.dispose(
            session, filer.engine, SUPERVISOR, received.case.id, 2, handler="penangan", note=None
        )
        case = await acts.respond(session, filer.engine, HANDLER, case.id, case.version, answer)
        await acts.approve(session, filer.engine, APPROVER, case.id, case.version, note=None)
    await clock.set(wib(2026, 1, 21, 0))  # 10 working days after the 5th, the 16th is off
    await drain(poller)
    worker = Silence(db, filer.engine)
    while await worker.step() == 0.0:
        pass
    [row] = await filer.rows("SELECT state, closed_by FROM case_file")
    assert (row.state, row.closed_by) == ("SELESAI", "silence")
    assert (await filer.facts())[-3:] == ["case.closed", "deadline.met", "deadline.armed"]


async def test_a_canary_fires_every_minute_and_leaves_no_event(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    for _ in range(5):
        await poller.poll()
        await clock.forward(seconds=61)
    age = REGISTRY.get_sample_value("zi_complaints_canary_age_seconds")
    assert age is not None
    assert age <= 2 * canary.PERIOD_SECONDS
    assert await filer.facts() == []
    await clock.forward(minutes=10)
    async with filer.db.transaction() as session:
        age = await canary.arm(session, poller._replica, await database_now(session))
    assert age > 10 * canary.PERIOD_SECONDS


async def test_the_next_poll_waits_for_the_next_rung(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    assert await poller.poll() >= 4.0
    await filer.submit()
    async with filer.db.reading() as session:
        assert await firing.next_fire_at(session) is not None
    await clock.set(wib(2026, 1, 7, 7, 29) + timedelta(seconds=59))  # p50 opens on day 2
    assert await poller.poll() <= 1.5


async def test_figures_come_from_the_ledger_so_that_every_replica_counts_the_same(
    filer: Filer, clock: MovedClock, db: Database, poller: DeadlinePoller
) -> None:
    await filer.submit()
    await clock.set(wib(2026, 1, 9, 0))
    await drain(poller)
    for _ in range(2):
        await Figures(db, filer.engine).step()
        shown = render().decode()
        assert 'zi_complaints_breaches_total{kind="pengaduan",rule="D1"} 1.0' in shown
        assert 'zi_complaints_breaches_total{kind="pengaduan",rule="D5"} 0.0' in shown
        assert 'zi_complaints_cases_overdue{kind="pengaduan"} 1.0' in shown
        assert "zi_complaints_open_cases_without_clock 0.0" in shown
        assert "zi_complaints_calendar_confirmed_days 357.0" in shown


async def test_a_run_out_clock_of_the_reporter_counts_no_case_as_overdue(
    filer: Filer, clock: MovedClock, db: Database, poller: DeadlinePoller
) -> None:
    received = await filer.submit()
    async with db.transaction() as session:
        await acts.request_completion(
            session, filer.engine, OFFICER, received.case.id, 1, missing="Kapan kejadiannya?"
        )
    await clock.set(wib(2026, 2, 5))
    await drain(poller)
    await Figures(db, filer.engine).step()
    assert 'zi_complaints_cases_overdue{kind="pengaduan"} 0.0' in render().decode()


async def test_a_dead_replicas_canary_is_forgotten_after_a_day(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    for day in (5, 7):
        await clock.set(wib(2026, 1, day))
        async with db.transaction() as session:
            await canary.arm(session, uuid4(), await database_now(session))
    assert len(await filer.rows("SELECT 1 FROM deadline")) == 1


async def test_forgetting_canaries_reads_no_clock_of_a_case(
    filer: Filer, clock: MovedClock, database: ServiceDatabase
) -> None:
    await filer.submit()
    await copy_clocks(database, 3000)
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("ANALYZE deadline")
    await owner.close()
    async with filer.db.transaction() as session:
        asked = canary.forgetting(clock.now()).compile(
            dialect=(await session.connection()).dialect, compile_kwargs={"literal_binds": True}
        )
        plan = await session.scalars(text(f"EXPLAIN {asked}"))
        assert "deadline_canary" in "\n".join(plan)


async def test_a_clock_whose_policy_is_lost_counts_as_a_mismatch_and_stops_nothing(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await filer.submit()
    engine = without(filer.engine, "D1.1")
    assert await Upkeep(db, engine).step() > 0
    assert await audited(db, engine) == 1
    await Figures(db, engine).step()
    assert "zi_complaints_due_audit_mismatches 1.0" in render().decode()
    assert await audited(db, filer.engine) == 0


async def test_a_clock_whose_policy_is_lost_follows_the_calendar_once_it_is_back(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2025, 8, 14))
    newest = filer.engine
    filer.engine = replace(newest, calendar_version=1)
    await filer.submit()
    assert await Upkeep(db, without(newest, "D1.1")).step() > 0
    assert (await filer.facts())[-1] == "deadline.armed"
    assert await Upkeep(db, newest).step() == 0.0
    assert (await filer.facts())[-1] == "deadline.rescheduled"


async def test_an_act_on_a_clock_whose_policy_is_lost_is_refused_and_changes_nothing(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    received = await filer.submit()
    engine = without(filer.engine, "D1.1")
    with pytest.raises(PolicyLostError):
        async with db.transaction() as session:
            await acts.request_completion(
                session, engine, OFFICER, received.case.id, 1, missing="Kapan kejadiannya?"
            )
    assert await filer.clocks() == {"D1": "armed"}


async def test_work_that_fails_is_put_aside_and_holds_up_no_other(
    filer: Filer, clock: MovedClock, db: Database, poller: DeadlinePoller
) -> None:
    failing, other = (await filer.submit()).case.id, (await filer.submit()).case.id
    await verify(filer, failing)
    async with db.transaction() as session:
        await acts.dispose(session, filer.engine, SUPERVISOR, failing, 2, handler="penangan", note=None)
    for case_id, actor, version in ((failing, HANDLER, 3), (other, OFFICER, 1)):
        async with db.transaction() as session:
            await acts.request_completion(
                session, filer.engine, actor, case_id, version, missing="Kapan kejadiannya?"
            )
    await clock.set(wib(2026, 2, 5))
    await drain(poller)

    async def work_off(engine: DeadlineEngine) -> dict[object, str | None]:
        while await Silence(db, engine).step() == 0.0:
            pass
        return {
            row.case_ref: row.result for row in await filer.rows("SELECT case_ref, result FROM work_item")
        }

    faulty = without(filer.engine, "D5-normatif.1")
    assert await work_off(faulty) == {failing: None, other: "resumed"}
    await Figures(db, filer.engine).step()
    assert "zi_complaints_work_put_aside 1.0" in render().decode()
    assert await work_off(filer.engine) == {failing: None, other: "resumed"}, "it waits before the next try"
    async with db.transaction() as session:  # as after a month of failures
        await session.execute(text("UPDATE work_item SET attempts = 800 WHERE result IS NULL"))
    await clock.forward(minutes=1)
    assert await work_off(faulty) == {failing: None, other: "resumed"}
    await clock.forward(hours=1)
    assert await work_off(filer.engine) == {failing: "resumed", other: "resumed"}


@pytest.mark.parametrize("code", [OUTAGE, "42501", "54001", "P0001", "23514"])
async def test_what_fails_by_itself_is_put_aside_and_an_outage_is_not(
    filer: Filer,
    clock: MovedClock,
    db: Database,
    poller: DeadlinePoller,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
) -> None:
    case_id = (await filer.submit()).case.id
    async with db.transaction() as session:
        await acts.request_completion(
            session, filer.engine, OFFICER, case_id, 1, missing="Kapan kejadiannya?"
        )
    await clock.set(wib(2026, 2, 5))
    await drain(poller)

    async def refuse(session: AsyncSession, *_: object) -> str:
        await session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$"))
        return ""

    with monkeypatch.context() as patch:
        patch.setattr(silence, "_do", refuse)
        if code != OUTAGE:
            await Silence(db, filer.engine).step()
        else:
            with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is the database's affair
                await Silence(db, filer.engine).step()
            assert is_away(raised.value)
    [item] = await filer.rows("SELECT attempts, result FROM work_item")
    assert (item.attempts, item.result) == (int(code != OUTAGE), None)
    if code == OUTAGE:
        assert await Silence(db, filer.engine).step() == 0.0
        assert [row.result for row in await filer.rows("SELECT result FROM work_item")] == ["resumed"]
