"""Look at all agencies' packages for what the portal would leave out when the days of proposals end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.portal.domain.reviews import ReviewState
from services.planning.portal.domain.tokens import portal_day
from services.planning.portal.store import pulls
from services.planning.portal.usecases.pulling import present_source
from services.planning.portal.usecases.reviews import overview_of, packaged_reviews
from services.planning.stages.domain.stage import Window
from services.planning.stages.usecases.windows import days_for
from shared.db.clock import database_now

CLOSING = timedelta(3)
"""Own rule: so long before the last day somebody is told of what is not ready."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Units of all present packages: pending ones, and those not ready where the last day is near."""

    pending: int
    closing: int
    last_pull_at: datetime | None


async def watch(session: AsyncSession) -> Watched:
    """Count units over all agencies; one pass reads little, but where the last day is near."""
    now = await database_now(session)
    today, pending, closing = portal_day(now), 0, 0
    for agency_id in await pulls.agencies_with_packages(session):
        source = await present_source(session, agency_id, now)
        if source is None:
            continue
        found = await packaged_reviews(session, source)
        pending += sum(review.state is ReviewState.PENDING for _, review in found)
        days = await days_for(session, agency_id, source.year, Window.PENGUSULAN)
        if days.closes_on is not None and timedelta() <= days.closes_on - today <= CLOSING:
            looked = await overview_of(session, agency_id, source)
            closing += sum(not unit.is_ready for unit in looked.units)
    return Watched(pending, closing, await pulls.last_served(session))
