"""A poller of complaints in a process of its own: `python -m tests.bench.subject_poller DATABASE_URL`."""

import asyncio
import sys

from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from shared.db import Database


async def poll(url: str) -> None:
    """Fire what is due until the process ends."""
    db = Database(url, pool_size=3)
    await DeadlinePoller(db, DeadlineEngine(load_policies(), TrustedClock())).worker().run()


if __name__ == "__main__":
    asyncio.run(poll(sys.argv[1]))
