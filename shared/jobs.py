"""A timer: one step again and again, patient with a dependency that is away."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from shared.db.faults import is_retriable
from shared.observability.metrics import JOBS_LAST_SUCCESS
from shared.runtime.worker import Health, WorkerRole

log = structlog.get_logger(__name__)

AWAY_SECONDS = 1.0
STALL_SECONDS = 60.0


class Repeating:
    """A worker that repeats one step; it is alive while steps end, also while the database is away.

    A step may take `stall_seconds`. `away` are faults of other dependencies, which are retried like the
    database's. Jobs show when they last succeeded.
    """

    def __init__(
        self,
        name: str,
        role: WorkerRole,
        step: Callable[[], Awaitable[float]],
        *,
        away: tuple[type[Exception], ...] = (),
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self.name = name
        self.role = role
        self._step = step
        self._away = away
        self._stall_seconds = stall_seconds
        self._ended_at = time.monotonic()
        self._pause = 0.0
        self._is_ready = False
        self._last_success = JOBS_LAST_SUCCESS.labels(name) if role == "job" else None

    def health(self) -> Health:
        """Ready after a good step; dead when none ended for the longest time beyond its pause."""
        is_alive = time.monotonic() - self._ended_at < self._pause + self._stall_seconds
        return Health(is_ready=self._is_ready, is_alive=is_alive, detail="" if self._is_ready else "waiting")

    async def run(self) -> None:
        """Repeat until cancelled; the step returns the seconds to sleep. Other faults end the process."""
        while True:
            try:
                self._pause = await self._step()
            except Exception as error:
                if not (is_retriable(error) or isinstance(error, self._away)):
                    raise
                log.warning("job_retried", job=self.name, error=type(error).__name__)
                self._is_ready = False
                self._pause = AWAY_SECONDS
            else:
                self._is_ready = True
                if self._last_success is not None:
                    self._last_success.set_to_current_time()
            self._ended_at = time.monotonic()
            await asyncio.sleep(self._pause)
