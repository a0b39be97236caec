"""Cases that repeat others: the parent is due as early as they were, and none is left without an answer."""

import asyncio
from dataclasses import replace

import pytest

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.dismissal import Dismissal
from services.complaints.cases.domain.refusals import FieldRefusedError
from services.complaints.cases.jobs import Orphans
from services.complaints.cases.usecases import acts
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.store import deadlines
from shared.db import Database
from tests.integration.complaints.conftest import HANDLER, OFFICER, SUPERVISOR, Filer, MovedClock, wib
from tests.integration.complaints.engine import audited, drain, no_version_is_left_out
from tests.integration.complaints.test_case_life import Walk
from tests.integration.complaints.test_every_way import (
    INSPECTOR,
    LONGER,
    PPID,
    end,
    file,
    of_reporter,
    reporters,
)


def repeats(parent: Walk) -> Dismissal:
    return Dismissal(State.DUPLIKAT, "Sudah ditangani.", parent_id=parent.case.id)


async def clock_of(walk: Walk, rule: str) -> Deadline:
    async with walk.filer.db.reading() as session:
        return (await deadlines.of_rules(session, walk.case.id, [rule]))[-1]


@pytest.mark.parametrize("turn", range(3))
async def test_of_two_cases_confirmed_as_each_others_duplicate_at_one_moment_one_stays_open(
    filer: Filer, clock: MovedClock, turn: int
) -> None:
    one, two = await file(filer, "pengaduan"), await file(filer, "pengaduan")
    await one.act(acts.propose_dismissal, OFFICER, repeats(two))
    await two.act(acts.propose_dismissal, OFFICER, repeats(one))
    order = (one, two) if turn % 2 else (two, one)
    ended = await asyncio.gather(
        *(walk.act(acts.confirm_dismissal, SUPERVISOR, to=State.DUPLIKAT, note=None) for walk in order),
        return_exceptions=True,
    )
    assert [type(one) for one in ended if isinstance(one, Exception)] == [FieldRefusedError]
    rows = await filer.rows("SELECT state FROM case_file ORDER BY state")
    assert [row.state for row in rows] == ["DITERIMA", "DUPLIKAT"]


async def test_a_parent_is_due_as_early_as_the_earliest_case_that_repeats_it(
    filer: Filer, clock: MovedClock
) -> None:
    first = await file(filer, "pengaduan")
    await first.to_work()
    await clock.set(wib(2026, 1, 7))
    parent = await file(filer, "pengaduan")
    await parent.to_work()
    await parent.act(acts.reclassify, OFFICER, sorted_as=LONGER, reason="Perlu meninjau lapangan.")
    was = {rule: await clock_of(first, rule) for rule in ("D5", "D6C", "D4")}
    before = {rule: await clock_of(parent, rule) for rule in ("D5", "D6C", "D4")}
    await end(first, repeats(parent))
    after = {rule: await clock_of(parent, rule) for rule in ("D5", "D6C", "D4")}
    for rule in ("D5", "D6C"):
        assert before[rule].due_at > after[rule].due_at == was[rule].due_at
        assert (after[rule].id, after[rule].start_at) == (before[rule].id, was[rule].start_at)
    assert after["D4"] == before["D4"], "the first act is each handler's own"
    asked = "SELECT reason, actor FROM deadline_change WHERE deadline_id = :id"
    assert [tuple(row) for row in await filer.rows(asked, id=after["D5"].id)][-1:] == [
        ("duplicate", "pengawas")
    ]
    assert (await filer.facts()).count("deadline.rescheduled") == 2
    assert await audited(filer.db, filer.engine) == 0
    await no_version_is_left_out(filer)


async def test_a_parent_that_is_due_earlier_already_stays_as_it_is(filer: Filer, clock: MovedClock) -> None:
    parent = await file(filer, "pengaduan")
    await parent.to_work()
    await clock.set(wib(2026, 1, 7))
    later = await file(filer, "pengaduan")
    await later.to_work()
    before = await clock_of(parent, "D5")
    await end(later, repeats(parent))
    assert await clock_of(parent, "D5") == before


async def test_a_parent_of_a_case_that_is_late_gets_until_the_end_of_the_next_working_day(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    late = await file(filer, "pengaduan")
    await late.to_work()
    await clock.set(wib(2026, 1, 13))
    await drain(poller)
    parent = await file(filer, "pengaduan")
    await parent.to_work()
    await end(late, repeats(parent))
    after = await clock_of(parent, "D5")
    assert (after.due_at, after.breached_at) == (wib(2026, 1, 15, 0), None)
    assert (await clock_of(late, "D5")).breached_at == wib(2026, 1, 13, 0)
    assert await audited(filer.db, filer.engine) == 0


async def test_a_parent_that_waits_for_its_reporter_counts_so_when_it_runs_again(
    filer: Filer, clock: MovedClock
) -> None:
    first = await file(filer, "pengaduan")
    await first.to_work()
    await clock.set(wib(2026, 1, 6))
    parent = await file(filer, "pengaduan")
    await parent.to_work()
    await parent.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    await end(first, repeats(parent))
    assert (await clock_of(parent, "D5")).status == "paused"
    await clock.set(wib(2026, 1, 8))
    await reporters(parent, acts.complete, expected=None, note="Terlampir.", is_reporter=True)
    after = await clock_of(parent, "D5")
    assert (after.status, after.due_at) == (
        "armed",
        wib(2026, 1, 15, 0),
    )  # 5 days from the 5th, two stood still
    assert await audited(filer.db, filer.engine) == 0


async def work_off(db: Database, filer: Filer) -> None:
    worker = Orphans(db, filer.engine)
    while await worker.step() == 0.0:
        pass


@pytest.mark.parametrize("how", ["dismissed", "withdrawn"])
async def test_a_case_whose_parent_ends_without_an_answer_is_taken_up_again(
    filer: Filer, clock: MovedClock, db: Database, how: str
) -> None:
    parent, first, second = [await file(filer, "pengaduan") for _ in range(3)]
    await end(first, repeats(parent))
    await end(second, repeats(parent))
    await work_off(db, filer)
    rows = await filer.rows("SELECT state FROM case_file ORDER BY id")
    assert [row.state for row in rows] == ["DITERIMA", "DUPLIKAT", "DUPLIKAT"]
    await clock.set(wib(2026, 1, 20))
    if how == "dismissed":
        await end(parent)
    else:
        await reporters(parent, acts.withdraw)
    await work_off(db, filer)
    [row] = await filer.rows("SELECT * FROM case_file WHERE id = :id", id=first.case.id)
    assert (row.state, row.parent_id, row.closed_at, row.cycle) == ("DITERIMA", None, None, 2)
    assert "ditangani sendiri" in (await of_reporter(first))["events"][-1]["note"]
    for rule, due in (("D1", wib(2026, 1, 24, 0)), ("D6C", wib(2026, 3, 22, 0))):
        one = await clock_of(second, rule)
        assert (one.status, one.due_at, one.start_fact, one.is_backdated) == ("armed", due, "returned", False)
    first.case = replace(first.case, version=row.version)
    await first.to_work()
    await first.answer()
    assert first.case.state is State.DITANGGAPI
    assert await audited(db, filer.engine) == 0


async def test_a_request_for_information_is_taken_up_again_with_its_ten_days(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    parent, other = [await file(filer, "permintaan_informasi") for _ in range(2)]
    await other.act(acts.propose_dismissal, PPID, repeats(parent))
    await other.act(acts.confirm_dismissal, SUPERVISOR, to=State.DUPLIKAT, note=None)
    await reporters(parent, acts.withdraw)
    await work_off(db, filer)
    one = await clock_of(other, "D10")
    assert (one.status, one.start_fact, one.cycle) == ("armed", "returned", 2)


async def test_a_case_that_appeals_waits_for_that_decision(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    parent, other = [await file(filer, "pengaduan") for _ in range(2)]
    await end(other, repeats(parent))
    await reporters(other, acts.appeal, reason="Bukan hal yang sama.")
    await end(parent)
    await work_off(db, filer)
    [row] = await filer.rows("SELECT state, version FROM case_file WHERE id = :id", id=other.case.id)
    assert row.state == "DUPLIKAT"
    new = replace(INSPECTOR, subject="auditor-2")
    await other.act(acts.reject_appeal, new, decision="Hal yang sama.")
    await work_off(db, filer)
    [row] = await filer.rows("SELECT state FROM case_file WHERE id = :id", id=other.case.id)
    assert row.state == "DITERIMA"
