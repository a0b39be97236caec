"""The database clock, read with distrust: what it decides cannot be taken back, so doubt holds everybody.

Engine and acts of a process share one. Source: complaints.md section 7.3.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines import metrics
from services.complaints.deadlines.domain.clock_trust import HOLDS, MAX_DIFFERENCE, ClockTrust, Hold
from services.complaints.deadlines.store import clock_maximum
from shared.kernel import Clock, DomainError, SystemClock

log = structlog.get_logger(__name__)

HOLD_SECONDS = 1.0
"""After which time a timer reads a doubted clock again."""
KEEP_SPACING = timedelta(seconds=1)
"""How far the maximum that the database keeps may lie behind: a burst of polls writes it once."""


class ClockHeldError(DomainError):
    """The database clock cannot be believed just now; nothing that it decides may happen."""

    code: ClassVar[str] = "clock_held"


class TrustedClock:
    """Compares the database clock with this host's and with the process's own at every reading."""

    def __init__(self, *, host: Clock | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._host = host or SystemClock()
        self._monotonic = monotonic
        self._trust = ClockTrust()
        self._hold: Hold | None = None
        self._believed: tuple[datetime, datetime | None] | None = None

    def held(self) -> str | None:
        """Tell why nobody may act since the last reading, in the words of a probe; None when all may."""
        return None if self._hold is None else f"{ClockHeldError.code}: {self._hold}"

    async def read(self, session: AsyncSession) -> tuple[datetime, Hold | None]:
        """Return the database's present instant and why it may not be acted upon, None when it may."""
        began, before = timedelta(seconds=self._monotonic()), self._host.now()
        now, kept = await clock_maximum.read(session)
        host = min(max(now, before), self._host.now())  # the reading's own delay is no difference
        reason = self._trust.judge(now, host, timedelta(seconds=self._monotonic()), began=began, kept=kept)
        self._hold = reason
        self._believed = (now, kept) if reason is None else None
        for hold in HOLDS:
            metrics.ENGINE_HELD.labels(hold).set(hold == reason)
        if reason is not None:
            log.error("engine_held", reason=reason)
        return now, reason

    async def keep(self, session: AsyncSession) -> None:
        """Let the database remember the instant of the last reading, if it was believed and some time on.

        What the database keeps goes back as well, once an instant before it is believed after a hold.
        """
        if self._believed is None:
            return
        now, kept = self._believed
        if kept is None or now - kept >= KEEP_SPACING or kept - now > MAX_DIFFERENCE:
            await clock_maximum.keep(session, now, kept)

    async def now(self, session: AsyncSession) -> datetime:
        """Return the database's present instant for an act; raises `ClockHeldError`."""
        now, reason = await self.read(session)
        if reason is not None:
            raise ClockHeldError("Jam sistem sedang diperiksa. Coba lagi beberapa saat lagi.")
        return now
