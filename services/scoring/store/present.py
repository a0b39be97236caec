"""What we last told of scores, gates and surveys, streamed whole, and versions lifted above the topic's."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import BigInteger, Row, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.store.reading import same_year
from services.scoring.tables import STANDING, Table
from shared.outbox.snapshot import stream


async def rows(session: AsyncSession, table: type[Table]) -> AsyncIterator[Row[Any]]:
    """Yield the rows of a table in order of their keys, each with the time its unit's year last moved."""
    told = table.__table__
    moved_at = func.coalesce(STANDING.c.moved_at, func.now()).label("moved_at")
    every = select(told, moved_at).outerjoin_from(told, STANDING, same_year(told, STANDING))
    async for row in stream(session, every.order_by(*told.primary_key)):
        yield row


async def lift(session: AsyncSession, table: type[Table], floor: int, fact: object) -> Row[Any] | None:
    """Raise the version of a fact's row above the floor and return it, None when there is none."""
    told = table.__table__
    found = await session.execute(
        update(told)
        .where(*(column == getattr(fact, column.name) for column in told.primary_key))
        .values(version=func.greatest(told.c.version, literal(floor, BigInteger)) + 1)
        .returning(told)
    )
    row: Row[Any] | None = found.one_or_none()
    return row
