"""A scanner for harmful programs: ClamAV's daemon by its INSTREAM command, over TCP or a local socket.

Each file is one connection: nothing is left of a scan that broke. Source: clamd(8), COMMANDS, INSTREAM.
"""

import asyncio
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

PART_BYTES = 64 * 1024
_MOST_ANSWER = 4096
_COMMAND = b"zINSTREAM\0"
_END = (0).to_bytes(4, "big")


class ScannerAwayError(Exception):
    """The scanner said nothing of the file: away, too slow, or with an answer of another kind."""


class Scanner(Protocol):
    """Tells whether a file is clean."""

    async def is_clean(self, parts: AsyncIterable[bytes]) -> bool:
        """Tell whether nothing harmful was found in a file given in parts; raises `ScannerAwayError`."""
        ...


class Clamd:
    """ClamAV at `tcp://host:port` or `unix:///path`; a scan takes `seconds` at most."""

    def __init__(self, address: str, *, seconds: float) -> None:
        self._kind, _, self._place = address.partition("://")
        self._seconds = seconds

    async def is_clean(self, parts: AsyncIterable[bytes]) -> bool:
        """Do as `Scanner` says."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._ask(parts)
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
            log.warning("scanner_away", error=type(error).__name__)
            raise ScannerAwayError from error
        if answer == b"stream: OK":
            return True
        if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
            return False
        # Beyond the daemon's own limit of size, a fault of it, or no ClamAV at all: nobody looked.
        log.warning("scanner_answer_unknown", size=len(answer))
        raise ScannerAwayError

    async def _ask(self, parts: AsyncIterable[bytes]) -> bytes:
        reader, writer = await self._open()
        try:
            # It may answer and close before the file has ended, when that is beyond its limit.
            with suppress(ConnectionError):
                writer.write(_COMMAND)
                async for whole in parts:
                    for start in range(0, len(whole), PART_BYTES):
                        part = whole[start : start + PART_BYTES]
                        writer.write(len(part).to_bytes(4, "big") + part)
                        await writer.drain()
                writer.write(_END)
                await writer.drain()
            return (await reader.readuntil(b"\0")).rstrip(b"\0").strip()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._kind == "unix":
            return await asyncio.open_unix_connection(self._place, limit=_MOST_ANSWER)
        host, _, port = self._place.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port), limit=_MOST_ANSWER)


def scanner_fault(address: str) -> str | None:
    """Return what is wrong with a scanner's address, None when it can be one."""
    kind, _, place = address.partition("://")
    host, _, port = place.rpartition(":")
    if (kind == "unix" and place.startswith("/")) or (kind == "tcp" and host and port.isdecimal()):
        return None
    return "is no address like tcp://host:3310 or unix:///run/clamd.sock"
