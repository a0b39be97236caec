"""What a consumer knows of itself: does it progress, is it halted, are too many records bad?"""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.process.worker import Health

STALL_SECONDS = 30.0
UNREADY_SECONDS = 10.0
RECENT_RECORDS = 500
MAX_DEAD_SHARE = 0.2


@dataclass(slots=True)
class Progress:
    """Kept in memory and written by one consumer; health never asks a dependency.

    `stalls` counts the clients given up without a batch between them; `retried` names the fault for which a
    batch is tried again, `missing` the topics that are not there.
    """

    is_started: bool = False
    has_assignment: bool = False
    is_database_away: bool = False
    is_broker_away: bool = False
    halted: str | None = None
    retried: str | None = None
    missing: tuple[str, ...] = ()
    is_pardoned: bool = False
    lag: int = 0
    stalls: int = 0
    last_progress: float = field(default_factory=time.monotonic)
    recent: deque[bool] = field(default_factory=lambda: deque(maxlen=RECENT_RECORDS))

    def restart(self) -> None:
        """Forget the life before: whoever runs the consumer again has mended what ended it."""
        self.end()
        self.is_database_away = self.is_broker_away = False
        self.halted = self.retried = None
        self.missing = ()
        self.lag = self.stalls = 0
        self.last_progress = time.monotonic()

    def begin(self) -> None:
        """Note that a new client started with both dependencies there."""
        self.is_started = True
        self.is_database_away = self.is_broker_away = False
        self.last_progress = time.monotonic()

    def end(self) -> None:
        """Note that the client is gone."""
        self.is_started = self.has_assignment = False

    def has_too_many_dead(self, fates: Sequence[bool]) -> bool:
        """Tell whether a batch, in its order and True for each dead record, must halt: a bad deploy.

        Changes nothing: the batch may still be rolled back. After a halt was lifted one such batch passes,
        or its records could never be buried.
        """
        return self._breaks_limit(fates) and not self.is_pardoned

    def note_fold(self) -> None:
        """Note a step on the way through a batch."""
        self.last_progress = time.monotonic()

    def note_batch(self, fates: Sequence[bool]) -> None:
        """Note a batch that was committed."""
        self.last_progress = time.monotonic()
        self.stalls = 0
        self.retried = None
        if self._breaks_limit(fates):
            self.is_pardoned = False
            self.recent.clear()
        else:
            self.recent.extend(fates)

    def _breaks_limit(self, fates: Sequence[bool]) -> bool:
        """Tell whether at any of these records more than a fifth of the last 500 were dead."""
        if not any(fates):
            return False
        recent = self.recent.copy()
        dead = sum(recent)
        for is_dead in fates:
            if len(recent) == RECENT_RECORDS:
                dead -= recent[0]
            recent.append(is_dead)
            dead += is_dead
            if dead > RECENT_RECORDS * MAX_DEAD_SHARE:
                return True
        return False

    def resume(self) -> None:
        """Note that an operator lifted a halt."""
        self.is_pardoned = self.halted == "dead_letters"
        self.halted = None
        self.recent.clear()

    def note_lag(self, lag: int, *, is_moving: bool = False) -> None:
        """Note the records that wait for this process; `is_moving` when others apply them meanwhile."""
        self.lag = lag
        if is_moving:
            self.last_progress = time.monotonic()
        if lag == 0:
            self.stalls = 0

    def is_stalled(self, seconds: float = STALL_SECONDS) -> bool:
        """Tell whether there was lag without progress for so long; others' faults stop this clock."""
        if self.lag == 0 or self.halted or self.retried or self.is_database_away or self.is_broker_away:
            self.last_progress = time.monotonic()
        return time.monotonic() - self.last_progress > seconds

    def health(self) -> Health:
        """Ready while it moves, or has nothing to do; alive while there is progress."""
        hindrance = self._hindrance()
        is_away = self.is_database_away or self.is_broker_away
        return Health(not hindrance, not self.is_stalled(2 * STALL_SECONDS), hindrance, is_waiting=is_away)

    def _hindrance(self) -> str:
        """Return in words why nothing moves, or not everything; empty when all is well."""
        if self.halted:
            return self.halted
        hindrances = {
            f"missing topic: {', '.join(self.missing)}": self.missing,
            "the database is away": self.is_database_away,
            "the broker is away": self.is_broker_away,
            f"a batch is tried again: {self.retried}": self.retried,
            "starting": not self.is_started,
            "no partitions assigned": not self.has_assignment,
            f"{self.lag} records wait and none was applied for {UNREADY_SECONDS:.0f} s": self.is_stalled(
                UNREADY_SECONDS
            ),
        }
        return next((words for words, is_so in hindrances.items() if is_so), "")
