"""The states of cases and clocks repeat what was published, byte for byte, after every kind of fact."""

from dataclasses import replace
from datetime import date, timedelta

from services.complaints import snapshot
from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.dismissal import Dismissal
from services.complaints.cases.usecases import acts, officers
from services.complaints.channels.usecases import register
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.domain.calendars import Target
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases import drafts, years
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.decrees import usecases as decrees
from services.complaints.decrees.domain import Decree, Member, Reach
from services.complaints.decrees.jobs import Designations
from services.complaints.handling.domain.evaluation import Findings, Subject
from services.complaints.handling.domain.periods import period_of
from services.complaints.handling.jobs import Statistics
from services.complaints.handling.usecases.evaluations import evaluate
from services.complaints.integrity.domain.conflicts import Conflict
from services.complaints.integrity.domain.gifts import Gift
from services.complaints.integrity.domain.periods import Period
from services.complaints.integrity.usecases import conflicts, gifts, maps
from services.complaints.integrity.usecases.conflicts import Conflicts
from services.complaints.integrity.usecases.gifts import Gifts
from services.complaints.jobs import Upkeep
from shared.calendar.days_off import DayOff
from shared.contracts.topics import produced_by
from shared.outbox.snapshot import Behind
from shared.security import PUBLIC
from tests.integration.complaints.conftest import (
    APPROVER,
    HANDLER,
    OFFICER,
    SUPERVISOR,
    Believing,
    Filer,
    MovedClock,
    wib,
)
from tests.integration.complaints.engine import drain
from tests.integration.complaints.test_calendar_years import ADMIN, DECREE
from tests.integration.complaints.test_case_life import ANSWER, Walk
from tests.integration.complaints.test_reachable_end import INSPECTOR
from tests.support.restoring import differences, kinds, published, standing


async def agree(filer: Filer) -> None:
    assert differences(await published(filer.db), await standing(filer.db, snapshot)) == {}


async def tell_calendars(filer: Filer) -> None:
    year, zone = Target("national", "", 2027), Target("zone", "WITA", 2027)
    added = DayOff(date(2027, 12, 27), "cuti_bersama", "Cuti Bersama Hari Raya Natal")
    async with filer.db.transaction() as session:
        await years.confirm(session, ADMIN, year, DECREE, seen=None)
    await agree(filer)
    async with filer.db.transaction() as session:
        changes = ((year, added, "SKB 7/2027"), (zone, replace(added, kind="local"), "Keppres 7/2027"))
        for target, day, decree in changes:
            draft = (await drafts.change(session, ADMIN, target, [day], [], decree)).draft
            assert draft is not None
            await years.confirm(session, ADMIN, target, decree, seen=draft.entered_at)
    await agree(filer)


async def test_every_state_is_said_again_in_the_bytes_it_was_published_in(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    newest = filer.engine
    await clock.set(wib(2025, 8, 14))  # D1 ends a day later once the 18th is off
    filer.engine = replace(newest, calendar_version=1)
    await filer.submit()
    assert await Upkeep(filer.db, newest).step() == 0.0
    await agree(filer)  # rescheduled
    filer.engine = newest
    await clock.set(wib(2026, 1, 5))
    await drain(poller)
    await agree(filer)

    await filer.submit(received_at=wib(2026, 1, 2))  # in the time of the officer's zone
    walk = Walk(filer, (await filer.submit()).case)
    await agree(filer)
    for hours in range(0, 21 * 24, 12):  # through every rung of every clock that runs
        await clock.set(wib(2026, 1, 5) + timedelta(hours=hours))
        await drain(poller)
        if hours % 48 == 0:
            await agree(filer)
    await walk.to_work()
    await agree(filer)

    asked = Walk(filer, (await filer.submit()).case)
    await asked.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    await agree(filer)  # paused
    await clock.forward(hours=30)
    await asked.act(acts.complete, OFFICER, note="Kemarin.", is_reporter=False)
    await agree(filer)  # resumed
    await walk.follow_up()
    await agree(filer)
    await walk.answer()
    await agree(filer)
    async with filer.db.transaction() as session:
        walk.case = await acts.object_to_answer(
            session, filer.engine, PUBLIC, walk.case.id, reason="Nama petugas salah."
        )
        await officers.enter_handler(session, SUPERVISOR, "u-1", "pengganti")
    await agree(filer)  # objected
    await walk.act(acts.reassign, SUPERVISOR, handler="pengganti", note=None)
    await agree(filer)
    await walk.act(acts.reassign, SUPERVISOR, handler=HANDLER.subject, note=None)
    await walk.answer()
    await walk.accept()
    await agree(filer)

    await stay_silent(filer, clock, poller)
    await every_other_act(filer, clock)
    await every_act_of_courts(filer, clock)
    await every_act_of_integrity(filer, clock)
    await tell_calendars(filer)
    await tell_handling(filer)
    await tell_channels(filer)
    assert await kinds(filer.db) == {
        event.event_type for topic in produced_by("complaints") for event in topic.events
    }


async def every_act_of_courts(filer: Filer, clock: MovedClock) -> None:
    """Do what courts alone do, and after each act compare what is said with what stands."""
    today = clock.now().date()
    letter = {"number": "SK-7/2026", "text": "Telaah sudah sesuai.", "dated_on": today}
    everywhere = filer.engine
    filer.engine = DeadlineEngine(load_policies(profiles={"a-1": "peradilan"}), Believing())
    court = Walk(filer, (await filer.submit()).case)
    await court.to_work()
    await court.follow_up()
    await agree(filer)
    await court.act(acts.correct_review, APPROVER, text="Telaah sudah sesuai.")
    await agree(filer)
    await court.act(acts.decide_review, SUPERVISOR, **letter)
    await agree(filer)
    await court.inspect(today)
    await court.act(acts.begin_inspection, INSPECTOR, began_on=today, last_on=today, note=None)
    await agree(filer)
    await court.act(acts.report_inspection, INSPECTOR, **letter)
    await agree(filer)
    filer.engine = everywhere


async def tell_handling(filer: Filer) -> None:
    """Evaluate the year, count the night, and appoint a team that ends again."""
    async with filer.db.transaction() as session:
        subject = Subject("u-1", "masyarakat", period_of("2026"))
        said = Findings("Penanganan tepat waktu.", "Tidak ada temuan.", "Tidak diperlukan.", ())
        await evaluate(session, filer.engine.policies, SUPERVISOR, subject, said, 0)
    await Statistics(filer.db, filer.engine.policies).step()
    await agree(filer)
    await Designations(filer.db).step()
    await agree(filer)  # those from before anybody was told of them
    days = Decree("SK-7/2026", date(2026, 1, 5), date(2026, 1, 5), date(2026, 12, 31))
    content = decrees.Content(
        "Tim", Reach("", False, ("u-1",)), days, ("masyarakat",), (Member("sari", "ketua"),)
    )
    async with filer.db.transaction() as session:
        made = await decrees.enter(session, SUPERVISOR, content)
    await agree(filer)
    async with filer.db.transaction() as session:
        await decrees.end(session, SUPERVISOR, made.id, made.version, "Tim dibubarkan.")
    await agree(filer)


async def tell_channels(filer: Filer) -> None:
    """Open a channel, let it fail and recover, and close it."""
    said = register.Said("Telepon unit", "+62 21 5550100", None)
    async with filer.db.transaction() as session:
        made = await register.enter(
            session, SUPERVISOR, unit_id="u-1", agency_id=None, kind="telepon", said=said, opened_on=None
        )
    await agree(filer)
    for is_ok in (False, False, False, True):
        async with filer.db.transaction() as session:
            await register.record_test(session, SUPERVISOR, made.channel.id, is_ok=is_ok, note="Dihubungi.")
        await agree(filer)
    async with filer.db.transaction() as session:
        await register.close(session, SUPERVISOR, made.channel.id, 1, "Diganti.", None)
    await agree(filer)


async def stay_silent(filer: Filer, clock: MovedClock, poller: DeadlinePoller) -> None:
    """Go on without a reporter, who then withdraws."""
    silent = Walk(filer, (await filer.submit()).case)
    await silent.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    await clock.forward(days=40)
    await silent.act(acts.proceed, OFFICER, reason="Isi laporan cukup.")
    await agree(filer)  # proceeded, with a cancelled clock
    await drain(poller)
    async with filer.db.transaction() as session:
        await acts.withdraw(session, filer.engine, PUBLIC, silent.case.id)
    await agree(filer)  # withdrawn, and every clock cancelled


async def every_other_act(filer: Filer, clock: MovedClock) -> None:
    """Do what a complaint seldom sees, and after each act compare what is said with what stands."""
    wide = replace(SUPERVISOR, subject="inspektur", roles=frozenset({"inspector", "complaint_supervisor"}))
    seen = Walk(filer, (await filer.submit()).case)
    await seen.to_work()
    await seen.follow_up()
    sorted_as = acts.Sorted("pengaduan", "pelayanan", "tidak_berkadar")
    await seen.act(acts.reclassify, OFFICER, sorted_as=sorted_as, reason="Perlu waktu.")
    await agree(filer)
    await seen.inspect(clock.now().date())
    await seen.act(acts.reassign, SUPERVISOR, handler="pengganti", note=None)
    await agree(filer)
    other = replace(HANDLER, subject="pengganti")
    await seen.act(acts.respond, other, replace(ANSWER, is_standard_breach=False))
    await agree(filer)
    await seen.act(acts.transfer, SUPERVISOR, unit_id="u-2", reason="Terjadi di kantor dua.")
    await agree(filer)
    there = replace(HANDLER, subject="sari", scope=SUPERVISOR.scope)
    async with filer.db.transaction() as session:
        await officers.enter_handler(session, SUPERVISOR, "u-2", there.subject)
    await seen.act(acts.reassign, SUPERVISOR, handler=there.subject, note=None)
    await seen.act(acts.respond, there, replace(ANSWER, is_standard_breach=False))
    await seen.act(acts.approve, replace(APPROVER, scope=SUPERVISOR.scope), note=None)
    await seen.accept()
    async with filer.db.transaction() as session:
        seen.case = await acts.reopen(session, filer.engine, PUBLIC, seen.case.id, reason="Terjadi lagi.")
    await agree(filer)

    ended = Walk(filer, (await filer.submit()).case)
    refused = Dismissal(State.DITOLAK, "Laporan tidak memuat kejadian.", "tidak_memadai")
    await ended.act(acts.propose_dismissal, OFFICER, refused)
    await agree(filer)
    await ended.act(acts.refuse_dismissal, SUPERVISOR, reason="Masih dapat ditanya.")
    await agree(filer)
    await ended.act(acts.propose_dismissal, OFFICER, refused)
    await ended.act(acts.confirm_dismissal, SUPERVISOR, to=State.DITOLAK, note=None)
    await agree(filer)
    async with filer.db.transaction() as session:
        ended.case = await acts.appeal(session, filer.engine, PUBLIC, ended.case.id, reason="Ada buktinya.")
    await agree(filer)
    await ended.act(acts.uphold_appeal, wide, decision="Bukti cukup.", case_class="normatif")
    await agree(filer)

    asked = Walk(filer, (await filer.submit(kind="permintaan_informasi")).case)
    ppid = replace(OFFICER, subject="ppid", roles=frozenset({"information_officer"}))
    await asked.act(acts.extend, ppid, reason="Dokumen di arsip pusat.")
    await agree(filer)


async def every_act_of_integrity(filer: Filer, clock: MovedClock) -> None:
    """Lead a gift, a declaration and a map through their lives, late as well."""
    today = clock.now().date()
    staff = replace(OFFICER, subject="sari", roles=frozenset({"unit_operator"}))
    upg = replace(OFFICER, subject="upg", roles=frozenset({"gratification_officer"}))
    leader = replace(OFFICER, subject="kepala", roles=frozenset({"unit_leader"}))
    gift = Gift("terima", today, "Kantor", "barang", 100_000, "lainnya", "mitra_kerja")
    said = maps.Said("Pengadaan", "Pejabat pengadaan", "rangkap_jabatan", "Digantikan.")
    conflict = Conflict("Pengadaan", "Pejabat pengadaan", "rangkap_jabatan", "Penetapan.", False)
    async with filer.db.transaction() as session:
        made = await gifts.report(session, filer.engine, staff, gifts.Report("u-1", gift, None))
        declared = await conflicts.declare(session, filer.engine, staff, "u-1", conflict)
        await maps.enter(session, filer.engine, leader, "u-1", said)
        ended = Period.of(today, "semester").before.code
        await gifts.return_nil(session, filer.engine, upg, "u-1", ended)
    await agree(filer)
    async with filer.db.transaction() as session:
        await Gifts(session, filer.engine, upg, made.id, 1).request_data("Foto barang.")
    await clock.forward(days=60)
    for version, act in enumerate(("proceed", "manage"), 2):
        async with filer.db.transaction() as session:
            await getattr(Gifts(session, filer.engine, upg, made.id, version), act)("Waktunya habis.")
        await agree(filer)
    await clock.forward(days=60)
    async with filer.db.transaction() as session:
        await Gifts(session, filer.engine, upg, made.id, 4).settle("milik_penerima", None)
        await Conflicts(session, filer.engine, leader, declared.id, 1).assess("Diperiksa.")
    await agree(filer)
    async with filer.db.transaction() as session:
        decided = Conflicts(session, filer.engine, leader, declared.id, 2)
        assert (await decided.decide(is_conflict=False, control=None, reason="Tidak ada.")).is_late
        await Gifts(session, filer.engine, upg, made.id, 5).finish(None, None)
        await maps.review(session, filer.engine, leader, "u-1", today.year, 1)
    await agree(filer)


async def test_a_newer_calendar_that_moves_nothing_leaves_the_bytes_of_a_clock_as_they_were(
    filer: Filer, clock: MovedClock
) -> None:
    newest = filer.engine
    filer.engine = replace(newest, calendar_version=1)
    await filer.submit()
    assert await Upkeep(filer.db, newest).step() == 0.0
    rows = await filer.rows("SELECT calendar_version FROM deadline")
    assert min(row.calendar_version for row in rows) > 1
    await agree(filer)


async def test_a_calendar_that_the_topic_says_more_of_is_said_above_it(filer: Filer) -> None:
    await tell_calendars(filer)
    async with filer.db.transaction() as session:
        known = {state.fact.subject(): state.fact async for state in snapshot.states(session)}
        fact = known["national:2027"]
        [said] = await snapshot.lift(session, Behind(fact, floor=7)) or []
        assert (said.version, said) == (8, fact.model_copy(update={"version": 8}))
        unknown = fact.model_copy(update={"calendar_id": "national:2031"})
        assert await snapshot.lift(session, Behind(unknown, floor=7)) is None
