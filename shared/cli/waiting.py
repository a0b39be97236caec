"""Waiting for what one service has told and another has yet to take in: as long as that moves.

Movement is another answer, and, where the operations ports can be read (`ZI_<SERVICE>_OPS_URL`, else those of
the local run), records taken in while some are behind. A machine ten times slower is waited for ten times as
long; where nothing moves, one sentence ends it.
"""

import sys
import time
from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from shared.cli.addresses import address
from shared.cli.errors import CliError, RefusedError

STILL_SECONDS = 60.0
"""For so long nothing at all may move; services tell where they stand every few seconds."""
TELL_SECONDS = 10.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
LOOK_SECONDS = 5.0
"""A look at an operations port takes no longer; one that gets no answer has seen no movement."""
EMPTY_SECONDS = 5.0
"""A backlog is empty when it was so at two looks so far apart: what is told is measured every 2 s only."""
_PASSING = frozenset({404, 429, 502, 503, 504})
"""Answers that the next event or a moment may change."""

LimitOption = Annotated[
    float | None,
    typer.Option(
        "--wait-seconds",
        help=f"Wait no longer, moving or not; else until nothing has moved for {STILL_SECONDS:.0f} s.",
        min=0,
    ),
]

T = TypeVar("T")


class NotYetError(Exception):
    """What is waited for is not there yet; the text says where it stands."""


def until(
    ask: Callable[[], T],
    *,
    reader: str,
    teller: str,
    limit: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """Return what `ask` gives; while it raises `NotYetError`, ask again as long as something moves.

    `reader` is the service that takes in what `teller` told; `limit` is in seconds. Raises `CliError`.
    """
    backlog = Backlog(reader, teller, clock)
    began = moved = told = clock()
    trace: object = None
    while True:
        try:
            return ask()
        except NotYetError as stand:
            now = clock()
            found = (str(stand), backlog.trace())
            if found != trace:
                moved, trace = now, found
            if limit is not None and now - began >= limit:
                raise CliError(f"{stand}, after {now - began:.0f} s") from stand
            if now - moved >= STILL_SECONDS:
                raise CliError(
                    f"{stand}, and nothing has moved for {now - moved:.0f} s: "
                    f"`zi consumer status --service {reader}` shows where it stands"
                ) from stand
            if now - told >= TELL_SECONDS:
                told = now
                print(f"zi: {stand}; waiting, for {now - began:.0f} s now", file=sys.stderr)
            pause(min(LONGEST_PAUSE, max(SHORTEST_PAUSE, (now - began) / 20)))


def is_passing(error: CliError) -> bool:
    """Tell whether a failure may pass by itself: nobody answered, nothing is known yet, or all are busy."""
    return not isinstance(error, RefusedError) or error.problem.get("status") in _PASSING


class Backlog:
    """What a service has yet to take in of what another told.

    Once it was seen empty nothing more is on its way, however much goes on coming in from others.
    """

    def __init__(self, reader: str, teller: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._teller = teller
        self._clock = clock
        self._empty_since: float | None = None
        self._was_empty = False

    def trace(self) -> str | None:
        """Return a text that changes whenever the backlog moves; None when it is empty or cannot be seen."""
        if self._was_empty:
            return None
        here, there = _metrics(self._reader), _metrics(self._teller)
        if here is None or there is None:
            return None
        behind = _sum(here, "zi_consumer_lag_records") + _sum(there, "zi_outbox_unpublished_rows")
        if behind == 0:
            now = self._clock()
            self._empty_since = now if self._empty_since is None else self._empty_since
            self._was_empty = now - self._empty_since >= EMPTY_SECONDS
            return None
        taken, sent = _sum(here, "zi_consumer_records_total"), _sum(there, "zi_outbox_published_total")
        return f"{behind} {taken} {sent}"


def _metrics(service: str) -> str | None:
    """Return what a service's operations port tells, None when that cannot be read."""
    import httpx2  # noqa: PLC0415 - a third of the start time

    try:
        answer = httpx2.get(f"{address(f'{service}_ops')}/metrics", timeout=LOOK_SECONDS)
    except (CliError, httpx2.TransportError):
        return None
    return answer.text if answer.is_success else None


def _sum(metrics: str, name: str) -> float:
    """Return the sum over a metric's series in the text format of Prometheus."""
    lines = (line for line in metrics.splitlines() if line.startswith((f"{name} ", f"{name}{{")))
    return sum(float(line.rpartition(" ")[2]) for line in lines)
