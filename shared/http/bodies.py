"""Small bodies, read whole before their requests take a place: who sends nothing keeps nobody out.

How much is held at a time in all is bounded, and counted as it arrives: an announcement holds nothing. What
is shorter than a server buffers for each connection anyway is always taken: large bodies keep no small one
out, and the number of connections bounds them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from shared.kernel import DomainError

BODY = "zi.body"
"""Where a request's scope has the `Body` that was read of it."""
READ_SECONDS = 10.0
"""From the head to the end of a small body; it ends before the connection's own clocks."""
SMALL_BYTES = 16 * 1024
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

    def __init__(self, receive: Receive) -> None:
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

    Beyond `most` only those up to `SMALL_BYTES` are read.
    """

    def __init__(self, most: int, seconds: float = READ_SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self.held = 0

    @asynccontextmanager
    async def reading(self, scope: Scope, receive: Receive, most_each: int) -> AsyncIterator[Body]:
        """Read a body and hold it during the block; one that is announced as too long is not read."""
        body = scope[BODY] = Body(receive)
        try:
            announced = _length(scope)
            if announced is not None and announced > most_each:
                body.end = "too_long"
            else:
                await self._read(body, receive, most_each)
            yield body
        finally:
            self.held -= body.size

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
            self.held += len(arrived) - body.size
            body.size = len(arrived)
            if body.size > most_each:
                return "too_long"
            if not message.get("more_body"):
                return "whole"
            if self.held > self._most and body.size > SMALL_BYTES:
                return "no_room"


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
