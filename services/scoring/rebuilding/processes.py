"""Replay in several processes, each its own part at a time: no two have a log in common."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from services.scoring.rebuilding.gathering import Tell, gather
from services.scoring.rebuilding.logs import Logs
from services.scoring.rebuilding.shard import Gathered
from shared.consumer.dead_letters import Reasons

LOOK_SECONDS = 0.5

_work: tuple[str, str, Reasons, Any]
"""What a process of ours works on: database, broker, dead letters, and where it adds what it has read."""


async def gather_in(
    processes: int, db_url: str, bootstrap: str, parts: Sequence[Logs], dead: Reasons, tell: Tell
) -> Gathered:
    """Replay parts as `gather` does, so many at a time."""
    context = multiprocessing.get_context("spawn")
    read, told, gathered = context.Value("q", 0), 0, Gathered()
    with ProcessPoolExecutor(
        processes, context, initializer=_begin, initargs=(db_url, bootstrap, dead, read)
    ) as pool:
        waiting = {asyncio.wrap_future(pool.submit(_gather, logs)) for logs in parts}
        try:
            while waiting:
                done, waiting = await asyncio.wait(
                    waiting, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for one in done:
                    gathered.add(one.result())
                tell(read.value - told)
                told = read.value
        finally:
            for one in waiting:
                one.cancel()
    tell(read.value - told)
    return gathered


def _begin(*work: Any) -> None:
    global _work  # noqa: PLW0603 - what the pool gives a process at its start
    _work = work


def _gather(logs: Logs) -> Gathered:
    db_url, bootstrap, dead, read = _work

    def tell(count: int) -> None:
        with read.get_lock():
            read.value += count

    return asyncio.run(gather(db_url, bootstrap, [logs], dead, tell))
