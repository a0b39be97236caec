"""An IMAP server on loopback over the mails that another server took. Source: RFC 3501."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import pytest

from tests.support.mail_server import MailServer, Taken


@dataclass
class ImapServer:
    """Shows what `mails` took in one mailbox. `delivers` False holds it back; `refuses` names a command."""

    mails: MailServer
    tls: ssl.SSLContext | None = None
    delivers: bool = True
    refuses: str = ""
    looked: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _calls: set[asyncio.Task[None]] = field(default_factory=set)
    marked: set[int] = field(default_factory=set)
    _seen: list[Taken] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
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
        return f"imap{'s' if self.tls else ''}://kotak:rahasia@127.0.0.1:{self.port}/INBOX"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        try:
            writer.write(b"* OK imap.test\r\n")
            while line := await reader.readline():
                tag, _, command = line.decode().strip().partition(" ")
                writer.write(self._answer(tag, command.split(" ")).encode())
                await writer.drain()
                if command.upper().startswith("LOGOUT"):
                    return
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._calls.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    def _answer(self, tag: str, words: list[str]) -> str:
        word = words[1].upper() if words[0].upper() == "UID" else words[0].upper()
        if word == self.refuses:
            return f"{tag} NO refused\r\n"
        told = ""
        if word == "CAPABILITY":
            told = "* CAPABILITY IMAP4rev1 UIDPLUS\r\n"
        elif word == "SELECT":
            told = f"* {len(self.mails.taken)} EXISTS\r\n"
        elif word == "SEARCH":
            self.looked += 1
            told = f"* SEARCH {' '.join(map(str, self._found(words[-1])))}\r\n"
        elif word == "STORE":
            self.marked.add(int(words[2]))
        elif word == "EXPUNGE":
            gone = self.marked & {int(words[2])} if words[0].upper() == "UID" else set(self.marked)
            self.mails.taken[:] = [one for one in self.mails.taken if self.uid(one) not in gone]
            self.marked -= gone
        elif word == "LOGOUT":
            told = "* BYE\r\n"
        return f"{told}{tag} OK done\r\n"

    def _found(self, token: str) -> list[int]:
        wanted = token.strip('"')
        taken = self.mails.taken if self.delivers else ()
        return [self.uid(one) for one in taken if wanted in str(one.message["Subject"])]

    def uid(self, mail: Taken) -> int:
        """Return the number of a mail, which it keeps."""
        for number, one in enumerate(self._seen, 1):
            if one is mail:
                return number
        self._seen.append(mail)
        return len(self._seen)


@pytest.fixture
async def imap_server(mail_server: MailServer) -> AsyncIterator[ImapServer]:
    async with ImapServer(mail_server) as server:
        yield server
