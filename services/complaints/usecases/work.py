"""What the engine owes cases after a reporter's time ran out, and the care for clocks that run long."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import events
from services.complaints.domain.cases import IllegalActError
from services.complaints.domain.clocks import Clock
from services.complaints.store import cases, clocks, firing
from services.complaints.store import now as database_now
from services.complaints.usecases.acts import ENGINE, close_by_silence, resume_after_silence
from services.complaints.usecases.desk import Desk
from services.complaints.usecases.firing import fire_case
from shared import audit, outbox
from shared.contracts.base import EventData

LIFTED = "calendar_lifted"
RESCHEDULE_BATCH = 100
AUDIT_BATCH = 500


async def do_next(session: AsyncSession, desk: Desk) -> bool:
    """Do the oldest open work item, re-checked under its case's lock; False when there is none.

    A reply that was committed first wins: the item then ends as `superseded`.
    """
    item = await firing.take_work(session)
    if item is None:
        return False
    if item.kind == "close_by_silence":
        try:
            await close_by_silence(session, desk, item.case_ref)
            result = "closed"
        except IllegalActError:
            result = "superseded"
    else:
        is_done = await resume_after_silence(session, desk, item.case_ref, item.due_at)
        result = "resumed" if is_done else "superseded"
    await firing.finish_work(session, item, result, await database_now(session))
    return True


async def follow_calendar(session: AsyncSession, desk: Desk, version: int) -> int:
    """Recompute running clocks of some cases with a newer calendar; return how many cases were looked at.

    Only clocks whose due time moves tell so. A breached clock stays breached; a due time that would lie in
    the past becomes the end of the next working day. Source: complaints.md section 6.3.
    """
    looked_at = await clocks.behind_calendar(session, version, RESCHEDULE_BATCH)
    for case_ref in looked_at:
        await cases.lock(session, case_ref, None)
        now = await database_now(session)
        await fire_case(session, now, case_ref)
        facts: list[EventData] = []
        for clock in await clocks.lock_running(session, case_ref):
            if clock.calendar_version < version and clock.breached_at is None:
                facts += await _recount(session, desk, clock, version)
        if facts:
            event_ids = await outbox.record(session, facts, source=events.SOURCE, at=now)
            await audit.record(
                session,
                actor=None,
                operation="reschedule_clocks",
                entity="case",
                entity_id=str(case_ref),
                changes={"calendar_version": version},
                event_ids=event_ids,
            )
    return len(looked_at)


async def _recount(session: AsyncSession, desk: Desk, clock: Clock, version: int) -> list[EventData]:
    calendar = await desk.calendar_of_clock(session, clock, version)
    stretches = await clocks.pauses(session, clock.id)
    made = desk.recompute(clock, calendar, stretches, clock.passed)
    if clock.status == "paused" or made.due_at == clock.due_at:
        await clocks.mark_calendar(session, clock, version)
        return []
    now = await database_now(session)
    reason = "calendar"
    if made.due_at <= now:
        reason = LIFTED
        next_day = calendar.rolled(calendar.local_date(now))
        made = desk.recompute(clock, calendar, stretches, clock.passed, lifted_to=next_day)
    moved = await clocks.move(
        session, clock, made, calendar_version=version, reason=reason, actor=ENGINE, at=now
    )
    return [events.rescheduled(moved, clock.due_at)]


async def mismatches(session: AsyncSession, desk: Desk, after: UUID) -> tuple[int, UUID | None]:
    """Recompute the due times of the next running clocks; return how many differ and where to go on.

    Clocks that a new calendar lifted out of the past are left out: their due day is not a count.
    """
    running = await clocks.running_after(session, after, AUDIT_BATCH)
    lifted = await clocks.changed_for(session, LIFTED, [clock.id for clock in running])
    wrong = 0
    for clock in running:
        calendar = await desk.calendar_of_clock(session, clock)
        made = desk.recompute(clock, calendar, await clocks.pauses(session, clock.id))
        wrong += made.due_at != clock.due_at and clock.id not in lifted
    return wrong, running[-1].id if len(running) == AUDIT_BATCH else None
