"""Open streams of live pages: a person holds so many at a time, and the oldest gives way to a newer one.

Not the newest is refused: after a network was lost the old ones are dead lines that nobody told us of.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from shared.observability.metrics import HTTP_GAVE_WAY


class OpenStreams:
    """The open streams of each person, `most` at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[str, list[asyncio.Event]] = {}

    @contextmanager
    def reading(self, person: str | None) -> Iterator[asyncio.Event]:
        """Hold a stream of a person, None for nobody known; the event says that it has to give way."""
        gives_way = asyncio.Event()
        if person is None:
            yield gives_way
            return
        theirs = self._open.setdefault(person, [])
        theirs.append(gives_way)
        if len(theirs) > self._most:
            theirs.pop(0).set()
            HTTP_GAVE_WAY.labels("stream").inc()
        try:
            yield gives_way
        finally:
            self._end(person, gives_way)

    def _end(self, person: str, ended: asyncio.Event) -> None:
        left = [event for event in self._open.get(person, ()) if event is not ended]
        if left:
            self._open[person] = left
        else:
            self._open.pop(person, None)
