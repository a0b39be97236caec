"""What the engine does to a case after its reporter let a deadline pass, one item at a time.

The item was written when the deadline ran out; whatever was committed to the case before it is done wins.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import State
from services.complaints.cases.store import cases, owed
from services.complaints.cases.usecases.acts.moving import open_case, tell
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.store import deadlines, firing
from services.complaints.deadlines.store.firing import WorkItem
from services.complaints.deadlines.usecases.engine import ENGINE, DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import ClockHeldError
from shared.db import savepoint
from shared.db.clock import database_now
from shared.db.faults import is_away, is_conflict

log = structlog.get_logger(__name__)

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
MOST_DOUBLINGS = 6
"""An hour is reached by then; without an end the number itself would fail one day."""


async def do_next(session: AsyncSession, engine: DeadlineEngine) -> bool:
    """Do the oldest open work item that is ready, under its case's lock; False when there is none.

    A reply that was committed first wins: the item then ends as `superseded`. An item that fails is put
    aside for a while, with nothing done to its case, so that it holds up no other.
    """
    item = await firing.take_work(session, await engine.clock.now(session))
    if item is None:
        return False
    try:
        async with savepoint(session):
            result = await _do(session, engine, item)
    except Exception as error:
        if is_away(error) or is_conflict(error) or isinstance(error, ClockHeldError):
            raise
        log.exception("work_put_aside", kind=item.kind, case=str(item.case_ref), attempts=item.attempts + 1)
        wait = min(FIRST_RETRY * 2 ** min(item.attempts, MOST_DOUBLINGS), LONGEST_RETRY)
        await firing.put_aside(session, item, await database_now(session) + wait)
    else:
        await firing.finish_work(session, item, result, await database_now(session))
    return True


async def _do(session: AsyncSession, engine: DeadlineEngine, item: WorkItem) -> str:
    if item.kind == "close_by_silence":
        is_done = await close_by_silence(session, engine, item.case_ref, item.deadline_id)
        return "closed" if is_done else "superseded"
    is_done = await resume_after_silence(session, engine, item.case_ref, item.deadline_id, item.due_at)
    return "resumed" if is_done else "superseded"


async def close_by_silence(
    session: AsyncSession, engine: DeadlineEngine, case_id: UUID, deadline_id: UUID
) -> bool:
    """Close an answered case whose reporter let the time of this deadline pass.

    False when the reporter was first: the deadline ended, and perhaps another answer waits by now; and when
    the notice of the answer came back, for who never heard of it says nothing by silence.
    """
    case = await cases.lock(session, case_id)
    if case is None or not _runs(await deadlines.lock_running(session, case_id), deadline_id):
        return False
    if await owed.is_returned(session, case):
        return False
    opened = await open_case(session, engine, "close", case_id)
    await opened.perform(None, closed_at=opened.now, closed_by="silence")
    return True


async def resume_after_silence(
    session: AsyncSession, engine: DeadlineEngine, case_id: UUID, deadline_id: UUID, at: datetime
) -> bool:
    """Let the paused deadlines run again as of `at`, when the reporter's time of this deadline was over.

    False when none is paused any more, or the deadline ended: the reporter was first.
    """
    case = await cases.lock(session, case_id)
    running = await deadlines.lock_running(session, case_id)
    if case is None or case.state is not State.MENUNGGU_KELENGKAPAN or not _runs(running, deadline_id):
        return False
    now = await engine.clock.now(session)
    facts = await engine.resume(session, running, at, now, ENGINE)
    await tell(session, None, "resume_after_silence", case, facts, now)
    return bool(facts)


def _runs(running: Sequence[Deadline], deadline_id: UUID) -> bool:
    return any(deadline.id == deadline_id for deadline in running)
