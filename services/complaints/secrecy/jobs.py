"""The timer that brings identities under keys and keeps an eye on the keys."""

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.secrecy import metrics
from services.complaints.secrecy.store import identities, log
from services.complaints.secrecy.usecases import moving
from services.complaints.secrecy.usecases.keeping import Identities
from shared.db import Database
from shared.process.jobs import Repeating
from shared.security.keys import KeysAwayError

REST_SECONDS = 30.0
logger = structlog.get_logger(__name__)


class Sealing:
    """Moves what the release before wrote, and follows rotations of the wrapping key."""

    def __init__(self, db: Database, kept: Identities) -> None:
        self._db = db
        self._kept = kept

    def worker(self) -> Repeating:
        """Return the worker that moves."""
        return Repeating("identity_sealing", "job", self.step)

    async def step(self) -> float:
        """Move some, show what is left; return the seconds until the next look."""
        moved = 0
        try:
            moved = await moving.move_plain(self._db, self._kept)
            waiting, wrapped = await moving.rewrap_some(self._db, self._kept)
        except KeysAwayError:
            metrics.KEYS_AWAY.set(1)
            await self._show()
            return REST_SECONDS
        metrics.KEYS_AWAY.set(0)
        metrics.REWRAPPING.set(waiting > 0)
        left = await self._show()
        if moved or wrapped:
            logger.info("identities_moved", sealed=moved, wrapped_anew=wrapped, left=left)
        return 0.0 if moved or wrapped else REST_SECONDS

    async def _show(self) -> int:
        async def look(session: AsyncSession) -> tuple[int, int]:
            return await identities.count_plain(session), await log.last_position(session)

        left, readings = await self._db.read(look)
        metrics.PLAIN.set(left)
        metrics.READINGS.set(readings)
        return left
