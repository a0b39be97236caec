"""An application behind our own edge, on a real socket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from shared.server.connection import Limits
from shared.server.entrance import Entrance
from shared.server.serving import configured
from tests.support.polling import until

GUARD_SECONDS = 60


class Edge:
    """Where the application listens, and all who are connected from here."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._open: list[Dialogue] = []

    async def open(self, source: str = "127.0.0.1") -> "Dialogue":
        """Connect from this address of loopback."""
        found = Dialogue(*await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0)))
        self._open.append(found)
        return found

    async def close(self) -> None:
        """End every connection."""
        for dialogue in self._open:
            await dialogue.close()


@asynccontextmanager
async def listening(
    app: Any, limits: Limits | None = None, entrance: Entrance | None = None, *, port: int = 0, **given: Any
) -> AsyncIterator[Edge]:
    """Serve an application at this port of loopback, or a free one, until the block ends."""
    config = configured(app, limits or Limits(), entrance or Entrance(1000, 1000), port=port, **given)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())

    async def is_started() -> bool:
        return server.started

    try:
        await until(is_started, seconds=GUARD_SECONDS)
        edge = Edge(server.servers[0].sockets[0].getsockname()[1])
        try:
            yield edge
        finally:
            await edge.close()
    finally:
        server.should_exit = True
        await task


class Dialogue:
    """One client's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, data: bytes) -> None:
        """Send these bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def head(self) -> bytes:
        """Return the next head that comes, "" when the server closed before it."""
        async with asyncio.timeout(GUARD_SECONDS):
            try:
                return await self.reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError as error:
                return error.partial

    async def until(self, end: bytes) -> bytes:
        """Return all that comes up to these bytes."""
        async with asyncio.timeout(GUARD_SECONDS):
            return await self.reader.readuntil(end)

    async def answer(self) -> tuple[bytes, bytes]:
        """Return head and body of the next answer that names its length."""
        head = await self.head()
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        async with asyncio.timeout(GUARD_SECONDS):
            return head, await self.reader.readexactly(int(length or 0))

    async def rest(self) -> bytes:
        """Return all that comes until the server closes."""
        async with asyncio.timeout(GUARD_SECONDS):
            return await self.reader.read()

    async def close(self) -> None:
        """Leave."""
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()
