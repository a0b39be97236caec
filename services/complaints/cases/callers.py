"""What tokens say of the officers who show them: who may be named a handler, and where."""

import time
from collections.abc import Callable

from services.complaints.cases.usecases import officers
from shared.db import Database
from shared.security import Principal

NOTE_SECONDS = 600.0
MOST_CALLERS = 10_000


class Callers:
    """Notes what the tokens of callers say of them: not with every call, but soon after it changes."""

    def __init__(self, db: Database, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._monotonic = monotonic
        self._noted: dict[str, tuple[Principal, float]] = {}

    async def note(self, caller: Principal) -> None:
        """Note a caller unless the subject's last note, a moment ago, was of the same roles and scope."""
        now = self._monotonic()
        last, at = self._noted.get(caller.subject, (None, now))
        if caller == last and now - at < NOTE_SECONDS:
            return
        if not await self._db.read(lambda session: officers.is_noted(session, caller)):
            await self._db.run(lambda session: officers.note_caller(session, caller))
        if len(self._noted) >= MOST_CALLERS:
            self._noted.clear()
        self._noted[caller.subject] = (caller, now)
