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


POLL_SPACING = timedelta(seconds=1)
"""Readings nearer to the last poll are weighed against it, but are no poll: a burst of acts ends no hold."""


@dataclass(frozen=True, slots=True)
class _Poll:
    """A reading that later ones are compared with: its monotonic clock before and after."""

    database: datetime
    began: timedelta
    ended: timedelta


@dataclass(slots=True)
class ClockTrust:
    """Compares three clocks at each reading: the database's, this host's and the process's monotonic one."""

    _last: _Poll | None = None
    _latest_end: timedelta | None = None
    _maximum: datetime | None = None
    _forgiven: datetime | None = None
    _is_holding: bool = False
    _agreeing: int = 0

    def judge(
        self,
        database: datetime,
        host: datetime,
        monotonic: timedelta,
        *,
        began: timedelta | None = None,
        kept: datetime | None = None,
    ) -> Hold | None:
        """Return why nobody may act, or None when `database` may decide.

        `began` is the monotonic time before the reading, `monotonic` after it; `kept` the maximum that the
        database keeps from this process and others, also of before their last start. A process that was
        frozen is no reason: its monotonic clock ran on. After `AGREEING_POLLS` polls that agree with each
        other the present time is believed again, also when it lies before the maximum.
        """
        began = monotonic if began is None else began
        if kept is not None and kept != self._forgiven:
            self._maximum = kept if self._maximum is None else max(kept, self._maximum)
        reason = self._disagreement(database, host, monotonic)
        is_near = self._last is not None and began - self._last.ended < POLL_SPACING
        is_beside = self._latest_end is not None and began <= self._latest_end
        self._latest_end = monotonic if self._latest_end is None else max(monotonic, self._latest_end)
        if reason is not None or not is_near:
            self._last = _Poll(database, began, monotonic)
        if reason is not None:
            return self._hold(reason)
        if self._is_holding:
            self._agreeing += not is_near
            if self._agreeing < AGREEING_POLLS:
                return "behind_maximum" if self._is_behind(database) else "outruns_monotonic"
            self._is_holding = False
            self._maximum, self._forgiven = None, kept
        # Readings side by side may end in another order than they were taken.
        if self._is_behind(database, by=MAX_DIFFERENCE if is_near or is_beside else timedelta()):
            return self._hold("behind_maximum")
        self._maximum = database if self._maximum is None else max(database, self._maximum)
        return None

    def _hold(self, reason: Hold) -> Hold:
        self._is_holding = True
        self._agreeing = 0
        return reason

    def _disagreement(self, database: datetime, host: datetime, monotonic: timedelta) -> Hold | None:
        if abs(database - host) > MAX_DIFFERENCE:
            return "differs_from_host"
        if self._last is not None and (
            (database - self._last.database) - (monotonic - self._last.began) > MAX_OUTRUN
        ):
            return "outruns_monotonic"
        return None

    def _is_behind(self, database: datetime, by: timedelta = timedelta()) -> bool:
        return self._maximum is not None and self._maximum - database > by
