"""A poller for a process of its own, forked from one that has loaded it, for tests that kill it."""

import asyncio
import importlib
import os
from collections.abc import Mapping
from multiprocessing.connection import Connection

from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from shared.db import Database
from shared.process import crash


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
