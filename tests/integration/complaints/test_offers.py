"""What a page offers a person is just what the API would take from them: every kind, state and role.

Cases are led through all that may happen to them; at each step everybody tries every act there is, in a
transaction that is taken back, and what was taken is compared with what was offered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.complaints.access import MATRIX
from services.complaints.api import ERROR_STATUS
from services.complaints.cases.domain.acts import ActName, Kind
from services.complaints.cases.handled import HANDLED, OfficersAct
from services.complaints.cases.kinds import tables
from services.complaints.cases.pages import words
from services.complaints.cases.pages.deeds import DEEDS
from services.complaints.cases.store.desk import Wanted
from services.complaints.cases.usecases import acts, queries
from services.complaints.cases.usecases.offers import Offers, offers
from services.complaints.cases.usecases.officers import enter_handler
from shared.kernel import DomainError, NotFoundError
from shared.security import PUBLIC, ForbiddenError, Principal, Scope
from tests.integration.complaints.conftest import Filer, MovedClock
from tests.integration.complaints.people import tell, told

AGENCY = Scope("agency", agencies=frozenset({"a-1"}))


def somebody(subject: str, *roles: str) -> Principal:
    return Principal(subject, frozenset(roles), AGENCY)


PEOPLE = {
    one.subject: one
    for one in (
        somebody("pp", "complaint_officer"),
        somebody("kp", "complaint_supervisor"),
        somebody("ap", "inspector"),
        somebody("penangan", "case_handler"),
        somebody("sari", "case_handler"),
        somebody("wakil", "case_handler"),
        somebody("at", "case_approver"),
        somebody("rangkap", "complaint_officer", "complaint_supervisor", "case_handler", "case_approver"),
        somebody("ppid", "information_officer"),
        somebody("ppid-rangkap", "information_officer", "case_handler"),
    )
}
"""By name; `wakil` stands in for `penangan`."""
TEXT = "Sudah ditinjau bersama di loket."
Step = tuple[str, str] | tuple[str, str, Mapping[str, Any]] | timedelta
ENDED = {"to": "DITOLAK", "text": TEXT, "reason_code": "tidak_memadai"}
TO_HANDLER: list[Step] = [("pp", "verify"), ("kp", "dispose", {"handler": "penangan"})]
ANSWERED: list[Step] = [("penangan", "respond"), ("at", "approve")]
LIVES: list[tuple[Kind, list[Step]]] = [
    ("pengaduan", [("pp", "request_completion"), timedelta(days=20), ("reporter", "complete"), *TO_HANDLER]),
    ("pengaduan", [("pp", "request_completion"), timedelta(days=45), ("pp", "proceed"), *TO_HANDLER,
                   ("penangan", "follow_up")]),
    ("pengaduan", [timedelta(days=3), ("pp", "request_completion"), ("kp", "confirm_completion")]),
    ("pengaduan", [*TO_HANDLER, ("rangkap", "reassign", {"handler": "rangkap"}), ("rangkap", "follow_up"),
                   ("rangkap", "respond"), ("at", "approve"), ("reporter", "object"),
                   ("rangkap", "respond"), ("at", "approve"), ("reporter", "accept"),
                   ("reporter", "appeal"), ("ap", "uphold_appeal"), ("ap", "reassign")]),
    ("pengaduan", [*TO_HANDLER, ("wakil", "follow_up"), ("wakil", "respond"), ("at", "approve"),
                   ("reporter", "accept"), ("kp", "reopen"), ("kp", "transfer")]),
    ("pengaduan", [*TO_HANDLER, ("penangan", "follow_up"), ("ap", "order_inspection"),
                   ("penangan", "propose_dismissal", ENDED), ("kp", "refuse_dismissal"),
                   ("penangan", "respond"), ("at", "approve")]),
    ("pengaduan", [("pp", "propose_dismissal", ENDED), ("kp", "confirm_dismissal"), ("reporter", "appeal"),
                   ("ap", "uphold_appeal")]),
    ("pengaduan", [*TO_HANDLER, timedelta(days=6), ("pp", "reclassify", {"case_class": "tidak_berkadar"}),
                   ("ap", "confirm_reclassification")]),
    ("pengaduan", [("reporter", "withdraw")]),
    ("aspirasi", [*TO_HANDLER, ("penangan", "follow_up"), *ANSWERED]),
    ("konsultasi", [("pp", "respond"), ("at", "approve"), ("reporter", "accept")]),
    ("konsultasi", [*TO_HANDLER, ("penangan", "follow_up")]),
    ("permintaan_informasi", [("ppid", "request_completion"), ("ppid", "complete"), ("ppid", "extend"),
                              ("ppid", "respond"), ("at", "approve"), ("reporter", "object")]),
    ("permintaan_informasi", [("ppid", "respond"), ("ppid", "request_completion"), timedelta(days=40),
                              ("at", "approve")]),
    ("permintaan_informasi", [timedelta(days=13), ("ppid", "extend"), ("kp", "confirm_extension"),
                              ("ppid", "transfer")]),
    ("permintaan_informasi", [("ppid", "propose_dismissal", ENDED), ("kp", "confirm_dismissal"),
                              ("reporter", "appeal"), ("ap", "reject_appeal")]),
]  # fmt: skip


class _TakenBackError(Exception):
    """Leaves nothing of what was tried."""


@dataclass
class World:
    """A case, and what everybody was found to be able to do with it."""

    filer: Filer
    clock: MovedClock
    id: UUID
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    """Kind, state and act of all that was taken."""

    async def look(self, who: Principal) -> tuple[Mapping[str, Any], Offers]:
        async with self.filer.db.reading() as session:
            policies = self.filer.engine.policies
            found = await queries.case_detail(session, policies, who, self.id)
            offered = await offers(session, self.filer.engine, who, found)
            is_listed = await queries.count_own_turns(session, policies, who) == 1
            assert is_listed is (offered.next is not None), (who.subject, offered)
            return found, offered

    async def do(self, who: Principal, name: ActName, given: Mapping[str, Any], *, is_kept: bool) -> None:
        handled = HANDLED[name]
        found, _ = await self.look(PEOPLE["kp"])
        body = handled.body.model_validate(_body(name, found, self.clock) | dict(given))
        MATRIX.allow(who, handled.operation)
        async with self.filer.db.transaction() as session:
            act = OfficersAct(session, self.filer.engine, who, self.id, found["version"])
            await handled.do(act, body)
            if not is_kept:
                raise _TakenBackError

    async def is_taken(self, who: Principal, name: ActName) -> bool:
        try:
            await self.do(who, name, {}, is_kept=False)
        except _TakenBackError:
            return True
        except ForbiddenError:
            return False
        except DomainError as error:
            refused = error
        else:
            raise AssertionError("neither taken nor refused")
        assert ERROR_STATUS[refused.code] in (403, 409), (name, refused.code, refused.details)
        return False

    async def compare_list(self) -> None:
        """The list of the desk says the same turn as the page of the case."""
        who = PEOPLE["kp"]
        found, offered = await self.look(who)
        is_open = found["closed_at"] is None or found["is_appealed"]
        async with self.filer.db.reading() as session:
            policies = self.filer.engine.policies
            [row] = await queries.desk(session, policies, who, Wanted(is_open), after=None, limit=1)
        assert row["turn"] == offered.turn
        assert (words.turn(row) == ("–", "")) is not is_open

    async def compare(self) -> None:
        await self.compare_list()
        for who in PEOPLE.values():
            try:
                found, offered = await self.look(who)
            except NotFoundError:
                continue  # no page of it is there
            case = offered.case
            rows = {row.name for row in tables()[case.kind].open_to(case.state, case.state_before)}
            assert set(offered.acts) <= rows
            for name in rows & HANDLED.keys():  # any other act has no row, and is refused for that alone
                is_offered = name in offered.acts
                told = (who.subject, found["state"], name)
                assert await self.is_taken(who, name) is is_offered, told
                if is_offered:
                    self.seen.add((found["kind"], found["state"], name))
            assert offered.next is None or offered.next in offered.acts


def _body(name: ActName, found: Mapping[str, Any], clock: MovedClock) -> dict[str, Any]:
    """Return what nothing but the person, or the state of the case, would have an act refused for."""
    proposed, other = found["proposed"] or {}, "u-2" if found["unit_id"] == "u-1" else "u-1"
    stream = "pelayanan" if found["stream"] == "masyarakat" else "masyarakat"
    sorted_as = {"kind": found["kind"], "stream": stream, "case_class": found["case_class"] or "normatif"}
    work = {"text": TEXT, "evidence": ["BA-6"]}
    letter = {"number": "SK-1/2026", "dated_on": clock.now().date().isoformat(), "text": TEXT}
    bodies: dict[ActName, dict[str, Any]] = {
        "verify": {"stream": "masyarakat", "case_class": "normatif", "unit_id": "u-1"},
        "dispose": {"handler": "sari"},
        "reassign": {"handler": "penangan" if found["handler"] == "sari" else "sari"},
        "request_completion": {"missing": TEXT},
        "confirm_completion": {"missing": proposed.get("missing", TEXT)},
        "complete": {"text": TEXT},
        "proceed": {"reason": TEXT},
        "follow_up": work,
        "respond": work | {"outcome": "terbukti", "is_standard_breach": False},
        "answer_in_person": {"text": TEXT},
        "order_inspection": {"order_number": "ST-1", "team": ["auditor"],
                             "ordered_on": clock.now().date().isoformat()},
        "correct_review": {"text": TEXT},
        "decide_review": letter,
        "begin_inspection": {"began_on": letter["dated_on"], "last_on": letter["dated_on"]},
        "report_inspection": letter,
        "extend": {"reason": TEXT},
        "confirm_extension": {"reason": proposed.get("reason", TEXT)},
        "transfer": {"unit_id": other, "reason": TEXT},
        "confirm_transfer": {"unit_id": proposed.get("unit_id", other)},
        "reclassify": sorted_as | {"reason": TEXT},
        "confirm_reclassification": {part: proposed.get(part, sorted_as[part]) for part in sorted_as},
        "propose_dismissal": ENDED,
        "confirm_dismissal": {"to": proposed.get("to", "DITOLAK")},
        "refuse_dismissal": {"reason": TEXT},
        "reopen": {"reason": TEXT},
        "uphold_appeal": {"decision": TEXT, "case_class": "normatif"},
        "reject_appeal": {"decision": TEXT},
    }  # fmt: skip
    return bodies.get(name, {})


async def _by_reporter(world: World, name: str) -> None:
    async with world.filer.db.transaction() as session:
        of_case = session, world.filer.engine, PUBLIC, world.id
        match name:
            case "complete":
                await acts.complete(*of_case, None, note=TEXT, is_reporter=True)
            case "accept":
                await acts.accept(*of_case)
            case "object":
                await acts.object_to_answer(*of_case, reason=TEXT)
            case "withdraw":
                await acts.withdraw(*of_case)
            case "appeal":
                await acts.appeal(*of_case, reason=TEXT)


async def _lead(world: World, step: Step) -> None:
    if isinstance(step, timedelta):
        await world.clock.set(world.clock.now() + step)
        return
    who, name, given = step[0], step[1], step[2] if len(step) == 3 else {}
    if who == "reporter":
        await _by_reporter(world, name)
        return
    await world.do(PEOPLE[who], name, given, is_kept=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("life", range(len(LIVES)))
async def test_what_is_offered_is_what_would_be_taken(filer: Filer, clock: MovedClock, life: int) -> None:
    await offered_is_taken(filer, clock, *LIVES[life])


async def offered_is_taken(filer: Filer, clock: MovedClock, kind: Kind, steps: Sequence[Step]) -> World:
    """Lead a case these steps; before and after each, everybody tries all that there is."""
    stands_in = told(
        "penangan", "penangan", substitutes=[("wakil", "2026-01-01", "2026-12-31")], unit_id="u-1"
    )
    assert await tell(filer.db, told("wakil", "wakil"), stands_in) == []
    await _enter_handlers(filer)
    world = World(filer, clock, (await filer.submit(kind=kind)).case.id)
    await world.compare()
    for step in steps:
        await _lead(world, step)
        await world.compare()
    assert world.seen, "somebody could do something"
    return world


async def _enter_handlers(filer: Filer) -> None:
    async with filer.db.transaction() as session:
        for subject, unit_id in (("sari", "u-1"), ("sari", "u-2"), ("wakil", "u-1"), ("rangkap", "u-1")):
            await enter_handler(session, PEOPLE["kp"], unit_id, subject)


def test_every_act_of_officers_is_in_some_table_and_has_a_page() -> None:
    known = {row.name for table in tables().values() for row in table.acts if row.by - {"reporter", "engine"}}
    assert known == HANDLED.keys() == DEEDS.keys()


def test_every_field_of_an_act_is_asked_for_on_its_page() -> None:
    asked = {name: {ask.name for ask in deed.asks} for name, deed in DEEDS.items()}
    assert asked == {name: set(handled.body.model_fields) for name, handled in HANDLED.items()}
