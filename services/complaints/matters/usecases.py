"""What every act on a matter that is no case does: lock it, fire what is due, move it with its deadlines.

Locks are taken in one order, the matter before its deadlines (complaints.md section 7.5).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.policy import Matter
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.events import SOURCE
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import ENGINE, DeadlineEngine
from services.complaints.deadlines.usecases.firing import fire_case
from services.complaints.matters import store
from services.complaints.matters.domain import Act, Life, N, S, Table
from services.complaints.matters.store import Dossier
from shared.contracts.base import EventData
from shared.kernel import NotFoundError, StaleVersionError
from shared.outbox.record import record as tell
from shared.recording import record
from shared.security import Principal

CYCLE = 1
"""Nothing is worked on anew: a deadline that starts again counts on from its own last cycle."""
Facts = Callable[[Dossier, str], EventData | None]
"""Gives the event of a matter after an act in the past tense; None for an act that others are not told.

In its place None: others are told of no act on such a matter at all.
"""


@dataclass(frozen=True, slots=True)
class Subject(Generic[S, N]):
    """How matters of some kind are handled: their table of acts, and what others hear of them."""

    entity: str
    table: Table[S, N]
    life: Life[S, N]


@dataclass(frozen=True, slots=True)
class Opened(Generic[S, N]):
    """A locked matter before an act that it allows: its running deadlines, and the instant that counts."""

    session: AsyncSession
    engine: DeadlineEngine
    subject: Subject[S, N]
    act: Act[S, N]
    dossier: Dossier
    running: Sequence[Deadline]
    now: datetime

    def is_over(self, act: str) -> bool:
        """Tell whether a deadline that an act would meet has run out and still runs."""
        about = self.engine.policies.about
        return any(act in about(one.rule_id, one.policy).met_by and one.breached_at for one in self.running)

    async def perform(
        self,
        actor: Principal,
        facts: Facts | None,
        *,
        to: S | None = None,
        note: str | None = None,
        **changes: Any,
    ) -> Dossier:
        """Move the matter, its deadlines and its log; tell what `facts` makes of it.

        `to` is the state it leads to, for an act that leads to several. It is late from now on when an act
        that others are told of comes after a deadline that it meets, or any such act where none is told.
        """
        act, session, engine, now = self.act, self.session, self.engine, self.now
        possible = act.leads_to(self.subject.life.states(self.dossier.state), None)
        state = possible[0] if to is None else to
        if state not in possible:
            raise ValueError(f"{act.name} leads to {possible}, not {to}")
        is_final = state in self.subject.life.final
        moved = replace(
            self.dossier,
            state=state.value,
            version=self.dossier.version + 1,
            closed_at=now if is_final else None,
        )
        moved, told = _told(moved, act.past, facts, now, is_late=self.is_over(act.name))
        clocks, _ = await engine.end_by(
            session, self.running, act.name, now, actor.subject, is_final=is_final
        )
        clocks += await _arm(session, engine, moved, act, now, {}, actor.subject)
        await store.update(session, moved)
        await store.log(session, moved, act.name, actor.subject, now, note)
        await record(
            session,
            actor,
            f"{act.name}_{self.subject.entity}",
            source=SOURCE,
            entity=self.subject.entity,
            entity_id=moved.id,
            version=moved.version,
            facts=[*told, *clocks],
            at=now,
            changes={"state": moved.state, **changes},
        )
        return moved


async def begin(
    session: AsyncSession,
    engine: DeadlineEngine,
    subject: Subject[S, N],
    dossier: Dossier,
    facts: Facts | None,
    actor: Principal | None,
    now: datetime,
    *,
    starts: Mapping[str, datetime] | None = None,
    keep: Callable[[], Any] | None = None,
) -> Dossier:
    """Take in a new matter, start its deadlines, and end those that taking it in meets.

    `starts` says since when a fact counts that lies before now. It is late when a deadline that it meets was
    over already: that one fires first, and the breach stays in the ledger. `keep` stores the content once
    the matter is there.
    """
    act = subject.table.receiving
    who = ENGINE if actor is None else actor.subject
    await store.insert(session, dossier)
    if keep is not None:
        await keep()
    armed = await _arm(session, engine, dossier, act, now, starts or {}, who)
    running = await deadlines.lock_running(session, dossier.id)
    about = engine.policies.about
    met = [one for one in running if act.name in about(one.rule_id, one.policy).met_by]
    is_late = any(one.due_at <= now for one in met)
    dossier, told = _told(dossier, act.past, facts, now, is_late=is_late)
    await store.update(session, dossier)
    await store.log(session, dossier, act.name, who, now, None)
    await record(
        session,
        actor,
        f"{act.name}_{subject.entity}",
        source=SOURCE,
        entity=subject.entity,
        entity_id=dossier.id,
        version=dossier.version,
        facts=[*told, *armed],
        at=now,
        changes={"state": dossier.state, "is_late": dossier.is_late},
    )
    await fire_case(session, engine.policies, now, dossier.id)
    running = await deadlines.lock_running(session, dossier.id)
    ended, _ = await engine.end_by(session, running, act.name, now, who)
    await tell(session, ended, source=SOURCE, at=now)
    return dossier


async def open_dossier(
    session: AsyncSession,
    engine: DeadlineEngine,
    subject: Subject[S, N],
    act: N,
    dossier_id: UUID,
    *,
    sees: Sequence[ColumnElement[bool]],
    expected: int,
    refuse: Callable[[Dossier, Sequence[str]], Exception],
) -> Opened[S, N]:
    """Lock a matter and its deadlines, fire what is due, and refuse an act that its state does not allow.

    `sees` narrows to what the caller may see; `refuse` makes the refusal of a state, given those allowed.
    Raises `NotFoundError`, `StaleVersionError`, `ClockHeldError` and what `refuse` makes.
    """
    dossier = await store.lock(session, dossier_id, *sees)
    if dossier is None or dossier.kind != subject.table.kind:
        raise NotFoundError
    if dossier.version != expected:
        raise StaleVersionError(version=dossier.version)
    row = subject.table.row(act, subject.life.states(dossier.state))
    if row is None:
        allowed = {source.value for one in subject.table.named(act) for source in one.sources}
        raise refuse(dossier, sorted(allowed))
    now = await engine.clock.now(session)
    await fire_case(session, engine.policies, now, dossier_id)
    running = await deadlines.lock_running(session, dossier_id)
    return Opened(session, engine, subject, row, dossier, running, now)


def _told(
    dossier: Dossier, past: str, facts: Facts | None, now: datetime, *, is_late: bool
) -> tuple[Dossier, list[EventData]]:
    """Return the matter as it is after it was told, and the event, when others are told of the act."""
    if facts is None:
        return replace(dossier, is_late=dossier.is_late or is_late), []
    as_told = replace(
        dossier,
        is_late=dossier.is_late or is_late,
        told_fact=past,
        told_version=dossier.told_version + 1,
        told_at=now,
    )
    fact = facts(as_told, past)
    return (dossier, []) if fact is None else (as_told, [fact])


async def _arm(
    session: AsyncSession,
    engine: DeadlineEngine,
    dossier: Dossier,
    act: Act[S, N],
    now: datetime,
    starts: Mapping[str, datetime],
    actor: str,
) -> list[EventData]:
    matter = Matter(dossier.id, dossier.unit_id, dossier.agency_id, dossier.kind, None)
    armed: list[EventData] = []
    for fact in act.makes:
        armed += await engine.arm(session, matter, fact, starts.get(fact, now), now, cycle=CYCLE, actor=actor)
    return armed
