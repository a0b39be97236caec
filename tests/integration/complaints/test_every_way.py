"""Every way a case can go besides the straight one: its ends, detours and second looks, and their clocks."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.complaints import snapshot
from services.complaints.cases.domain.acts import Kind, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.dismissal import Dismissal
from services.complaints.cases.domain.refusals import (
    AlreadyAppealedError,
    CompletionTimeLeftError,
    FieldRefusedError,
    IllegalActError,
    IncompleteActError,
    NotAssignedError,
    NotExtendableError,
    NothingChangesError,
    NotNewToCaseError,
    OthersActError,
    OwnProposalError,
    ProposalChangedError,
    ProposalOpenError,
    WindowOverError,
)
from services.complaints.cases.usecases import acts, officers, queries
from services.complaints.cases.usecases.acts import Sorted
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.intake.store import Person
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
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
from tests.integration.complaints.engine import audited, drain, no_version_is_left_out
from tests.integration.complaints.test_case_life import ANSWER, Walk
from tests.support.restoring import differences, published, standing

INSPECTOR = replace(SUPERVISOR, subject="auditor", roles=frozenset({"inspector"}))
PPID = replace(OFFICER, subject="ppid", roles=frozenset({"information_officer"}))
REFUSED = Dismissal(State.DITOLAK, "Laporan tidak memuat kejadian.", "tidak_memadai")
LONGER = Sorted("pengaduan", "masyarakat", "tidak_berkadar")
SHORTER = Sorted("pengaduan", "masyarakat", "normatif")


@pytest.fixture
async def walk(filer: Filer, clock: MovedClock) -> Walk:
    return Walk(filer, (await filer.submit()).case)


async def file(filer: Filer, kind: Kind) -> Walk:
    return Walk(filer, (await filer.submit(kind=kind)).case)


async def reporters(walk: Walk, act: Callable[..., Awaitable[Case]], **fields: Any) -> Case:
    async with walk.filer.db.transaction() as session:
        walk.case = await act(session, walk.filer.engine, PUBLIC, walk.case.id, **fields)
    return walk.case


async def end(walk: Walk, dismissal: Dismissal = REFUSED) -> Case:
    await walk.act(acts.propose_dismissal, OFFICER, dismissal)
    return await walk.act(acts.confirm_dismissal, SUPERVISOR, to=dismissal.to, note=None)


async def newest(filer: Filer, rule: str) -> Any:
    """Return the clock of a rule that was armed last."""
    rows = await filer.rows("SELECT * FROM deadline WHERE rule = :rule ORDER BY cycle", rule=rule)
    return rows[-1]


async def of_reporter(walk: Walk) -> Any:
    async with walk.filer.db.reading() as session:
        return await queries.my_case(session, walk.filer.engine, walk.case.id)


# -- ends without an answer -------------------------------------------------------------------------------


async def test_a_case_ends_without_an_answer_by_two_people_and_counts_nowhere(
    walk: Walk, filer: Filer
) -> None:
    await walk.act(acts.propose_dismissal, OFFICER, REFUSED)
    assert (walk.case.state, walk.case.proposed_act) == (State.DITERIMA, "confirm_dismissal")
    assert await filer.clocks() == {"D1": "armed", "D6C": "armed", "D16": "armed"}
    both = replace(OFFICER, roles=OFFICER.roles | SUPERVISOR.roles)
    with pytest.raises(OwnProposalError):
        await walk.act(acts.confirm_dismissal, both, to=State.DITOLAK, note=None)
    with pytest.raises(ProposalChangedError):
        await walk.act(acts.confirm_dismissal, SUPERVISOR, to=State.BUKAN_WEWENANG, note=None)
    await walk.act(acts.confirm_dismissal, SUPERVISOR, to=State.DITOLAK, note="Terima kasih.")
    assert (walk.case.state, walk.case.counts_as, walk.case.closed_by) == (State.DITOLAK, "none", "officer")
    assert await filer.clocks() == {"D1": "cancelled", "D6C": "cancelled", "D16": "met"}
    told = (await of_reporter(walk))["events"][-1]["note"]
    assert told == (
        "Laporan tidak memuat kejadian. Alasan: laporan tidak memadai untuk ditindaklanjuti. Terima kasih."
    )


async def test_a_proposal_to_end_is_refused_by_the_supervisor_or_voided_by_the_next_act(
    walk: Walk, filer: Filer
) -> None:
    await walk.act(acts.propose_dismissal, OFFICER, REFUSED)
    await walk.act(acts.refuse_dismissal, SUPERVISOR, reason="Masih dapat ditanya.")
    assert (walk.case.state, (await filer.clocks())["D16"]) == (State.DITERIMA, "met")
    await walk.act(acts.propose_dismissal, OFFICER, REFUSED)
    await walk.verify()
    assert (await newest(filer, "D16")).status == "cancelled"
    with pytest.raises(IllegalActError):
        await walk.act(acts.confirm_dismissal, SUPERVISOR, to=State.DITOLAK, note=None)


async def test_only_who_handles_a_case_or_the_desk_proposes_its_end(walk: Walk) -> None:
    await walk.to_work()
    with pytest.raises(OthersActError):
        await walk.act(acts.propose_dismissal, SUPERVISOR, REFUSED)
    await walk.act(acts.propose_dismissal, HANDLER, REFUSED)
    assert walk.case.proposed_by == HANDLER.subject


async def test_a_duplicate_shows_its_reporter_the_answer_of_the_case_it_repeats(
    walk: Walk, filer: Filer
) -> None:
    parent = walk
    repeats = await file(filer, "pengaduan")
    await end(repeats, Dismissal(State.DUPLIKAT, "Sudah ditangani.", parent_id=parent.case.id))
    assert repeats.case.parent_id == parent.case.id
    assert (await of_reporter(repeats))["answers"] == []
    await parent.to_work()
    await parent.answer()
    assert [one["content"] for one in (await of_reporter(repeats))["answers"]] == ["Petugas telah diganti."]


@pytest.mark.parametrize("parent", ["itself", "unknown", "another kind", "ended"])
async def test_a_parent_is_another_case_of_the_kind_that_somebody_answers(
    walk: Walk, filer: Filer, parent: str
) -> None:
    other = await file(filer, "aspirasi" if parent == "another kind" else "pengaduan")
    if parent == "ended":
        await end(other)
    named = {"itself": walk.case.id, "unknown": UUID(int=1)}.get(parent, other.case.id)
    repeated = Dismissal(State.DUPLIKAT, "Sudah ditangani.", parent_id=named)
    with pytest.raises(FieldRefusedError) as refused:
        await walk.act(acts.propose_dismissal, OFFICER, repeated)
    assert refused.value.details["field"] == "parent_id"


async def test_a_parent_that_ended_since_takes_no_duplicate(walk: Walk, filer: Filer) -> None:
    repeats = await file(filer, "pengaduan")
    repeated = Dismissal(State.DUPLIKAT, "Sudah ditangani.", parent_id=walk.case.id)
    await repeats.act(acts.propose_dismissal, OFFICER, repeated)
    await end(walk)
    with pytest.raises(FieldRefusedError):
        await repeats.act(acts.confirm_dismissal, SUPERVISOR, to=State.DUPLIKAT, note=None)
    [row] = await filer.rows("SELECT state FROM case_file WHERE id = :id", id=repeats.case.id)
    assert row.state == "DITERIMA"


async def test_a_case_of_another_agency_tells_whom_it_was_sent_to(walk: Walk) -> None:
    await end(
        walk, Dismissal(State.BUKAN_WEWENANG, "Jalan itu jalan provinsi.", agency="Dinas PU", letter="S-7/26")
    )
    told = (await of_reporter(walk))["events"][-1]["note"]
    assert told == "Jalan itu jalan provinsi. Diteruskan kepada Dinas PU dengan surat S-7/26."


async def test_an_incomplete_case_is_ended_only_after_the_reporters_time(
    walk: Walk, clock: MovedClock, poller: DeadlinePoller
) -> None:
    incomplete = Dismissal(State.DITUTUP_TIDAK_LENGKAP, "Kelengkapan tidak dikirim.")
    with pytest.raises(CompletionTimeLeftError):
        await walk.act(acts.propose_dismissal, OFFICER, incomplete)
    await walk.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    with pytest.raises(CompletionTimeLeftError):
        await walk.act(acts.propose_dismissal, OFFICER, incomplete)
    for day in range(1, 33):
        await clock.set(wib(2026, 1, 5) + timedelta(days=day))
        await drain(poller)
    reminded = "SELECT 1 FROM deadline_fired WHERE rule = 'D2' AND fact = 'reminded'"
    assert len(await walk.filer.rows(reminded)) == 2
    await walk.act(acts.propose_dismissal, OFFICER, incomplete)
    await reporters(walk, acts.complete, expected=None, note="Tanggal 3.", is_reporter=True)
    assert (walk.case.state, walk.case.proposed_act) == (State.DITERIMA, None)  # the reporter was first


async def test_nothing_else_is_proposed_while_an_end_waits_for_its_decision(
    walk: Walk, clock: MovedClock
) -> None:
    await walk.act(acts.propose_dismissal, OFFICER, REFUSED)
    with pytest.raises(ProposalOpenError):
        await walk.act(acts.propose_dismissal, OFFICER, REFUSED)
    await clock.set(wib(2026, 1, 8, 7, 30))  # the last of the three days to verify opens
    with pytest.raises(ProposalOpenError):
        await walk.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    await walk.act(acts.refuse_dismissal, SUPERVISOR, reason="Masih dapat ditanya.")


async def test_a_handler_does_nothing_with_a_case_that_nobody_gave_them(walk: Walk) -> None:
    with pytest.raises(NotAssignedError):
        await walk.act(acts.propose_dismissal, HANDLER, REFUSED)
    with pytest.raises(NotAssignedError):
        await walk.act(acts.request_completion, HANDLER, missing="Kapan kejadiannya?")


async def test_an_inspector_ends_and_hands_out_what_no_supervisor_may(walk: Walk) -> None:
    await walk.verify()
    await walk.act(acts.dispose, INSPECTOR, handler="penangan", note=None)
    await walk.act(acts.propose_dismissal, HANDLER, REFUSED)
    await walk.act(acts.confirm_dismissal, INSPECTOR, to=State.DITOLAK, note=None)


async def test_the_answer_of_a_service_complaint_says_whether_the_standard_was_breached_in_whatever_order(
    walk: Walk,
) -> None:
    await walk.to_work()
    await walk.act(acts.respond, HANDLER, ANSWER)
    service = Sorted("pengaduan", "pelayanan", "normatif")
    await walk.act(acts.reclassify, OFFICER, sorted_as=service, reason="Tentang layanan.")
    with pytest.raises(IncompleteActError):
        await walk.act(acts.approve, APPROVER, note=None)


async def test_a_request_for_facts_that_was_cancelled_counts_only_the_days_it_ran(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    await clock.set(wib(2026, 1, 7))
    await end(walk)
    await reporters(walk, acts.appeal, reason="Ada buktinya.")
    await walk.act(acts.uphold_appeal, INSPECTOR, decision="Bukti cukup.", case_class="normatif")
    await walk.dispose()
    await walk.act(acts.request_completion, HANDLER, missing="Siapa petugasnya?")
    assert (await newest(filer, "D2")).most_days == 28


# -- inspection -------------------------------------------------------------------------------------------


async def test_an_inspection_has_a_time_of_its_own_in_place_of_the_answers(walk: Walk, filer: Filer) -> None:
    await walk.to_work()
    await walk.follow_up()
    with pytest.raises(FieldRefusedError):
        await walk.inspect(date(2026, 1, 6))  # tomorrow
    with pytest.raises(FieldRefusedError):
        await walk.inspect(date(2026, 1, 4))  # before there was a case
    await walk.inspect()
    clocks = await filer.clocks()
    assert (clocks["D5"], clocks["D6"], clocks["D6C"]) == ("cancelled", "armed", "armed")
    [order] = await filer.rows("SELECT order_number, team FROM inspection")
    assert (order.order_number, order.team) == ("ST-12/2026", ["auditor-1"])
    await walk.answer()
    assert {rule: status for rule, status in (await filer.clocks()).items() if rule in ("D6", "D6C")} == {
        "D6": "met",
        "D6C": "met",
    }


# -- elsewhere, and as something else ----------------------------------------------------------------------


async def test_a_transfer_keeps_the_answers_time_and_gives_the_new_unit_one_for_its_first_act(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    await clock.set(wib(2026, 1, 7))
    before = await newest(filer, "D5")
    await walk.act(acts.transfer, SUPERVISOR, unit_id="u-2", reason="Terjadi di kantor dua.")
    assert (walk.case.state, walk.case.unit_id, walk.case.handler) == (State.DIVERIFIKASI, "u-2", None)
    after = await newest(filer, "D5")
    assert (after.id, after.unit_id) == (before.id, "u-2")
    assert before.due_at - after.due_at == timedelta(hours=1)  # the same day ends earlier in WITA
    assert (await filer.clocks())["D4"] == "cancelled"
    assert (await newest(filer, "D3")).status == "armed"
    async with filer.db.transaction() as session:
        await officers.enter_handler(session, SUPERVISOR, "u-2", "sari")
    await walk.act(acts.dispose, SUPERVISOR, handler="sari", note=None)
    again = await newest(filer, "D4")
    assert (again.status, again.start_at, again.cycle) == ("armed", wib(2026, 1, 7), 2)
    assert (await newest(filer, "D5")).id == before.id
    assert await audited(filer.db, filer.engine) == 0
    await no_version_is_left_out(filer)


async def test_a_case_whose_reporter_is_asked_goes_to_the_new_unit_once_it_is_complete(
    walk: Walk, filer: Filer
) -> None:
    await walk.to_work()
    await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    await walk.act(acts.transfer, SUPERVISOR, unit_id="u-2", reason="Terjadi di kantor dua.")
    assert (walk.case.state, walk.case.state_before) == (State.MENUNGGU_KELENGKAPAN, State.DIVERIFIKASI)
    assert (await newest(filer, "D3")).status == "met"  # nobody names a handler before it is complete
    await reporters(walk, acts.complete, expected=None, note="Terlampir.", is_reporter=True)
    assert walk.case.state is State.DIVERIFIKASI
    assert (await newest(filer, "D3")).status == "armed"


@pytest.mark.parametrize(("unit_id", "refusal"), [("u-1", NothingChangesError), ("u-9", FieldRefusedError)])
async def test_a_transfer_goes_to_another_unit_of_the_agency(
    walk: Walk, unit_id: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await walk.act(acts.transfer, SUPERVISOR, unit_id=unit_id, reason="Salah alamat.")


async def test_another_class_counts_from_the_same_start_with_the_same_pauses(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    await clock.set(wib(2026, 1, 7))
    await reporters(walk, acts.complete, expected=None, note="Terlampir.", is_reporter=True)
    await walk.act(acts.reclassify, OFFICER, sorted_as=LONGER, reason="Perlu meninjau lapangan.")
    old, new = await filer.rows("SELECT * FROM deadline WHERE rule = 'D5' ORDER BY cycle")
    assert (old.status, new.status, new.policy) == ("superseded", "armed", "D5-tidak-berkadar.1")
    assert (new.start_at, new.start_fact) == (old.start_at, "file_complete")
    assert new.due_at == wib(2026, 1, 28, 0)  # 14 days after the 5th; the 6th stood still, the 16th is off
    assert await audited(filer.db, filer.engine) == 0
    reasons = [row.reason for row in await filer.rows("SELECT reason FROM deadline_change ORDER BY id")]
    assert reasons[-2:] == ["superseded", "class"]
    with pytest.raises(NothingChangesError):
        await walk.act(acts.reclassify, OFFICER, sorted_as=LONGER, reason="Sekali lagi.")


async def test_more_time_after_most_of_it_is_over_takes_two_people(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    await clock.set(wib(2026, 1, 9, 7, 30))  # the fourth of five days opens
    before = await newest(filer, "D5")
    await walk.act(acts.reclassify, OFFICER, sorted_as=LONGER, reason="Perlu waktu.")
    assert (walk.case.case_class, walk.case.proposed_act) == ("normatif", "reclassify")
    assert (await newest(filer, "D5")).id == before.id
    both = replace(OFFICER, roles=OFFICER.roles | SUPERVISOR.roles)
    with pytest.raises(OwnProposalError):
        await walk.act(acts.confirm_reclassification, both, sorted_as=LONGER)
    with pytest.raises(ProposalChangedError):
        await walk.act(acts.confirm_reclassification, SUPERVISOR, sorted_as=SHORTER)
    await walk.act(acts.confirm_reclassification, SUPERVISOR, sorted_as=LONGER)
    assert walk.case.case_class == "tidak_berkadar"
    assert (await newest(filer, "D5")).policy == "D5-tidak-berkadar.1"


async def test_less_time_that_is_over_already_ends_with_the_next_working_day(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    walk = Walk(filer, (await filer.submit()).case)
    await walk.verify(case_class="tidak_berkadar")
    await clock.set(wib(2026, 1, 15))  # five days ended on the 12th
    await walk.act(acts.reclassify, OFFICER, sorted_as=SHORTER, reason="Cukup satu aturan.")
    moved = await newest(filer, "D5")
    assert (moved.due_at, moved.breached_at) == (wib(2026, 1, 20, 0), None)  # Monday: the 16th is off
    assert await audited(db, filer.engine) == 0


async def test_what_is_late_stays_late_in_any_class_and_unit(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await walk.to_work()
    await clock.set(wib(2026, 1, 20))
    await drain(poller)
    late = await newest(filer, "D5")
    assert late.breached_at is not None
    await walk.act(acts.reclassify, OFFICER, sorted_as=LONGER, reason="Perlu waktu.")
    assert await newest(filer, "D5") == late
    await walk.act(acts.transfer, SUPERVISOR, unit_id="u-2", reason="Terjadi di kantor dua.")
    after = await newest(filer, "D5")
    assert (after.id, after.breached_at, after.due_at) == (late.id, late.breached_at, late.due_at)
    assert await audited(filer.db, filer.engine) == 0


async def test_a_kind_that_knows_no_inspection_takes_no_case_that_is_inspected(walk: Walk) -> None:
    await walk.to_work()
    await walk.follow_up()
    await walk.inspect()
    wanted = Sorted("aspirasi", "masyarakat", "normatif")
    with pytest.raises(IllegalActError):
        await walk.act(acts.reclassify, OFFICER, sorted_as=wanted, reason="Berisi usul.")
    wanted = Sorted("permintaan_informasi", "masyarakat", "normatif")
    with pytest.raises(FieldRefusedError):
        await walk.act(acts.reclassify, OFFICER, sorted_as=wanted, reason="Meminta data.")


async def test_a_complaint_that_is_an_aspiration_counts_nowhere(walk: Walk, filer: Filer) -> None:
    await walk.verify()
    wanted = Sorted("aspirasi", "masyarakat", "normatif")
    await walk.act(acts.reclassify, OFFICER, sorted_as=wanted, reason="Berisi usul.")
    assert (walk.case.kind, walk.case.counts_as) == ("aspirasi", "none")
    assert differences(await published(filer.db), await standing(filer.db, snapshot)) == {}
    await walk.dispose()
    assert (walk.case.kind, walk.case.counts_as) == ("aspirasi", "none")
    with pytest.raises(NothingChangesError):
        await walk.act(acts.reclassify, OFFICER, sorted_as=wanted, reason="Berisi usul.")


# -- a second look ----------------------------------------------------------------------------------------


async def closed(walk: Walk) -> None:
    await walk.to_work()
    await walk.answer()
    await walk.accept()


async def test_a_reporter_reopens_within_ten_working_days_and_a_supervisor_at_any_time(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await closed(walk)
    last = wib(2026, 1, 21, 0)  # 24.00 of the tenth working day after the 5th; the 16th is off
    await clock.set(last)
    with pytest.raises(WindowOverError):
        await reporters(walk, acts.reopen, reason="Terjadi lagi.")
    await clock.set(last - timedelta(microseconds=1))
    await reporters(walk, acts.reopen, reason="Terjadi lagi.")
    assert (walk.case.state, walk.case.cycle, walk.case.closed_at, walk.case.outcome) == (
        State.DIBUKA_KEMBALI,
        2,
        None,
        None,
    )
    assert walk.case.counts_as == "in_progress"
    assert ((await newest(filer, "D4")).status, (await newest(filer, "D5")).start_at) == (
        "armed",
        clock.now(),
    )
    await walk.follow_up()
    await walk.answer()
    await walk.accept()
    await clock.forward(days=300)
    await walk.act(acts.reopen_on_evidence, SUPERVISOR, reason="Rekaman baru ditemukan.")
    assert (walk.case.state, walk.case.cycle) == (State.DIBUKA_KEMBALI, 3)


async def test_an_appeal_is_decided_once_by_somebody_new_to_the_case(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await end(walk)
    assert (await of_reporter(walk))["may"] == ["appeal"]
    await reporters(walk, acts.appeal, reason="Ada buktinya.")
    assert (walk.case.state, (await filer.clocks())["D15"]) == (State.DITOLAK, "armed")
    assert (await of_reporter(walk))["may"] == []
    with pytest.raises(AlreadyAppealedError):
        await reporters(walk, acts.appeal, reason="Ada buktinya.")
    with pytest.raises(NotNewToCaseError):
        await walk.act(acts.uphold_appeal, SUPERVISOR, decision="Bukti cukup.", case_class="normatif")
    with pytest.raises(IncompleteActError):  # it was never verified
        await walk.act(acts.uphold_appeal, INSPECTOR, decision="Bukti cukup.")
    await walk.act(acts.uphold_appeal, INSPECTOR, decision="Bukti cukup.", case_class="normatif")
    assert (walk.case.state, walk.case.cycle) == (State.DIVERIFIKASI, 2)
    clocks = await filer.clocks()
    assert (clocks["D15"], clocks["D3"], clocks["D5"]) == ("met", "armed", "armed")
    await end(walk)
    with pytest.raises(AlreadyAppealedError):
        await reporters(walk, acts.appeal, reason="Sekali lagi.")


async def test_an_ended_case_is_not_reopened_while_its_appeal_waits(walk: Walk, filer: Filer) -> None:
    await closed(walk)
    assert (await of_reporter(walk))["may"] == ["reopen", "appeal"]
    await reporters(walk, acts.appeal, reason="Belum selesai.")
    assert (await of_reporter(walk))["may"] == []
    with pytest.raises(IllegalActError):
        await reporters(walk, acts.reopen, reason="Terjadi lagi.")
    with pytest.raises(IllegalActError):
        await walk.act(acts.reopen_on_evidence, SUPERVISOR, reason="Rekaman baru.")
    await walk.act(acts.reject_appeal, INSPECTOR, decision="Sudah selesai.")
    await walk.act(acts.reopen_on_evidence, SUPERVISOR, reason="Rekaman baru.")
    assert (await of_reporter(walk))["events"][-1]["note"] is None  # evidence is the office's own


async def test_who_proposed_or_drafted_is_not_new_to_the_case(walk: Walk, clock: MovedClock) -> None:
    await walk.to_work()
    await clock.set(wib(2026, 1, 9, 7, 30))
    proposer = replace(SUPERVISOR, subject="pengusul")
    await walk.act(acts.reclassify, proposer, sorted_as=LONGER, reason="Perlu waktu.")
    await walk.act(acts.confirm_reclassification, SUPERVISOR, sorted_as=LONGER)
    await walk.answer()
    await walk.accept()
    await reporters(walk, acts.appeal, reason="Belum selesai.")
    with pytest.raises(NotNewToCaseError):
        await walk.act(acts.reject_appeal, proposer, decision="Sudah selesai.")


async def test_a_rejected_appeal_leaves_the_case_ended(walk: Walk, filer: Filer) -> None:
    await closed(walk)
    await reporters(walk, acts.appeal, reason="Belum selesai.")
    await walk.act(acts.reject_appeal, INSPECTOR, decision="Sudah selesai.")
    assert (walk.case.state, walk.case.closed_by) == (State.SELESAI, "reporter")
    assert (await filer.clocks())["D15"] == "met"
    with pytest.raises(IllegalActError):
        await walk.act(acts.reject_appeal, replace(INSPECTOR, subject="lain"), decision="Sudah selesai.")


async def test_an_appeal_comes_within_thirty_working_days(walk: Walk, clock: MovedClock) -> None:
    await end(walk)
    await clock.set(wib(2026, 2, 19, 0))  # off in between: 16 January, 16 and 17 February
    await reporters(walk, acts.appeal, reason="Ada buktinya.")
    other = Walk(walk.filer, (await walk.filer.submit()).case)
    await end(other)
    await clock.forward(days=60)
    with pytest.raises(WindowOverError):
        await reporters(other, acts.appeal, reason="Ada buktinya.")


async def test_a_withdrawn_case_is_not_appealed(walk: Walk) -> None:
    await reporters(walk, acts.withdraw)
    with pytest.raises(IllegalActError):
        await reporters(walk, acts.appeal, reason="Berubah pikiran.")


# -- other kinds -------------------------------------------------------------------------------------------


async def test_a_consultation_face_to_face_ends_at_once(filer: Filer, clock: MovedClock) -> None:
    walk = await file(filer, "konsultasi")
    with pytest.raises(IllegalActError):  # it came by the web: nobody stood there to hear it
        await walk.act(acts.answer_in_person, OFFICER, text="Syaratnya dijelaskan di loket.")
    walk = Walk(filer, (await filer.submit(kind="konsultasi", received_at=clock.now())).case)
    await walk.act(acts.answer_in_person, OFFICER, text="Syaratnya dijelaskan di loket.")
    assert (walk.case.state, walk.case.closed_by, walk.case.counts_as) == (State.SELESAI, "officer", "none")
    asked = "SELECT rule FROM deadline WHERE case_ref = :id AND status <> 'cancelled'"
    assert [row.rule for row in await filer.rows(asked, id=walk.case.id)] == ["D9"]
    with pytest.raises(IllegalActError):
        await (await file(filer, "pengaduan")).act(acts.answer_in_person, OFFICER, text="Sudah dijelaskan.")


async def test_a_consultation_is_answered_by_the_desk_from_its_receipt_on(
    filer: Filer, clock: MovedClock
) -> None:
    walk = await file(filer, "konsultasi")
    await walk.act(acts.respond, OFFICER, ANSWER)
    await walk.act(acts.approve, APPROVER, note=None)
    assert (walk.case.state, (await filer.clocks())["D1"]) == (State.DITANGGAPI, "met")
    await reporters(walk, acts.object_to_answer, reason="Belum jelas.")
    assert (await newest(filer, "D5")).policy == "D5-konsultasi.1"
    await walk.act(acts.reassign, SUPERVISOR, handler="penangan", note=None)
    await walk.answer()
    assert walk.case.state is State.DITANGGAPI


async def test_a_request_for_information_has_ten_days_and_once_seven_more(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    walk = await file(filer, "permintaan_informasi")
    assert await filer.clocks() == {"D10": "armed"}
    assert (await newest(filer, "D10")).due_at == wib(2026, 1, 21, 0)
    with pytest.raises(OthersActError):
        await walk.act(acts.extend, OFFICER, reason="Arsip di pusat.")
    await walk.act(acts.extend, PPID, reason="Arsip di pusat.")
    assert (await newest(filer, "D10")).due_at == wib(2026, 1, 30, 0)
    with pytest.raises(NotExtendableError):
        await walk.act(acts.extend, PPID, reason="Sekali lagi.")
    assert await audited(filer.db, filer.engine) == 0
    await walk.act(acts.respond, PPID, ANSWER)
    await walk.act(acts.approve, APPROVER, note=None)
    assert (await filer.clocks())["D10"] == "met"
    await reporters(walk, acts.object_to_answer, reason="Tabelnya tidak ada.")
    assert (walk.case.state, (await newest(filer, "D10")).cycle) == (State.DITERIMA, 2)


async def test_a_request_for_information_is_answered_also_while_its_applicant_is_silent(
    filer: Filer, clock: MovedClock
) -> None:
    walk = await file(filer, "permintaan_informasi")
    await walk.act(acts.request_completion, PPID, missing="Tahun berapa?")
    await walk.act(acts.extend, PPID, reason="Arsip di pusat.")
    await walk.act(acts.respond, PPID, ANSWER)
    await walk.act(acts.approve, APPROVER, note=None)
    assert (walk.case.state, walk.case.state_before) == (State.DITANGGAPI, None)
    clocks = await filer.clocks()
    assert (clocks["D2"], clocks["D10"]) == ("cancelled", "met")


async def test_a_request_for_information_has_a_name_and_comes_in_where_it_is_answered(
    filer: Filer, clock: MovedClock
) -> None:
    with pytest.raises(FieldRefusedError) as refused:
        await filer.submit(kind="permintaan_informasi", person=Person(None, "0812"))
    assert refused.value.details["field"] == "name"


async def test_a_late_extension_takes_two_people_and_none_comes_after_the_time(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    walk, other = [await file(filer, "permintaan_informasi") for _ in range(2)]
    await clock.set(wib(2026, 1, 15, 7, 30))  # the eighth of ten days opens
    await walk.act(acts.extend, PPID, reason="Arsip di pusat.")
    assert walk.case.proposed_act == "extend"
    with pytest.raises(ProposalChangedError):
        await walk.act(acts.confirm_extension, SUPERVISOR, reason="Lain.")
    await walk.act(acts.confirm_extension, SUPERVISOR, reason="Arsip di pusat.")
    due = {row.due_at for row in await filer.rows("SELECT due_at FROM deadline WHERE rule = 'D10'")}
    assert due == {wib(2026, 1, 21, 0), wib(2026, 1, 30, 0)}
    await clock.set(wib(2026, 1, 21, 0))
    with pytest.raises(NotExtendableError):
        await other.act(acts.extend, PPID, reason="Arsip di pusat.")


async def test_an_information_officer_sees_requests_for_information_and_what_they_handle_besides(
    filer: Filer, clock: MovedClock
) -> None:
    given = Walk(filer, (await filer.submit()).case)
    await given.to_work()
    asked = await file(filer, "permintaan_informasi")
    both = replace(PPID, subject=HANDLER.subject, roles=PPID.roles | HANDLER.roles)
    for actor, expected in ((PPID, [asked.case.id]), (OFFICER, None), (both, None)):
        async with filer.db.reading() as session:
            found = await queries.case_page(
                session,
                filer.engine.policies,
                actor,
                unit_id=None,
                state=None,
                after=UUID(int=0),
                limit=10,
            )
        assert len(found) == 2 if expected is None else [row["id"] for row in found] == expected


# -- cases of the version before ----------------------------------------------------------------------------


async def test_a_case_verified_before_its_clocks_began_at_receipt_gets_them_when_it_is_handed_out(
    walk: Walk, filer: Filer, clock: MovedClock, database: ServiceDatabase
) -> None:
    await walk.verify()
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("DELETE FROM deadline WHERE rule IN ('D5', 'D6C')")
    await owner.close()
    await clock.set(wib(2026, 1, 6))
    await walk.dispose()
    starts = {row.rule: row.start_at for row in await filer.rows("SELECT rule, start_at FROM deadline")}
    assert starts == {
        "D1": wib(2026, 1, 5),
        "D3": wib(2026, 1, 5),
        "D4": wib(2026, 1, 6),
        "D5": wib(2026, 1, 5),
        "D6C": wib(2026, 1, 5),
    }
