"""A TCP proxy on loopback that makes a network slow, silent or broken while both ends live."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

Direction = Literal["up", "down"]
"""`up` is from client to server."""

BOTH: tuple[Direction, ...] = ("up", "down")
CHUNK_BYTES = 65536
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Proxy:
    """Forwards its `port` to `target` of 127.0.0.1 in the running event loop, so nobody may block that.

    What a cut holds back arrives after the mending, as TCP would send it again; a close is held back like
    bytes, so neither end learns of the cut.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.delay_seconds = 0.0
        """How much later each chunk arrives."""
        self.held = 0
        """How many chunks and closes wait for the mending."""
        self._open: dict[Direction, asyncio.Event] = {direction: asyncio.Event() for direction in BOTH}
        self._calls: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.mend()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self, *directions: Direction) -> None:
        """Stop forwarding, both ways unless one is named; connections stay open and new ones hear nothing."""
        for direction in directions or BOTH:
            self._open[direction].clear()

    def mend(self) -> None:
        """Forward again, without delay, beginning with what was held back."""
        self.delay_seconds = 0.0
        for gate in self._open.values():
            gate.set()

    def reset(self) -> None:
        """End every connection with a TCP reset."""
        for writer in self._writers:
            ended: socket.socket = writer.get_extra_info("socket")
            ended.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()

    @contextmanager
    def is_cut(self) -> Iterator[None]:
        """Cut both ways while the block runs, and mend it whatever happens in it."""
        self.cut()
        try:
            yield
        finally:
            self.mend()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.current_task()
        assert call is not None
        self._calls.add(call)
        self._writers.add(writer)
        try:
            await self._pass("up")
            await self._join(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # the server is not there, or the proxy ends: the client sees its connection close
        finally:
            self._drop(writer)
            self._calls.discard(call)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, asks = await asyncio.open_connection("127.0.0.1", self.target)
        self._writers.add(asks)
        try:
            await asyncio.gather(self._pump(reader, asks, "up"), self._pump(answers, writer, "down"))
        finally:
            self._drop(asks)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, direction: Direction
    ) -> None:
        """Copy until the source closes, then close the sink; a broken sink ends the connection."""
        while chunk := await source.read(CHUNK_BYTES):
            if self.delay_seconds:
                await asyncio.sleep(self.delay_seconds)
            await self._pass(direction)
            sink.write(chunk)
            await sink.drain()
        await self._pass(direction)
        sink.close()

    async def _pass(self, direction: Direction) -> None:
        self.held += 1
        try:
            await self._open[direction].wait()
        finally:
            self.held -= 1

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.transport.abort()


def at_port(url: str, port: int) -> str:
    """Return the URL with another port of 127.0.0.1 and the same log-in."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[str, Proxy]]:
    """Yield the URL by which the same server is reached through a proxy, and the proxy."""
    port = urlsplit(url).port
    assert port is not None
    async with Proxy(port) as proxy:
        yield at_port(url, proxy.port), proxy
