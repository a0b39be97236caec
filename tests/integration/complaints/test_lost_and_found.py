"""Nobody's mistake, absence or silence loses a case: other hands take it up, and it ends."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.complaints.cases.domain.acts import OPEN, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.refusals import (
    CompletionTimeLeftError,
    HandlerUnknownError,
    IllegalActError,
    NotAssignedError,
    PauseCapError,
    SameHandlerError,
)
from services.complaints.cases.store import figures as case_figures
from services.complaints.cases.usecases import acts, officers, silence
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.store import figures
from shared.security import PUBLIC, Principal, Scope
from tests.integration.complaints.conftest import (
    APPROVER,
    HANDLER,
    OFFICER,
    SUPERVISOR,
    Filer,
    MovedClock,
    wib,
)
from tests.integration.complaints.engine import drain
from tests.integration.complaints.test_case_life import ANSWER, Walk

OTHER = Principal("pengganti", frozenset({"case_handler"}), Scope("unit", units=frozenset({"u-1"})))


@pytest.fixture
async def walk(filer: Filer, clock: MovedClock) -> Walk:
    return Walk(filer, (await filer.submit()).case)


async def note(filer: Filer, caller: Principal) -> None:
    async with filer.db.transaction() as session:
        await officers.note_caller(session, caller)


async def reporters(walk: Walk, act: str, **fields: str) -> Case:
    async with walk.filer.db.transaction() as session:
        done = getattr(acts, act)
        walk.case = await done(session, walk.filer.engine, PUBLIC, walk.case.id, **fields)
    return walk.case


async def do_work(filer: Filer) -> list[str]:
    """Do all open work of the engine; return what became of every item so far."""
    while True:
        async with filer.db.transaction() as session:
            if not await silence.do_next(session, filer.engine):
                break
    rows = await filer.rows("SELECT result FROM work_item WHERE done_at IS NOT NULL ORDER BY done_at")
    return [row.result for row in rows]


# -- handlers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scope",
    [
        None,
        Scope("unit", units=frozenset({"u-2"})),
        Scope("agency", agencies=frozenset({"a-2"})),
    ],
    ids=["a mistyped name", "another unit's", "another agency's"],
)
async def test_nobody_is_named_who_does_not_handle_cases_in_the_unit(
    walk: Walk, filer: Filer, scope: Scope | None
) -> None:
    if scope is not None:
        await note(filer, Principal("sari", frozenset({"case_handler"}), scope))
    await walk.verify()
    before = await filer.facts()
    with pytest.raises(HandlerUnknownError) as refused:
        await walk.act(acts.dispose, SUPERVISOR, handler="sari", note=None)
    assert [error["field"] for error in refused.value.details["errors"]] == ["handler"]
    assert await filer.facts() == before
    await walk.dispose()
    with pytest.raises(HandlerUnknownError):
        await walk.act(acts.reassign, SUPERVISOR, handler="sari", note=None)


@pytest.mark.parametrize(
    "scope",
    [
        Scope("unit", units=frozenset({"u-1", "u-2"})),
        Scope("agency", agencies=frozenset({"a-1"})),
        Scope("national"),
    ],
)
async def test_a_handler_is_named_wherever_the_role_reaches(walk: Walk, filer: Filer, scope: Scope) -> None:
    await note(filer, Principal("sari", frozenset({"case_handler"}), scope))
    await walk.verify()
    assert (await walk.act(acts.dispose, SUPERVISOR, handler="sari", note=None)).handler == "sari"


async def test_a_role_that_is_not_a_handlers_names_nobody(walk: Walk, filer: Filer) -> None:
    await note(filer, Principal("sari", frozenset({"case_approver"}), Scope("national")))
    await walk.verify()
    with pytest.raises(HandlerUnknownError):
        await walk.act(acts.dispose, SUPERVISOR, handler="sari", note=None)


async def test_another_handler_takes_over_and_the_clocks_go_on(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await note(filer, OTHER)
    await walk.to_work()
    clocks = await filer.rows("SELECT rule, cycle, due_at, status, version FROM deadline ORDER BY id")
    await clock.forward(hours=3)
    await walk.act(acts.reassign, SUPERVISOR, handler="pengganti", note="Penangan pertama pindah.")
    assert (walk.case.state, walk.case.handler) == (State.DIDISPOSISIKAN, "pengganti")
    assert (await filer.facts())[-1] == "case.reassigned"
    assert clocks == await filer.rows("SELECT rule, cycle, due_at, status, version FROM deadline ORDER BY id")
    [audited] = await filer.rows("SELECT actor, changes FROM audit WHERE operation = 'reassign_case'")
    assert (audited.actor, audited.changes["handler"]) == (SUPERVISOR.subject, "pengganti")
    with pytest.raises(NotAssignedError):
        await walk.follow_up()
    assert (await walk.follow_up(OTHER)).state is State.DIPROSES
    with pytest.raises(SameHandlerError):
        await walk.act(acts.reassign, SUPERVISOR, handler="pengganti", note=None)


@pytest.mark.parametrize("stands_in", ["work", "waiting", "answered"])
async def test_a_case_whose_handler_nobody_knows_is_freed_in_every_state(
    walk: Walk, filer: Filer, stands_in: str
) -> None:
    await walk.to_work()
    if stands_in == "waiting":
        await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    if stands_in == "answered":
        await walk.answer()
    async with filer.db.transaction() as session:  # as cases from before the list of officers are
        await officers.remove_handler(session, SUPERVISOR, "u-1", "penangan")
    await note(filer, OTHER)
    state = walk.case.state
    await walk.act(acts.reassign, SUPERVISOR, handler="pengganti", note=None)
    assert (walk.case.state, walk.case.handler) == (state, "pengganti")


async def test_a_draft_outlives_its_author_and_is_not_approved_by_them(walk: Walk, filer: Filer) -> None:
    await note(filer, OTHER)
    await walk.to_work()
    await walk.act(acts.respond, HANDLER, ANSWER)
    await walk.act(acts.reassign, SUPERVISOR, handler="pengganti", note=None)
    assert (walk.case.has_draft, walk.case.drafted_by) == (True, "penangan")
    await walk.act(acts.respond, OTHER, ANSWER)
    assert (await walk.act(acts.approve, APPROVER, note=None)).state is State.DITANGGAPI


# -- silence ------------------------------------------------------------------------------------------------


async def test_nobody_goes_on_without_the_reporter_before_their_time_is_over(
    walk: Walk, clock: MovedClock
) -> None:
    await walk.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    await clock.set(wib(2026, 2, 4, 23, 59))
    with pytest.raises(CompletionTimeLeftError):
        await walk.act(acts.proceed, OFFICER, reason="Isi laporan cukup.")
    await clock.set(wib(2026, 2, 5, 0))
    assert (await walk.act(acts.proceed, OFFICER, reason="Isi laporan cukup.")).state is State.DITERIMA


@pytest.mark.parametrize("is_engine_down", [False, True])
async def test_after_silence_the_officer_goes_on_and_clocks_run_as_of_the_end_of_the_reporters_time(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller, is_engine_down: bool
) -> None:
    await walk.to_work()
    await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    await clock.set(wib(2026, 2, 6))  # the time ran out on 4 February, 24.00
    if not is_engine_down:
        await drain(poller)
        assert await do_work(filer) == ["resumed"]
    await walk.act(acts.proceed, OFFICER, reason="Isi laporan cukup.")
    assert walk.case.state is State.DIDISPOSISIKAN
    assert await filer.clocks() == {
        "D1": "met",
        "D2": "cancelled",
        "D3": "met",
        "D4": "armed",
        "D5": "armed",
        "D6C": "armed",
    }
    rows = await filer.rows("""
        SELECT d.rule, d.due_at, p.end_at FROM deadline d JOIN deadline_pause p ON p.deadline_id = d.id
        ORDER BY d.rule
    """)
    counted_again = wib(2026, 2, 5, 0)
    assert [(row.rule, row.end_at) for row in rows] == [("D4", counted_again), ("D5", counted_again)]
    assert {row.due_at for row in rows} == {wib(2026, 2, 12, 0)}  # counted are 5 to 11 February
    await drain(poller)
    await do_work(filer)
    facts = [fact for fact in await filer.facts() if fact.startswith("case.")]
    assert facts[-1] == "case.proceeded"
    assert (await walk.follow_up()).state is State.DIPROSES
    with pytest.raises(PauseCapError):  # the reporter's silence used up all the time there is to ask
        await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    assert (await walk.answer()).state is State.DITANGGAPI


async def test_what_one_request_left_to_the_engine_does_not_touch_the_next_one(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await walk.to_work()
    await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    await clock.set(wib(2026, 1, 8))
    await reporters(walk, "complete", expected=None, note="Terlampir.", is_reporter=True)  # type: ignore[arg-type]
    await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket dari depan.")
    [first] = await filer.rows("SELECT id, due_at FROM deadline WHERE rule = 'D2' AND cycle = 1")
    async with filer.db.transaction() as session:
        is_done = await silence.resume_after_silence(
            session, filer.engine, walk.case.id, first.id, first.due_at
        )
    assert not is_done
    assert (await filer.clocks())["D4"] == "paused"


# -- objection and withdrawal -------------------------------------------------------------------------------


async def test_an_objection_begins_a_new_cycle_with_its_own_clocks(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await walk.to_work()
    await walk.answer()
    await clock.set(wib(2026, 1, 12, 10))
    await drain(poller)
    await reporters(walk, "object_to_answer", reason="Nama petugas salah.")
    assert (walk.case.state, walk.case.cycle, walk.case.outcome) == (State.DIPROSES, 2, None)
    rows = await filer.rows("""
        SELECT rule, cycle, status, start_at, due_at FROM deadline WHERE rule IN ('D4', 'D5', 'D8')
        ORDER BY rule, cycle
    """)
    assert [(row.rule, row.cycle, row.status) for row in rows] == [
        ("D4", 1, "met"),
        ("D4", 2, "armed"),
        ("D5", 1, "met"),
        ("D5", 2, "armed"),
        ("D8", 1, "met"),
    ]
    second = [row for row in rows if row.cycle == 2]
    assert {(row.start_at, row.due_at) for row in second} == {(wib(2026, 1, 12, 10), wib(2026, 1, 21, 0))}
    assert (await filer.facts())[-4:] == [
        "case.objected",
        "deadline.met",
        "deadline.armed",
        "deadline.armed",
    ]
    await walk.follow_up()
    await walk.answer()
    answers = await filer.rows("SELECT cycle FROM answer ORDER BY cycle")
    assert [row.cycle for row in answers] == [1, 2]
    [d8] = await filer.rows("SELECT cycle FROM deadline WHERE rule = 'D8' AND status = 'armed'")
    assert d8.cycle == 2
    assert (await walk.accept()).state is State.SELESAI


async def test_an_objection_that_comes_before_the_closing_wins_though_its_time_is_over(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await walk.to_work()
    await walk.answer()
    await clock.set(wib(2026, 2, 1))
    await drain(poller)
    await reporters(walk, "object_to_answer", reason="Nama petugas salah.")
    await walk.answer()  # the engine's work on the first answer is still open
    assert await do_work(filer) == ["superseded"]
    [row] = await filer.rows("SELECT state FROM case_file")
    assert row.state == "DITANGGAPI"
    assert (await filer.clocks())["D8"] == "armed"
    await clock.forward(days=60)
    await drain(poller)
    assert await do_work(filer) == ["superseded", "closed"]


async def test_only_an_answer_is_objected_to(walk: Walk, filer: Filer) -> None:
    with pytest.raises(IllegalActError):
        await reporters(walk, "object_to_answer", reason="Nama petugas salah.")


async def into(walk: Walk, state: State) -> None:
    """Lead a new case to a state."""
    if state is State.MENUNGGU_KELENGKAPAN:
        await walk.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    if state not in (State.DITERIMA, State.MENUNGGU_KELENGKAPAN):
        await walk.verify()
    if state not in (State.DITERIMA, State.MENUNGGU_KELENGKAPAN, State.DIVERIFIKASI):
        await walk.dispose()
    if state in (State.DIPROSES, State.DIPERIKSA, State.DITANGGAPI, State.DIBUKA_KEMBALI):
        await walk.follow_up()
    if state is State.DIPERIKSA:
        await walk.inspect()
    if state in (State.DITANGGAPI, State.DIBUKA_KEMBALI):
        await walk.answer()
    if state is State.DIBUKA_KEMBALI:
        await walk.accept()
        await reporters(walk, "reopen", reason="Masih terjadi lagi.")
    assert walk.case.state is state


@pytest.mark.parametrize("state", sorted(OPEN))
async def test_a_withdrawn_case_ends_with_all_its_clocks(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller, state: State
) -> None:
    await into(walk, state)
    running = await filer.rows("SELECT id FROM deadline WHERE status IN ('armed', 'paused')")
    assert running
    await clock.forward(hours=1)
    await reporters(walk, "withdraw")
    assert (walk.case.state, walk.case.counts_as, walk.case.closed_by) == (State.DICABUT, "none", "reporter")
    assert walk.case.closed_at == clock.now()
    cancelled = await filer.rows("""
        SELECT d.id FROM deadline d JOIN deadline_change m ON m.deadline_id = d.id AND m.reason = 'cancelled'
        WHERE d.status = 'cancelled' AND m.actor = 'reporter' AND d.start_fact <> 'ended'
    """)
    assert {row.id for row in cancelled} == {row.id for row in running}
    facts = (await filer.facts())[-2 - len(running) :]
    assert facts == ["case.withdrawn", *["deadline.cancelled"] * len(running), "deadline.armed"]
    await clock.forward(days=200)
    await drain(poller)
    assert await do_work(filer) == []
    assert len(await filer.facts()) == len(set(await filer.rows("SELECT position FROM outbox")))
    assert (await filer.facts())[-2 - len(running) :] == facts
    async with filer.db.reading() as session:
        counted = await case_figures.load(session, ())
        late = await figures.load(session)
    assert (counted.standing, counted.overdue, late.cases_overdue) == ({}, {}, {})
    assert counted.without_deadline == 0
    with pytest.raises(IllegalActError):
        await reporters(walk, "withdraw")


async def test_a_pause_ends_with_the_withdrawal_and_late_work_finds_nothing_to_do(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await walk.to_work()
    await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    await clock.set(wib(2026, 2, 10))
    await drain(poller)
    await reporters(walk, "withdraw")
    assert await do_work(filer) == ["superseded"]
    assert not await filer.rows("SELECT 1 FROM deadline_pause WHERE end_at IS NULL")
    assert not {"armed", "paused"} & set((await filer.clocks()).values())


async def test_a_request_in_a_later_cycle_belongs_to_that_cycle(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    await walk.answer()
    await reporters(walk, "object_to_answer", reason="Nama petugas salah.")
    await walk.act(acts.request_completion, HANDLER, missing="Siapa namanya?")
    [d2] = await filer.rows("SELECT cycle FROM deadline WHERE rule = 'D2'")
    assert d2.cycle == 2


# -- the list of officers -----------------------------------------------------------------------------------


async def test_a_log_in_takes_back_what_a_log_in_said_and_not_what_a_supervisor_did(
    filer: Filer,
) -> None:
    async def posts() -> list[tuple[str, str, bool]]:
        rows = await filer.rows(
            "SELECT level, place, noted_by FROM officer WHERE subject = 'sari' ORDER BY place"
        )
        return [(row.level, row.place, row.noted_by is not None) for row in rows]

    sari = Principal("sari", frozenset({"case_handler"}), Scope("unit", units=frozenset({"u-1", "u-2"})))
    async with filer.db.transaction() as session:
        await officers.enter_handler(session, SUPERVISOR, "u-1", "sari")
        await officers.enter_handler(session, SUPERVISOR, "u-1", "sari")
    assert await posts() == [("unit", "u-1", True)]
    await note(filer, replace(sari, scope=Scope("unit", units=frozenset({"u-2"}))))
    assert await posts() == [("unit", "u-1", True), ("unit", "u-2", False)]
    await note(filer, replace(sari, roles=frozenset()))
    assert await posts() == [("unit", "u-1", True)]
    await note(filer, sari)  # the log-in bears the supervisor out, and may say otherwise later
    assert await posts() == [("unit", "u-1", False), ("unit", "u-2", False)]
    await note(filer, replace(sari, roles=frozenset()))
    assert await posts() == []
    operations = [row.operation for row in await filer.rows("SELECT operation FROM audit ORDER BY id")]
    assert operations == ["enter_handler", *["note_officer"] * 4]


async def test_a_unit_that_is_no_longer_active_keeps_its_cases_moving(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    async with filer.db.transaction() as session:
        await session.execute(text("UPDATE unit SET is_active = false"))
        await officers.enter_handler(session, SUPERVISOR, "u-1", "pengganti")
    await walk.act(acts.reassign, SUPERVISOR, handler="pengganti", note=None)
    assert (await walk.follow_up(OTHER)).state is State.DIPROSES
    assert clock.now() - wib(2026, 1, 5) == timedelta()
