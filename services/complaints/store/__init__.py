"""SQL in and out of domain objects."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def now(session: AsyncSession) -> datetime:
    """Return the database clock, the only one that decides a deadline."""
    moment = await session.scalar(text("SELECT zi_now()"))
    if not isinstance(moment, datetime):
        raise TypeError("zi_now() gave no time")
    return moment
