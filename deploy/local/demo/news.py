"""Waiting for a service to hear of new units: as long as it goes on hearing of some, however slowly."""

import asyncio
import time
from collections.abc import Awaitable, Callable

TELL_SECONDS = 15.0
STILL_SECONDS = 600.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 1.0


async def heard(
    service: str,
    count: Callable[[], Awaitable[int]],
    wanted: int,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Return when `count` reaches `wanted`, saying every 15 s how far it is.

    Raises `TimeoutError` when the count has not risen for `STILL_SECONDS`.
    """
    began = moved = told = clock()
    known, wait = 0, SHORTEST_PAUSE
    while (found := await count()) < wanted:
        now = clock()
        if found > known:
            known, moved = found, now
        if now - moved > STILL_SECONDS:
            raise TimeoutError(
                f"{service} has heard of {known} of {wanted} units and of no other for {now - moved:.0f} s"
            )
        if now - told >= TELL_SECONDS:
            told = now
            print(
                f"{service} has heard of {known} of {wanted} units, waiting for {now - began:.0f} s",
                flush=True,
            )
        await pause(wait)
        wait = min(2 * wait, LONGEST_PAUSE)
