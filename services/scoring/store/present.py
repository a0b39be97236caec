"""What we last told of scores, gates and surveys, streamed whole, and versions lifted above the topic's."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.outbox.snapshot import stream

KEYS = {
    "score": ("unit_id", "year", "layer"),
    "gate": ("unit_id", "year", "predicate", "gate"),
    "survey_status": ("campaign_id", "predicate"),
}
"""The key of each table by its name."""


async def rows(session: AsyncSession, table: str) -> AsyncIterator[Row[Any]]:
    """Yield the rows of a table in order of their keys, each with the time its unit's year last moved."""
    async for row in stream(
        session,
        f"""
            SELECT t.*, coalesce(w.moved_at, now()) AS moved_at
            FROM {table} t LEFT JOIN standing w USING (unit_id, year) ORDER BY {", ".join(KEYS[table])}
        """,
    ):
        yield row


async def lift(session: AsyncSession, table: str, floor: int, **key: object) -> Row[Any] | None:
    """Raise a row's version above the floor and return it, None when there is none."""
    found = await session.execute(
        text(f"""
            UPDATE {table} SET version = greatest(version, :floor) + 1
            WHERE {" AND ".join(f"{name} = :{name}" for name in KEYS[table])} RETURNING *
        """),
        {"floor": floor, **key},
    )
    return found.one_or_none()
