"""Run a relay for the length of a block, in this process or in one of its own.

python -m tests.support.relaying DATABASE_URL BOOTSTRAP
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from deploy.local.process import Child, Program
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


@contextmanager
def relay_process(url: str, bootstrap: str, log: Path) -> Iterator[Child]:
    """Relay in another process while the block runs."""
    argv = [sys.executable, "-m", "tests.support.relaying", url, bootstrap]
    child = Program("relay", argv, log).start()
    try:
        yield child
    finally:
        child.kill()


async def record(db: Database, *events: Any) -> None:
    """Write events into the outbox in a transaction of their own."""
    async with db.transaction() as session:
        await outbox.record(session, events, source="zi/test")


async def unpublished(db: Database) -> int:
    """Return how many outbox rows are not on Kafka yet."""
    async with db.reading() as session:
        return int(await session.scalar(text("SELECT count(*) FROM outbox_waiting")) or 0)


async def drained(db: Database) -> bool:
    """Tell whether the outbox is empty."""
    return await unpublished(db) == 0


async def holders(db: Database) -> list[int]:
    """Return the server processes whose sessions hold the right to relay: one or none."""
    async with db.reading() as session:
        return list(
            await session.scalars(
                text("""
                    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
                      AND mode = 'ExclusiveLock'
                      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """)
            )
        )


if __name__ == "__main__":
    asyncio.run(Relay(Database(sys.argv[1]), sys.argv[2], client_id="test-relay").run())
