"""Saying that something long is still under way."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

EVERY_SECONDS = 2.0


class Steps:
    """Says on standard error how far something is: share, speed, time left; now and then, and at its end."""

    def __init__(self, *, every: float = EVERY_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._every, self._clock = every, clock
        self._what = ""
        self._began = self._said = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Note that `done` of `total` are done; another `what` begins another count."""
        now = self._clock()
        if what != self._what:
            self._what, self._began, self._said = what, now, now
        if done < total and now - self._said < self._every:
            return
        self._said, seconds = now, now - self._began
        speed = done / seconds if seconds else 0.0
        share = 100 * done // total if total else 100
        text = f"{done:,} of {total:,} {what}, {share} %"
        if speed:
            text += f", {speed:,.0f} a second, {_minutes((total - done) / speed)} left"
        print(f"zi: {text}", file=sys.stderr, flush=True)


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


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
