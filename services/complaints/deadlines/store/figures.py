"""Counts over all deadlines for the metrics; how cases stand with them is counted beside cases."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import DateTime, Integer, bindparam, extract, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.store.deadlines import LATE
from services.complaints.deadlines.tables import DEADLINE, DEADLINE_FIRED, DUE_AUDIT, WORK_ITEM
from services.complaints.tables import UNIT
from shared.db.arrays import among
from shared.security import Scope

_CASES = func.count(DEADLINE.c.case_ref.distinct()).label("cases")
_OVERDUE = select(DEADLINE.c.kind, _CASES).where(*LATE).group_by(DEADLINE.c.kind)
_IS_BREACH = DEADLINE_FIRED.c.fact == literal("overdue", literal_execute=True)
"""Written as the index `deadline_fired_breach` knows it."""
_RULE = (DEADLINE_FIRED.c.kind, DEADLINE_FIRED.c.rule)
_BREACHES = select(*_RULE, func.count()).where(_IS_BREACH).group_by(*_RULE)
_NOW = bindparam("now", type_=DateTime(timezone=True))
_OLDEST_DUE = select(extract("epoch", _NOW - func.min(DEADLINE.c.next_fire_at)))
_FIRST_LATE = select(DEADLINE.c.due_at).where(*LATE).order_by(DEADLINE.c.due_at).limit(1)
_OLDEST_OVERDUE = select(extract("epoch", _NOW - _FIRST_LATE.scalar_subquery()))
_IS_ASIDE = (WORK_ITEM.c.done_at.is_(None), WORK_ITEM.c.attempts > 0)
_ASIDE = select(func.count()).where(*_IS_ASIDE)
_IS_PROVISIONAL = (
    DEADLINE.c.is_provisional,
    DEADLINE.c.status == literal("armed", literal_execute=True),
    DEADLINE.c.breached_at.is_(None),
)
"""Written as the index `deadline_provisional` knows it."""
_PROVISIONAL = select(func.count()).where(*_IS_PROVISIONAL)
_FIRST_YEAR, _LAST_YEAR = (
    extract("year", func.timezone("Asia/Jakarta", moment)).cast(Integer)
    for moment in (DEADLINE.c.start_at, DEADLINE.c.due_at - timedelta(microseconds=1))
)
_REACHED = (
    select(_FIRST_YEAR.label("first"), _LAST_YEAR.label("last"), func.count().label("deadlines"))
    .where(*_IS_PROVISIONAL)
    .group_by(_FIRST_YEAR, _LAST_YEAR)
)
_IS_RUNNING = DEADLINE.c.status.in_([literal(status, literal_execute=True) for status in ("armed", "paused")])
"""Written as the index `deadline_running` knows it."""
_RUNNING = select(DEADLINE.c.policy, func.count().label("deadlines")).where(
    _IS_RUNNING, DEADLINE.c.kind != "canary"
)
_AUDIT = select(DUE_AUDIT.c.ended_at, DUE_AUDIT.c.last_differ)


@dataclass(frozen=True, slots=True)
class Look:
    """What is the matter at one instant, found without counting: ages in seconds, 0 for nothing.

    `audited_at` and `mismatches` are of the last complete audit, None before the first.
    """

    oldest_due_seconds: float
    oldest_overdue_seconds: float
    work_put_aside: int
    audited_at: datetime | None
    mismatches: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What is late and fired at one instant; breaches by (kind, rule)."""

    cases_overdue: dict[str, int]
    breaches: dict[tuple[str, ...], int]
    provisional: int


async def look(session: AsyncSession, now: datetime) -> Look:
    """Read what indexes know at once, however many deadlines there are."""
    due = await session.scalar(_OLDEST_DUE, {"now": now})
    overdue = await session.scalar(_OLDEST_OVERDUE, {"now": now})
    aside = await session.scalar(_ASIDE)
    audit = (await session.execute(_AUDIT)).one_or_none()
    return Look(
        oldest_due_seconds=max(0.0, float(due or 0)),
        oldest_overdue_seconds=max(0.0, float(overdue or 0)),
        work_put_aside=aside or 0,
        audited_at=audit and audit.ended_at,
        mismatches=audit and audit.last_differ,
    )


async def load(session: AsyncSession) -> Figures:
    """Count in the snapshot of the session."""
    overdue = await session.execute(_OVERDUE)
    breaches = await session.execute(_BREACHES)
    return Figures(
        cases_overdue={row.kind: row.cases for row in overdue},
        breaches={(kind, rule): count for kind, rule, count in breaches},
        provisional=await session.scalar(_PROVISIONAL) or 0,
    )


async def provisional_by_year(session: AsyncSession) -> Counter[int]:
    """Count the provisional deadlines that run unbreached, by each year that they reach (Jakarta's dates).

    Reads what the index `deadline_provisional` holds, nothing else.
    """
    reached: Counter[int] = Counter()
    for row in await session.execute(_REACHED):
        reached.update(dict.fromkeys(range(row.first, row.last + 1), row.deadlines))
    return reached


async def running_by_policy(session: AsyncSession, scope: Scope) -> Counter[str]:
    """Count the deadlines of units in scope that run or stand still, by the version of their policy.

    Of a case whose unit nobody knows only whoever sees all units counts it.
    """
    asked = _RUNNING
    if scope.level == "unit":
        asked = asked.where(among(DEADLINE.c.unit_id, sorted(scope.units)))
    elif scope.level == "agency":
        own = select(UNIT.c.unit_id).where(among(UNIT.c.agency_id, sorted(scope.agencies)))
        asked = asked.where(DEADLINE.c.unit_id.in_(own))
    rows = await session.execute(asked.group_by(DEADLINE.c.policy))
    return Counter({row.policy: row.deadlines for row in rows})
