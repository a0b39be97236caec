"""Pollers of deadlines in processes of their own, forked from one that has loaded them, to be killed."""

import asyncio
import importlib
import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized

from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from shared.db import Database
from shared.process import crash
from tests.support.terminal import FORKS


class HostClock:
    """The clock of this host as all processes that share it see it, so many seconds ahead."""

    def __init__(self) -> None:
        self._ahead: Synchronized[float] = FORKS.Value("d", 0.0)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead.value)

    def set(self, ahead_seconds: float) -> None:
        self._ahead.value = ahead_seconds


def run(url: str, environment: Mapping[str, str], host: HostClock, begun: Connection) -> None:
    """Poll until the end of the process; say through `begun` that it has started."""
    os.environ.update(environment)
    importlib.reload(crash)  # it reads the environment once
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for written in (1, 2):
        os.dup2(nowhere, written)
    asyncio.run(_poll(url, host, begun))


async def _poll(url: str, host: HostClock, begun: Connection) -> None:
    begun.send("polling")
    db = Database(url, pool_size=2)
    await DeadlinePoller(db, DeadlineEngine(load_policies(), TrustedClock(host=host))).worker().run()


class Pollers:
    """Poller processes that the test starts and kills, and the host's clock as they see it."""

    def __init__(self, url: str) -> None:
        self.host = HostClock()
        self._url = url
        self._running: list[BaseProcess] = []

    async def start(self, **environment: str) -> BaseProcess:
        told, tells = FORKS.Pipe(duplex=False)
        process = FORKS.Process(target=run, args=(self._url, environment, self.host, tells))
        process.start()
        self._running.append(process)
        with told, tells:
            assert await asyncio.to_thread(told.poll, 30), "the poller has not started"
        return process

    async def stop(self) -> None:
        for process in self._running:
            process.kill()
            await asyncio.to_thread(process.join)
            process.close()


def send(process: BaseProcess, number: signal.Signals) -> None:
    assert process.pid is not None
    os.kill(process.pid, number)
