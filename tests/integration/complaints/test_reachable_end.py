"""Whatever people do to a case, in any order and at any time, those who are there can bring it to an end.

Random acts of random people, among them a handler who leaves and names that nobody has, over the real tables
and with the real engine; after each the case is brought to its end in thought, without the reporter.
"""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from services.complaints.cases.domain.acts import FINAL, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.store import cases
from services.complaints.cases.store.cases import EVERYTHING
from services.complaints.cases.usecases import acts, officers, silence
from services.complaints.deadlines.jobs import DeadlinePoller
from shared.kernel import DomainError
from shared.security import PUBLIC, Principal, Scope
from tests.integration.complaints.conftest import APPROVER, OFFICER, SUPERVISOR, Filer, MovedClock
from tests.integration.complaints.engine import drain
from tests.integration.complaints.test_case_life import ANSWER

STEPS = 40
HANDLERS = ("penangan", "sari", "budi")
NOBODY = ("mistyped", "")


def handler(subject: str) -> Principal:
    return Principal(subject, frozenset({"case_handler"}), Scope("unit", units=frozenset({"u-1"})))


class World:
    """One case, the people around it and the engine."""

    def __init__(self, filer: Filer, clock: MovedClock, poller: DeadlinePoller, rng: random.Random) -> None:
        self.filer = filer
        self.clock = clock
        self.poller = poller
        self.rng = rng
        self.id = UUID(int=0)

    async def case(self) -> Case:
        async with self.filer.db.reading() as session:
            found = await cases.find(session, self.id, Scope("national"), sight=EVERYTHING, theirs=[])
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
        """Let somebody try something; refusals are part of life."""
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
            "approve": lambda: self.do(acts.approve, APPROVER, id_, version, note=None),
            "object": lambda: self.do(acts.object_to_answer, PUBLIC, id_, reason="Belum dijawab."),
        }
        name = rng.choice(sorted(tries))
        with suppress(DomainError):
            await tries[name]()

    async def people_change(self) -> None:
        """Let a handler leave, or one come."""
        subject = self.rng.choice(HANDLERS)
        async with self.filer.db.transaction() as session:
            try:
                await officers.remove_handler(session, SUPERVISOR, "u-1", subject)
            except DomainError:
                await officers.enter_handler(session, SUPERVISOR, "u-1", subject)

    async def time_passes(self) -> None:
        await self.clock.forward(hours=self.rng.choice((1, 20, 100, 800)))
        if self.rng.random() < 0.5:
            await self.engine()

    async def end(self) -> State:
        """Bring the case to its end with a handler entered just now and a reporter who says nothing."""
        fresh = handler("baru")
        async with self.filer.db.transaction() as session:
            await officers.enter_handler(session, SUPERVISOR, "u-1", fresh.subject)
        for _ in range(8):
            case = await self.case()
            id_, version = case.id, case.version
            match case.state:
                case State.DITERIMA:
                    await self.do(
                        acts.verify, OFFICER, id_, version,
                        stream="masyarakat", case_class="normatif", unit_id="u-1", note=None,
                    )  # fmt: skip
                case State.DIVERIFIKASI:
                    await self.do(acts.dispose, SUPERVISOR, id_, version, handler=fresh.subject, note=None)
                case State.MENUNGGU_KELENGKAPAN:
                    await self.clock.forward(days=60)
                    await self.do(acts.proceed, OFFICER, id_, version, reason="Sudah cukup.")
                case State.DIDISPOSISIKAN | State.DIPROSES:
                    if case.handler != fresh.subject:
                        case = await self.do(
                            acts.reassign, SUPERVISOR, id_, version, handler=fresh.subject, note=None
                        )
                    case = await self.do(acts.respond, fresh, id_, case.version, ANSWER)
                    await self.do(acts.approve, APPROVER, id_, case.version, note=None)
                case State.DITANGGAPI:
                    await self.clock.forward(days=60)
                    await self.engine()
                case _:
                    return case.state
        return (await self.case()).state


@pytest.mark.parametrize("seed", range(8))
async def test_a_case_is_brought_to_an_end_from_wherever_people_left_it(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, seed: int
) -> None:
    rng = random.Random(seed)
    world = World(filer, clock, poller, rng)
    states: set[State] = set()
    for _ in range(3):
        world.id = (await filer.submit()).case.id
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
        assert await world.end() is State.SELESAI
        left = await filer.rows(
            "SELECT rule FROM deadline WHERE case_ref = :id AND status IN ('armed', 'paused')", id=world.id
        )
        assert left == []
    assert len(states - FINAL) > 1
