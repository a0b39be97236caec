"""Move identities under keys, and keys under the newest wrapping key, a few at a time.

Each is sealed outside the transaction that stores it, and stored only where nothing has changed since: a
process of the release before may write beside this one, and another replica may do the same work.
"""

from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.secrecy.metrics import BROKEN
from services.complaints.secrecy.store import identities as store
from services.complaints.secrecy.usecases.keeping import Identities
from shared.db import Database
from shared.security.keys import KeyRefusedError

log = structlog.get_logger(__name__)

AT_ONCE = 100


async def move_plain(db: Database, kept: Identities) -> int:
    """Seal some identities that stand in plain text, which empties their rows; return how many moved."""
    refs = await db.read(lambda session: store.some_plain(session, AT_ONCE))
    moved = 0
    for ref in refs:
        moved += await _move(db, kept, ref)
    return moved


async def _move(db: Database, kept: Identities, ref: UUID) -> bool:
    found = await db.read(lambda session: store.find(session, ref))
    sealed = await kept.seal(ref, found.plain, found.next_version)

    async def work(session: AsyncSession) -> bool:
        if await store.plain(session, ref, is_locked=True) != found.plain:
            return False
        return await (store.forget_plain(session, ref) if sealed is None else store.keep(session, sealed))

    return await db.run(work)


async def rewrap_some(db: Database, kept: Identities) -> tuple[int, int]:
    """Wrap some keys anew that an older wrapping key wraps; return how many there were and were done."""
    newest = await kept.keys.newest()
    rows = await db.read(lambda session: store.wrapped_otherwise(session, newest, AT_ONCE))
    done = 0
    for ref, version, wrapped in rows:
        try:
            anew = await kept.rewrap(ref, version, wrapped)
        except KeyRefusedError as error:
            BROKEN.inc()
            log.error("identity_broken", ref=str(ref), reason=str(error))  # noqa: TRY400 - no trace is wanted
            continue

        async def work(
            session: AsyncSession, ref: UUID = ref, version: int = version, before: str = wrapped
        ) -> bool:
            return await store.rewrap(session, ref, version, before, anew.version, anew.text)  # noqa: B023

        done += await db.run(work)
    return len(rows), done
