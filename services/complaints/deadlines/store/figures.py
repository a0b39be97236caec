"""Counts over all cases and deadlines for the metrics."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_OPEN = "state <> 'SELESAI' AND closed_at IS NULL"
"""The first half is what the index `case_file_open` knows; a withdrawn case is closed too."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is open, late and fired at one instant; breaches by (kind, rule)."""

    cases_open: dict[str, int]
    cases_overdue: dict[str, int]
    breaches: dict[tuple[str, ...], int]
    without_deadline: int
    oldest_due_seconds: float
    work_put_aside: int


async def load(session: AsyncSession, now: datetime) -> Figures:
    """Count in one snapshot."""
    opened = await session.execute(
        text(f"SELECT kind, count(*) AS cases FROM case_file WHERE {_OPEN} GROUP BY kind")
    )
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
    without = await session.scalar(
        text(f"""
            SELECT count(*) FROM case_file c WHERE {_OPEN} AND NOT EXISTS (
                SELECT 1 FROM deadline d WHERE d.case_ref = c.id AND d.status = 'armed')
        """)
    )
    oldest = await session.scalar(
        text("SELECT extract(epoch FROM cast(:now AS timestamptz) - min(next_fire_at)) FROM deadline"),
        {"now": now},
    )
    aside = await session.scalar(
        text("SELECT count(*) FROM work_item WHERE done_at IS NULL AND attempts > 0")
    )
    return Figures(
        cases_open={row.kind: row.cases for row in opened},
        cases_overdue={row.kind: row.cases for row in overdue},
        breaches={(kind, rule): count for kind, rule, count in breaches},
        without_deadline=without or 0,
        oldest_due_seconds=max(0.0, float(oldest or 0)),
        work_put_aside=aside or 0,
    )
