"""What a consumer knows of itself: does it progress, is it halted, are too many records bad?"""

import time
from collections import deque
from dataclasses import dataclass, field

from shared.runtime.worker import Health

STALL_SECONDS = 30.0
RECENT_RECORDS = 500
MAX_DEAD_SHARE = 0.2


@dataclass(slots=True)
class Progress:
    """Kept in memory and written by one consumer; health never asks a dependency."""

    is_started: bool = False
    has_assignment: bool = False
    is_database_away: bool = False
    is_broker_away: bool = False
    halted: str | None = None
    lag: int = 0
    last_progress: float = field(default_factory=time.monotonic)
    recent: deque[bool] = field(default_factory=lambda: deque(maxlen=RECENT_RECORDS))

    def begin(self) -> None:
        """Note that a new client started with both dependencies there."""
        self.is_started = True
        self.is_database_away = self.is_broker_away = False
        self.last_progress = time.monotonic()

    def end(self) -> None:
        """Note that the client is gone."""
        self.is_started = self.has_assignment = False

    def has_too_many_dead(self, *, fresh: int, dead: int) -> bool:
        """Count one batch; true when over a fifth of the last 500 records were bad: a bad deploy."""
        self.recent.extend([True] * dead + [False] * (fresh - dead))
        if sum(self.recent) <= RECENT_RECORDS * MAX_DEAD_SHARE:
            return False
        self.recent.clear()
        return True

    def is_stalled(self, seconds: float = STALL_SECONDS) -> bool:
        """Tell whether there was lag without progress for so long; others' faults stop this clock."""
        if self.lag == 0 or self.halted or self.is_database_away or self.is_broker_away:
            self.last_progress = time.monotonic()
        return time.monotonic() - self.last_progress > seconds

    def health(self) -> Health:
        """Ready when assigned, not halted, with both dependencies; alive while there is progress."""
        is_ready = (
            self.is_started
            and self.has_assignment
            and self.halted is None
            and not self.is_database_away
            and not self.is_broker_away
        )
        return Health(is_ready, not self.is_stalled(2 * STALL_SECONDS), self.halted or "")
