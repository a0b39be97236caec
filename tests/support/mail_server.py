"""An SMTP server on loopback that keeps what it takes, and misbehaves as a test asks. Source: RFC 5321."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Self

import pytest

HANG_SECONDS = 3600


@dataclass(frozen=True)
class Taken:
    """A message that the server took, with its envelope."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes

    @property
    def message(self) -> EmailMessage:
        found = email.message_from_bytes(self.data, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content())


@dataclass
class MailServer:
    """Answers each command by `answers` (its first word, or `greeting` or `content`), else as it should.

    `cut_in` names a command, or `content`, in which the connection ends; `hang_in` one that has no answer;
    `drips` sends every answer one byte at a time, for ever. `commands` is all that was heard, by connection.
    """

    answers: dict[str, str] = field(default_factory=dict)
    cut_in: str = ""
    hang_in: str = ""
    drips: bool = False
    tls: ssl.SSLContext | None = None
    is_wrapped: bool = False
    taken: list[Taken] = field(default_factory=list)
    commands: list[list[str]] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _calls: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, again at the same port."""
        wrapped = self.tls if self.is_wrapped else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=wrapped)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be gone: new connections are refused, open ones end."""
        assert self._server is not None
        self._server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"smtp{'s' if self.is_wrapped else ''}://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        try:
            await _Call(self, reader, writer).serve()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._calls.discard(task)
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()


class _Call:
    def __init__(
        self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.heard: list[str] = []
        server.commands.append(self.heard)
        self.sender = ""
        self.recipients: list[str] = []

    async def serve(self) -> None:
        await self.say("greeting", "220 mail.test")
        while line := await self.reader.readline():
            text = line.decode().rstrip("\r\n")
            self.heard.append(text)
            word = text.split(" ")[0].lower()
            if word == "quit":
                await self.say(word, "221 bye")
                return
            await self.answer(word, text)

    async def answer(self, word: str, text: str) -> None:
        match word:
            case "ehlo":
                offers = ["mail.test", *(["STARTTLS"] if self.may_wrap() else []), "AUTH PLAIN"]
                lines = [f"250-{one}" for one in offers[:-1]] + [f"250 {offers[-1]}"]
                await self.say(word, "\r\n".join(lines))
            case "starttls":
                await self.say(word, "220 go on")
                assert self.server.tls is not None
                await self.writer.start_tls(self.server.tls)
            case "mail":
                self.sender, self.recipients = _address(text), []
                await self.say(word, "250 ok")
            case "rcpt":
                if await self.say(word, "250 ok"):
                    self.recipients.append(_address(text))
            case "data":
                if await self.say(word, "354 go on"):
                    await self.take()
            case _:
                await self.say(word, "235 ok" if word == "auth" else "250 ok")

    def may_wrap(self) -> bool:
        wrapped = self.writer.get_extra_info("ssl_object") is not None
        return self.server.tls is not None and not wrapped

    async def take(self) -> None:
        """Read a message; it is kept once it has been answered well, as a server does."""
        if self.server.cut_in == "content":
            await self.reader.readline()
            raise ConnectionResetError
        lines: list[bytes] = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise ConnectionResetError
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if not self.server.answers.get("content", "250").startswith("2"):
            await self.say("content", "")
            return
        self.server.taken.append(Taken(self.sender, tuple(self.recipients), b"".join(lines)))
        await self.say("content", "250 taken")

    async def say(self, word: str, usual: str) -> bool:
        """Answer, and tell whether it was the usual way."""
        if self.server.cut_in == word:
            raise ConnectionResetError
        if self.server.hang_in == word:
            await asyncio.sleep(HANG_SECONDS)
        answer = self.server.answers.get(word, usual)
        data = f"{answer}\r\n".encode()
        if self.server.drips:
            for byte in b"250-" + b"x" * 100_000:
                self.writer.write(bytes([byte]))
                await self.writer.drain()
                await asyncio.sleep(0.02)
        self.writer.write(data)
        await self.writer.drain()
        return answer == usual


def _address(text: str) -> str:
    return text.partition("<")[2].partition(">")[0]


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    async with MailServer() as server:
        yield server
