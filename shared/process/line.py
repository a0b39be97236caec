"""A bounded line: some are served at once, some wait for a bounded time, all others are refused at once.

Whoever cannot be served soon hears so while it still costs nothing; a line without end serves nobody.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from shared.held import refuse_while_holding
from shared.kernel import DomainError


class BusyError(DomainError):
    """More is asked than can be done; the same request may be sent again a little later (503)."""

    code: ClassVar[str] = "busy"

    def __init__(self, reason: str) -> None:
        super().__init__("Layanan sedang sibuk melayani banyak permintaan. Coba lagi beberapa saat lagi.")
        self.reason = reason


class Line:
    """Serves `at_once`, lets `waiting` others wait for `seconds` each, in the order they came."""

    def __init__(self, *, at_once: int, waiting: int, seconds: float) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most = waiting
        self._seconds = seconds
        self.serving = 0
        self.waiting = 0

    @property
    def is_full(self) -> bool:
        """Tell whether whoever comes now is refused at once."""
        return self._free.locked() and self.waiting >= self._most

    async def enter(self) -> None:
        """Take a place, waiting for one if need be; raises `BusyError` when there is none in time."""
        refuse_while_holding("a place in line")
        if self.is_full:
            raise BusyError("full")
        self.waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise BusyError("waited") from None
        finally:
            self.waiting -= 1
        self.serving += 1

    def leave(self) -> None:
        """Give the place to whoever waits longest."""
        self.serving -= 1
        self._free.release()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place during the block; raises as `enter`."""
        await self.enter()
        try:
            yield
        finally:
            self.leave()
