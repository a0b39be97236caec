"""Answers flowing into planning while something goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.client import Caller
from tests.chaos.history import History
from tests.chaos.stand import SOON_SECONDS, Stand
from tests.support.polling import until


class Traffic:
    """Answers flowing into planning, each written down; `history` tells what became of them."""

    PAUSE_SECONDS = 0.05

    def __init__(self, stand: Stand, units: dict[str, str]) -> None:
        self.history = History()
        self._stand = stand
        self._units = list(units.items())

    async def accepted(self, more: int) -> None:
        """Return when `more` further commands were accepted."""
        goal = self.history.counts()["ok"] + more

        async def is_there() -> bool:
            return self.history.counts()["ok"] >= goal

        await until(is_there, seconds=SOON_SECONDS, what=f"{more} more commands accepted")

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Send commands while the block runs; afterwards every one of them has a known outcome."""
        caller = Caller(self.history)
        task = asyncio.create_task(self._flow(caller))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await caller.settle(SOON_SECONDS)
        await caller.close()

    async def _flow(self, caller: Caller) -> None:
        number = 0
        while True:
            unit, token = self._units[number % len(self._units)]
            command = self._stand.answering(unit, token, number // len(self._units))
            await caller.send(self.history.add(command))
            await asyncio.sleep(self.PAUSE_SECONDS)
            number += 1
