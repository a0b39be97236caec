"""A complaint from receipt to its end, over the real tables."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.case import Answer, Case, Outcome
from services.complaints.cases.domain.refusals import (
    FieldRefusedError,
    IllegalActError,
    NotAssignedError,
    OthersActError,
    OwnProposalError,
    ProposalChangedError,
)
from services.complaints.cases.usecases import acts, silence
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.intake.store import Person
from services.complaints.secrecy.domain import REPORTER_NAME
from services.complaints.secrecy.store import identities
from services.complaints.secrecy.usecases.keeping import read
from shared.kernel import NotFoundError, StaleVersionError
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

ANSWER = Answer(Outcome.TERBUKTI, "Petugas telah diganti.", ("BA-7/2026",), None, None)


class Walk:
    """Performs acts on one case, each in its own transaction, and knows its version."""

    def __init__(self, filer: Filer, case: Case) -> None:
        self.filer = filer
        self.case = case

    async def act(
        self, act: Callable[..., Awaitable[Case]], actor: Principal, *values: Any, **fields: Any
    ) -> Case:
        async with self.filer.db.transaction() as session:
            self.case = await act(
                session, self.filer.engine, actor, self.case.id, self.case.version, *values, **fields
            )
        return self.case

    async def verify(self, **fields: Any) -> Case:
        wanted = {"stream": "masyarakat", "case_class": "normatif", "unit_id": "u-1", "note": None} | fields
        return await self.act(acts.verify, OFFICER, **wanted)

    async def dispose(self) -> Case:
        return await self.act(acts.dispose, SUPERVISOR, handler="penangan", note=None)

    async def follow_up(self, actor: Principal = HANDLER) -> Case:
        return await self.act(
            acts.follow_up, actor, note="Sudah ditinjau.", evidence=("BA-6",), no_evidence_reason=None
        )

    async def answer(self) -> Case:
        await self.act(acts.respond, HANDLER, ANSWER)
        return await self.act(acts.approve, APPROVER, note=None)

    async def accept(self) -> Case:
        async with self.filer.db.transaction() as session:
            self.case = await acts.accept(session, self.filer.engine, PUBLIC, self.case.id)
        return self.case

    async def inspect(self, ordered_on: date = date(2026, 1, 5)) -> Case:
        return await self.act(
            acts.order_inspection,
            SUPERVISOR,
            order_number="ST-12/2026",
            ordered_on=ordered_on,
            team=("auditor-1",),
            note=None,
        )

    async def to_work(self) -> Case:
        await self.verify()
        return await self.dispose()


@pytest.fixture
async def walk(filer: Filer, clock: MovedClock) -> Walk:
    return Walk(filer, (await filer.submit()).case)


async def test_a_complaint_runs_from_receipt_to_the_reporters_acceptance(walk: Walk, filer: Filer) -> None:
    await walk.verify()
    assert await filer.clocks() == {"D1": "met", "D3": "armed", "D5": "armed", "D6C": "armed"}
    await walk.dispose()
    assert await filer.clocks() == {
        "D1": "met",
        "D3": "met",
        "D4": "armed",
        "D5": "armed",
        "D6C": "armed",
    }
    await walk.follow_up()
    await walk.answer()
    assert (walk.case.state, walk.case.counts_as) == (State.DITANGGAPI, "in_progress")
    await walk.accept()
    assert (walk.case.state, walk.case.closed_by, walk.case.counts_as) == (
        State.SELESAI,
        "reporter",
        "completed",
    )
    assert set((await filer.clocks()).values()) == {"met"}
    assert [fact for fact in await filer.facts() if fact.startswith("case.")] == [
        "case.received",
        "case.verified",
        "case.disposed",
        "case.followed_up",
        "case.drafted",
        "case.responded",
        "case.closed",
    ]


async def test_r107_acts_are_timed_a_breach_is_told_once_over_restarts_and_nothing_closes_unanswered(
    walk: Walk, filer: Filer, clock: MovedClock, engine: DeadlineEngine
) -> None:
    times = [clock.now()]
    await clock.forward(hours=1)
    await walk.verify()
    times.append(clock.now())
    with pytest.raises(IllegalActError):
        await walk.accept()
    await clock.set(wib(2026, 1, 7))  # D3 ended with Tuesday the 6th
    for _ in range(2):  # the second one starts where the first one was killed
        await drain(DeadlinePoller(filer.db, replace(engine, clock=type(engine.clock)())))
    await walk.dispose()
    times.append(clock.now())
    done = await filer.rows("SELECT act, at FROM case_event ORDER BY version")
    assert [(row.act, row.at) for row in done] == list(
        zip(("received", "verify", "dispose"), times, strict=True)
    )
    told = await filer.rows(
        "SELECT d.rule, d.due_at, d.met_at FROM deadline_fired f JOIN deadline d ON d.id = f.deadline_id"
        " JOIN outbox o ON o.id = f.event_id WHERE f.fact = 'overdue'"
    )
    assert [tuple(row) for row in told] == [("D3", wib(2026, 1, 7, 0), wib(2026, 1, 7))]


async def test_versions_of_case_and_clocks_rise_without_gap_in_outbox_order(walk: Walk, filer: Filer) -> None:
    await walk.to_work()
    await walk.answer()
    await walk.accept()
    seen: dict[str, list[int]] = {}
    for row in await filer.rows("SELECT aggregateid, version FROM outbox ORDER BY position"):
        seen.setdefault(row.aggregateid, []).append(row.version)
    assert all(versions == list(range(1, len(versions) + 1)) for versions in seen.values())
    assert len(seen) == 8  # the case and seven clocks


async def test_verification_counts_the_case_in_the_year_of_its_units_zone(
    filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 12, 31, 23, 30))
    walk = Walk(filer, (await filer.submit(unit_id=None)).case)
    assert walk.case.period_year == 2026  # as in Jakarta, while nobody knows the unit
    wide = Principal(
        "petugas", frozenset({"complaint_officer"}), Scope("agency", agencies=frozenset({"a-1"}))
    )
    await walk.act(acts.verify, wide, stream="masyarakat", case_class="normatif", unit_id="u-2", note=None)
    [row] = await filer.rows("SELECT period_year FROM case_file")
    assert (walk.case.period_year, row.period_year) == (2027, 2027)  # 0.30 WITA on 1 January


async def test_an_act_out_of_turn_changes_nothing(walk: Walk, filer: Filer) -> None:
    before = await filer.facts()
    with pytest.raises(IllegalActError):
        await walk.dispose()
    assert await filer.facts() == before


async def test_a_stale_version_is_refused(walk: Walk) -> None:
    await walk.verify()
    walk.case = walk.case.__class__(
        **{**{f: getattr(walk.case, f) for f in walk.case.__slots__}, "version": 1}
    )
    with pytest.raises(StaleVersionError):
        await walk.dispose()


async def test_a_case_outside_the_scope_does_not_exist(walk: Walk) -> None:
    stranger = Principal("lain", frozenset({"complaint_officer"}), Scope("unit", units=frozenset({"u-2"})))
    with pytest.raises(NotFoundError):
        await walk.act(
            acts.verify, stranger, stream="masyarakat", case_class="normatif", unit_id="u-1", note=None
        )


async def test_only_the_named_handler_follows_up_and_nobody_approves_the_own_draft(walk: Walk) -> None:
    await walk.to_work()
    with pytest.raises(NotAssignedError):
        await walk.follow_up(replace(HANDLER, subject="lain"))
    with pytest.raises(OthersActError):
        await walk.follow_up(APPROVER)
    await walk.act(acts.respond, HANDLER, ANSWER)
    both = replace(HANDLER, roles=HANDLER.roles | APPROVER.roles)
    with pytest.raises(OwnProposalError):
        await walk.act(acts.approve, both, note=None)


async def test_asking_before_verification_restarts_the_answer_clock(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.act(acts.request_completion, OFFICER, missing="Tanggal kejadian belum disebut.")
    assert await filer.clocks() == {"D1": "paused", "D2": "armed", "D6C": "armed"}
    await clock.set(wib(2026, 1, 7, 10))
    await walk.act(acts.complete, PUBLIC, note="Tanggal 3 Januari.", is_reporter=True)
    caps = await filer.rows("SELECT status, start_at FROM deadline WHERE rule = 'D6C' ORDER BY start_at")
    assert [tuple(cap) for cap in caps] == [
        ("superseded", wib(2026, 1, 5)),
        ("armed", wib(2026, 1, 7, 10)),
    ]
    assert {rule: status for rule, status in (await filer.clocks()).items() if rule != "D6C"} == {
        "D1": "armed",
        "D2": "met",
    }
    [d1] = await filer.rows("SELECT due_at FROM deadline WHERE rule = 'D1'")
    assert d1.due_at == wib(2026, 1, 10, 0)  # counted are 7, 8 and 9 January
    await walk.to_work()
    [d5] = await filer.rows("SELECT start_at FROM deadline WHERE rule = 'D5'")
    assert d5.start_at == wib(2026, 1, 7, 10)


async def test_asking_later_only_pauses(walk: Walk, filer: Filer, clock: MovedClock) -> None:
    await walk.to_work()
    [before] = await filer.rows("SELECT due_at FROM deadline WHERE rule = 'D5'")
    await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    assert (await filer.clocks())["D6C"] == "armed"
    await clock.set(wib(2026, 1, 7))
    await walk.act(acts.complete, PUBLIC, note="Terlampir.", is_reporter=True)
    assert walk.case.state is State.DIDISPOSISIKAN
    [after] = await filer.rows("SELECT due_at, start_at FROM deadline WHERE rule = 'D5'")
    assert (before.due_at, after.due_at) == (wib(2026, 1, 13, 0), wib(2026, 1, 14, 0))
    assert after.start_at == wib(2026, 1, 5)
    assert await filer.rows("SELECT reason FROM deadline_change WHERE reason = 'resumed'")


async def test_pausing_after_most_of_the_time_takes_two_people(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 8, 7, 30))  # the last of three days opens
    before = await filer.facts()
    await walk.act(acts.request_completion, OFFICER, missing="Tanggal kejadian belum disebut.")
    assert (walk.case.state, walk.case.proposed_by) == (State.DITERIMA, OFFICER.subject)
    assert await filer.clocks() == {"D1": "armed", "D6C": "armed"}
    both = replace(OFFICER, roles=OFFICER.roles | SUPERVISOR.roles)
    with pytest.raises(OwnProposalError):
        await walk.act(acts.confirm_completion, both, missing="Tanggal kejadian belum disebut.")
    with pytest.raises(ProposalChangedError):
        await walk.act(acts.confirm_completion, SUPERVISOR, missing="Nama petugas belum disebut.")
    await walk.act(acts.confirm_completion, SUPERVISOR, missing="Tanggal kejadian belum disebut.")
    assert walk.case.state is State.MENUNGGU_KELENGKAPAN
    assert await filer.clocks() == {"D1": "paused", "D2": "armed", "D6C": "armed"}
    assert (await filer.facts())[len(before) :] == [
        "deadline.reminded",
        "case.completion_requested",
        "deadline.paused",
        "deadline.armed",
    ]
    [row] = await filer.rows("SELECT * FROM proposal")
    assert (row.proposed_by, row.decided_by, row.is_confirmed) == (OFFICER.subject, SUPERVISOR.subject, True)
    [seen] = await filer.rows("SELECT * FROM completion_proposal")  # as a process of the version before reads
    assert (seen.missing, seen.confirmed_by) == ("Tanggal kejadian belum disebut.", SUPERVISOR.subject)


async def test_one_person_pauses_before_most_of_the_time_is_over_or_when_no_clock_would_stand_still(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    late = Walk(filer, (await filer.submit()).case)
    await clock.set(wib(2026, 1, 8, 7, 29))
    await walk.act(acts.request_completion, OFFICER, missing="Tanggal kejadian belum disebut.")
    assert walk.case.state is State.MENUNGGU_KELENGKAPAN
    await clock.set(wib(2026, 1, 9, 0))  # breached: it runs on
    await late.act(acts.request_completion, OFFICER, missing="Tanggal kejadian belum disebut.")
    assert late.case.state is State.MENUNGGU_KELENGKAPAN


async def test_a_proposed_request_is_void_once_the_case_moves_on(walk: Walk, clock: MovedClock) -> None:
    await clock.set(wib(2026, 1, 8, 8))
    await walk.act(acts.request_completion, OFFICER, missing="Tanggal kejadian belum disebut.")
    await walk.to_work()
    assert walk.case.proposed_by is None
    with pytest.raises(IllegalActError):
        await walk.act(acts.confirm_completion, SUPERVISOR, missing="Tanggal kejadian belum disebut.")


async def test_silence_closes_an_answered_case_after_its_time(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    await walk.answer()
    await clock.set(wib(2026, 2, 1))
    await fire(filer)
    async with filer.db.transaction() as session:
        assert await silence.do_next(session, filer.engine)
        assert not await silence.do_next(session, filer.engine)
    [row] = await filer.rows("SELECT state, closed_by FROM case_file")
    assert (row.state, row.closed_by) == ("SELESAI", "silence")


async def test_a_reply_committed_before_the_work_item_wins(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    await walk.answer()
    await clock.set(wib(2026, 2, 1))
    await fire(filer)
    await walk.accept()
    async with filer.db.transaction() as session:
        await silence.do_next(session, filer.engine)
    [row] = await filer.rows("SELECT closed_by, result FROM case_file, work_item")
    assert (row.closed_by, row.result) == ("reporter", "superseded")


async def test_paused_clocks_run_again_when_the_reporter_stays_silent(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    await clock.set(wib(2026, 2, 5))
    await fire(filer)
    async with filer.db.transaction() as session:
        await silence.do_next(session, filer.engine)
    assert (await filer.clocks())["D5"] == "armed"
    [pause] = await filer.rows(
        "SELECT end_at FROM deadline_pause p JOIN deadline d ON d.id = p.deadline_id WHERE rule = 'D5'"
    )
    assert pause.end_at == wib(2026, 2, 5, 0)


async def test_a_case_is_verified_whatever_became_of_its_unit(filer: Filer, clock: MovedClock) -> None:
    async def unit_is(unit_id: str, *, is_active: bool) -> None:
        async with filer.db.transaction() as session:
            await session.execute(
                text("UPDATE unit SET is_active = :is_active WHERE unit_id = :unit_id"),
                {"is_active": is_active, "unit_id": unit_id},
            )

    own, unassigned = [Walk(filer, (await filer.submit(unit_id=unit_id)).case) for unit_id in ("u-1", None)]
    await unit_is("u-1", is_active=False)
    assert (await own.verify()).state is State.DIVERIFIKASI
    wide = replace(OFFICER, scope=Scope("agency", agencies=frozenset({"a-1"})))
    verify = {"stream": "masyarakat", "case_class": "normatif", "unit_id": "u-1", "note": None}
    with pytest.raises(FieldRefusedError):
        await unassigned.act(acts.verify, wide, **verify)
    await unit_is("u-2", is_active=False)
    assert (await unassigned.act(acts.verify, wide, **verify)).state is State.DIVERIFIKASI


async def test_two_requests_for_facts_may_fall_on_one_instant(walk: Walk, filer: Filer) -> None:
    await walk.to_work()
    for missing in ("Mohon foto loket.", "Mohon nama petugas."):  # the clock stands still throughout
        await walk.act(acts.request_completion, HANDLER, missing=missing)
        await walk.act(acts.complete, OFFICER, note="Disampaikan di loket.", is_reporter=False)
    pauses = await filer.rows("""
        SELECT d.rule, p.start_at, p.end_at FROM deadline d JOIN deadline_pause p ON p.deadline_id = d.id
    """)
    assert sorted(pause.rule for pause in pauses) == ["D4", "D4", "D5", "D5"]
    assert all(pause.start_at == pause.end_at for pause in pauses)
    assert [
        row.cycle for row in await filer.rows("SELECT cycle FROM deadline WHERE rule = 'D2' ORDER BY 1")
    ] == [1, 2]


async def test_two_requests_for_facts_may_fall_into_one_transaction(walk: Walk, filer: Filer) -> None:
    await walk.to_work()
    async with filer.db.transaction() as session:
        case, engine = walk.case, filer.engine
        for missing in ("Mohon foto loket.", "Mohon nama petugas."):
            case = await acts.request_completion(
                session, engine, HANDLER, case.id, case.version, missing=missing
            )
            case = await acts.complete(
                session, engine, OFFICER, case.id, case.version, note="Disampaikan.", is_reporter=False
            )
    assert case.state is State.DIDISPOSISIKAN
    assert not await filer.rows("SELECT 1 FROM deadline WHERE status = 'paused'")


async def test_facts_that_come_after_the_time_to_complete_let_the_clocks_run_as_of_its_end(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.act(acts.request_completion, OFFICER, missing="Tanggal kejadian belum disebut.")
    await clock.set(wib(2026, 2, 20))  # the engine was down when the time ran out
    await walk.act(acts.complete, PUBLIC, note="Tanggal 3 Januari.", is_reporter=True)
    [d1] = await filer.rows("""
        SELECT d.due_at, d.breached_at, p.end_at
        FROM deadline d JOIN deadline_pause p ON p.deadline_id = d.id WHERE d.rule = 'D1'
    """)
    assert d1.end_at == wib(2026, 2, 5, 0)
    assert d1.due_at == d1.breached_at == wib(2026, 2, 10, 0)  # counted are 5, 6 and 9 February


@pytest.mark.parametrize("is_engine_first", [True, False])
async def test_days_that_a_silent_reporter_took_are_charged_to_nobody_when_the_case_goes_on(
    walk: Walk, filer: Filer, clock: MovedClock, is_engine_first: bool
) -> None:
    await walk.act(acts.request_completion, OFFICER, missing="Tanggal kejadian belum disebut.")
    await clock.set(wib(2026, 2, 5))  # the reporter's last day was the 4th
    if is_engine_first:
        await fire(filer)
        async with filer.db.transaction() as session:
            assert await silence.do_next(session, filer.engine)
    await walk.act(acts.proceed, OFFICER, reason="Dilanjutkan dengan yang ada.")
    await walk.to_work()
    await fire(filer)
    rows = await filer.rows("SELECT rule, start_at, due_at, breached_at, is_backdated FROM deadline")
    made = {row.rule: (row.start_at, row.due_at, row.breached_at, row.is_backdated) for row in rows}
    end = wib(2026, 2, 5, 0)
    assert made["D5"] == (end, wib(2026, 2, 13, 0), None, False)  # counted are 6, 9, 10, 11 and 12 February
    assert made["D6C"] == (end, wib(2026, 4, 7, 0), None, False)  # sixty days from the same complete file
    assert "deadline.overdue" in await filer.facts()  # the reporter's own, D2
    assert {row.rule for row in rows if row.breached_at} == {"D2"}


async def test_going_on_after_a_later_request_moves_no_start(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    await clock.set(wib(2026, 2, 5))
    await walk.act(acts.proceed, OFFICER, reason="Dilanjutkan dengan yang ada.")
    assert walk.case.file_complete_at == wib(2026, 1, 5)
    assert {row.start_at for row in await filer.rows("SELECT start_at FROM deadline WHERE rule = 'D5'")} == {
        wib(2026, 1, 5)
    }


async def test_identity_lies_where_only_functions_of_the_owner_reach(filer: Filer, clock: MovedClock) -> None:
    received = await filer.submit(person=Person("Wulan Contoh", "wulan@contoh.example"))
    for table in ("reporter", "sealed", "case_key"):
        with pytest.raises(Exception, match="permission denied"):
            await filer.rows(f"SELECT * FROM identity.{table}")
    assert await kept_name(filer, received.case.id) == "Wulan Contoh"
    everything = await filer.rows(
        "SELECT convert_from(payload, 'UTF8') AS payload, headers::text FROM outbox"
    )
    audit = await filer.rows("SELECT changes::text, reason FROM audit")
    assert "Wulan" not in str(everything) + str(audit)
    assert "Loket tutup" not in str(everything) + str(audit)


async def test_the_receipt_is_stored_nowhere(filer: Filer, clock: MovedClock) -> None:
    received = await filer.submit()
    [row] = await filer.rows("SELECT r.*, c.* FROM receipt r JOIN case_file c ON c.id = r.case_id")
    assert received.receipt not in str(row)
    [(case_id,)] = await filer.rows("SELECT case_id FROM receipt")
    assert case_id == received.case.id


async def fire(filer: Filer) -> None:
    from services.complaints.deadlines.usecases.firing import fire_due
    from shared.db.clock import database_now

    async with filer.db.transaction() as session:
        await fire_due(session, filer.engine.policies, await database_now(session))


async def kept_name(filer: Filer, case_id: UUID) -> str:
    async with filer.db.reading() as session:
        found = await identities.find(session, case_id)
    return read(found, await filer.identities.key_of(case_id, found))[REPORTER_NAME]
