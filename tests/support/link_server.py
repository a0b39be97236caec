"""An HTTPS server on loopback whose pages a test writes, with a certificate of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import pytest

from tests.support.certificate import Tls, tls_of

HANG_SECONDS = 3600
MARK = "Sampaikan pengaduan"
PAGE = f"<html><body><h1>{MARK}</h1></body></html>"


@dataclass
class LinkServer:
    """Answers each path by `pages` (status, headers, body); `hang_at` is a path without an answer."""

    tls: Tls
    pages: dict[str, tuple[int, dict[str, str], str]] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    hang_at: str = ""
    asked: list[str] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _calls: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls.server)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._server is not None
        self._server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._server.wait_closed()

    def url(self, path: str = "/lapor") -> str:
        return f"https://127.0.0.1:{self.port}{path}"

    def show(self, path: str = "/lapor", body: str = PAGE, status: int = 200, **headers: str) -> str:
        """Answer a path so from now on; return its address."""
        self.pages[path] = (status, headers, body)
        return self.url(path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ")[1].decode()
            self.asked.append(path)
            if path == self.hang_at:
                await asyncio.sleep(HANG_SECONDS)
            writer.write(self.raw.get(path) or self._answer(path))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._calls.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    def _answer(self, path: str) -> bytes:
        status, headers, body = self.pages.get(path, (404, {}, "tidak ada"))
        lines = [f"HTTP/1.1 {status} told", f"Content-Length: {len(body.encode())}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@pytest.fixture(scope="session")
def lasting_tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return tls_of(tmp_path_factory.mktemp("lasting"), days=90)


@pytest.fixture
async def link_server(lasting_tls: Tls) -> AsyncIterator[LinkServer]:
    async with LinkServer(lasting_tls) as server:
        server.show()
        yield server
