"""A page with our script and a stream under the test's hand, over HTTP/1.1 as a service speaks it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from shared.http import pages

SCRIPT = Path(pages.__file__).parent / "static" / "live.js"
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:"
PAGE = """<!doctype html><html lang="id"><title>Langsung</title><link rel="icon" href="data:,">
<script src="/static/live.js" defer></script>
<main data-live="/langsung"><p data-live-state aria-live="polite">Muat ulang.</p><b id="total">0</b>
<textarea aria-label="Catatan"></textarea></main>"""


class LiveServer:
    """Serves the page at `/` and its stream.

    The stream opens, is refused with 503, ends once with its session, or is left without a word.
    """

    def __init__(self) -> None:
        self.mode: Literal["stream", "refuse", "ended"] = "stream"
        self.total = "1"
        self.asked = 0
        self.pages = 0
        self.url = ""
        self.is_slow_asked, self.may_answer = asyncio.Event(), asyncio.Event()
        self._streams: dict[asyncio.StreamWriter, None] = {}

    @property
    def streams(self) -> int:
        """Streams that are open now."""
        return len(self._streams)

    async def end_streams(self, *, abruptly: bool = False) -> None:
        """End every stream: as a server does, or as a broken line does."""
        for writer in list(self._streams):
            if abruptly:
                writer.transport.abort()
            else:
                writer.write(b"0\r\n\r\n")
                await writer.drain()
                writer.close()

    async def push_out(self) -> None:
        """Tell the page that opened its stream first that it has to give way, and end that stream."""
        writer = next(iter(self._streams))
        event = b"event: crowded\ndata: 1\n\n"
        writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def load_anew(self) -> None:
        """Tell every page that it is to load itself anew."""
        event = b"event: reload\ndata: 1\n\n"
        for writer in list(self._streams):
            writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
            await writer.drain()

    async def tell(self, total: str) -> None:
        """Change the number and send it to everybody."""
        self.total = total
        for writer in list(self._streams):
            await self._patch(writer)

    async def _patch(self, writer: asyncio.StreamWriter) -> None:
        event = f"event: patch\ndata: {json.dumps({'total': self.total})}\n\n".encode()
        writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
        await writer.drain()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it ends."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            try:
                while await self._answer_one(reader, writer):
                    pass
            finally:
                writer.close()
                await writer.wait_closed()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; returns whether the connection stays open for another."""
        head = await reader.readuntil(b"\r\n\r\n")
        path = urlsplit(head.split()[1].decode()).path
        if path == "/langsung":
            self.asked += 1
            if self.mode == "stream":
                await self._stream(reader, writer)
                return False
            if self.mode == "ended":
                self.mode = "stream"
                await _send(writer, "200 OK", "text/event-stream", b"event: reload\ndata: 1\n\n")
                return True
            await _send(writer, "503 Service Unavailable", "application/problem+json", b"{}")
        elif path == "/lambat":
            self.is_slow_asked.set()
            await self.may_answer.wait()
            await _send(writer, "200 OK", "text/html; charset=utf-8", b"<!doctype html><title>Lambat</title>")
        elif path == "/static/live.js":
            await _send(writer, "200 OK", "text/javascript", SCRIPT.read_bytes())
        else:
            self.pages += 1
            await _send(writer, "200 OK", "text/html; charset=utf-8", PAGE.encode())
        return True

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        self._streams[writer] = None
        try:
            await self._patch(writer)
            await reader.read()  # returns when the browser leaves
        finally:
            self._streams.pop(writer, None)


async def _send(writer: asyncio.StreamWriter, status: str, kind: str, body: bytes) -> None:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
    writer.write(
        f"{head}content-security-policy: {POLICY}\r\ncache-control: no-store\r\n\r\n".encode() + body
    )
    await writer.drain()


@asynccontextmanager
async def live_server() -> AsyncIterator[LiveServer]:
    """Serve on a free port of loopback until the block ends."""
    found = LiveServer()
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(found.answer(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield found
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def becomes(told: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    """Return a condition to poll for."""

    async def ask() -> bool:
        return told()

    return ask
