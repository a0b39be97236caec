"""What no metadata row knows goes, after an hour: files that no upload finished.

The names that rows know are the service's to tell; the lock on a name is shared by uploads and the sweep.
Source: reliability.md section 3, rule 9.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database
from shared.files.store import FileStore

ORPHAN_AGE = timedelta(hours=1)
"""Longer than any upload may last."""
Unknown = Callable[[AsyncSession, Sequence[str]], Awaitable[Sequence[str]]]
"""Returns those sha256 names that no metadata row knows."""


async def lock_name(session: AsyncSession, sha256: str) -> None:
    """Hold a file's name until the end of the transaction, so that no sweep meets an upload."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(sha256, 0))))


async def sweep_orphans(db: Database, store: FileStore, unknown: Unknown, now: datetime) -> int:
    """Delete files older than an hour that are unfinished or that no metadata row knows; return how many.

    Each name is looked up again under its lock, because an upload of the same bytes may be on its way.
    """
    before = now - ORPHAN_AGE
    swept = await store.drop_unfinished(before)
    async for names in store.stored_before(before):
        async with db.reading() as session:
            orphans = await unknown(session, names)
        for name in orphans:
            async with db.transaction() as session:
                await lock_name(session, name)
                if await unknown(session, [name]) and await store.delete_if_older(name, before):
                    swept += 1
    return swept
