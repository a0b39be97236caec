"""Deadlines of cases: armed, stopped, moved. Firing them lies in `firing.py`.

Callers hold the case's lock first, then lock its deadlines here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, Uuid, and_, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.calendars import Reach
from services.complaints.deadlines.domain.policy import Rule
from services.complaints.deadlines.domain.schedule import Deadline, Schedule, Status
from services.complaints.deadlines.tables import (
    CALENDAR_VERSION,
    DEADLINE,
    DEADLINE_CHANGE,
    DEADLINE_PAUSE,
)
from services.complaints.tables import UNIT
from shared.calendar.working import Pause
from shared.db.arrays import among
from shared.kernel import Zone

CALLED = {"unit_key": "unit_id", "rule_id": "rule"}
COLUMNS = {field.name: DEADLINE.c[CALLED.get(field.name, field.name)] for field in fields(Deadline)}
"""The column of each field; what has `passed` by now is told by more than its column."""
_PASSED = DEADLINE.c.passed.concat(DEADLINE.c.rung_code[1 : DEADLINE.c.next_rung])
DEADLINES = select(*(column.label(name) for name, column in (COLUMNS | {"passed": _PASSED}).items()))
RUNS = DEADLINE.c.status.in_(("armed", "paused"))
_zone = func.coalesce(
    select(UNIT.c.zone).where(UNIT.c.unit_id == DEADLINE.c.unit_id).correlate(DEADLINE).scalar_subquery(),
    Zone.WIB.value,
)
"""The zone of a deadline's unit; Jakarta's while nobody knows the unit."""
IS_WATCH = DEADLINE.c.start_fact.is_distinct_from("ended")
"""Whether a deadline is about work on a case, and not about how long an ended one is kept."""
KEEPS = DEADLINE.c.start_fact == literal("ended", literal_execute=True)
"""The opposite, written as the index `deadline_kept` knows it."""
LATE = (
    DEADLINE.c.status == literal("armed", literal_execute=True),
    DEADLINE.c.breached_at.is_not(None),
    DEADLINE.c.rung_to[DEADLINE.c.due_rung + 1] != "",
)
"""What makes a deadline overdue: it ran out, runs on, and its breach tells somebody, not the reporter alone.

The first two are written as the index `deadline_late` knows them.
"""


async def arm(
    session: AsyncSession, deadline: Deadline, rule: Rule, made: Schedule, now: datetime
) -> Deadline:
    """Insert a new deadline and return it with the cycle it got: the case's, or the next one of its rule."""
    earlier = (DEADLINE.c.case_ref == deadline.case_ref, DEADLINE.c.rule == deadline.rule_id)
    following = select(func.coalesce(func.max(DEADLINE.c.cycle), 0) + 1).where(*earlier).scalar_subquery()
    row = {column.name: getattr(deadline, name) for name, column in COLUMNS.items()} | _rungs(made)
    row |= {"cycle": func.greatest(deadline.cycle, following), "passed": list(deadline.passed)}
    row |= {"repeat_days": rule.ladder.repeat_days, "repeat_to": ",".join(rule.ladder.repeat_to)}
    cycle = await session.execute(DEADLINE.insert().values(**row, armed_at=now).returning(DEADLINE.c.cycle))
    return replace(deadline, cycle=cycle.scalar_one())


async def known_since(session: AsyncSession, case_ref: UUID, now: datetime) -> datetime:
    """Return when the case got its first deadline, `now` when it has none yet."""
    first = select(func.min(DEADLINE.c.armed_at)).where(DEADLINE.c.case_ref == case_ref)
    known: datetime | None = await session.scalar(first)
    return known or now


async def lock_running(session: AsyncSession, case_ref: UUID) -> list[Deadline]:
    """Lock and return the case's armed and paused deadlines; waits for a poller that is firing one."""
    asked = DEADLINES.where(DEADLINE.c.case_ref == case_ref, RUNS).order_by(DEADLINE.c.id)
    return await _all(session, asked.with_for_update())


async def of_case(session: AsyncSession, case_ref: UUID) -> list[Deadline]:
    """Return every deadline the case ever had, in the order they were armed."""
    asked = DEADLINES.where(DEADLINE.c.case_ref == case_ref)
    return await _all(session, asked.order_by(DEADLINE.c.armed_at, DEADLINE.c.id))


async def of_rules(session: AsyncSession, case_ref: UUID, rules: Sequence[str]) -> list[Deadline]:
    """Return every deadline of these rules that the case ever had."""
    if not rules:
        return []
    return await _all(session, DEADLINES.where(DEADLINE.c.case_ref == case_ref, DEADLINE.c.rule.in_(rules)))


async def end(session: AsyncSession, deadline: Deadline, status: Status, at: datetime) -> Deadline:
    """End a deadline by its act: `met` or `late_done`."""
    return await _change(session, deadline, status=status, met_at=at, next_fire_at=None)


async def cancel(
    session: AsyncSession, deadline: Deadline, actor: str, at: datetime, *, status: Status = "cancelled"
) -> Deadline:
    """End a deadline whose act is not awaited any more; the ledger keeps by whom, when and why."""
    await end_pause(session, deadline, at)
    ended = await _change(session, deadline, status=status, next_fire_at=None)
    await note(session, deadline, ended, status, actor, at)
    return ended


async def pause(session: AsyncSession, deadline: Deadline, at: datetime) -> Deadline:
    """Let a deadline stand still from `at`."""
    await session.execute(DEADLINE_PAUSE.insert().values(deadline_id=deadline.id, start_at=at))
    return await _change(session, deadline, status="paused", next_fire_at=None)


async def end_pause(session: AsyncSession, deadline: Deadline, at: datetime) -> None:
    """Note the end of the running pause."""
    is_running = (DEADLINE_PAUSE.c.deadline_id == deadline.id, DEADLINE_PAUSE.c.end_at.is_(None))
    await session.execute(DEADLINE_PAUSE.update().where(*is_running).values(end_at=at))


async def pauses(session: AsyncSession, deadline_id: UUID) -> list[Pause]:
    """Return the ended pauses of a deadline in order."""
    return (await pauses_of(session, [deadline_id])).get(deadline_id, [])


async def pauses_of(session: AsyncSession, deadline_ids: Sequence[UUID]) -> dict[UUID, list[Pause]]:
    """Return the ended pauses of each of these deadlines that has any, in order."""
    asked = select(*DEADLINE_PAUSE.c["deadline_id", "start_at", "end_at", "is_by_dates"]).where(
        among(DEADLINE_PAUSE.c.deadline_id, deadline_ids), DEADLINE_PAUSE.c.end_at.is_not(None)
    )
    found: dict[UUID, list[Pause]] = {}
    rows = await session.execute(asked.order_by(DEADLINE_PAUSE.c.start_at, DEADLINE_PAUSE.c.id))
    for deadline_id, *pause in rows:
        found.setdefault(deadline_id, []).append(Pause(*pause))
    return found


async def stretches(session: AsyncSession, case_ref: UUID, rules: Sequence[str]) -> list[Pause]:
    """Return when the ended deadlines of these rules ran, in order."""
    table = DEADLINE_CHANGE.c
    of_it = (table.deadline_id == DEADLINE.c.id, table.reason.in_(("cancelled", "superseded")))
    cancelled = select(func.max(table.at)).where(*of_it).scalar_subquery()
    ended = func.least(DEADLINE.c.met_at, cancelled, DEADLINE.c.due_at)
    asked = select(DEADLINE.c.start_at, ended).where(
        DEADLINE.c.case_ref == case_ref, DEADLINE.c.rule.in_(rules), ~RUNS
    )
    return [Pause(*row) for row in await session.execute(asked.order_by(DEADLINE.c.start_at))]


async def move(
    session: AsyncSession,
    deadline: Deadline,
    made: Schedule,
    *,
    calendar_version: int,
    reason: str,
    actor: str,
    at: datetime,
    length: int | None = None,
) -> Deadline:
    """Give an unbreached deadline new instants, let it run, and note old and new due time.

    `length` is its new one, where it changes.
    """
    moved = await _change(
        session,
        deadline,
        _rungs(made) | _place(deadline),
        due_at=made.due_at,
        next_fire_at=made.rungs[0].at,
        status="armed",
        calendar_version=calendar_version,
        is_provisional=made.is_provisional,
        length=deadline.length if length is None else length,
    )
    await note(session, deadline, moved, reason, actor, at)
    return moved


async def recast(
    session: AsyncSession,
    deadline: Deadline,
    becomes: Deadline,
    rule: Rule,
    made: Schedule | None,
    *,
    reason: str,
    actor: str,
    at: datetime,
    migration: UUID | None = None,
) -> Deadline:
    """Let an unbreached deadline count from the start, for the length and by the `rule` that it `becomes`.

    One that stands still goes on doing so: `made` is None, and its due time is computed when it runs again.
    """
    cast = {name: getattr(becomes, name) for name in ("policy", "length", "start_at", "start_fact")}
    ladder = {"repeat_days": rule.ladder.repeat_days, "repeat_to": ",".join(rule.ladder.repeat_to)}
    if made is None:
        moved = await _change(session, deadline, ladder, **cast)
    else:
        moved = await _change(
            session,
            deadline,
            ladder | _rungs(made) | _place(deadline),
            **cast,
            due_at=made.due_at,
            next_fire_at=made.rungs[0].at,
            is_provisional=made.is_provisional,
        )
    await note(session, deadline, moved, reason, actor, at, migration=migration)
    return moved


async def rehome(session: AsyncSession, deadline: Deadline, unit_key: str, kind: str) -> Deadline:
    """Let a deadline belong to another unit or kind; when it is due does not change by that.

    A breached one keeps the day that it was due on, in the zone it had.
    """
    zone = func.coalesce(DEADLINE.c.due_zone, _zone) if deadline.breached_at else DEADLINE.c.due_zone
    moved = DEADLINE.update().where(DEADLINE.c.id == deadline.id)
    moved = moved.values(unit_id=unit_key, kind=kind, due_zone=zone, version=DEADLINE.c.version + 1)
    due_zone = await session.scalar(moved.returning(DEADLINE.c.due_zone))
    return replace(deadline, unit_key=unit_key, kind=kind, due_zone=due_zone, version=deadline.version + 1)


async def keep_pauses(session: AsyncSession, old: UUID, new: UUID) -> None:
    """Let a deadline that takes the place of another one have stood still whenever that one did."""
    table = DEADLINE_PAUSE
    told = ("start_at", "end_at", "is_by_dates")
    stood = select(literal(new, Uuid), *(table.c[name] for name in told)).where(table.c.deadline_id == old)
    await session.execute(table.insert().from_select(["deadline_id", *told], stood))


async def behind_calendar(
    session: AsyncSession, national: int, policies: Sequence[str], limit: int
) -> Sequence[UUID]:
    """Return cases with a running deadline under one of these policies, computed with an older calendar.

    Older than `national`, the newest version for everybody, or than one of the deadline's own zone or unit.
    How long ended cases are kept is in months, which no calendar moves.
    """
    table = CALENDAR_VERSION.c
    rows = await session.execute(
        select(table.name, func.max(table.version)).where(table.reach == "zone").group_by(table.name)
    )
    of_unit = (table.reach == "unit", table.name == DEADLINE.c.unit_id)
    newer = select(table.version).where(*of_unit, table.version > DEADLINE.c.calendar_version)
    is_behind = or_(
        DEADLINE.c.calendar_version < national,
        newer.correlate(DEADLINE).exists(),  # a look into the index for each, whatever the planner knows
        *(and_(DEADLINE.c.calendar_version < version, _zone == name) for name, version in rows),
    )
    asked = select(DEADLINE.c.case_ref).distinct()
    asked = asked.where(is_behind, DEADLINE.c.policy.in_(policies), IS_WATCH)
    return (await session.scalars(asked.where(RUNS, DEADLINE.c.breached_at.is_(None)).limit(limit))).all()


async def reaching(
    session: AsyncSession,
    reach: Reach,
    name: str,
    first: date,
    last: date,
    policies: Sequence[str],
    limit: int,
) -> list[Deadline]:
    """Return running, unbreached deadlines that hold a day from first to last: all, or a zone's or unit's.

    Days are of UTC, so give one more on each side.
    """
    begin, end = (datetime.combine(day, time(), UTC) for day in (first, last + timedelta(days=1)))
    asked = DEADLINES.where(
        DEADLINE.c.status == "armed",
        DEADLINE.c.breached_at.is_(None),
        DEADLINE.c.policy.in_(policies),
        DEADLINE.c.start_at < end,
        DEADLINE.c.due_at > begin,
    )
    if reach == "unit":
        asked = asked.where(DEADLINE.c.unit_id == name)
    elif reach == "zone":
        asked = asked.where(_zone == name)
    return await _all(session, asked.order_by(DEADLINE.c.due_at, DEADLINE.c.id).limit(limit))


async def provisional_cases(
    session: AsyncSession, policies: Sequence[str], after: UUID, limit: int
) -> Sequence[UUID]:
    """Return the next cases with a provisional deadline that runs unbreached under one of these policies."""
    asked = select(DEADLINE.c.case_ref).distinct()
    asked = asked.where(
        DEADLINE.c.is_provisional,
        DEADLINE.c.policy.in_(policies),
        DEADLINE.c.case_ref > after,
        DEADLINE.c.status == "armed",
        DEADLINE.c.breached_at.is_(None),
    )
    return (await session.scalars(asked.order_by(DEADLINE.c.case_ref).limit(limit))).all()


async def mark_calendar(session: AsyncSession, deadline: Deadline, version: int) -> None:
    """Note that a deadline stays as it is in a newer calendar; which one its last event named is kept."""
    is_told = DEADLINE.c.told_version == DEADLINE.c.version
    await session.execute(
        DEADLINE.update()
        .where(DEADLINE.c.id == deadline.id)
        .values(
            calendar_version=version,
            told_version=DEADLINE.c.version,
            told_calendar=case((is_told, DEADLINE.c.told_calendar), else_=DEADLINE.c.calendar_version),
        )
    )


async def changed_for(
    session: AsyncSession, reasons: Collection[str], deadline_ids: Sequence[UUID]
) -> set[UUID]:
    """Return which of these deadlines were ever moved for one of these reasons."""
    these = (DEADLINE_CHANGE.c.reason.in_(reasons), DEADLINE_CHANGE.c.deadline_id.in_(deadline_ids))
    return set(await session.scalars(select(DEADLINE_CHANGE.c.deadline_id).distinct().where(*these)))


async def running_after(session: AsyncSession, after: UUID, limit: int) -> list[Deadline]:
    """Return running deadlines by id, for the audit that recomputes every due time."""
    next_ones = (DEADLINE.c.id > after, DEADLINE.c.status == "armed", DEADLINE.c.kind != "canary")
    return await _all(session, DEADLINES.where(*next_ones).order_by(DEADLINE.c.id).limit(limit))


async def _all(session: AsyncSession, asked: Select[Any]) -> list[Deadline]:
    return [deadline_of(row) for row in (await session.execute(asked)).mappings()]


async def _change(
    session: AsyncSession, deadline: Deadline, rungs: Mapping[str, Any] | None = None, **values: Any
) -> Deadline:
    """Write these fields, one version later, and the rungs if they change; return the deadline after it."""
    changed = DEADLINE.update().where(DEADLINE.c.id == deadline.id)
    await session.execute(changed.values(**(rungs or {}), **values, version=DEADLINE.c.version + 1))
    return replace(deadline, **values, version=deadline.version + 1)


async def note(
    session: AsyncSession,
    old: Deadline,
    new: Deadline,
    reason: str,
    actor: str,
    at: datetime,
    *,
    migration: UUID | None = None,
) -> None:
    """Keep in the ledger what became of a due time, and of the policy where that changed."""
    is_cast = old.policy != new.policy
    await session.execute(
        DEADLINE_CHANGE.insert().values(
            deadline_id=old.id,
            at=at,
            reason=reason,
            actor=actor,
            old_due_at=old.due_at,
            new_due_at=new.due_at,
            old_calendar_version=old.calendar_version,
            new_calendar_version=new.calendar_version,
            old_policy=old.policy if is_cast else None,
            new_policy=new.policy if is_cast else None,
            migration_id=migration,
        )
    )


def _place(deadline: Deadline) -> dict[str, object]:
    return {"passed": list(deadline.passed), "unit_id": deadline.unit_key, "kind": deadline.kind}


def _rungs(made: Schedule) -> dict[str, object]:
    return {
        "rung_at": [rung.at for rung in made.rungs],
        "rung_notify_at": [rung.notify_at for rung in made.rungs],
        "rung_code": [rung.code for rung in made.rungs],
        "rung_to": [",".join(rung.to) for rung in made.rungs],
        "due_rung": made.due_rung,
        "next_rung": 0,
    }


def deadline_of(row: RowMapping | Mapping[str, Any]) -> Deadline:
    """Return the deadline that a row with these columns holds."""
    return Deadline(**{**row, "passed": tuple(row["passed"])})
