"""A message gateway on loopback that speaks like the WhatsApp Cloud API, and misbehaves as a test asks."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

HANG_SECONDS = 3600
TOKEN = "token-of-the-tests"


@dataclass
class WhatsAppServer:
    """Takes each message once per `Idempotency-Key` if `knows_keys`.

    `answers` are status, headers and body of the next answers in turn, in place of taking a message; `hangs`
    takes it and never answers, `cuts` takes it and ends the connection. `asked` is all that came.
    """

    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    hangs: bool = False
    cuts: bool = False
    knows_keys: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0
    _keys: set[str] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _calls: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._server is not None
        self._server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v23.0/1234567890/messages"

    def refuse(self, code: int, status: int = 400, **headers: str) -> None:
        """Answer the next message with an error, whose words name the number as the real ones do."""
        error = {"message": f"(#{code}) +6281234567890 failed", "code": code}
        self.answers.append((status, headers, {"error": error}))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._calls.discard(task)
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.asked.append({"line": head[0], **headers})
        if self.answers:
            return await _write(writer, *self.answers.pop(0))
        if headers.get("authorization") != f"bearer {TOKEN}":
            return await _write(writer, 401, {}, {"error": {"message": "no", "code": 190}})
        key = headers["idempotency-key"]
        if not (self.knows_keys and key in self._keys):
            self._keys.add(key)
            self.taken.append(body)
        if self.hangs:
            await asyncio.sleep(HANG_SECONDS)
        if self.cuts:
            return None
        return await _write(writer, 200, {}, {"messages": [{"id": f"wamid.{len(self.taken)}"}]})


async def _write(writer: asyncio.StreamWriter, status: int, headers: dict[str, str], body: Any) -> None:
    told = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(told)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + told)
    await writer.drain()


@pytest.fixture
async def whatsapp_server() -> AsyncIterator[WhatsAppServer]:
    async with WhatsAppServer() as server:
        yield server
