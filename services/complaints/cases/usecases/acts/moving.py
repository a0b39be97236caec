"""What every act does: open a case under its lock, then move it with its deadlines, and tell it.

Locks are taken in one order, the case before its deadlines, and what a deadline owes is fired before the act
counts: who holds the lock first decides between act and breach (complaints.md section 7.5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases import events
from services.complaints.cases.domain.acts import FINAL, Act, ActName, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.duties import require_owed, require_role
from services.complaints.cases.domain.people import People
from services.complaints.cases.kinds import row_for
from services.complaints.cases.store import answers, cases, owed
from services.complaints.cases.store.cases import Done
from services.complaints.cases.store.people import Reader, proposed_at
from services.complaints.cases.usecases.officers import people_of
from services.complaints.deadlines.domain.policy import Matter, StartFact
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.events import SOURCE
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import ENGINE, DeadlineEngine
from services.complaints.deadlines.usecases.firing import fire_case
from services.complaints.deadlines.usecases.following import follow
from shared.contracts.base import EventData
from shared.kernel import NotFoundError, StaleVersionError
from shared.recording import record
from shared.security import Principal

REPORTER = "reporter"
"""Whom the log names for what a reporter does: nobody knows more of them here."""


_SORTING = frozenset({"reclassify", "confirm_reclassification"})
"""Acts that change what class a case is of; verifying arms what its first class asks for."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A locked case before an act that it allows: its running deadlines, and the instant that counts."""

    session: AsyncSession
    engine: DeadlineEngine
    act: Act
    case: Case
    running: Sequence[Deadline]
    now: datetime

    @property
    def requests(self) -> list[Deadline]:
        """The running deadlines of the reporter's time to complete."""
        asked = self.engine.policies.requests
        return [deadline for deadline in self.running if deadline.rule_id in asked]

    @property
    def reporters_time_until(self) -> datetime:
        """The end of the reporter's time to complete, or now where it has not come yet."""
        return min([self.now, *(request.due_at for request in self.requests)])

    @property
    def question(self) -> int:
        """The number of the request for facts that waits for the reporter; 0 when none does."""
        return max((request.cycle for request in self.requests), default=0)

    async def people(self, *subjects: str | None, since: datetime | None = None) -> People:
        """Return what is known today of those whom an act is about, in the zone of the case's unit."""
        known = filter(None, subjects)
        return await people_of(self.session, self.engine, self.case, self.now, known, since=since)

    async def beside_proposer(self, actor: Principal) -> People:
        """Return what is known of an actor and of who proposed the act that waits, since it was proposed."""
        since = await proposed_at(self.session, self.case)
        return await self.people(self.case.proposed_by, actor.subject, since=since)

    async def perform(
        self,
        actor: Principal | None,
        *,
        by: str | None = None,
        note: str | None = None,
        evidence: tuple[str, ...] = (),
        no_evidence_reason: str | None = None,
        is_public: bool = False,
        most_days: int | None = None,
        to: State | None = None,
        moved: Sequence[EventData] = (),
        starts: Mapping[StartFact, datetime] | None = None,
        **changes: Any,
    ) -> Case:
        """Move the case with these `changes`, its deadlines and its log; tell one event of each.

        `by` is whom the log names, if not the actor; `most_days` how long what the act arms may run; `to` the
        state it leads to, for an act that leads to several; `moved` tells of deadlines that it has moved;
        `starts` says when facts count from that do not count from now.
        What one unit drafted is not approved in another one: the draft is withdrawn.
        """
        act, session = self.act, self.session
        is_left_behind = (
            self.case.has_draft and changes.get("unit_id", self.case.unit_id) != self.case.unit_id
        )
        if is_left_behind:
            changes |= {"has_draft": False, "drafted_by": None}
        case = after(self.case, state=self._target(to), **changes)
        who = by or (ENGINE if actor is None else actor.subject)
        facts = [events.case_fact(case, act.past), *moved]
        facts += await self._move_deadlines(act, case, who, most_days, starts or {})
        await cases.update(session, case)
        if is_left_behind:
            await answers.withdraw_draft(session, case, self.case.cycle, self.now)
        done = Done(act.name, who, self.now, note, evidence, no_evidence_reason, is_public)
        await cases.log(session, case, done)
        if who != REPORTER:
            await owed.owe_act(session, case, act.past, self.now)
        await tell(session, actor, f"{act.name}_case", case, facts, self.now, **changes)
        if act.makes or act.resumes:
            await fire_case(session, self.engine.policies, self.now, case.id)
        return case

    def _target(self, to: State | None) -> State:
        possible = self.act.leads_to(self.case.state, self.case.state_before)
        if to is None and len(possible) == 1:
            return possible[0]
        if to not in possible:
            raise ValueError(f"{self.act.name} leads to {possible}, not {to}")
        return to

    async def _move_deadlines(
        self,
        act: Act,
        case: Case,
        who: str,
        most_days: int | None,
        starts: Mapping[StartFact, datetime],
    ) -> list[EventData]:
        session, engine, now = self.session, self.engine, self.now
        ends = case.state in FINAL and self.case.state not in FINAL
        facts, left = await engine.end_by(session, self.running, act.name, now, who, is_final=ends)
        is_sorted_anew = act.name in _SORTING
        if is_sorted_anew or (self.case.unit_id, self.case.kind) != (case.unit_id, case.kind):
            facts += await follow(
                session, engine, matter_of(case), left, now, who, is_sorted_anew=is_sorted_anew
            )
        if act.pauses:
            facts += await engine.pause(session, left, now)
        if act.resumes:
            facts += await engine.resume(session, left, self.reporters_time_until, now, who)
        facts += await arm(session, engine, case, act, now, actor=who, most_days=most_days, starts=starts)
        if ends:
            facts += await keep(session, engine, case, now, actor=who)
        return facts


async def open_case(
    session: AsyncSession,
    engine: DeadlineEngine,
    act: ActName,
    case_id: UUID,
    *,
    officer: Principal | None = None,
    expected: int | None = None,
) -> Opened:
    """Lock the case and its deadlines, fire what is due, and refuse an act the case does not allow.

    `expected` None: the caller sees no versions (the reporter, the engine); `officer` None: it is neither
    an officer's act nor limited by a scope. No officer reaches a case about them, or about who is below them.
    Raises `NotFoundError`, `StaleVersionError`, `IllegalActError`, `OthersActError`, `ClockHeldError`.
    """
    reader = None if officer is None else Reader(officer.subject, officer.scope)
    case = await cases.lock(session, case_id, reader)
    if case is None:
        raise NotFoundError("Pengaduan tidak ditemukan.")
    if expected is not None and case.version != expected:
        raise StaleVersionError("Pengaduan sudah berubah; muat ulang lalu coba lagi.", version=case.version)
    row = row_for(case, act)
    if officer is not None:
        require_role(row, officer.roles)
    now = await engine.clock.now(session)
    await fire_case(session, engine.policies, now, case_id)
    running = await deadlines.lock_running(session, case_id)
    require_owed(case, row, engine.acts_owed(running))
    return Opened(session, engine, row, case, running, now)


async def arm(
    session: AsyncSession,
    engine: DeadlineEngine,
    case: Case,
    act: Act,
    now: datetime,
    *,
    actor: str = ENGINE,
    most_days: int | None = None,
    starts: Mapping[StartFact, datetime] | None = None,
) -> list[EventData]:
    """Start the deadlines that the act's facts arm, as of `starts` where it says, and return their events."""
    facts: list[EventData] = []
    for fact in (*act.makes, *act.retells):
        facts += await engine.arm(
            session,
            matter_of(case),
            fact,
            (starts or {}).get(fact) or case.start_of(fact, now),
            now,
            cycle=case.cycle,
            is_retold=fact in act.retells,
            actor=actor,
            most_days=most_days,
        )
    return facts


async def keep(
    session: AsyncSession,
    engine: DeadlineEngine,
    case: Case,
    now: datetime,
    *,
    is_retold: bool = False,
    actor: str = ENGINE,
) -> list[EventData]:
    """Start how long a case is kept that has ended, by whatever act, and return the events."""
    ended_at, matter = case.closed_at or now, matter_of(case)
    return await engine.arm(
        session, matter, "ended", ended_at, now, cycle=case.cycle, is_retold=is_retold, actor=actor
    )


async def tell(
    session: AsyncSession,
    actor: Principal | None,
    operation: str,
    case: Case,
    facts: Sequence[EventData],
    at: datetime,
    **changes: Any,
) -> None:
    """Record what became of a case: the facts, and who did what to it; `actor` None is the engine."""
    await record(
        session,
        actor,
        operation,
        source=SOURCE,
        entity="case",
        entity_id=case.id,
        version=case.version,
        facts=facts,
        at=at,
        changes={"state": case.state, **changes},
    )


def matter_of(case: Case) -> Matter:
    """Return what deadlines may know of a case."""
    return Matter(case.id, case.unit_id, case.agency_id, case.kind, case.case_class)


def after(case: Case, **changes: Any) -> Case:
    """Return the case one version later with these changes; what was proposed for it before is void."""
    return replace(case, version=case.version + 1, proposed_act=None, proposed_by=None, **changes)


def completed(opened: Opened, at: datetime) -> dict[str, Any]:
    """Return what changes when a case waits for facts no longer: before verification, when they were all."""
    is_before_verification = opened.case.state_before is State.DITERIMA
    return {"state_before": None} | ({"file_complete_at": at} if is_before_verification else {})
