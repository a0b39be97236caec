"""Wait for something to become true, with a deadline, never by a bare sleep."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL_SECONDS = 0.02


async def until(condition: Callable[[], Awaitable[T]], *, seconds: float = 60.0, what: str = "") -> T:
    """Return the first truthy answer of `condition`; fail the test when none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = await condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not so within {seconds} s: {what or condition}; last answer {answer!r}")
        await asyncio.sleep(INTERVAL_SECONDS)
