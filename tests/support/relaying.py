"""Run a relay for the length of a block."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text

from shared import outbox
from shared.db import Database
from shared.outbox.relay import Relay


@asynccontextmanager
async def relaying(db: Database, bootstrap: str) -> AsyncIterator[Relay]:
    """Relay the database's outbox while the block runs."""
    relay = Relay(db, bootstrap, client_id="test-relay")
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def record(db: Database, *events: Any) -> None:
    """Write events into the outbox in a transaction of their own."""
    async with db.transaction() as session:
        await outbox.record(session, events, source="zi/test")


async def unpublished(db: Database) -> int:
    """Return how many outbox rows wait for the relay."""
    async with db.reading() as session:
        return int(await session.scalar(text("SELECT count(*) FROM outbox WHERE published_at IS NULL")) or 0)


async def drained(db: Database) -> bool:
    """Tell whether the outbox is empty."""
    return await unpublished(db) == 0
