"""Serve one process: its application on the public port, probes and metrics on a port of their own."""

import asyncio
import contextlib
import ctypes
import gc
import resource
import socket
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from math import inf
from types import FrameType
from typing import Any, cast

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import _TrustedHosts

from shared.http.bodies import READ_SECONDS
from shared.observability.metrics import HTTP_CONNECTIONS
from shared.process.settings import ServiceSettings
from shared.process.workers import has_worker_died
from shared.server.connection import Connection, Limits
from shared.server.entrance import Entrance

log = structlog.get_logger(__name__)

EXIT_WORKER_DIED = 70
GRACEFUL_SECONDS = 10
GRACE_SECONDS = 5.0
"""How much longer than the slowest admitted request a body may take: the overload control speaks first."""
OPS_CONNECTIONS = 100
FEWEST_CONNECTIONS = 10
"""So many are let in however few descriptors there are."""
SPARE_DESCRIPTORS = 500
"""Files, sockets to databases and brokers, and pipes that a process holds beside its connections."""
GC_THRESHOLDS = (50_000, 50, 100)
"""Measured 1.2-2.2 times the throughput of the defaults; source: performance.md section 7."""
M_MMAP_THRESHOLD = -3
LARGE_BYTES = 1 << 20


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve the app until a signal; exit 143 after SIGTERM, 70 after a worker's death, 1 on a taken port."""
    prefix = settings.model_config.get("env_prefix", "")
    wanted = {
        f"{prefix}PORT": (settings.host, settings.port),
        f"{prefix}OPS_PORT": (settings.ops_host, settings.ops_port),
    }
    with contextlib.suppress(KeyboardInterrupt), addresses(wanted) as (public, ops):
        tune_memory()
        log.info("listening", public=str(public.getsockname()), ops=str(ops.getsockname()))
        allowed = allow_descriptors(settings.connections_at_once + SPARE_DESCRIPTORS)
        limits, entrance = limits_of(settings), entrance_of(settings, allowed)
        HTTP_CONNECTIONS.set_function(partial(getattr, entrance, "taken"))
        beside = Entrance(OPS_CONNECTIONS, OPS_CONNECTIONS)
        Server(
            configured(app, limits, entrance, forwarded_allow_ips=settings.trusted_proxies),
            app,
            ops=_Ops(configured(app.state.ops, limits, beside, lifespan="off", proxy_headers=False)),
            ops_socket=ops,
        ).run(sockets=[public])
    if has_worker_died():
        sys.exit(EXIT_WORKER_DIED)


def limits_of(settings: ServiceSettings) -> Limits:
    """Return what a connection may take by these settings."""
    return Limits(
        head_seconds=settings.head_seconds,
        idle_seconds=settings.idle_seconds,
        body_seconds=max(
            READ_SECONDS, settings.waiting_seconds + max(settings.request_seconds, settings.file_seconds)
        )
        + GRACE_SECONDS,
    )


def entrance_of(settings: ServiceSettings, descriptors: float = inf) -> Entrance:
    """Return the places of the public port by these settings, fewer where the descriptors do not suffice."""
    most = int(max(FEWEST_CONNECTIONS, min(settings.connections_at_once, descriptors - SPARE_DESCRIPTORS)))
    proxies = _TrustedHosts(settings.trusted_proxies)  # as uvicorn judges whose X-Forwarded-For is believed
    return Entrance(most, settings.connections_per_source, is_trusted=proxies.__contains__)


def allow_descriptors(wanted: int) -> int:
    """Let this process open so many files and sockets, or as many as it may; return how many of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        log.warning("descriptors_few", allowed=allowed, wanted=wanted)
    return allowed


def configured(app: ASGIApp, limits: Limits, entrance: Entrance, **given: Any) -> uvicorn.Config:
    """Return uvicorn's configuration with our protocol."""
    return uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", partial(Connection, limits, entrance)),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        timeout_keep_alive=limits.idle_seconds,
        **given,
    )


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


@contextlib.contextmanager
def addresses(wanted: Mapping[str, tuple[str, int]]) -> Iterator[list[socket.socket]]:
    """Hold each address; raises `SystemExit` with one sentence that names every one that is not free."""
    with contextlib.ExitStack() as stack:
        found, faults = [], []
        for variable, (host, port) in wanted.items():
            try:
                found.append(stack.enter_context(_bound(host, port)))
            except OSError as error:
                faults.append(f"{host} port {port} ({variable}): {error.strerror}")
        if faults:
            raise SystemExit(f"refusing to start: cannot listen at {'; '.join(faults)}")
        yield found


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that holds the address; nobody is let in before the application is wired."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or asyncio would leave Nagle's algorithm on: 40 ms more for every small answer.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except OSError:
        found.close()
        raise
    return found


class _Ops(uvicorn.Server):
    """Answers probes from before the application is wired until after it has stopped."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the application's server."""
        yield


class Server(uvicorn.Server):
    """Tells the application of the signal at once: open streams would hold up the shutdown."""

    def __init__(
        self, config: uvicorn.Config, app: FastAPI, *, ops: uvicorn.Server, ops_socket: socket.socket
    ) -> None:
        super().__init__(config)
        self._app = app
        self._ops = ops
        self._ops_socket = ops_socket

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal, with the probes beside."""
        self._beside = asyncio.create_task(self._ops.serve([self._ops_socket]))
        try:
            await super().serve(sockets)
        finally:
            self._ops.should_exit = True
            await self._beside

    async def on_tick(self, counter: int) -> bool:
        """Tell each tenth of a second whether to stop."""
        if has_worker_died():
            self._app.state.zi.begin_stop()
        return await super().on_tick(counter) or has_worker_died() or self._beside.done()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.state.zi.begin_stop()
        super().handle_exit(sig, frame)
