"""What we last told of scores, gates and surveys, streamed whole, and versions lifted above the topic's."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.tables import Table
from shared.db.arrays import key_names
from shared.outbox.snapshot import stream


async def rows(session: AsyncSession, table: type[Table]) -> AsyncIterator[Row[Any]]:
    """Yield the rows of a table in order of their keys, each with the time its unit's year last moved."""
    async for row in stream(
        session,
        f"""
            SELECT t.*, coalesce(w.moved_at, now()) AS moved_at FROM {table.__tablename__} t
            LEFT JOIN standing w USING (unit_id, year) ORDER BY {", ".join(key_names(table))}
        """,
    ):
        yield row


async def lift(session: AsyncSession, table: type[Table], floor: int, fact: object) -> Row[Any] | None:
    """Raise the version of a fact's row above the floor and return it, None when there is none."""
    key = {name: getattr(fact, name) for name in key_names(table)}
    found = await session.execute(
        text(f"""
            UPDATE {table.__tablename__} SET version = greatest(version, :floor) + 1
            WHERE {" AND ".join(f"{name} = :{name}" for name in key)} RETURNING *
        """),
        {"floor": floor, **key},
    )
    return found.one_or_none()
