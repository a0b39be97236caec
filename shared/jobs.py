"""A timer: one step again and again, patient with a database that is away."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from shared.db.database import is_transient
from shared.runtime.worker import Health, WorkerRole

log = structlog.get_logger(__name__)

AWAY_SECONDS = 1.0
STALL_SECONDS = 60.0


class Repeating:
    """A worker that repeats one step; it is alive while steps end, also while the database is away."""

    def __init__(self, name: str, role: WorkerRole, step: Callable[[], Awaitable[float]]) -> None:
        self.name = name
        self.role = role
        self._step = step
        self._ended_at = time.monotonic()
        self._pause = 0.0
        self._is_ready = False

    def health(self) -> Health:
        """Ready after a good step; dead when none ended for a minute beyond its pause."""
        is_alive = time.monotonic() - self._ended_at < self._pause + STALL_SECONDS
        return Health(is_ready=self._is_ready, is_alive=is_alive, detail="" if self._is_ready else "waiting")

    async def run(self) -> None:
        """Repeat until cancelled; the step returns the seconds to sleep. Other faults end the process."""
        while True:
            try:
                self._pause = await self._step()
                self._is_ready = True
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("job_retried", job=self.name, error=type(error).__name__)
                self._is_ready = False
                self._pause = AWAY_SECONDS
            self._ended_at = time.monotonic()
            await asyncio.sleep(self._pause)
