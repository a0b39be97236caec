"""Waiting by progress: what moves is waited for, however slow the machine; what has ended is told at once."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.local.process import LocalError

TELL_SECONDS = 15.0
"""After each such stretch a wait says what it waits for, and since when."""
STILL_SECONDS = 600.0
"""For so long nothing at all may move: no line in the log, no processor time."""
LOOK_SECONDS = 1.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 0.5


class Running(Protocol):
    """A process that is waited for, or without which waiting is in vain."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def log(self) -> Path:
        """Where its output goes."""

    def exit_code(self) -> int | None:
        """Return how it ended, None while it runs."""

    def trace(self) -> object | None:
        """Return a value that changes whenever it does something; None where nobody can tell."""

    def last_words(self) -> str:
        """Return the end of its output as text to add to a sentence."""


@dataclass
class _Movement:
    """When the watched processes last did something."""

    processes: Sequence[Running]
    at: float
    looked_at: float
    traces: list[object | None] = field(default_factory=list)

    def look(self, now: float) -> None:
        if self.traces and now - self.looked_at < LOOK_SECONDS:
            return
        self.looked_at = now
        traces = [one.trace() for one in self.processes]
        if traces != self.traces or None in traces:
            self.at, self.traces = now, traces


@dataclass(frozen=True)
class Waiting:
    """Waits and tells people so; `say` receives one line, clock and pause are in seconds."""

    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    def until(
        self,
        what: str,
        is_so: Callable[[], bool],
        *,
        moving: Sequence[Running] = (),
        needed: Sequence[Running] = (),
    ) -> None:
        """Return when `is_so`; `what` completes the sentence "Still waiting for ...".

        Goes on as long as one of `moving` does something, without end when there are none. Raises
        `LocalError`, with the end of a log, when one of `needed` has ended and when nothing moved for
        `STILL_SECONDS`.
        """
        began = told = self.clock()
        movement = _Movement(moving, began, began)
        while not is_so():
            for one in needed:
                if (code := one.exit_code()) is not None:
                    raise LocalError(f"{one.name} ended with exit code {code}.{one.last_words()}")
            now = self.clock()
            movement.look(now)
            still = now - movement.at if moving else 0.0
            if still > STILL_SECONDS:
                raise LocalError(
                    f"Waited for {what} for {now - began:.0f} s, and nothing has moved for {still:.0f} s."
                    + "".join(one.last_words() for one in moving)
                )
            if now - told >= TELL_SECONDS:
                told = now
                self.say(f"Still waiting for {what}, for {now - began:.0f} s now{_mood(moving, still)}")
            self.pause(min(LONGEST_PAUSE, max(SHORTEST_PAUSE, (now - began) / 50)))

    @contextmanager
    def telling(self, what: str) -> Iterator[None]:
        """Say of a block that cannot be looked into that it is still at work, and since when."""
        began, done = self.clock(), threading.Event()

        def tell() -> None:
            while not done.wait(TELL_SECONDS):
                self.say(f"Still waiting for {what}, for {self.clock() - began:.0f} s now")

        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        try:
            yield
        finally:
            done.set()
            teller.join()


def _mood(moving: Sequence[Running], still: float) -> str:
    if not moving:
        return ""
    mood = f"nothing has moved for {still:.0f} s" if still >= TELL_SECONDS else "it is at work"
    return f"; {mood} ({', '.join(str(one.log) for one in moving)})"
