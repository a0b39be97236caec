"""The workers of one service process, and the word that it must end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from shared.process.settings import Role
from shared.process.worker import Worker

log = structlog.get_logger(__name__)


def wanted(workers: Sequence[Worker], role: Role) -> list[Worker]:
    """Return the workers that a process of this role runs: the API's only those that its answers rest on."""
    if role == "all":
        return list(workers)
    if role == "worker":
        return [worker for worker in workers if worker.role in ("worker", "job")]
    return [worker for worker in workers if worker.role == role]


@asynccontextmanager
async def running(workers: Sequence[Worker], on_death: Callable[[], None]) -> AsyncIterator[None]:
    """Run the workers while the block runs; a worker that ends unasked calls `on_death` once."""
    tasks = [asyncio.create_task(worker.run(), name=worker.name) for worker in workers]

    def died(task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        log.error("worker_died", worker=task.get_name(), exc_info=task.exception())
        on_death()

    for task in tasks:
        task.add_done_callback(died)
    try:
        yield
    finally:
        for task in tasks:
            task.remove_done_callback(died)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def end_process() -> None:
    """Let the server stop in good order and exit with a code of its own."""
    global _has_worker_died  # noqa: PLW0603 - one process, one fate
    _has_worker_died = True


_has_worker_died = False


def has_worker_died() -> bool:
    """Tell whether `end_process` was called."""
    return _has_worker_died
