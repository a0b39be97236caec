"""The latest instant that anybody here acted upon: one row, so that a restart does not forget it.

Whoever replaces it names the instant that it replaces. A row that somebody else is writing is left to them:
it differs by moments, and no poller waits for another one's batch.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_READ = text("SELECT zi_now() AS now, (SELECT at FROM clock_maximum) AS kept")
_BEGIN = text("INSERT INTO clock_maximum (id, at) VALUES (1, :now) ON CONFLICT DO NOTHING")
_REPLACE = text("""
    UPDATE clock_maximum SET at = :now
    WHERE id = (SELECT id FROM clock_maximum WHERE at = :kept FOR UPDATE SKIP LOCKED)
""")


async def read(session: AsyncSession) -> tuple[datetime, datetime | None]:
    """Return the database's present instant and the latest that was kept, None before the first."""
    row = (await session.execute(_READ)).one()
    return row.now, row.kept


async def keep(session: AsyncSession, now: datetime, kept: datetime | None) -> None:
    """Keep an instant in place of `kept`, unless somebody else has replaced that or is about to."""
    if kept is None:
        await session.execute(_BEGIN, {"now": now})
    else:
        await session.execute(_REPLACE, {"now": now, "kept": kept})
