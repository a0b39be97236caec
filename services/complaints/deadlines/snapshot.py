"""Present states of deadlines as they were published, and their lift after a restored backup."""

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines import events
from services.complaints.deadlines.data import shipped_policies
from services.complaints.deadlines.domain.schedule import Fact, event_id, event_key
from services.complaints.deadlines.store import firing, present, told
from services.complaints.deadlines.store.firing import Claimed, Fired
from services.complaints.deadlines.usecases.firing import owe_work, rung
from shared.contracts.base import EventData
from shared.contracts.complaints import DeadlineEscalated, DeadlineFact, DeadlineOverdue, DeadlineReminded
from shared.outbox.snapshot import Behind, State

_FIRED: Mapping[type[DeadlineFact], Fact] = {
    DeadlineReminded: "reminded",
    DeadlineOverdue: "overdue",
    DeadlineEscalated: "escalated",
}


async def states(session: AsyncSession) -> AsyncIterator[State]:
    """Yield every deadline as its last event told it."""
    async for state in present.deadlines(session):
        yield State(events.as_told(state), state.at, state.rung.event_id if state.rung else None)


async def calendars(session: AsyncSession) -> AsyncIterator[State]:
    """Yield every calendar as its last event told it."""
    async for said, target, one in told.states(session):
        yield State(events.calendar(said, target, one), said.at)


async def lift_calendar(session: AsyncSession, calendar_id: str, behind: Behind) -> list[EventData] | None:
    """Raise a calendar's version above the floor and return its state at it; None for an unknown one."""
    await told.lift(session, calendar_id, behind.floor)
    return [events.calendar(*one) async for one in told.states(session, calendar_id)] or None


async def lift(session: AsyncSession, deadline_id: UUID, behind: Behind) -> list[EventData] | None:
    """Raise a deadline's version above the floor and return its state at it; None for an unknown one.

    Rungs that the topic says have fired are taken over first, so that none fires twice; when that already
    makes the deadline what the topic says of it, nothing is said.
    """
    deadline = await present.claimed(session, deadline_id)
    if deadline is None:
        return None
    facts = [fact for fact in behind.told if isinstance(fact, DeadlineFact)]
    await _enter_rungs(session, deadline, facts)
    await present.raise_deadline(session, deadline_id, behind.floor)
    if facts and await _deadline(session, deadline_id) == facts[-1]:
        return []
    await present.raise_deadline(session, deadline_id, max(deadline.old_version, behind.floor) + 1)
    await present.tell_again(session, deadline_id)
    return [await _deadline(session, deadline_id)]


async def _deadline(session: AsyncSession, deadline_id: UUID) -> DeadlineFact:
    [state] = [state async for state in present.deadlines(session, deadline_id)]
    return events.as_told(state)


async def _enter_rungs(session: AsyncSession, deadline: Claimed, facts: Sequence[DeadlineFact]) -> None:
    """Enter into the ledger what fired before the loss, with all it owes, and move the deadline past it."""
    known = await present.fired_rungs(session, deadline.id)
    for fact in facts:
        if fact.rung is None or fact.rung in known or fact.detected_at is None:
            continue
        known.add(fact.rung)
        place = _place(deadline, fact.rung)
        one = rung(deadline, place) if place is not None else _elsewhere(deadline, fact, fact.rung)
        await firing.keep(session, [one], fact.detected_at)
        await owe_work(session, shipped_policies(), [one], fact.detected_at)
        if place is not None:
            await present.pass_rungs(session, deadline.id, place + 1, fact.detected_at)


def _place(deadline: Claimed, code: str) -> int | None:
    """Return the place of a rung in the deadline's ladder, None when the deadline has no such rung now."""
    if code in deadline.rung_code:
        return list(deadline.rung_code).index(code)
    number = code.removeprefix("repeat")
    return len(deadline.rung_code) + int(number) - 1 if code != number and number.isdecimal() else None


def _elsewhere(deadline: Claimed, fact: DeadlineFact, code: str) -> Fired:
    """Return a fired rung that the deadline's present ladder does not have; it tells nobody."""
    key = event_key(deadline.id, code)
    return Fired(deadline, key, event_id(key), code, _FIRED[type(fact)], (), fact.due_at)
