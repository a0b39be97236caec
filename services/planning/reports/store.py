"""What a report asks beside what other subjects tell."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.tables import PROGRAMME


async def opened_at(session: AsyncSession, unit_id: str, year: int) -> datetime:
    """Return when a programme that is there was opened."""
    asked = select(PROGRAMME.c.created_at).where(PROGRAMME.c.unit_id == unit_id, PROGRAMME.c.year == year)
    found: datetime = (await session.execute(asked)).scalar_one()
    return found
