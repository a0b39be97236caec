"""What was last told of each campaign's thresholds."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.deciding import ToldThresholds
from services.survey.tables import CAMPAIGN, THRESHOLD

_TOLD = select(THRESHOLD.c.campaign_id, THRESHOLD.c.version, THRESHOLD.c.fact)
_OF_YEAR = _TOLD.join(CAMPAIGN).where(
    CAMPAIGN.c.unit_id == bindparam("unit_id"), CAMPAIGN.c.year == bindparam("year")
)
_INSERT = insert(THRESHOLD)
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=[THRESHOLD.c.campaign_id],
    set_={"version": _INSERT.excluded.version, "fact": _INSERT.excluded.fact},
)


async def lock_year(session: AsyncSession, unit_id: str, year: int) -> None:
    """Let only one transaction at a time judge the campaigns of a unit's year: they depend on each other."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{unit_id}/{year}", 1))))


async def find(session: AsyncSession, campaign_id: UUID) -> ToldThresholds | None:
    """Return what was last told, None while nothing was."""
    row = (await session.execute(_TOLD.where(THRESHOLD.c.campaign_id == campaign_id))).one_or_none()
    return None if row is None else ToldThresholds(row.version, row.fact)


async def of_campaigns(session: AsyncSession, campaign_ids: Sequence[UUID]) -> dict[UUID, ToldThresholds]:
    """Return what was last told of each of these campaigns."""
    rows = await session.execute(_TOLD.where(THRESHOLD.c.campaign_id.in_(campaign_ids)))
    return {row.campaign_id: ToldThresholds(row.version, row.fact) for row in rows}


async def of_year(session: AsyncSession, unit_id: str, year: int) -> dict[UUID, ToldThresholds]:
    """Return what was last told of each campaign of a unit's year."""
    rows = await session.execute(_OF_YEAR, {"unit_id": unit_id, "year": year})
    return {row.campaign_id: ToldThresholds(row.version, row.fact) for row in rows}


async def save(session: AsyncSession, campaign_id: UUID, told: ToldThresholds) -> None:
    """Keep what is told now."""
    await session.execute(
        _SAVE, {"campaign_id": campaign_id, "version": told.version, "fact": dict(told.fact)}
    )


async def lift(session: AsyncSession, campaign_id: UUID, floor: int) -> ToldThresholds | None:
    """Raise the version above the floor; None when nothing was told yet."""
    rows = await session.execute(
        update(THRESHOLD)
        .where(THRESHOLD.c.campaign_id == campaign_id)
        .values(version=func.greatest(THRESHOLD.c.version, floor) + 1)
        .returning(THRESHOLD.c.version, THRESHOLD.c.fact)
    )
    row = rows.one_or_none()
    return None if row is None else ToldThresholds(row.version, row.fact)
