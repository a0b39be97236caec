"""Which calendar versions a person has confirmed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.complaints.deadlines.tables import CalendarConfirmationRow as Row


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who has read the decree of a year, and when."""

    calendar_version: int
    year: int
    decree: str
    confirmed_by: str
    confirmed_at: datetime


async def confirmations(session: AsyncSession) -> dict[int, Confirmation]:
    """Return all confirmations by calendar version."""
    rows = await session.execute(
        select(
            col(Row.calendar_version),
            col(Row.year),
            col(Row.decree),
            col(Row.confirmed_by),
            col(Row.confirmed_at),
        )
    )
    return {row.calendar_version: Confirmation(*row) for row in rows}


async def confirmed_versions(session: AsyncSession) -> frozenset[int]:
    """Return the versions that a person confirmed."""
    return frozenset(await session.scalars(select(col(Row.calendar_version))))


async def confirm(session: AsyncSession, confirmation: Confirmation) -> bool:
    """Keep a confirmation; False when there is one of this version already."""
    kept = await session.execute(
        insert(Row)
        .values(
            calendar_version=confirmation.calendar_version,
            year=confirmation.year,
            decree=confirmation.decree,
            confirmed_by=confirmation.confirmed_by,
            confirmed_at=confirmation.confirmed_at,
        )
        .on_conflict_do_nothing()
        .returning(col(Row.calendar_version))
    )
    return kept.scalar_one_or_none() is not None
