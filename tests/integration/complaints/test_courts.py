"""Complaints about courts: the times of Perma 9/2016 between review and report have acts, in courts alone."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.offers import OWED
from services.complaints.cases.domain.refusals import FieldRefusedError, IllegalActError, OwnProposalError
from services.complaints.cases.kinds import tables
from services.complaints.cases.pages.words import turn
from services.complaints.cases.usecases import acts
from services.complaints.cases.usecases.acts.redirecting import Sorted
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from tests.integration.complaints.conftest import (
    APPROVER,
    HANDLER,
    SUPERVISOR,
    Believing,
    Filer,
    MovedClock,
    wib,
)
from tests.integration.complaints.engine import audited, breaches, drain, no_version_is_left_out
from tests.integration.complaints.officers import Office, words
from tests.integration.complaints.test_case_life import Walk
from tests.integration.complaints.test_offers import TO_HANDLER, Step, offered_is_taken
from tests.integration.complaints.test_people import enter
from tests.integration.complaints.test_reachable_end import CHIEF, INSPECTOR, World, ended_from_anywhere

OTHERS = load_policies()
COURTS = load_policies(profiles={"a-1": "peradilan"})
TEXT = "Telaah sudah sesuai."
LETTER: dict[str, Any] = {"number": "SK-7/2026", "text": TEXT}
D7 = ("D7a", "D7b", "D7c", "D7d", "D7e")


@pytest.fixture
def engine() -> DeadlineEngine:
    """Agency a-1 is a court."""
    return DeadlineEngine(COURTS, Believing())


@pytest.fixture
def poller(filer: Filer, engine: DeadlineEngine, clock: MovedClock) -> DeadlinePoller:
    return DeadlinePoller(filer.db, engine)


@pytest.fixture
async def walk(filer: Filer, clock: MovedClock) -> Walk:
    return Walk(filer, (await filer.submit()).case)


async def of_courts(filer: Filer) -> dict[str, str]:
    return {rule: status for rule, status in (await filer.clocks()).items() if rule in D7}


async def reviewed(walk: Walk) -> None:
    await walk.to_work()
    await walk.follow_up()


async def test_each_time_of_the_courts_rule_begins_by_the_act_before_and_is_met_by_its_own(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await reviewed(walk)
    assert await of_courts(filer) == {"D7a": "armed"}
    await walk.act(acts.correct_review, APPROVER, text=TEXT)
    assert await of_courts(filer) == {"D7a": "met", "D7b": "armed"}
    await walk.act(acts.decide_review, SUPERVISOR, dated_on=date(2026, 1, 5), **LETTER)
    assert (await of_courts(filer))["D7c"] == "armed"
    await walk.inspect()
    assert (await of_courts(filer))["D7d"] == "armed"
    last = date(2026, 1, 9)
    await walk.act(acts.begin_inspection, INSPECTOR, began_on=date(2026, 1, 5), last_on=last, note=None)
    [report] = await filer.rows("SELECT start_at, due_at FROM deadline WHERE rule = 'D7e'")
    assert (report.start_at, report.due_at) == (wib(2026, 1, 9, 0), wib(2026, 1, 27, 0))  # 16 January is off
    await clock.set(wib(2026, 1, 12))
    await walk.act(acts.report_inspection, INSPECTOR, dated_on=date(2026, 1, 12), **LETTER)
    assert set((await of_courts(filer)).values()) == {"met"}
    assert [fact for fact in await filer.facts() if "review_" in fact or "inspection_" in fact] == [
        "case.review_corrected",
        "case.review_decided",
        "case.inspection_ordered",
        "case.inspection_begun",
        "case.inspection_reported",
    ]
    letters = await filer.rows(
        "SELECT evidence FROM case_event WHERE act IN ('decide_review', 'report_inspection')"
    )
    assert {row.evidence[0] for row in letters} == {"SK-7/2026, 5 Januari 2026", "SK-7/2026, 12 Januari 2026"}
    await walk.answer()
    await walk.accept()
    assert await audited(filer.db, filer.engine) == 0
    await no_version_is_left_out(filer)


async def test_a_time_of_the_courts_rule_that_runs_out_is_told_once_and_its_act_comes_late(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await reviewed(walk)
    before = await breaches(filer)
    await clock.set(wib(2026, 1, 13))  # the fifth working day was the 12th
    for _ in range(2):
        await drain(poller)
    told = await filer.rows(
        "SELECT rule, rung FROM deadline_fired WHERE fact = 'overdue' AND rule LIKE 'D7%'"
    )
    assert [tuple(row) for row in told] == [("D7a", "due")]
    assert await breaches(filer) > before
    await walk.act(acts.correct_review, APPROVER, text=TEXT)
    assert await of_courts(filer) == {"D7a": "late_done", "D7b": "armed"}


@pytest.mark.parametrize(
    ("act", "left"),
    [("approve", {"D7a": "cancelled"}), ("inspect", {"D7a": "cancelled", "D7d": "armed"})],
)
async def test_no_end_of_a_case_waits_for_an_act_that_only_courts_owe(
    walk: Walk, filer: Filer, act: str, left: dict[str, str]
) -> None:
    await reviewed(walk)
    await (walk.answer() if act == "approve" else walk.inspect())
    assert await of_courts(filer) == left
    if act == "inspect":
        await walk.answer()
    await walk.accept()
    assert not {"armed", "paused"} & set((await of_courts(filer)).values())


async def test_an_act_that_is_owed_is_taken_while_its_deadline_runs_and_only_once(walk: Walk) -> None:
    await walk.to_work()
    correct: dict[str, Any] = {"text": TEXT}
    with pytest.raises(IllegalActError):
        await walk.act(acts.correct_review, APPROVER, **correct)
    await walk.follow_up()
    await walk.act(acts.correct_review, APPROVER, **correct)
    with pytest.raises(IllegalActError):
        await walk.act(acts.correct_review, APPROVER, **correct)


async def test_nobody_corrects_their_own_review_and_letters_are_of_days_that_were(walk: Walk) -> None:
    await reviewed(walk)
    both = replace(HANDLER, roles=HANDLER.roles | APPROVER.roles)
    with pytest.raises(OwnProposalError):
        await walk.act(acts.correct_review, both, text=TEXT)
    await walk.act(acts.correct_review, APPROVER, text=TEXT)
    with pytest.raises(FieldRefusedError) as refused:
        await walk.act(acts.decide_review, SUPERVISOR, dated_on=date(2026, 1, 6), **LETTER)
    assert refused.value.details["field"] == "dated_on"


async def test_who_reviewed_a_case_does_not_correct_it_when_somebody_else_handles_it_by_now(
    walk: Walk, filer: Filer, app: FastAPI, client: Any
) -> None:
    await reviewed(walk)
    await enter(filer, "u-1", "sari")
    await walk.act(acts.reassign, SUPERVISOR, handler="sari", note=None)
    reviewer = replace(HANDLER, roles=HANDLER.roles | APPROVER.roles)
    with pytest.raises(OwnProposalError):
        await walk.act(acts.correct_review, reviewer, text=TEXT)
    present = replace(APPROVER, subject="sari", roles=HANDLER.roles | APPROVER.roles)
    await walk.act(acts.correct_review, present, text=TEXT)
    assert (await of_courts(filer))["D7a"] == "met"


async def test_days_of_an_inspection_follow_its_order_and_reach_no_further_than_its_time(
    walk: Walk, filer: Filer, clock: MovedClock, app: FastAPI, client: Any
) -> None:
    await reviewed(walk)
    await clock.set(wib(2026, 1, 8))
    await walk.inspect(date(2026, 1, 6))
    refused_days = [
        (date(2026, 1, 5), date(2026, 1, 9), "began_on"),  # before the order
        (date(2026, 1, 7), date(2026, 1, 6), "last_on"),
        (date(2026, 1, 7), date(2062, 1, 9), "last_on"),
        (date(2026, 1, 7), date(2026, 5, 29), "last_on"),
    ]
    for began_on, last_on, field in refused_days:
        with pytest.raises(FieldRefusedError) as refused:
            await walk.act(acts.begin_inspection, INSPECTOR, began_on=began_on, last_on=last_on, note=None)
        assert refused.value.details["field"] == field
    days = {"began_on": date(2026, 1, 7), "last_on": date(2026, 3, 31)}
    await walk.act(acts.begin_inspection, INSPECTOR, **days, note="Di tempat.")
    with pytest.raises(FieldRefusedError) as refused:
        await walk.act(acts.report_inspection, INSPECTOR, dated_on=date(2026, 1, 6), **LETTER)
    assert refused.value.details["field"] == "dated_on"
    await walk.act(acts.report_inspection, INSPECTOR, dated_on=date(2026, 1, 7), **LETTER)


async def test_a_page_says_when_the_report_will_be_due_before_an_inspection_is_noted_as_begun(
    walk: Walk, filer: Filer, app: FastAPI, client: Any
) -> None:
    await reviewed(walk)
    await walk.inspect()
    [row] = await filer.rows("SELECT tracking_id FROM case_file")
    path, inspector = f"/pengaduan/{row.tracking_id}/mulai-pemeriksaan", Office(app, client)("inspector")
    days = {"began_on": "2026-01-05", "last_on": "2026-01-09"}
    sure = await inspector.post(path, await inspector.form(path) | days)
    assert (sure.status_code, "26 Januari 2026" in words(sure.text)) == (200, True), words(sure.text)
    assert (await of_courts(filer))["D7d"] == "armed"


def test_every_act_that_a_table_says_is_owed_is_a_turn_with_words() -> None:
    owed = {row.name for table in tables().values() for row in table.acts if row.is_owed}
    assert owed == set(OWED)
    for act in OWED:
        row = {"state": "DIPROSES", "kind": "pengaduan", "turn": act, "handler": "penangan"}
        assert turn(row) != turn(row | {"turn": "state"})


async def test_an_act_that_is_owed_is_the_turn_of_who_owes_it_on_the_desk_and_the_case(
    walk: Walk, filer: Filer, app: FastAPI, client: Any
) -> None:
    await walk.verify(case_class="berkadar_pengawasan")  # whose answer is due after what courts owe
    await walk.dispose()
    await walk.follow_up()
    [row] = await filer.rows("SELECT tracking_id FROM case_file")
    office, place = Office(app, client), f"/pengaduan/{row.tracking_id}"

    async def waits_for(role: str, told: str) -> None:
        case = words((await office("inspector").get(place)).text)
        desk = words((await office("inspector").get("/pengaduan?state=open")).text)
        assert told in case, (told, case)
        assert told.replace(":", "") in desk.replace(":", ""), (told, desk)
        others = {"case_approver", "complaint_supervisor", "inspector"} - {role}
        for one in (role, *others):
            mine = await office(one).get("/pengaduan?giliran=saya")
            assert (place in mine.text) is (one == role), (one, told)
        handlers = await office("case_handler", HANDLER.subject).get("/pengaduan?giliran=saya")
        assert place not in handlers.text

    await waits_for("case_approver", "Penyetuju: mengoreksi telaah")
    await walk.act(acts.correct_review, APPROVER, text=TEXT)
    case = words((await office("complaint_supervisor").get(place)).text)
    assert "memutuskan telaah" in case
    await walk.act(acts.decide_review, SUPERVISOR, dated_on=date(2026, 1, 5), **LETTER)
    await walk.inspect()
    await waits_for("inspector", "Aparat pengawasan: memulai pemeriksaan")
    days = {"began_on": date(2026, 1, 5), "last_on": date(2026, 1, 9)}
    await walk.act(acts.begin_inspection, INSPECTOR, **days, note=None)
    await waits_for("inspector", "Aparat pengawasan: melaporkan hasil pemeriksaan")


@pytest.mark.parametrize("kind", ["aspirasi", "konsultasi"])
async def test_a_case_that_becomes_of_another_kind_is_rid_of_what_only_courts_owe(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller, kind: Any
) -> None:
    await reviewed(walk)
    kept = {rule: status for rule, status in (await filer.clocks()).items() if rule not in D7}
    sorted_as = Sorted(kind, "masyarakat", "normatif")
    await walk.act(acts.reclassify, SUPERVISOR, sorted_as=sorted_as, reason="Bukan pengaduan.")
    assert await of_courts(filer) == {"D7a": "cancelled"}
    after = await filer.clocks()
    assert {rule: after[rule] for rule in kept} == kept
    await clock.set(wib(2026, 1, 13))
    await drain(poller)
    assert not await filer.rows("SELECT 1 FROM deadline_fired WHERE fact = 'overdue' AND rule LIKE 'D7%'")
    assert await audited(filer.db, filer.engine) == 0


async def test_other_agencies_never_see_what_only_courts_owe(
    walk: Walk, filer: Filer, app: FastAPI, client: Any
) -> None:
    elsewhere = DeadlineEngine(OTHERS, Believing())
    app.state.engine = filer.engine = elsewhere
    await reviewed(walk)
    await walk.inspect()
    assert await of_courts(filer) == {}
    [row] = await filer.rows("SELECT tracking_id FROM case_file")
    for role in ("case_approver", "complaint_supervisor", "inspector"):
        page = (await Office(app, client)(role).get(f"/pengaduan/{row.tracking_id}")).text
        assert not any(path in page for path in ("telaah", "mulai-pemeriksaan", "laporkan-pemeriksaan"))


async def test_an_inspection_of_a_court_is_begun_and_reported_on_pages(
    walk: Walk, filer: Filer, app: FastAPI, client: Any
) -> None:
    await reviewed(walk)
    [row] = await filer.rows("SELECT tracking_id FROM case_file")
    place, office = f"/pengaduan/{row.tracking_id}", Office(app, client)
    steps: list[tuple[str, str, dict[str, str]]] = [
        ("case_approver", "koreksi-telaah", {"text": TEXT}),
        ("complaint_supervisor", "putuskan-telaah", LETTER | {"dated_on": "2026-01-05"}),
        (
            "inspector",
            "periksa",
            {"order_number": "ST-1", "ordered_on": "2026-01-05", "team": "Hakim pengawas"},
        ),
        ("inspector", "mulai-pemeriksaan", {"began_on": "2026-01-05", "last_on": "2026-01-09"}),
        ("inspector", "laporkan-pemeriksaan", LETTER | {"dated_on": "2026-01-05"}),
    ]
    for role, path, fields in steps:
        assert f'href="{place}/{path}"' in (await office(role).get(place)).text
        done = await office(role).send(f"{place}/{path}", **fields)
        assert done.status_code == 303, words(done.text)
    page = words((await office("inspector").get(place)).text)
    assert "Laporan hasil pemeriksaan, 10 hari kerja" in page
    assert "SK-7/2026, 5 Januari 2026" in page


LIVES: list[list[Step]] = [
    [*TO_HANDLER, ("penangan", "follow_up"), ("at", "correct_review"), ("kp", "decide_review"),
     ("ap", "order_inspection"), ("ap", "begin_inspection"), ("ap", "report_inspection"),
     ("penangan", "respond"), ("at", "approve")],
    [*TO_HANDLER, ("kp", "reassign", {"handler": "rangkap"}), ("rangkap", "follow_up"),
     ("rangkap", "request_completion"), ("at", "correct_review"), ("kp", "decide_review"),
     timedelta(days=40), ("kp", "transfer")],
]  # fmt: skip


@pytest.mark.parametrize("life", range(len(LIVES)))
async def test_what_is_offered_in_a_court_is_what_would_be_taken(
    filer: Filer, clock: MovedClock, life: int
) -> None:
    world = await offered_is_taken(filer, clock, "pengaduan", LIVES[life])
    assert {act for _, _, act in world.seen} & set(OWED)


class Court(World):
    """A case about a court, to which everybody also does what only courts owe."""

    def seldom(self, case: Case) -> dict[str, Callable[[], Awaitable[Any]]]:
        id_, version = case.id, case.version
        letter = LETTER | {"dated_on": date(2026, 1, 5)}
        days = {"began_on": date(2026, 1, 5), "last_on": self.clock.now().date(), "note": None}
        owed: dict[str, Callable[[], Awaitable[Any]]] = {
            "correct_review": lambda: self.do(acts.correct_review, CHIEF, id_, version, text=TEXT),
            "decide_review": lambda: self.do(acts.decide_review, SUPERVISOR, id_, version, **letter),
            "begin_inspection": lambda: self.do(acts.begin_inspection, INSPECTOR, id_, version, **days),
            "report_inspection": lambda: self.do(acts.report_inspection, INSPECTOR, id_, version, **letter),
        }
        return super().seldom(case) | owed


@pytest.mark.parametrize("seed", range(4))
async def test_a_case_about_a_court_is_brought_to_an_end_from_wherever_people_left_it(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, seed: int
) -> None:
    await ended_from_anywhere(Court(filer, clock, poller, random.Random(seed)), ("pengaduan",))
