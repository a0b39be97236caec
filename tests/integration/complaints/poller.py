"""A poller process of its own, for tests that kill it: `python poller.py DATABASE_URL`."""

import asyncio
import sys

from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from shared.db import Database


async def main(url: str) -> None:
    print("polling", flush=True)  # noqa: T201 - the test waits for this line
    await (
        DeadlinePoller(Database(url, pool_size=2), DeadlineEngine(load_policies(), TrustedClock()))
        .worker()
        .run()
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
