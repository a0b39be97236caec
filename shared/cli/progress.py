"""Saying that something long is still under way."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

EVERY_SECONDS = 2.0


@contextmanager
def telling(
    what: str, *, every: float = EVERY_SECONDS, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Say on standard error what is done during the block: at its beginning, and again as it lasts."""
    began, over = clock(), Event()

    def repeat() -> None:
        while not over.wait(every):
            print(f"zi: {what}, for {clock() - began:.0f} s now", file=sys.stderr, flush=True)

    print(f"zi: {what} ...", file=sys.stderr, flush=True)
    teller = Thread(target=repeat, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
