"""What Prometheus is told: from the tables, right with the first scrape, and nothing before that."""

import asyncio
import time
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Select, func, select, text

from services.complaints.cases import metrics as case_metrics
from services.complaints.cases.domain.case import Answer, Outcome
from services.complaints.cases.jobs import Silence
from services.complaints.cases.store import figures as case_figures
from services.complaints.cases.usecases import acts
from services.complaints.deadlines import metrics
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.readings import Age, Distribution, Reading
from services.complaints.deadlines.store import figures
from services.complaints.deadlines.tables import DEADLINE
from services.complaints.jobs import Figures
from shared.db import Database
from shared.observability.metrics import CATALOGUE
from shared.security import PUBLIC
from tests.integration.complaints.conftest import (
    APPROVER,
    HANDLER,
    OFFICER,
    SUPERVISOR,
    Filer,
    MovedClock,
    wib,
)
from tests.integration.complaints.engine import drain, verify

READ = [
    one
    for module in (metrics, case_metrics)
    for one in vars(module).values()
    if isinstance(one, Reading | Distribution)
]
DAY = 86_400.0


@pytest.fixture(autouse=True)
def _just_started() -> None:
    """Forget every figure, as a process has none that has just started."""
    for reading in READ:
        reading.set({})


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"zi_complaints_{name}", labels)


async def answered(filer: Filer, db: Database, clock: MovedClock) -> None:
    """Receive a case at the present moment, work on it a day later, and answer it."""
    received = await filer.submit()
    case_id = received.case.id
    await clock.forward(days=1)
    await verify(filer, case_id)
    answer = Answer(Outcome.TERBUKTI, "Petugas telah diganti.", ("BA-7",), None, None)
    async with db.transaction() as session:
        await acts.dispose(session, filer.engine, SUPERVISOR, case_id, 2, handler="penangan", note=None)
    async with db.transaction() as session:
        await acts.follow_up(
            session,
            filer.engine,
            HANDLER,
            case_id,
            3,
            note="Loket diperiksa hari ini.",
            evidence=("BA-7",),
            no_evidence_reason=None,
        )
    async with db.transaction() as session:
        await acts.respond(session, filer.engine, HANDLER, case_id, 4, answer)
    async with db.transaction() as session:
        await acts.approve(session, filer.engine, APPROVER, case_id, 5, note=None)


def test_before_the_first_measurement_a_scrape_finds_no_series_rather_than_a_zero() -> None:
    assert len(READ) > 12
    for reading in READ:
        assert [family.samples for family in reading.collect()] == [[]], reading.name


async def test_the_first_measurement_is_right_after_a_restart(
    filer: Filer, clock: MovedClock, db: Database, poller: DeadlinePoller
) -> None:
    await filer.submit()
    await clock.set(wib(2026, 1, 9, 2))
    await drain(poller)
    await Figures(db, filer.engine).step()
    assert value("cases_open", kind="pengaduan") == 1
    assert value("cases_overdue", kind="pengaduan") == 1
    assert value("breaches_total", kind="pengaduan", rule="D1") == 1
    assert value("breaches_total", kind="pengaduan", rule="D5") == 0
    assert value("open_cases_without_clock") == 0
    assert value("oldest_due_unfired_seconds") == 0
    assert value("oldest_overdue_seconds") == 7200
    assert value("clocks_overdue", kind="pengaduan", rule="D1", state="DITERIMA") == 1
    assert value("cases_waiting_for_reporter", kind="pengaduan", state="DITANGGAPI") == 0


async def test_measuring_waits_neither_for_the_audit_nor_for_a_calendar(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await filer.submit()
    async with db.transaction() as session:  # as an audit that stands still in the middle of a step
        await session.execute(text("INSERT INTO due_audit VALUES (1, zi_now(), NULL, 0)"))
        await session.execute(text("SELECT 1 FROM deadline FOR UPDATE"))
        await asyncio.wait_for(Figures(db, filer.engine).step(), 5)
    assert value("cases_open", kind="pengaduan") == 1
    assert value("due_audit_mismatches") is None


async def test_a_case_that_waits_for_its_reporter_is_told_by_what_it_waits_for(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    asked = await filer.submit()
    async with db.transaction() as session:
        await acts.request_completion(
            session, filer.engine, OFFICER, asked.case.id, 1, missing="Kapan kejadiannya?"
        )
    await answered(filer, db, clock)
    await Figures(db, filer.engine).step()
    assert value("cases_waiting_for_reporter", kind="pengaduan", state="MENUNGGU_KELENGKAPAN") == 1
    assert value("cases_waiting_for_reporter", kind="pengaduan", state="DITANGGAPI") == 1
    assert value("cases_open", kind="pengaduan") == 2


async def test_closings_by_silence_are_counted_from_the_ledger_and_those_of_reporters_are_not(
    filer: Filer, clock: MovedClock, db: Database, poller: DeadlinePoller
) -> None:
    await answered(filer, db, clock)
    [mine] = await filer.rows("SELECT id FROM case_file")
    async with db.transaction() as session:
        await acts.accept(session, filer.engine, PUBLIC, mine.id)
    await answered(filer, db, clock)
    await clock.forward(days=60)
    await drain(poller)
    while await Silence(db, filer.engine).step() == 0.0:
        pass
    await Figures(db, filer.engine).step()
    assert value("cases_closed_by_silence_total", kind="pengaduan") == 1
    assert value("cases_open", kind="pengaduan") == 0


async def test_first_responses_are_read_from_the_cases(filer: Filer, clock: MovedClock, db: Database) -> None:
    await answered(filer, db, clock)
    for _ in range(2):  # another process, or this one started anew, tells the same
        await Figures(db, filer.engine).step()
        assert value("first_response_seconds_count", kind="pengaduan") == 1
        assert value("first_response_seconds_sum", kind="pengaduan") == DAY
        assert value("first_response_seconds_bucket", kind="pengaduan", le=str(DAY / 4)) == 0
        assert value("first_response_seconds_bucket", kind="pengaduan", le=str(DAY)) == 1
        assert value("first_response_seconds_bucket", kind="pengaduan", le="+Inf") == 1


async def test_what_must_be_counted_is_counted_a_hundredth_of_the_time_at_most(
    filer: Filer, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, moment, counted = Figures(db, filer.engine), [1000.0], [0]

    async def slow() -> None:
        counted[0] += 1
        moment[0] += 3.0

    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    monkeypatch.setattr(job, "count", slow)
    for _ in range(120):
        moment[0] += await job.step()
    assert counted == [2]  # in ten minutes


INDEXED: dict[str, list[Select[Any]]] = {
    "case_file_standing": [case_figures._STANDING, case_figures._WITHOUT],
    "case_file_response": [case_figures.responses((DAY,))],
    "case_event_silence": [case_figures._SILENT],
    "deadline_once or deadline_armed": [case_figures._WITHOUT],
    "deadline_late or deadline_armed": [case_figures._OVERDUE, figures._OVERDUE, figures._FIRST_LATE],
    "deadline_next": [select(func.min(DEADLINE.c.next_fire_at))],
    "deadline_fired_breach": [figures._BREACHES],
}


@pytest.mark.parametrize("index", INDEXED)
async def test_what_is_counted_is_found_by_an_index(filer: Filer, db: Database, index: str) -> None:
    async with db.reading() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        dialect = (await session.connection()).dialect
        for statement in INDEXED[index]:
            asked = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            plan = "\n".join(await session.scalars(text(f"EXPLAIN {asked}")))
            assert any(name in plan for name in index.split(" or ")), plan


def test_an_age_grows_on_when_nobody_looks_any_more() -> None:
    moment = [10.0]
    age = Age("zi_complaints_toy_age_seconds", "Age of a toy of this test", monotonic=lambda: moment[0])
    assert CATALOGUE.pop().name == age.name
    assert value("toy_age_seconds") is None
    age.set_one(3.0)
    moment[0] += 60.0
    assert value("toy_age_seconds") == 63.0
    REGISTRY.unregister(age)
