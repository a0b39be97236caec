"""A daemon that speaks ClamAV's INSTREAM protocol, with the manners that a test wants of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What every scanner calls harmful and nothing is harmed by. Source: eicar.org, anti-malware test file."""
Manner = Literal["scan", "limit", "rubbish", "endless", "silent", "cut"]


class FakeClamd:
    """Scans for EICAR; `manner` says how else it may answer, `seen` keeps what it was given."""

    def __init__(self) -> None:
        self.manner: Manner = "scan"
        self.seen: list[bytes] = []
        self.address = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        if self.manner == "cut":
            return
        if self.manner == "limit":
            writer.write(b"INSTREAM size limit exceeded. ERROR\0")
            await writer.drain()
            return
        content = bytearray()
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(size)
        self.seen.append(bytes(content))
        if self.manner == "silent":
            await reader.read()  # until the client goes
            return
        said = {"rubbish": b"HTTP/1.1 400 Bad Request\r\n\r\n\0", "endless": b"stream: " + b"a" * 100_000}
        found = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        writer.write(said.get(self.manner, found))
        await writer.drain()


@asynccontextmanager
async def clamd(path: str | None = None) -> AsyncIterator[FakeClamd]:
    """Run the daemon on a free port, or on a socket at `path`."""
    fake = FakeClamd()
    if path is not None:
        server = await asyncio.start_unix_server(fake.answer, path)
        fake.address = f"unix://{path}"
    else:
        server = await asyncio.start_server(fake.answer, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        fake.address = f"tcp://{host}:{port}"
    async with server:
        yield fake
