"""What the engine owes cases after a reporter's time ran out, and the care for deadlines that run long."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import events
from services.complaints.cases.store import cases
from services.complaints.cases.usecases.acts import ENGINE, close_by_silence, resume_after_silence
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.store import deadlines, firing
from services.complaints.deadlines.store.firing import WorkItem
from services.complaints.deadlines.usecases.engine import Desk
from services.complaints.deadlines.usecases.firing import fire_case
from services.complaints.deadlines.usecases.trusted_clock import ClockHeldError
from shared import audit, outbox
from shared.contracts.base import EventData
from shared.db import savepoint
from shared.db.clock import database_now
from shared.db.faults import is_away, is_conflict

log = structlog.get_logger(__name__)

LIFTED = "calendar_lifted"
CONFIRMED = "calendar_confirmed"
RESCHEDULE_BATCH = 100
AUDIT_BATCH = 500
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
MOST_DOUBLINGS = 6
"""An hour is reached by then; without an end the number itself would fail one day."""


async def do_next(session: AsyncSession, desk: Desk) -> bool:
    """Do the oldest open work item that is ready, under its case's lock; False when there is none.

    A reply that was committed first wins: the item then ends as `superseded`. An item that fails is put
    aside for a while, with nothing done to its case, so that it holds up no other.
    """
    item = await firing.take_work(session, await desk.watch.now(session))
    if item is None:
        return False
    try:
        async with savepoint(session):
            result = await _do(session, desk, item)
    except Exception as error:
        if is_away(error) or is_conflict(error) or isinstance(error, ClockHeldError):
            raise
        log.exception("work_put_aside", kind=item.kind, case=str(item.case_ref), attempts=item.attempts + 1)
        wait = min(FIRST_RETRY * 2 ** min(item.attempts, MOST_DOUBLINGS), LONGEST_RETRY)
        await firing.put_aside(session, item, await database_now(session) + wait)
    else:
        await firing.finish_work(session, item, result, await database_now(session))
    return True


async def _do(session: AsyncSession, desk: Desk, item: WorkItem) -> str:
    if item.kind == "close_by_silence":
        is_done = await close_by_silence(session, desk, item.case_ref, item.deadline_id)
        return "closed" if is_done else "superseded"
    is_done = await resume_after_silence(session, desk, item.case_ref, item.deadline_id, item.due_at)
    return "resumed" if is_done else "superseded"


async def follow_calendar(session: AsyncSession, desk: Desk, version: int) -> int:
    """Recompute running deadlines of some cases with a newer calendar; return how many cases were looked at.

    Only deadlines whose due time moves tell so, and those that become provisional or cease to be. A breached
    deadline stays breached; a due time that would lie in the past becomes the end of the next working day.
    Source: complaints.md section 6.3.
    Deadlines whose policy is lost stay behind until it is back.
    """
    known = desk.policies.versions
    looked_at = await deadlines.behind_calendar(session, version, known, RESCHEDULE_BATCH)

    async def follow(deadline: Deadline) -> list[EventData]:
        is_behind = deadline.calendar_version < version and deadline.policy in known
        if not is_behind or deadline.breached_at is not None:
            return []
        return await _recount(session, desk, deadline, version)

    await _revise(session, desk, looked_at, follow, "reschedule_clocks", {"calendar_version": version})
    return len(looked_at)


async def _revise(
    session: AsyncSession,
    desk: Desk,
    case_refs: Sequence[UUID],
    revise: Callable[[Deadline], Awaitable[list[EventData]]],
    operation: str,
    changes: Mapping[str, Any],
) -> None:
    """Revise the running deadlines of cases, each under its lock and after what it owes; tell of it."""
    for case_ref in case_refs:
        await cases.lock(session, case_ref, None)
        now = await desk.watch.now(session)
        await fire_case(session, now, case_ref)
        facts: list[EventData] = []
        for deadline in await deadlines.lock_running(session, case_ref):
            facts += await revise(deadline)
        if facts:
            event_ids = await outbox.record(session, facts, source=events.SOURCE, at=now)
            await audit.record(
                session,
                actor=None,
                operation=operation,
                entity="case",
                entity_id=str(case_ref),
                changes=changes,
                event_ids=event_ids,
            )


async def _recount(session: AsyncSession, desk: Desk, deadline: Deadline, version: int) -> list[EventData]:
    calendar = await desk.calendar_of_deadline(session, deadline, version)
    stretches = await deadlines.pauses(session, deadline.id)
    made = desk.recompute(deadline, calendar, stretches, deadline.passed)
    is_as_told = made.due_at == deadline.due_at and made.is_provisional == deadline.is_provisional
    if deadline.status == "paused" or is_as_told:
        await deadlines.mark_calendar(session, deadline, version)
        return []
    now = await desk.watch.now(session)
    reason = "calendar"
    if made.due_at <= now:
        reason = LIFTED
        next_day = calendar.rolled(calendar.local_date(now))
        made = desk.recompute(deadline, calendar, stretches, deadline.passed, lifted_to=next_day)
    moved = await deadlines.move(
        session, deadline, made, calendar_version=version, reason=reason, actor=ENGINE, at=now
    )
    return [events.rescheduled(moved, deadline.due_at)]


async def settle_provisional(session: AsyncSession, desk: Desk, after: UUID) -> UUID | None:
    """Let deadlines of the next cases be provisional no longer, where all their years are confirmed by now.

    Each tells so as a move to the same due time; breached and paused ones stay as they are, the latter until
    they run again. Returns where to go on, None at the end.
    """
    known = desk.policies.versions
    looked_at = await deadlines.provisional_cases(session, known, after, RESCHEDULE_BATCH)

    async def settle(deadline: Deadline) -> list[EventData]:
        is_meant = deadline.is_provisional and deadline.policy in known and _runs_unbreached(deadline)
        return await _settled(session, desk, deadline) if is_meant else []

    await _revise(session, desk, looked_at, settle, "settle_clocks", {"is_provisional": False})
    return looked_at[-1] if len(looked_at) == RESCHEDULE_BATCH else None


def _runs_unbreached(deadline: Deadline) -> bool:
    return deadline.status == "armed" and deadline.breached_at is None


async def _settled(session: AsyncSession, desk: Desk, deadline: Deadline) -> list[EventData]:
    calendar = await desk.calendar_of_deadline(session, deadline)
    made = desk.recompute(deadline, calendar, await deadlines.pauses(session, deadline.id), deadline.passed)
    if made.is_provisional or made.due_at != deadline.due_at:  # another due time is another matter's
        return []
    moved = await deadlines.move(
        session,
        deadline,
        made,
        calendar_version=deadline.calendar_version,
        reason=CONFIRMED,
        actor=ENGINE,
        at=await desk.watch.now(session),
    )
    return [events.rescheduled(moved, deadline.due_at)]


async def mismatches(session: AsyncSession, desk: Desk, after: UUID) -> tuple[int, UUID | None]:
    """Recompute the due times of the next running deadlines; return how many differ and where to go on.

    Deadlines that a new calendar lifted out of the past are left out: their due day is not a count.
    A deadline whose policy is lost differs, since nobody can say when it is due.
    """
    running = await deadlines.running_after(session, after, AUDIT_BATCH)
    lifted = await deadlines.changed_for(session, LIFTED, [deadline.id for deadline in running])
    lost = {deadline.policy for deadline in running} - set(desk.policies.versions)
    if lost:
        log.error("policies_lost", policies=sorted(lost))
    wrong = 0
    for deadline in running:
        if deadline.policy in lost:
            wrong += 1
            continue
        calendar = await desk.calendar_of_deadline(session, deadline)
        made = desk.recompute(deadline, calendar, await deadlines.pauses(session, deadline.id))
        wrong += made.due_at != deadline.due_at and deadline.id not in lifted
    return wrong, running[-1].id if len(running) == AUDIT_BATCH else None
