"""When the database clock may not be trusted, the engine holds: an early breach cannot be taken back.

Source: complaints.md section 7.3.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Hold = Literal["behind_maximum", "outruns_monotonic", "differs_from_host"]
HOLDS: tuple[Hold, ...] = ("behind_maximum", "outruns_monotonic", "differs_from_host")

MAX_OUTRUN = timedelta(seconds=5)
MAX_DIFFERENCE = timedelta(seconds=2)
AGREEING_POLLS = 3
"""After a hold so many polls in a row must agree before the engine acts again."""


@dataclass(slots=True)
class ClockGuard:
    """Compares three clocks at each poll: the database's, this host's and the process's monotonic one."""

    _last: tuple[datetime, timedelta] | None = None
    _maximum: datetime | None = None
    _is_holding: bool = False
    _agreeing: int = 0

    def judge(self, database: datetime, host: datetime, monotonic: timedelta) -> Hold | None:
        """Return why the engine must hold, or None when it may act up to `database`.

        A process that was frozen is no reason: its monotonic clock ran on. After `AGREEING_POLLS` polls
        that agree with each other the present time is believed again, also when it lies before the maximum.
        """
        reason = self._disagreement(database, host, monotonic)
        self._last = (database, monotonic)
        if reason is not None:
            self._is_holding = True
            self._agreeing = 0
            return reason
        if self._is_holding:
            self._agreeing += 1
            if self._agreeing < AGREEING_POLLS:
                return "behind_maximum" if self._is_behind(database) else "outruns_monotonic"
            self._is_holding = False
            self._maximum = None
        if self._is_behind(database):
            self._is_holding = True
            self._agreeing = 0
            return "behind_maximum"
        self._maximum = database
        return None

    def _disagreement(self, database: datetime, host: datetime, monotonic: timedelta) -> Hold | None:
        if abs(database - host) > MAX_DIFFERENCE:
            return "differs_from_host"
        if self._last is not None:
            last_database, last_monotonic = self._last
            if (database - last_database) - (monotonic - last_monotonic) > MAX_OUTRUN:
                return "outruns_monotonic"
        return None

    def _is_behind(self, database: datetime) -> bool:
        return self._maximum is not None and database < self._maximum
