"""What must hold when a case goes elsewhere: its draft, its clocks, and who decides about more time."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.dismissal import Dismissal
from services.complaints.cases.domain.refusals import (
    IllegalActError,
    NotNewToCaseError,
    OwnProposalError,
    ProposalChangedError,
    RemindersMissingError,
)
from services.complaints.cases.usecases import acts, queries
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.store import present
from shared.db.bootstrap import ServiceDatabase
from shared.indonesian import until
from tests.integration.complaints.conftest import (
    APPROVER,
    HANDLER,
    OFFICER,
    SUPERVISOR,
    Filer,
    MovedClock,
    wib,
)
from tests.integration.complaints.engine import audited, drain
from tests.integration.complaints.test_case_life import ANSWER, Walk
from tests.integration.complaints.test_every_way import INSPECTOR, PPID, end, file, newest, reporters


@pytest.fixture
async def walk(filer: Filer, clock: MovedClock) -> Walk:
    return Walk(filer, (await filer.submit()).case)


async def test_what_one_unit_drafted_is_not_approved_in_another_one_and_stays_in_the_history(
    walk: Walk, filer: Filer
) -> None:
    await walk.to_work()
    await walk.act(acts.respond, HANDLER, ANSWER)
    await walk.act(acts.transfer, SUPERVISOR, unit_id="u-2", reason="Terjadi di kantor dua.")
    assert (walk.case.has_draft, walk.case.drafted_by) == (False, None)
    await walk.act(acts.transfer, SUPERVISOR, unit_id="u-1", reason="Ternyata di kantor satu.")
    await walk.dispose()
    with pytest.raises(IllegalActError):
        await walk.act(acts.approve, APPROVER, note=None)
    again = replace(ANSWER, text="Jadwal diperbaiki.")
    await walk.act(acts.respond, HANDLER, again)
    await walk.act(acts.approve, APPROVER, note=None)
    async with filer.db.reading() as session:
        told = await queries.case_detail(session, filer.engine.policies, SUPERVISOR, walk.case.id)
    assert [one["content"] for one in told["answers"]] == ["Jadwal diperbaiki."]
    [withdrawn] = told["withdrawn_drafts"]
    assert (withdrawn["content"], withdrawn["drafted_by"]) == (ANSWER.text, HANDLER.subject)


async def test_who_drafted_what_was_withdrawn_is_not_new_to_the_case(walk: Walk, clock: MovedClock) -> None:
    await walk.to_work()
    drafter = replace(HANDLER, roles=HANDLER.roles | INSPECTOR.roles)
    await walk.act(acts.respond, drafter, ANSWER)
    for unit_id in ("u-2", "u-1"):
        await walk.act(acts.transfer, SUPERVISOR, unit_id=unit_id, reason="Terjadi di kantor itu.")
    await end(walk, Dismissal(State.DITOLAK, "Tidak memuat kejadian.", "tidak_memadai"))
    await reporters(walk, acts.appeal, reason="Ada buktinya.")
    widely = replace(drafter, scope=SUPERVISOR.scope)
    with pytest.raises(NotNewToCaseError):
        await walk.act(acts.uphold_appeal, widely, decision="Benar.")


async def test_an_incomplete_case_is_ended_only_when_its_reporter_was_reminded_as_the_ladder_says(
    walk: Walk, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await walk.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    await clock.set(wib(2026, 2, 10))  # nothing ran for a month: the breach alone is told
    await drain(poller)
    incomplete = Dismissal(State.DITUTUP_TIDAK_LENGKAP, "Kelengkapan tidak dikirim.")
    with pytest.raises(RemindersMissingError) as refused:
        await walk.act(acts.propose_dismissal, OFFICER, incomplete)
    assert refused.value.details == {"reminders": 2, "fired": 0}
    await walk.act(acts.proceed, OFFICER, reason="Sudah cukup.")
    assert walk.case.state is State.DITERIMA


async def test_a_transfer_that_gives_more_time_after_most_of_it_is_over_takes_two_people(
    walk: Walk, filer: Filer, clock: MovedClock, slow_unit: str
) -> None:
    await walk.to_work()
    before = await newest(filer, "D5")
    await clock.set(wib(2026, 1, 9, 9))  # day 4 of 5 has opened
    await walk.act(acts.transfer, SUPERVISOR, unit_id=slow_unit, reason="Terjadi di kantor tiga.")
    assert (walk.case.unit_id, walk.case.proposed_act) == ("u-1", "transfer")
    assert (await newest(filer, "D5")).due_at == before.due_at
    both = replace(SUPERVISOR, roles=SUPERVISOR.roles | INSPECTOR.roles)
    with pytest.raises(OwnProposalError):
        await walk.act(acts.confirm_transfer, both, unit_id=slow_unit)
    with pytest.raises(ProposalChangedError):
        await walk.act(acts.confirm_transfer, INSPECTOR, unit_id="u-2")
    await walk.act(acts.confirm_transfer, INSPECTOR, unit_id=slow_unit)
    after = await newest(filer, "D5")
    assert (walk.case.unit_id, walk.case.state, walk.case.handler) == (slow_unit, State.DIVERIFIKASI, None)
    assert after.due_at - before.due_at == timedelta(days=3)  # a day for each day off there
    assert (await filer.clocks())["D4"] == "cancelled"
    assert await audited(filer.db, filer.engine) == 0


async def test_one_person_transfers_before_most_of_the_time_is_over_or_when_none_is_won(
    walk: Walk, filer: Filer, clock: MovedClock, slow_unit: str
) -> None:
    await walk.to_work()
    await clock.set(wib(2026, 1, 6))
    await walk.act(acts.transfer, SUPERVISOR, unit_id=slow_unit, reason="Terjadi di kantor tiga.")
    assert walk.case.unit_id == slow_unit
    await clock.set(wib(2026, 1, 14, 9))
    await walk.act(acts.transfer, SUPERVISOR, unit_id="u-2", reason="Terjadi di kantor dua.")
    assert walk.case.unit_id == "u-2"


async def test_an_extension_never_falls_short_of_what_a_calendar_lifted_a_clock_to(
    filer: Filer, clock: MovedClock, database: ServiceDatabase
) -> None:
    walk = await file(filer, "permintaan_informasi")
    far = wib(2026, 3, 1, 0)
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("UPDATE deadline SET due_at = $1, rung_at[due_rung + 1] = $1 WHERE rule = 'D10'", far)
    await owner.execute(
        "INSERT INTO deadline_change (deadline_id, at, reason, actor, old_due_at, new_due_at,"
        " old_calendar_version, new_calendar_version)"
        " SELECT id, now(), 'calendar_lifted', 'engine', due_at, due_at, 1, 1"
        " FROM deadline WHERE rule = 'D10'"
    )
    await owner.close()
    await walk.act(acts.extend, PPID, reason="Arsip di pusat.")
    after = await newest(filer, "D10")
    assert (after.due_at, after.length) == (far, 17)
    assert await audited(filer.db, filer.engine) == 0


async def test_a_paused_clock_that_went_to_another_unit_is_told_again_as_of_then(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    await clock.set(wib(2026, 1, 7))
    await walk.act(acts.transfer, SUPERVISOR, unit_id="u-2", reason="Terjadi di kantor dua.")
    paused = (await newest(filer, "D5")).id
    async with filer.db.reading() as session:
        [told] = [one async for one in present.deadlines(session, paused)]
    assert (told.deadline.status, told.deadline.unit_key, told.at) == ("paused", "u-2", wib(2026, 1, 7))


async def test_a_breached_clock_shows_the_day_that_it_was_due_on_in_whatever_zone_the_case_is_now(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await walk.to_work()
    await clock.set(wib(2026, 1, 13))
    await drain(poller)
    for unit_id in ("u-2", "u-1", "u-2"):
        await walk.act(acts.transfer, SUPERVISOR, unit_id=unit_id, reason="Terjadi di kantor itu.")
    async with filer.db.reading() as session:
        late = await queries.overdue_page(session, SUPERVISOR, unit_id=None, after=queries.OLDEST, limit=10)
        found = await queries.case_detail(session, filer.engine.policies, SUPERVISOR, walk.case.id)
    assert found["zone"] == "WITA"
    [d5] = [one for one in late if one["rule"] == "D5"]
    assert until(d5["due_at"], d5["due_zone"]) == "12 Januari 2026 pukul 24.00 WIB"
    zones = {one["rule_id"]: one["due_zone"] for one in found["deadlines"] if one["breached_at"]}
    assert zones["D5"] == "WIB"
    assert await audited(filer.db, filer.engine) == 0
