"""What time asks for: forgetting, and looking whether the sums are still right."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.consent_text import identity_days, link_days
from services.survey.store import answers, identities
from shared.instruments.survey import regimes


@dataclass(frozen=True, slots=True)
class Figures:
    """`willing` by regime over open campaigns; `drift` is 0 when running sums equal a recount."""

    willing: Mapping[str, int]
    drift: int


async def forget(session: AsyncSession) -> None:
    """Destroy secrets and erase identities when the days that the consent text promised have passed."""
    await identities.forget(session, link_days=link_days(), identity_days=identity_days())


async def measure(session: AsyncSession) -> Figures:
    """Return the figures of the metrics."""
    willing = dict.fromkeys(regimes(), 0) | await answers.willing_by_regime(session)
    return Figures(willing, await answers.drift(session))
