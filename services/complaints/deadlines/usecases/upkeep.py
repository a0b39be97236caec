"""The care for deadlines that run long: a new calendar, and a confirmed year.

Locks are taken in one order, the case before its deadlines; how a case is locked is the caller's to say.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines import events
from services.complaints.deadlines.domain.schedule import Deadline, Schedule
from services.complaints.deadlines.store import calendars, deadlines
from services.complaints.deadlines.usecases.engine import ENGINE, LIFTED, LIFTS, DeadlineEngine
from services.complaints.deadlines.usecases.firing import fire_case
from shared.calendar.working import Pause, WorkingCalendar
from shared.contracts.base import EventData
from shared.recording import record

MOVED = "calendar"
CONFIRMED = "calendar_confirmed"
RESCHEDULE_BATCH = 100
Lock = Callable[[AsyncSession, UUID], Awaitable[str]]
"""Locks what has this id, a case or another matter, and returns what the audit calls it."""


async def follow_calendar(session: AsyncSession, engine: DeadlineEngine, lock: Lock) -> int:
    """Recompute running deadlines of some cases with newer calendars; return how many cases were looked at.

    Only deadlines whose due time moves tell so, and those that become provisional or cease to be. A breached
    deadline stays breached; a due time that would lie in the past becomes the end of the next working day.
    Source: complaints.md section 6.3.
    Deadlines whose policy is lost stay behind until it is back.
    """
    known = engine.policies.versions
    national = (await engine.book_of(session, None)).years()
    newest = max((one.version for one in national.values()), default=0)
    looked_at = await deadlines.behind_calendar(session, newest, known, RESCHEDULE_BATCH)

    async def follow(deadline: Deadline) -> list[EventData]:
        if deadline.policy not in known or deadline.breached_at is not None:
            return []
        book = await engine.book_of_deadline(session, deadline)
        if deadline.calendar_version >= book.newest:
            return []
        return await _recount(session, engine, deadline, book.calendar())

    up_to = max(newest, await calendars.newest(session))
    await _revise(session, engine, lock, looked_at, follow, "reschedule_clocks", {"calendar_version": up_to})
    return len(looked_at)


async def _revise(
    session: AsyncSession,
    engine: DeadlineEngine,
    lock: Lock,
    case_refs: Sequence[UUID],
    revise: Callable[[Deadline], Awaitable[list[EventData]]],
    operation: str,
    changes: Mapping[str, Any],
) -> None:
    """Revise the running deadlines of cases, each under its lock and after what it owes; tell of it."""
    for case_ref in sorted(case_refs):  # who locks several cases does so in this order
        entity = await lock(session, case_ref)
        now = await engine.clock.now(session)
        await fire_case(session, engine.policies, now, case_ref)
        facts: list[EventData] = []
        for deadline in await deadlines.lock_running(session, case_ref):
            facts += await revise(deadline)
        if facts:
            await record(
                session,
                None,
                operation,
                source=events.SOURCE,
                entity=entity,
                entity_id=case_ref,
                facts=facts,
                at=now,
                changes=changes,
            )


async def _recount(
    session: AsyncSession, engine: DeadlineEngine, deadline: Deadline, calendar: WorkingCalendar
) -> list[EventData]:
    stretches = await deadlines.pauses(session, deadline.id)
    now = await engine.clock.now(session)
    made, reason = recounted(engine, deadline, calendar, stretches, now)
    is_as_told = made.due_at == deadline.due_at and made.is_provisional == deadline.is_provisional
    is_lifted_again = reason == LIFTED and await deadlines.changed_for(session, LIFTS, [deadline.id])
    if deadline.status == "paused" or is_as_told or is_lifted_again:
        await deadlines.mark_calendar(session, deadline, calendar.version)
        return []
    moved = await deadlines.move(
        session, deadline, made, calendar_version=calendar.version, reason=reason, actor=ENGINE, at=now
    )
    return [events.rescheduled(moved, deadline.due_at)]


def recounted(
    engine: DeadlineEngine,
    deadline: Deadline,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause],
    now: datetime,
) -> tuple[Schedule, str]:
    """Return what a newer calendar makes of a deadline that has not run out, and why it is so.

    A due time in the past becomes the end of the next working day, unless it is due then anyway.
    """
    made = engine.recompute(deadline, calendar, pauses, deadline.passed)
    if made.due_at == deadline.due_at or made.due_at > now:
        return made, MOVED
    next_day = next(calendar.working_days_after(calendar.local_date(now)))
    return engine.recompute(deadline, calendar, pauses, deadline.passed, lifted_to=next_day), LIFTED


async def settle_provisional(
    session: AsyncSession, engine: DeadlineEngine, lock: Lock, after: UUID
) -> UUID | None:
    """Let deadlines of the next cases be provisional no longer, where all their years are confirmed by now.

    Each tells so as a move to the same due time; breached and paused ones stay as they are, the latter until
    they run again. Returns where to go on, None at the end.
    """
    known = engine.policies.versions
    looked_at = await deadlines.provisional_cases(session, known, after, RESCHEDULE_BATCH)

    async def settle(deadline: Deadline) -> list[EventData]:
        is_meant = deadline.is_provisional and deadline.policy in known and _runs_unbreached(deadline)
        return await _settled(session, engine, deadline) if is_meant else []

    await _revise(session, engine, lock, looked_at, settle, "settle_clocks", {"is_provisional": False})
    return looked_at[-1] if len(looked_at) == RESCHEDULE_BATCH else None


def _runs_unbreached(deadline: Deadline) -> bool:
    return deadline.status == "armed" and deadline.breached_at is None


async def _settled(session: AsyncSession, engine: DeadlineEngine, deadline: Deadline) -> list[EventData]:
    calendar = await engine.calendar_of_deadline(session, deadline)
    made = engine.recompute(deadline, calendar, await deadlines.pauses(session, deadline.id), deadline.passed)
    if made.is_provisional or made.due_at != deadline.due_at:  # another due time is another matter's
        return []
    moved = await deadlines.move(
        session,
        deadline,
        made,
        calendar_version=deadline.calendar_version,
        reason=CONFIRMED,
        actor=ENGINE,
        at=await engine.clock.now(session),
    )
    return [events.rescheduled(moved, deadline.due_at)]
