"""What time asks for: forgetting, and looking whether the sums are still right."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.consent_text import identity_days, link_days
from services.survey.store import answers, identities
from shared import audit
from shared.instruments.survey import regimes


async def forget(session: AsyncSession) -> None:
    """Destroy secrets and erase identities when the days that the consent text promised have passed.

    One audit row per campaign tells that the promise was kept; a round that erases nothing leaves none.
    """
    links, names = await identities.forget(session, link_days=link_days(), identity_days=identity_days())
    for campaign_id in sorted(links | names):
        erased = {"secret": campaign_id in links, "identities": campaign_id in names}
        await audit.record(
            session,
            actor=None,
            operation="forget_identities",
            entity="campaign",
            entity_id=str(campaign_id),
            changes=erased,
        )


async def willing_by_regime(session: AsyncSession) -> Mapping[str, int]:
    """Return the willing people of all open campaigns, for every regime."""
    return dict.fromkeys(regimes(), 0) | await answers.willing_by_regime(session)


async def drift(session: AsyncSession) -> int:
    """Return by how much running sums differ from a recount of all responses; 0 when all is right."""
    return await answers.drift(session)
