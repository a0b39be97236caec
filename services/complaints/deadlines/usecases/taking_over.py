"""A matter is answered as early as another one would have had to be, which its answer answers too."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines import events
from services.complaints.deadlines.domain.policy import Rule
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import EARLIER, EARLIER_LIFTED, DeadlineEngine
from shared.contracts.base import EventData


async def take_earlier(
    session: AsyncSession,
    engine: DeadlineEngine,
    case_ref: UUID,
    others: Sequence[Deadline],
    now: datetime,
    actor: str,
) -> list[EventData]:
    """Let a matter answer as early as another one would have had to, which its answer answers too.

    Of each rule that only an answer meets, its unbreached deadline goes over to the other's start,
    length, version and pauses when it is due earlier so. One that would be due in the past becomes due
    with the end of the next working day, unless it is due before that anyway.
    """
    facts: list[EventData] = []
    mine = {one.rule_id: one for one in await deadlines.lock_running(session, case_ref)}
    known = {rule.version: rule for rule in engine.policies.rules if rule.is_answers}
    for other in others:
        one, rule = mine.get(other.rule_id), known.get(other.policy)
        if one is not None and one.breached_at is None and rule is not None:
            facts += await _take_over(session, engine, one, other, rule, now, actor)
    return facts


async def _take_over(
    session: AsyncSession,
    engine: DeadlineEngine,
    one: Deadline,
    other: Deadline,
    rule: Rule,
    now: datetime,
    actor: str,
) -> list[EventData]:
    becomes = replace(
        one,
        policy=other.policy,
        length=other.length,
        start_at=other.start_at,
        start_fact=other.start_fact,
    )
    calendar = await engine.calendar_of_deadline(session, one)
    stretches = [pause for id_ in (one.id, other.id) for pause in await deadlines.pauses(session, id_)]
    made = engine.recompute(becomes, calendar, stretches, one.passed)
    is_over = made.due_at <= now
    if is_over:
        next_day = next(calendar.working_days_after(calendar.local_date(now)))
        made = engine.recompute(becomes, calendar, stretches, one.passed, lifted_to=next_day)
    if made.due_at >= one.due_at:
        return []
    await deadlines.keep_pauses(session, other.id, one.id)
    moved = await deadlines.recast(
        session,
        one,
        becomes,
        rule,
        None if one.status == "paused" else made,
        reason=EARLIER_LIFTED if is_over else EARLIER,
        actor=actor,
        at=now,
    )
    return [events.paused(moved) if one.status == "paused" else events.rescheduled(moved, one.due_at)]
