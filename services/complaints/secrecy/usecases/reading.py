"""Read the log of openings, as far as it is about agencies within reach."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.secrecy.domain import Reading
from services.complaints.secrecy.store import log
from shared.security import Principal


async def log_page(
    session: AsyncSession, actor: Principal, after: int, limit: int
) -> Sequence[tuple[int, Reading | None, bytes]]:
    """Return position, content and hash of rows in their order; of other agencies' rows no content."""
    rows = await log.page(session, after, limit)
    return [
        (row.position, row if actor.scope.covers("", row.agency_id) else None, hashed) for row, hashed in rows
    ]
