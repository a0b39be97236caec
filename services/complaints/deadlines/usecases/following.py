"""Running deadlines follow what their matter is about by now: its unit, and its class."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines import events
from services.complaints.deadlines.domain.policy import Matter, Rule
from services.complaints.deadlines.domain.schedule import Deadline, schedule
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.store.present import MOVED_HOME
from services.complaints.deadlines.usecases.engine import LIFTED, LIFTS, DeadlineEngine, due_on
from shared.calendar.working import Pause, WorkingCalendar
from shared.contracts.base import EventData
from shared.kernel import new_id


async def follow(
    session: AsyncSession,
    engine: DeadlineEngine,
    matter: Matter,
    running: Sequence[Deadline],
    now: datetime,
    actor: str,
    *,
    is_sorted_anew: bool,
) -> list[EventData]:
    """Let the running deadlines follow what a case is about by now: its unit, and its class.

    When it `is_sorted_anew`, one whose rule is another one for the new class is replaced by that, from
    the same start and with the same pauses. In another unit they keep their rule and count by its
    calendar. A breached one stays as it is, but for whom it tells. One that cases of this kind do not have
    is cancelled, breached or not: no act on such a case could meet it.
    """
    facts: list[EventData] = []
    calendar = await engine.calendar_of(session, matter.unit_id)
    for one in running:
        if not _is_of_kind(engine, one, matter.kind):
            facts.append(events.cancelled(await deadlines.cancel(session, one, actor, now)))
            continue
        rule = _rule_for(engine, one, matter, calendar) if is_sorted_anew else None
        if rule is not None and one.breached_at is None:
            facts += await _anew(session, engine, one, rule, matter, now, actor)
        elif one.unit_key != units.key_of(matter.unit_id) or one.kind != matter.kind:
            facts.append(await _rehome(session, engine, one, matter, calendar, now, actor))
    return facts


async def lengthens_late(
    session: AsyncSession,
    engine: DeadlineEngine,
    matter: Matter,
    running: Sequence[Deadline],
    now: datetime,
    *,
    is_sorted_anew: bool,
) -> bool:
    """Tell whether another class or unit takes two people: it lengthens a deadline that is mostly over.

    When it `is_sorted_anew` those count whose rule is another one for the new class, else those that the
    calendar of the new unit would move.
    """
    there = await engine.calendar_of(session, matter.unit_id)
    for one in running:
        calendar = await engine.calendar_of_deadline(session, one)
        rule = _rule_for(engine, one, matter, calendar) if is_sorted_anew else engine.rule_of(one)
        if rule is None or one.breached_at is not None:
            continue
        stretches = await deadlines.pauses(session, one.id)
        if is_sorted_anew:
            made = schedule(rule, one.start_at, calendar, engine.policies.superiors, pauses=stretches)
        else:
            made = engine.recompute(one, there, stretches)
        if made.due_at > one.due_at and await engine.is_late(session, [one], now):
            return True
    return False


def _is_of_kind(engine: DeadlineEngine, one: Deadline, kind: str) -> bool:
    """Tell whether a matter of this kind may have such a deadline, by its own rule or another of its id."""
    own = engine.policies.about(one.rule_id, one.policy)
    return kind in own.kinds or (kind, one.rule_id) in engine.policies.kinds_by_rule


def _rule_for(
    engine: DeadlineEngine, one: Deadline, matter: Matter, calendar: WorkingCalendar
) -> Rule | None:
    """Return the rule that would arm a running deadline for this matter, when it is another one."""
    rule = engine.policies.in_force(one.rule_id, matter, calendar.local_date(one.start_at))
    own = engine.policies.about(one.rule_id, one.policy)
    is_other = rule is not None and rule.case_class != own.case_class
    return rule if is_other else None


async def _anew(
    session: AsyncSession,
    engine: DeadlineEngine,
    old: Deadline,
    rule: Rule,
    matter: Matter,
    now: datetime,
    actor: str,
) -> list[EventData]:
    """Replace a running deadline by one of another rule that counts from the same start.

    A due time that would lie in the past becomes the end of the next working day.
    """
    ended = await engine.supersede(session, old, actor, now)
    stretches = await deadlines.pauses(session, old.id)
    calendar = await engine.calendar_of(session, matter.unit_id)
    new = replace(
        old,
        id=new_id(),
        unit_key=units.key_of(matter.unit_id),
        kind=matter.kind,
        policy=rule.version,
        calendar_version=calendar.version,
        length=rule.length,
        passed=(),
        status="armed",
        version=1,
    )
    made = engine.recompute(new, calendar, stretches)
    new = replace(new, due_at=made.due_at, next_fire_at=made.rungs[0].at, is_provisional=made.is_provisional)
    new = await deadlines.arm(session, new, rule, made, now)
    await deadlines.keep_pauses(session, old.id, new.id)
    await deadlines.note(session, old, new, "class", actor, now)
    facts = [ended, events.armed(new)]
    if made.due_at <= now:
        moved = await _lift(session, engine, new, calendar, stretches, now, actor)
        facts.append(events.rescheduled(moved, new.due_at))
    return facts


async def _rehome(
    session: AsyncSession,
    engine: DeadlineEngine,
    deadline: Deadline,
    matter: Matter,
    calendar: WorkingCalendar,
    now: datetime,
    actor: str,
) -> EventData:
    """Let a deadline run in another unit or for another kind; unbreached it counts by its days."""
    unit_key = units.key_of(matter.unit_id)
    if deadline.status == "paused" or deadline.breached_at is not None:
        moved = await deadlines.rehome(session, deadline, unit_key, matter.kind)
        await deadlines.note(session, deadline, moved, MOVED_HOME, actor, now)
        if deadline.status == "paused":
            return events.paused(moved)
        return events.rescheduled(moved, deadline.due_at)
    moved = replace(deadline, unit_key=unit_key, kind=matter.kind)
    stretches = await deadlines.pauses(session, deadline.id)
    made = engine.recompute(moved, calendar, stretches, deadline.passed)
    is_lifted = bool(await deadlines.changed_for(session, LIFTS, [deadline.id]))
    if made.due_at <= now and not is_lifted:
        moved = await _lift(session, engine, moved, calendar, stretches, now, actor)
    else:
        if is_lifted:  # once is enough: it stays due on the day it was lifted to
            day = due_on(deadline, calendar)
            made = engine.recompute(moved, calendar, stretches, deadline.passed, lifted_to=day)
        version = calendar.version
        moved = await deadlines.move(
            session, moved, made, calendar_version=version, reason=MOVED_HOME, actor=actor, at=now
        )
    return events.rescheduled(moved, deadline.due_at)


async def _lift(
    session: AsyncSession,
    engine: DeadlineEngine,
    deadline: Deadline,
    calendar: WorkingCalendar,
    stretches: Sequence[Pause],
    now: datetime,
    actor: str,
) -> Deadline:
    """Move a deadline that would be due in the past to the end of the next working day."""
    next_day = next(calendar.working_days_after(calendar.local_date(now)))
    made = engine.recompute(deadline, calendar, stretches, deadline.passed, lifted_to=next_day)
    version = calendar.version
    return await deadlines.move(
        session, deadline, made, calendar_version=version, reason=LIFTED, actor=actor, at=now
    )
