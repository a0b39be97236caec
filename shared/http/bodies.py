"""Small bodies, read whole before their requests take a place: who sends nothing keeps nobody out.

How much is held at a time in all is bounded, and counted as it arrives: an announcement holds nothing. What
is shorter than a server buffers for each connection anyway is always taken: large bodies keep no small one
out, and the number of connections bounds them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from shared.http.limits.networks import network_of
from shared.kernel import DomainError

BODY = "zi.body"
"""Where a request's scope has the `Body` that was read of it."""
READ_SECONDS = 10.0
"""From the head to the end of a small body; the connection's own clocks, by the settings, end later."""
SMALL_BYTES = 16 * 1024
SHARES = 4
"""One source holds at most this part of all that may be held: others find room whoever fills it."""
_MOST_DIGITS = len("9999999999")

End = Literal["whole", "too_long", "no_room", "late", "gone"]


class BodySlowError(DomainError):
    """The body was not whole in time (408)."""

    code: ClassVar[str] = "body_slow"

    def __init__(self) -> None:
        super().__init__("Permintaan ini tidak lengkap pada waktunya. Coba kirim lagi.")


class BodyTooLargeError(DomainError):
    """The body is longer than any request of its kind may be (413)."""

    code: ClassVar[str] = "body_too_large"

    def __init__(self) -> None:
        super().__init__("Kiriman melebihi batas ukuran.")


class Body:
    """What has come of a request's body, and why no more was read; the rest is received after it."""

    def __init__(self, receive: Receive, source: str = "") -> None:
        self.source = source
        self._receive = receive
        self._is_told = False
        self.content = b""
        self.size = 0
        self.end: End = "late"

    async def receive(self) -> Message:
        """Return what was read, in one message, and then whatever comes."""
        if not self._is_told:
            self._is_told = True
            return {"type": "http.request", "body": self.content, "more_body": self.end != "whole"}
        if self.end == "gone":
            return {"type": "http.disconnect"}
        return await self._receive()


class Bodies:
    """All bodies that are held at a time: `most` bytes together, each read for `seconds` at most.

    Beyond `most`, and beyond a quarter of it from one source, only those up to `SMALL_BYTES` are read.
    """

    def __init__(self, most: int, seconds: float = READ_SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self.held = 0
        self._of: Counter[str] = Counter()

    @asynccontextmanager
    async def reading(self, scope: Scope, receive: Receive, most_each: int) -> AsyncIterator[Body]:
        """Read a body and hold it during the block; one that is announced as too long is not read."""
        client = scope.get("client")
        body = scope[BODY] = Body(receive, network_of(client[0]) if client else "")
        try:
            announced = _length(scope)
            if announced is not None and announced > most_each:
                body.end = "too_long"
            else:
                await self._read(body, receive, most_each)
            yield body
        finally:
            self._hold(body, 0)
            if not self._of[body.source]:
                del self._of[body.source]

    async def _read(self, body: Body, receive: Receive, most_each: int) -> None:
        arrived = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                body.end = await self._fill(body, arrived, receive, most_each)
        except TimeoutError:
            body.end = "late"
        body.content = bytes(arrived)

    async def _fill(self, body: Body, arrived: bytearray, receive: Receive, most_each: int) -> End:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return "gone"
            arrived += message.get("body", b"")
            self._hold(body, len(arrived))
            if body.size > most_each:
                return "too_long"
            if not message.get("more_body"):
                return "whole"
            if body.size > SMALL_BYTES and not self._has_room(body.source):
                return "no_room"

    def _hold(self, body: Body, size: int) -> None:
        self.held += size - body.size
        self._of[body.source] += size - body.size
        body.size = size

    def _has_room(self, source: str) -> bool:
        share = self._most // SHARES if source else self._most
        return self.held <= self._most and self._of[source] <= share


def has_body(scope: Scope) -> bool:
    """Tell whether the head of a request announces a body."""
    return "transfer-encoding" in Headers(scope=scope) or _length(scope) != 0


def _length(scope: Scope) -> int | None:
    """Return the announced length, 0 without one, None when it is in chunks or beyond all numbers."""
    headers = Headers(scope=scope)
    if "transfer-encoding" in headers:
        return None
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        return None
    return int(length[-_MOST_DIGITS:]) if length[:-_MOST_DIGITS].strip("0") == "" else 10**_MOST_DIGITS
