"""The audit recomputes the due time of every running deadline, a few at a time, round after round.

Where it is stands in the database: a restart goes on from there, and one replica at a time does a step.
Source: complaints.md section 7.7.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.store import deadlines, due_audit
from services.complaints.deadlines.store.due_audit import NOWHERE, Round
from services.complaints.deadlines.store.present import MOVED_HOME
from services.complaints.deadlines.usecases.engine import LIFTS, DeadlineEngine
from shared.calendar.working import WorkingCalendar
from shared.db.clock import database_now

log = structlog.get_logger(__name__)

STEP = 100
"""Deadlines of one step: a tenth of a second, so that nothing beside it waits."""
EACH = timedelta(hours=24)
AFTER_A_FIND = timedelta(hours=1)
"""How long after a round began the next one does: soon after one that found something."""


async def step(session: AsyncSession, engine: DeadlineEngine) -> bool:
    """Recompute the next few deadlines; False when there is nothing to do now, or somebody else does it.

    Must be the first that its transaction asks.
    """
    standing = await due_audit.take(session)
    if standing is None:
        return False
    now = await database_now(session)
    if standing.place is None and _is_time(standing, now):
        standing = replace(standing, began_at=now, place=NOWHERE, differ=0)
    if standing.place is None:
        return False
    differ, place = await _recomputed(session, engine, standing.place)
    standing = replace(standing, place=place, differ=standing.differ + differ)
    if differ:
        log.error("due_times_differ", clocks=differ)
    if place is None:
        standing = replace(standing, ended_at=now, last_differ=standing.differ)
    await due_audit.keep(session, standing)
    return place is not None


def _is_time(ended: Round, now: datetime) -> bool:
    """Tell whether a round is to begin after one that is complete; a clock that went back says so too."""
    pause = AFTER_A_FIND if ended.last_differ else EACH
    return not ended.began_at <= now < ended.began_at + pause


async def _recomputed(session: AsyncSession, engine: DeadlineEngine, after: UUID) -> tuple[int, UUID | None]:
    """Recompute the due times of the next running deadlines; return how many differ and where to go on.

    Deadlines that were lifted out of the past are left out, as their due day is not a count, and breached
    ones that went to another unit, which keep the due time they had.
    A deadline whose policy is lost differs, since nobody can say when it is due.
    """
    running = await deadlines.running_after(session, after, STEP)
    ids = [deadline.id for deadline in running]
    lifted = await deadlines.changed_for(session, LIFTS, ids)
    breached = [deadline.id for deadline in running if deadline.breached_at is not None]
    kept = await deadlines.changed_for(session, (MOVED_HOME,), breached)
    pauses = await due_audit.pauses(session, ids)
    lost = {deadline.policy for deadline in running} - set(engine.policies.versions)
    if lost:
        log.error("policies_lost", policies=sorted(lost))
    calendars: dict[tuple[str, int], WorkingCalendar] = {}
    wrong = 0
    for deadline in running:
        if deadline.policy in lost:
            wrong += 1
            continue
        place = (deadline.unit_key, deadline.calendar_version)
        if place not in calendars:
            calendars[place] = await engine.calendar_of_deadline(session, deadline)
        made = engine.recompute(deadline, calendars[place], pauses.get(deadline.id, ()))
        wrong += made.due_at != deadline.due_at and deadline.id not in lifted | kept
    return wrong, ids[-1] if len(ids) == STEP else None
