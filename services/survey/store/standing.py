"""How the open campaigns stand together: how many of those with a minimum of answers have reached it."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.campaign import State
from services.survey.tables import CAMPAIGN, THRESHOLD, UNIT
from shared.security import Scope

_MINIMUM = THRESHOLD.c.fact["finished_minimum"].as_integer()
_HAS_ENOUGH = CAMPAIGN.c.n >= _MINIMUM


@dataclass(frozen=True, slots=True)
class Standing:
    """Open campaigns; those with a minimum of answers, and those that reached it.

    `minimum` is that number where all have the same one, `fewest` how many answers the nearest one still
    lacks; None where there is none.
    """

    opened: int
    with_minimum: int
    reached: int
    minimum: int | None
    fewest: int | None


async def load(session: AsyncSession, scope: Scope) -> Standing:
    """Count in the snapshot of the session. Answers that are counted are live, as the API tells them."""
    row = (
        await session.execute(
            select(
                func.count(),
                func.count(_MINIMUM),
                func.count().filter(_HAS_ENOUGH),
                func.min(_MINIMUM),
                func.max(_MINIMUM),
                func.min(_MINIMUM - CAMPAIGN.c.n).filter(~_HAS_ENOUGH),
            )
            .select_from(CAMPAIGN.join(UNIT).outerjoin(THRESHOLD))
            .where(CAMPAIGN.c.state == State.OPEN, scope.where(CAMPAIGN.c.unit_id, UNIT.c.agency_id))
        )
    ).one()
    opened, with_minimum, reached, least, most, fewest = row
    return Standing(opened, with_minimum, reached, least if least == most else None, fewest)
