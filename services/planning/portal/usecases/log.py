"""Read what the portal pulled."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.usecases.documents import check_known_agency
from services.planning.portal.domain.pulls import Pull
from services.planning.portal.store import pulls
from shared.security import Principal


async def newest_pulls(
    session: AsyncSession, actor: Principal, agency_id: str, *, before: UUID, limit: int
) -> list[Pull]:
    """Return pulls with an agency's tokens, the newest first; raises `ForbiddenError`, `NotFoundError`."""
    await check_known_agency(session, actor, agency_id)
    return await pulls.page(session, agency_id, before=before, limit=limit)
