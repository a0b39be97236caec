"""Pollers of deadlines in processes of their own, forked from one that has loaded them, to be killed."""

import asyncio
import importlib
import os
import signal
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from shared.db import Database
from shared.process import crash
from tests.support.terminal import FORKS


def run(url: str, environment: Mapping[str, str], begun: Connection) -> None:
    """Poll until the end of the process; say through `begun` that it has started."""
    os.environ.update(environment)
    importlib.reload(crash)  # it reads the environment once
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for written in (1, 2):
        os.dup2(nowhere, written)
    asyncio.run(_poll(url, begun))


async def _poll(url: str, begun: Connection) -> None:
    begun.send("polling")
    db = Database(url, pool_size=2)
    await DeadlinePoller(db, DeadlineEngine(load_policies(), TrustedClock())).worker().run()


class Pollers:
    """Poller processes that the test starts and kills."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._running: list[BaseProcess] = []

    async def start(self, **environment: str) -> BaseProcess:
        told, tells = FORKS.Pipe(duplex=False)
        process = FORKS.Process(target=run, args=(self._url, environment, tells))
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
