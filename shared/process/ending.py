"""Ends a task for certain, though a library may take our cancellation for its own.

A library that has cancelled a task of its own and awaits it, as aiokafka's clients do when they close,
swallows a cancellation of ours that arrives meanwhile. Whoever asked once then waits for ever.
"""

import asyncio
from typing import Any

AGAIN_SECONDS = 20.0
"""Longer than a consumer takes to finish its batch and to leave its group; a second word cuts that short."""


def heed_cancellation() -> None:
    """Raise `CancelledError` in a task that was told to end and still runs; loops ask at each round."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, again and again, until each has ended; what they end with stays in them."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
