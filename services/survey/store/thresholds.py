"""What was last told of each campaign's thresholds."""

import json
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.deciding import Told


async def lock_year(session: AsyncSession, unit_id: str, year: int) -> None:
    """Let only one transaction at a time judge the campaigns of a unit's year: they depend on each other."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 1))"), {"key": f"{unit_id}/{year}"}
    )


async def find(session: AsyncSession, campaign_id: UUID) -> Told | None:
    """Return what was last told, None while nothing was."""
    row = (
        await session.execute(
            text("SELECT version, fact FROM threshold WHERE campaign_id = :id"), {"id": campaign_id}
        )
    ).one_or_none()
    return None if row is None else Told(row.version, row.fact)


async def of_year(session: AsyncSession, unit_id: str, year: int) -> dict[UUID, Told]:
    """Return what was last told of each campaign of a unit's year."""
    rows = await session.execute(
        text("""
            SELECT t.* FROM threshold t JOIN campaign c USING (campaign_id)
            WHERE c.unit_id = :unit_id AND c.year = :year
        """),
        {"unit_id": unit_id, "year": year},
    )
    return {row.campaign_id: Told(row.version, row.fact) for row in rows}


async def save(session: AsyncSession, campaign_id: UUID, told: Told) -> None:
    """Keep what is told now."""
    await session.execute(
        text("""
            INSERT INTO threshold (campaign_id, version, fact) VALUES (:id, :version, cast(:fact AS jsonb))
            ON CONFLICT (campaign_id) DO UPDATE SET version = excluded.version, fact = excluded.fact
        """),
        {"id": campaign_id, "version": told.version, "fact": json.dumps(dict(told.fact))},
    )


async def lift(session: AsyncSession, campaign_id: UUID, floor: int) -> Told | None:
    """Raise the version above the floor; None when nothing was told yet."""
    row = (
        await session.execute(
            text("""
                UPDATE threshold SET version = greatest(version, :floor) + 1 WHERE campaign_id = :id
                RETURNING version, fact
            """),
            {"id": campaign_id, "floor": floor},
        )
    ).one_or_none()
    return None if row is None else Told(row.version, row.fact)
