"""The clock of the database, the only one that decides a deadline or a business year."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_NOW = text("SELECT zi_now()")


async def database_now(session: AsyncSession) -> datetime:
    """Return the present as the database has it."""
    moment = await session.scalar(_NOW)
    if not isinstance(moment, datetime):
        raise TypeError("zi_now() gave no time")
    return moment
