"""Deadlines that cannot be fired: out of the others' way, each tried again by itself, ever more rarely."""

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
    """The deadlines that one poller has put aside; they stay until one of their tries succeeds.

    The waits are 1, 2, 4 ... minutes, an hour at most. Kept in memory: a new process tries them afresh.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._waits: dict[UUID, _Wait] = {}

    @property
    def deadlines(self) -> Collection[UUID]:
        """All deadlines that are aside, those included whose next try has come."""
        return self._waits.keys()

    def put(self, deadline: UUID) -> None:
        """Put a deadline aside, or let it wait twice as long after another failure."""
        known = self._waits.pop(deadline, None)
        seconds = FIRST_SECONDS if known is None else min(known.seconds * 2, LONGEST_SECONDS)
        self._waits[deadline] = _Wait(self._monotonic() + seconds, seconds)

    def drop(self, deadline: UUID) -> None:
        """Let a deadline go back to the others."""
        self._waits.pop(deadline, None)

    def due(self) -> UUID | None:
        """Return the deadline whose next try has come for longest, None when none has."""
        first = min(self._waits, key=lambda deadline: self._waits[deadline].until, default=None)
        return first if first is not None and self._waits[first].until <= self._monotonic() else None
