"""Run one service process: its API, its workers, and an orderly end."""

import asyncio
import contextlib
import ctypes
import gc
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from shared.runtime.worker import Worker
from shared.settings import Role, ServiceSettings

log = structlog.get_logger(__name__)

EXIT_WORKER_DIED = 70
GRACEFUL_SECONDS = 10
GC_THRESHOLDS = (50_000, 50, 100)
"""Measured 1.2-2.2 times the throughput of the defaults; source: performance.md section 7."""
M_MMAP_THRESHOLD = -3
LARGE_BYTES = 1 << 20


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
    """Let `serve` stop in good order and exit with `EXIT_WORKER_DIED`."""
    global _has_worker_died  # noqa: PLW0603 - one process, one fate
    _has_worker_died = True


_has_worker_died = False


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve the app until a signal; exit 143 after SIGTERM, 70 after a worker's death, 1 on a taken port."""
    refuse_in_production(settings)
    tune_memory()
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        timeout_keep_alive=30,
        forwarded_allow_ips=settings.trusted_proxies,
    )
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, app).run()
    if _has_worker_died:
        sys.exit(EXIT_WORKER_DIED)


def tune_memory() -> None:
    """Collect garbage rarely, and give large blocks back when they are freed.

    glibc raises the size from which it does so with each such block: after a few Argon2 hashes every thread
    would keep 38 MiB for good. Another C library than glibc is left as it is.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


class _Server(uvicorn.Server):
    """Tells the application of the signal at once: open streams would hold up the shutdown."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def on_tick(self, counter: int) -> bool:
        """Tell each tenth of a second whether to stop."""
        if _has_worker_died:
            self._app.state.zi.begin_stop()
        return await super().on_tick(counter) or _has_worker_died

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.state.zi.begin_stop()
        super().handle_exit(sig, frame)


def refuse_in_production(settings: ServiceSettings) -> None:
    """Raise `SystemExit` with one sentence when a production start carries a development setting."""
    if settings.environment != "production":
        return
    faults = []
    if os.environ.get("ZI_CRASH_AT"):
        faults.append("ZI_CRASH_AT is set")
    if not settings.issuer.startswith("https://"):
        faults.append("the issuer is not https")
    if len(settings.secret_key.get_secret_value()) < 32:  # noqa: PLR2004 - bytes of a 256-bit key
        faults.append("the secret key has fewer than 32 characters")
    if "development" in settings.secret_key.get_secret_value():
        faults.append("the secret key is the development default")
    if faults:
        raise SystemExit(f"refusing to start in production: {'; '.join(faults)}")
