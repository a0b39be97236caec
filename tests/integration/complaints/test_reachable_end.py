"""Whatever people do to a case, in any order and at any time, those who are there can bring it to an end.

Random acts of random people, among them a handler who leaves and names that nobody has, over the real tables
and with the real engine; after each the case is brought to its end in thought, without the reporter.
"""

import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.complaints import snapshot
from services.complaints.cases.domain.acts import FINAL, Kind, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.dismissal import Dismissal
from services.complaints.cases.store import cases, views
from services.complaints.cases.store.people import Reader
from services.complaints.cases.usecases import acts, officers, silence
from services.complaints.deadlines.jobs import DeadlinePoller
from shared.kernel import DomainError
from shared.security import PUBLIC, Principal, Scope
from tests.integration.complaints.conftest import APPROVER, SUPERVISOR, Filer, MovedClock
from tests.integration.complaints.conftest import OFFICER as OFFICER_OF_UNIT
from tests.integration.complaints.engine import audited, drain, no_version_is_left_out
from tests.integration.complaints.people import tell, told
from tests.integration.complaints.test_case_life import ANSWER
from tests.support.restoring import differences, published, standing

STEPS = 40
KINDS: tuple[Kind, ...] = ("pengaduan", "pengaduan", "aspirasi", "konsultasi", "permintaan_informasi")
INSPECTOR = replace(SUPERVISOR, subject="auditor", roles=frozenset({"inspector"}))
PPID = Principal("ppid", frozenset({"information_officer"}), SUPERVISOR.scope)
OFFICER = replace(OFFICER_OF_UNIT, scope=SUPERVISOR.scope)
CHIEF = replace(APPROVER, scope=SUPERVISOR.scope)
REFUSED = Dismissal(State.DITOLAK, "Laporan tidak memuat kejadian.", "tidak_memadai")
HANDLERS = ("penangan", "sari", "budi")
NOBODY = ("mistyped", "")


def handler(subject: str) -> Principal:
    return Principal(subject, frozenset({"case_handler"}), Scope("unit", units=frozenset({"u-1", "u-2"})))


FRESH = handler("baru")


class World:
    """One case, the people around it and the engine."""

    def __init__(self, filer: Filer, clock: MovedClock, poller: DeadlinePoller, rng: random.Random) -> None:
        self.filer = filer
        self.clock = clock
        self.poller = poller
        self.rng = rng
        self.id = UUID(int=0)
        self.told = 0

    async def case(self) -> Case:
        async with self.filer.db.reading() as session:
            found = await views.find(session, self.id, Reader("uji", Scope("national")), theirs=[])
        assert found is not None
        names = Case.__dataclass_fields__.keys()
        return cases.case_of({name: found[name] for name in names})

    async def do(self, act: Callable[..., Awaitable[Any]], *values: Any, **fields: Any) -> Any:
        async with self.filer.db.transaction() as session:
            return await act(session, self.filer.engine, *values, **fields)

    async def engine(self) -> None:
        await drain(self.poller)
        while True:
            async with self.filer.db.transaction() as session:
                if not await silence.do_next(session, self.filer.engine):
                    return

    async def any_act(self) -> None:
        """Let people try one thing after another until something happens; refusals are part of life."""
        case, rng = await self.case(), self.rng
        id_, version = case.id, case.version
        named = rng.choice(HANDLERS + NOBODY)
        somebody = handler(rng.choice(HANDLERS))
        asker = rng.choice((OFFICER, somebody))
        verify = {"stream": "masyarakat", "unit_id": "u-1", "note": None}
        kind = rng.choice(("normatif", "tidak_berkadar", "ringan"))
        note = {"note": "Sudah ditinjau.", "evidence": ("BA-6",), "no_evidence_reason": None}
        asked = {"missing": "Siapa namanya?"}
        tries: dict[str, Callable[[], Awaitable[Any]]] = {
            "verify": lambda: self.do(acts.verify, OFFICER, id_, version, case_class=kind, **verify),
            "dispose": lambda: self.do(acts.dispose, SUPERVISOR, id_, version, handler=named, note=None),
            "reassign": lambda: self.do(acts.reassign, SUPERVISOR, id_, version, handler=named, note=None),
            "request": lambda: self.do(acts.request_completion, asker, id_, version, **asked),
            "confirm": lambda: self.do(acts.confirm_completion, SUPERVISOR, id_, version, **asked),
            "complete": lambda: self.do(
                acts.complete, PUBLIC, id_, None, note="Namanya Ani.", is_reporter=True
            ),
            "proceed": lambda: self.do(acts.proceed, OFFICER, id_, version, reason="Sudah cukup."),
            "follow_up": lambda: self.do(acts.follow_up, somebody, id_, version, **note),
            "respond": lambda: self.do(acts.respond, somebody, id_, version, ANSWER),
            "approve": lambda: self.do(acts.approve, CHIEF, id_, version, note=None),
            "object": lambda: self.do(acts.object_to_answer, PUBLIC, id_, reason="Belum dijawab."),
        }
        tries |= self.seldom(case)
        for name in rng.sample(sorted(tries), len(tries)):
            with suppress(DomainError):
                await tries[name]()
                return

    def seldom(self, case: Case) -> dict[str, Callable[[], Awaitable[Any]]]:
        """Return what a case seldom sees: its ends, detours and second looks."""
        rng, id_, version = self.rng, case.id, case.version
        chief, new = rng.sample((SUPERVISOR, INSPECTOR), 2)
        proposer = rng.choice((OFFICER, PPID, handler(rng.choice(HANDLERS))))
        kind = rng.choice(("pengaduan", "aspirasi", "konsultasi"))
        sorted_as = acts.Sorted(kind, "masyarakat", rng.choice(("normatif", "tidak_berkadar")))
        order = {"order_number": "ST-1", "ordered_on": date(2026, 1, 5), "team": ("auditor",), "note": None}
        unit = rng.choice(("u-1", "u-2"))
        return {
            "transfer": lambda: self.do(acts.transfer, chief, id_, version, unit_id=unit, reason="Di sana."),
            "confirm_transfer": lambda: self.do(acts.confirm_transfer, chief, id_, version, unit_id=unit),
            "reclassify": lambda: self.do(
                acts.reclassify, OFFICER, id_, version, sorted_as=sorted_as, reason="Lain golongan."
            ),
            "confirm_class": lambda: self.do(
                acts.confirm_reclassification, chief, id_, version, sorted_as=sorted_as
            ),
            "inspect": lambda: self.do(acts.order_inspection, chief, id_, version, **order),
            "extend": lambda: self.do(acts.extend, PPID, id_, version, reason="Arsip di pusat."),
            "draft": lambda: self.do(acts.respond, rng.choice((OFFICER, PPID)), id_, version, ANSWER),
            "propose_end": lambda: self.do(acts.propose_dismissal, proposer, id_, version, REFUSED),
            "confirm_end": lambda: self.do(
                acts.confirm_dismissal, chief, id_, version, to=State.DITOLAK, note=None
            ),
            "refuse_end": lambda: self.do(acts.refuse_dismissal, chief, id_, version, reason="Masih bisa."),
            "accept": lambda: self.do(acts.accept, PUBLIC, id_),
            "reopen": lambda: self.do(acts.reopen, PUBLIC, id_, reason="Terjadi lagi."),
            "appeal": lambda: self.do(acts.appeal, PUBLIC, id_, reason="Belum selesai."),
            "uphold": lambda: self.do(
                acts.uphold_appeal, new, id_, version, decision="Benar.", case_class="normatif"
            ),
            "reject": lambda: self.do(acts.reject_appeal, new, id_, version, decision="Sudah selesai."),
        }

    async def people_change(self) -> None:
        """Let a handler leave, or one come."""
        subject = self.rng.choice(HANDLERS)
        if self.rng.random() < 0.5:
            await self.list_of_people_changes(subject)
            return
        async with self.filer.db.transaction() as session:
            try:
                await officers.remove_handler(session, SUPERVISOR, "u-1", subject)
            except DomainError:
                await officers.enter_handler(session, SUPERVISOR, "u-1", subject)

    async def list_of_people_changes(self, subject: str) -> None:
        """Let planning tell that somebody left, came back, has another superior, or is substituted."""
        self.told += 1
        day = self.clock.now().date().isoformat()
        until = self.rng.choice((None, "2025-12-31", day))
        others = [one for one in HANDLERS if one != subject]
        above = self.rng.choice((None, *others))
        acting = [(self.rng.choice(others), "2026-01-01", day)] if self.rng.random() < 0.5 else []
        record = told(subject, subject, version=self.told, above=above, until=until, substitutes=acting)
        assert await tell(self.filer.db, record) == []

    async def time_passes(self) -> None:
        await self.clock.forward(hours=self.rng.choice((1, 20, 100, 800)))
        if self.rng.random() < 0.5:
            await self.engine()

    async def end(self) -> State:
        """Bring the case to its end with a handler entered just now and a reporter who says nothing."""
        async with self.filer.db.transaction() as session:
            for unit_id in ("u-1", "u-2"):
                await officers.enter_handler(session, SUPERVISOR, unit_id, FRESH.subject)
        ways = {
            State.DITERIMA: self.begin,
            State.DIVERIFIKASI: self.hand_out,
            State.MENUNGGU_KELENGKAPAN: self.go_on,
            State.DIBUKA_KEMBALI: self.take_up,
            State.DIDISPOSISIKAN: self.answer,
            State.DIPROSES: self.answer,
            State.DIPERIKSA: self.answer,
            State.DITANGGAPI: self.wait,
        }
        for _ in range(10):
            case = await self.case()
            if case.state not in ways:
                break
            await ways[case.state](case)
        return (await self.case()).state

    async def begin(self, case: Case) -> None:
        if case.kind == "permintaan_informasi":
            case = await self.do(acts.respond, PPID, case.id, case.version, ANSWER)
            await self.do(acts.approve, CHIEF, case.id, case.version, note=None)
            return
        settled = {"stream": "masyarakat", "case_class": "normatif", "unit_id": "u-1", "note": None}
        await self.do(acts.verify, OFFICER, case.id, case.version, **settled)

    async def hand_out(self, case: Case) -> None:
        await self.do(acts.dispose, SUPERVISOR, case.id, case.version, handler=FRESH.subject, note=None)

    async def go_on(self, case: Case) -> None:
        await self.clock.forward(days=60)
        desk = PPID if case.kind == "permintaan_informasi" else OFFICER
        await self.do(acts.proceed, desk, case.id, case.version, reason="Sudah cukup.")

    async def given(self, case: Case) -> Case:
        """Return the case in the hands of the handler who is there."""
        if case.handler == FRESH.subject:
            return case
        changed: Case = await self.do(
            acts.reassign, SUPERVISOR, case.id, case.version, handler=FRESH.subject, note=None
        )
        return changed

    async def take_up(self, case: Case) -> None:
        case = await self.given(case)
        note = {"note": "Sudah ditinjau.", "evidence": ("BA-6",), "no_evidence_reason": None}
        await self.do(acts.follow_up, FRESH, case.id, case.version, **note)

    async def answer(self, case: Case) -> None:
        case = await self.given(case)
        case = await self.do(acts.respond, FRESH, case.id, case.version, ANSWER)
        await self.do(acts.approve, CHIEF, case.id, case.version, note=None)

    async def wait(self, _case: Case) -> None:
        await self.clock.forward(days=60)
        await self.engine()


@pytest.mark.parametrize("seed", range(8))
async def test_a_case_is_brought_to_an_end_from_wherever_people_left_it(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, seed: int
) -> None:
    rng = random.Random(seed)
    await ended_from_anywhere(World(filer, clock, poller, rng), KINDS)


async def ended_from_anywhere(world: World, kinds: Sequence[Kind]) -> None:
    """Let people do to three cases whatever they like, and bring each to its end."""
    filer, rng = world.filer, world.rng
    states: set[State] = set()
    for _ in range(3):
        world.id = (await filer.submit(kind=rng.choice(kinds))).case.id
        for _ in range(rng.randrange(STEPS)):
            await rng.choice(
                (world.any_act, world.any_act, world.any_act, world.people_change, world.time_passes)
            )()
            states.add((await world.case()).state)
        [unwatched] = await filer.rows("""
            SELECT count(*) FROM case_file c WHERE c.closed_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM deadline d WHERE d.case_ref = c.id AND d.status = 'armed')
        """)
        assert unwatched.count == 0
        assert await world.end() in FINAL
        left = await filer.rows(
            "SELECT rule FROM deadline WHERE case_ref = :id AND status IN ('armed', 'paused')", id=world.id
        )
        assert {row.rule for row in left} - {"D15"} == {"D9"}, "an appeal outlives the case, and it is kept"
        assert differences(await published(filer.db), await standing(filer.db, snapshot)) == {}
        assert await audited(filer.db, filer.engine) == 0
        await no_version_is_left_out(filer)
    assert len(states - FINAL) > 1
