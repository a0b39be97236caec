"""Counts over all deadlines for the metrics."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Figures:
    """What is late and fired at one instant; breaches by (kind, rule)."""

    cases_overdue: dict[str, int]
    breaches: dict[tuple[str, ...], int]
    oldest_due_seconds: float
    work_put_aside: int


async def load(session: AsyncSession, now: datetime) -> Figures:
    """Count in the snapshot of the session."""
    overdue = await session.execute(
        text("""
            SELECT kind, count(DISTINCT case_ref) AS cases FROM deadline
            WHERE status = 'armed' AND breached_at IS NOT NULL AND rung_to[due_rung + 1] <> ''
            GROUP BY kind
        """)
    )
    breaches = await session.execute(
        text("SELECT kind, rule, count(*) FROM deadline_fired WHERE fact = 'overdue' GROUP BY kind, rule")
    )
    oldest = await session.scalar(
        text("SELECT extract(epoch FROM cast(:now AS timestamptz) - min(next_fire_at)) FROM deadline"),
        {"now": now},
    )
    aside = await session.scalar(
        text("SELECT count(*) FROM work_item WHERE done_at IS NULL AND attempts > 0")
    )
    return Figures(
        cases_overdue={row.kind: row.cases for row in overdue},
        breaches={(kind, rule): count for kind, rule, count in breaches},
        oldest_due_seconds=max(0.0, float(oldest or 0)),
        work_put_aside=aside or 0,
    )
