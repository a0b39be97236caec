"""Workers that are kept: one that ends or hangs is started again, and the API of its process stays up.

Only when that has not helped for minutes does the process end, for its supervisor to start another.
Source: reliability.md section 8.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from shared.db.faults import is_retriable, reason
from shared.observability.metrics import JOBS_WORKER_RESTARTS
from shared.process.ending import end
from shared.process.settings import Role
from shared.process.worker import Health, Worker

log = structlog.get_logger(__name__)

BACKOFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
LOOK_SECONDS = 3.0
"""How often each worker's health is looked at; its end is seen at once."""
HEALTHY_SECONDS = 60.0
"""Ready for so long, a life has helped; a consumer that does nothing looks ready for 30 s at most."""
LONG_SECONDS = 300.0
"""Alive for so long, a life has helped too: it may be unready by design, as while a topic is missing."""
BEGIN_SECONDS = 30.0
"""A new life is not judged before: its liveness may still be the last one's."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a worker may fail: `seconds` until the process ends.

    `spares_api` keeps the process alive for its probes until then.
    """

    seconds: float
    spares_api: bool


BESIDE_API = Patience(300.0, spares_api=True)
ALONE = Patience(30.0, spares_api=False)


def kept(workers: Sequence[Worker], role: Role) -> "list[Kept]":
    """Return the workers of a process of this role, each of them kept."""
    patience = BESIDE_API if role in ("all", "api") else ALONE
    return [Kept(worker, patience) for worker in workers]


class WorkerHungError(Exception):
    """A worker makes no progress, though nothing that it needs is known to be away."""


class Kept:
    """A worker that is started again whenever it ends; `run` ends only when patience does."""

    def __init__(
        self,
        worker: Worker,
        patience: Patience,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = worker.name
        self.role = worker.role
        self._worker = worker
        self._patience = patience
        self._monotonic = monotonic
        self._sleep = sleep
        self._is_down = False
        self._fault = ""
        self._attempts = 0
        self._failing_since: float | None = None
        self._restarts = JOBS_WORKER_RESTARTS.labels(worker.name)

    def health(self) -> Health:
        """Tell the worker's own health, or that it is down and why; beside an API it dies with patience."""
        has_patience = self._failing_seconds() < self._patience.seconds
        if self._is_down:
            return Health(is_ready=False, is_alive=has_patience, detail=f"is started again: {self._fault}")
        health = self._worker.health()
        if health.is_alive or not self._patience.spares_api:
            return health
        return Health(False, has_patience, health.detail or "no progress")

    async def run(self) -> None:
        """Run the worker for ever; raises what it died of when no life of it helped for all of patience.

        An outage that ends a life counts against nobody: it is tried again for as long as it takes.
        """
        while True:
            life = asyncio.create_task(self._worker.run(), name=self.name)
            try:
                error = await self._ending(life)
            except asyncio.CancelledError:
                await end(life)
                raise
            life.cancel()
            pause = self._note_end(error)
            if not await self._has_gone(life):
                raise error
            await self._sleep(pause)
            self._is_down = False

    async def _ending(self, life: asyncio.Task[None]) -> Exception:
        """Look at one life until it ends or hangs; return why."""
        began = looked = self._monotonic()
        ready_since: float | None = None
        while not await self._has_ended(life):
            now, health = self._monotonic(), self._worker.health()
            if not (health.is_ready and health.is_alive):
                ready_since = None
            elif ready_since is None:
                ready_since = now
            elif now - ready_since >= HEALTHY_SECONDS:
                self._failing_since, self._attempts = None, 0
            if health.is_alive and now - began >= LONG_SECONDS:
                self._failing_since, self._attempts = None, 0
            if health.is_waiting and self._failing_since is not None:
                self._failing_since += now - looked
            if not health.is_alive and not health.is_waiting and now - began >= BEGIN_SECONDS:
                return WorkerHungError(health.detail or "no progress")
            looked = now
        if life.cancelled():
            return WorkerHungError("was cancelled by a part of its own")
        error = life.exception()
        return error if isinstance(error, Exception) else WorkerHungError("returned")

    async def _has_ended(self, life: asyncio.Task[None]) -> bool:
        """Wait for the end of a life, or for the next look at it."""
        pause = asyncio.ensure_future(self._sleep(LOOK_SECONDS))
        try:
            await asyncio.wait((life, pause), return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
        return life.done()

    def _note_end(self, error: Exception) -> float:
        """Note that a life ended; return the pause before the next, or raise when patience is over."""
        if is_retriable(error):
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = self._monotonic()
        if self._failing_seconds() >= self._patience.seconds:
            raise error
        pause = BACKOFF_SECONDS[min(self._attempts, len(BACKOFF_SECONDS) - 1)]
        self._attempts += 1
        self._restarts.inc()
        self._fault, self._is_down = reason(error), True
        log.error("worker_ended", worker=self.name, starts_again_in_seconds=pause, exc_info=error)
        return pause

    async def _has_gone(self, life: asyncio.Task[None]) -> bool:
        """Wait until a cancelled life has gone: a second one must never work beside it."""
        _, pending = await asyncio.wait({life}, timeout=self._patience.seconds)
        return not pending

    def _failing_seconds(self) -> float:
        return 0.0 if self._failing_since is None else self._monotonic() - self._failing_since
