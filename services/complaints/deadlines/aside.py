"""Clocks that cannot be fired: out of the way of the others, each tried again by itself, ever more rarely."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

FIRST_SECONDS = 60.0
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Wait:
    until: float
    seconds: float


class Aside:
    """The clocks that one poller has put aside; they stay until one of their tries succeeds.

    The waits are 1, 2, 4 ... minutes, an hour at most. Kept in memory: a new process tries them afresh.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._waits: dict[UUID, _Wait] = {}

    @property
    def clocks(self) -> Collection[UUID]:
        """All clocks that are aside, those included whose next try has come."""
        return self._waits.keys()

    def put(self, clock: UUID) -> None:
        """Put a clock aside, or let it wait twice as long after another failure."""
        known = self._waits.pop(clock, None)
        seconds = FIRST_SECONDS if known is None else min(known.seconds * 2, LONGEST_SECONDS)
        self._waits[clock] = _Wait(self._monotonic() + seconds, seconds)

    def drop(self, clock: UUID) -> None:
        """Let a clock go back to the others."""
        self._waits.pop(clock, None)

    def due(self) -> UUID | None:
        """Return the clock whose next try has come for longest, None when none has."""
        first = min(self._waits, key=lambda clock: self._waits[clock].until, default=None)
        return first if first is not None and self._waits[first].until <= self._monotonic() else None
