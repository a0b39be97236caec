"""Counts over all deadlines for the metrics."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import DateTime, bindparam, extract, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.store.deadlines import LATE
from services.complaints.deadlines.tables import DEADLINE, DEADLINE_FIRED, WORK_ITEM

_CASES = func.count(DEADLINE.c.case_ref.distinct()).label("cases")
_OVERDUE = select(DEADLINE.c.kind, _CASES).where(*LATE).group_by(DEADLINE.c.kind)
_IS_BREACH = DEADLINE_FIRED.c.fact == literal("overdue", literal_execute=True)
"""Written as the index `deadline_fired_breach` knows it."""
_RULE = (DEADLINE_FIRED.c.kind, DEADLINE_FIRED.c.rule)
_BREACHES = select(*_RULE, func.count()).where(_IS_BREACH).group_by(*_RULE)
_NOW = bindparam("now", type_=DateTime(timezone=True))
_OLDEST = select(extract("epoch", _NOW - func.min(DEADLINE.c.next_fire_at)))
_IS_ASIDE = (WORK_ITEM.c.done_at.is_(None), WORK_ITEM.c.attempts > 0)
_ASIDE = select(func.count()).where(*_IS_ASIDE)
_IS_PROVISIONAL = (
    DEADLINE.c.is_provisional,
    DEADLINE.c.status == literal("armed", literal_execute=True),
    DEADLINE.c.breached_at.is_(None),
)
"""Written as the index `deadline_provisional` knows it."""
_PROVISIONAL = select(func.count()).where(*_IS_PROVISIONAL)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is late and fired at one instant; breaches by (kind, rule)."""

    cases_overdue: dict[str, int]
    breaches: dict[tuple[str, ...], int]
    oldest_due_seconds: float
    work_put_aside: int
    provisional: int


async def load(session: AsyncSession, now: datetime) -> Figures:
    """Count in the snapshot of the session."""
    overdue = await session.execute(_OVERDUE)
    breaches = await session.execute(_BREACHES)
    oldest = await session.scalar(_OLDEST, {"now": now})
    aside = await session.scalar(_ASIDE)
    return Figures(
        cases_overdue={row.kind: row.cases for row in overdue},
        breaches={(kind, rule): count for kind, rule, count in breaches},
        oldest_due_seconds=max(0.0, float(oldest or 0)),
        work_put_aside=aside or 0,
        provisional=await session.scalar(_PROVISIONAL) or 0,
    )
