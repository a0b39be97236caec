"""A timer: one step again and again, patient with all that a database can say."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from shared.db.faults import is_away, is_data_fault, is_retriable, reason
from shared.observability.metrics import JOBS_FAILING, JOBS_LAST_SUCCESS
from shared.process.worker import Health, WorkerRole

log = structlog.get_logger(__name__)

BACKOFF_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
LONGEST_SECONDS = 5.0
"""For timers that others wait for: they are ready again soon after the database is."""
STALL_SECONDS = 60.0


def never_held() -> str | None:
    """Hold no timer."""
    return None


class Repeating:
    """A worker that repeats one step; it is alive while steps end, also while they fail.

    A step may take `stall_seconds`. `away` are faults of other dependencies, which are retried like the
    database's. `held` says why the step may not do its work just now, though it ends well. Jobs show when
    they last succeeded.
    """

    def __init__(
        self,
        name: str,
        role: WorkerRole,
        step: Callable[[], Awaitable[float]],
        *,
        away: tuple[type[Exception], ...] = (),
        stall_seconds: float = STALL_SECONDS,
        held: Callable[[], str | None] = never_held,
    ) -> None:
        self.name = name
        self.role = role
        self._step = step
        self._away = away
        self._stall_seconds = stall_seconds
        self._held = held
        self._longest = BACKOFF_SECONDS[-1] if role == "job" else LONGEST_SECONDS
        self._failing = JOBS_FAILING.labels(name)
        self._last_success = JOBS_LAST_SUCCESS.labels(name) if role == "job" else None
        self._begin()

    def health(self) -> Health:
        """Ready after a good step that nothing holds; dead when none ended for its time beyond its pause."""
        is_alive = time.monotonic() - self._ended_at < self._pause + self._stall_seconds
        fault = self._fault or self._held() or ""
        return Health(not fault, is_alive, fault, self._is_waiting)

    async def run(self) -> None:
        """Repeat until cancelled; the step returns the seconds to sleep.

        Whatever the database says is tried again for as long as it takes. Other faults are raised.
        """
        self._begin()
        failures = 0
        while True:
            try:
                self._pause = await self._step()
            except Exception as error:
                self._failing.set(1)
                if not (is_retriable(error) or is_data_fault(error) or isinstance(error, self._away)):
                    raise
                pause = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
                self._pause = min(pause, self._longest)
                failures += 1
                self._fault = reason(error)
                self._is_waiting = is_away(error) or isinstance(error, self._away)
                log.warning("job_retried", job=self.name, reason=self._fault, failures=failures)
            else:
                failures = 0
                self._fault, self._is_waiting = "", False
                self._failing.set(0)
                if self._last_success is not None:
                    self._last_success.set_to_current_time()
            self._ended_at = time.monotonic()
            await asyncio.sleep(self._pause)

    def _begin(self) -> None:
        self._ended_at = time.monotonic()
        self._pause = 0.0
        self._fault, self._is_waiting = "starting", False
