"""The log of openings: the owner's function alone adds to it, and chains each row to the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.secrecy.domain import Reading
from services.complaints.secrecy.tables import IDENTITY_READ
from services.complaints.tables import columns_of
from shared.security import Principal

_ROWS = select(*columns_of(Reading, IDENTITY_READ), IDENTITY_READ.c.hash)


@dataclass(frozen=True, slots=True)
class Opened:
    """How often an identity was opened, and when last."""

    times: int
    last_at: datetime | None


async def note(
    session: AsyncSession, actor: Principal, entity: str, ref: UUID, agency_id: str, reason: str
) -> int:
    """Note that somebody opens an identity; return the row's position. Openings wait for each other."""
    noted = func.zi_note_identity_read(
        actor.subject, ",".join(sorted(actor.roles)), entity, literal(ref, Uuid), agency_id, reason
    )
    return int(await session.scalar(select(noted)) or 0)


async def opened(session: AsyncSession, ref: UUID) -> Opened:
    """Return how often the identity behind a case was opened."""
    asked = select(func.count(), func.max(IDENTITY_READ.c.at)).where(IDENTITY_READ.c.ref == ref)
    times, last_at = (await session.execute(asked)).one()
    return Opened(times, last_at)


async def of_ref(session: AsyncSession, ref: UUID, most: int) -> list[Reading]:
    """Return who opened an identity, the newest first."""
    asked = select(*columns_of(Reading, IDENTITY_READ)).where(IDENTITY_READ.c.ref == ref)
    rows = await session.execute(asked.order_by(IDENTITY_READ.c.position.desc()).limit(most))
    return [Reading(*row) for row in rows]


async def page(session: AsyncSession, after: int, limit: int) -> Sequence[tuple[Reading, bytes]]:
    """Return rows with their hashes in the order they were written."""
    asked = _ROWS.where(IDENTITY_READ.c.position > after).order_by(IDENTITY_READ.c.position).limit(limit)
    return [(Reading(*row[:-1]), row[-1]) for row in await session.execute(asked)]


async def last_position(session: AsyncSession) -> int:
    """Return the position of the newest row, 0 for an empty log."""
    return int(await session.scalar(select(func.max(IDENTITY_READ.c.position))) or 0)
