"""What time asks for: forgetting, and looking whether the sums are still right."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.consent_text import identity_days, link_days
from services.survey.store import answers, identities
from shared.instruments.survey import regimes


async def forget(session: AsyncSession) -> None:
    """Destroy secrets and erase identities when the days that the consent text promised have passed."""
    await identities.forget(session, link_days=link_days(), identity_days=identity_days())


async def willing_by_regime(session: AsyncSession) -> Mapping[str, int]:
    """Return the willing people of all open campaigns, for every regime."""
    return dict.fromkeys(regimes(), 0) | await answers.willing_by_regime(session)


async def drift(session: AsyncSession) -> int:
    """Return by how much running sums differ from a recount of all responses; 0 when all is right."""
    return await answers.drift(session)
