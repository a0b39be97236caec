"""Counts over all cases for the metrics."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_OPEN = "state <> 'SELESAI' AND closed_at IS NULL"
"""The first half is what the index `case_file_open` knows; a withdrawn case is closed too."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How many cases are open, by kind, and how many of them no deadline watches."""

    cases_open: dict[str, int]
    without_deadline: int


async def load(session: AsyncSession) -> Figures:
    """Count in the snapshot of the session."""
    opened = await session.execute(
        text(f"SELECT kind, count(*) AS cases FROM case_file WHERE {_OPEN} GROUP BY kind")
    )
    without = await session.scalar(
        text(f"""
            SELECT count(*) FROM case_file c WHERE {_OPEN} AND NOT EXISTS (
                SELECT 1 FROM deadline d WHERE d.case_ref = c.id AND d.status = 'armed')
        """)
    )
    return Figures({row.kind: row.cases for row in opened}, without or 0)
