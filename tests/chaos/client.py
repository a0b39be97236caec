"""Sends commands and learns their outcome; an answer that never came is asked for again with its key."""

import asyncio
import time

import httpx2

from tests.chaos.history import Command, History

PAUSE_SECONDS = 0.3
TOO_BUSY = 429
ACCEPTED = range(200, 300)


class Caller:
    """A bounded number of requests at a time over kept connections."""

    def __init__(self, history: History, *, at_once: int = 32) -> None:
        self.history = history
        self._slots = asyncio.Semaphore(at_once)
        self._http = httpx2.AsyncClient(timeout=10.0, limits=httpx2.Limits(max_connections=at_once))

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, command: Command) -> None:
        """Send once and note the outcome: 2xx ok, 4xx refused, everything else unknown."""
        headers = {"Idempotency-Key": command.key, **command.headers}
        if command.token:
            headers["Authorization"] = f"Bearer {command.token}"
        command.tries += 1
        try:
            async with self._slots:
                answer = await self._http.request(
                    command.method, command.url, json=command.body, headers=headers
                )
        except httpx2.TransportError:
            return
        command.status = answer.status_code
        if answer.status_code in ACCEPTED:
            command.outcome = "ok"
            command.answer = answer.json() if answer.content else None
        elif answer.status_code < 500 and answer.status_code != TOO_BUSY:
            command.outcome = "refused"
            command.answer = answer.text

    async def settle(self, seconds: float) -> None:
        """Repeat every unknown command with its key until its outcome is known.

        Gives up when none became known for `seconds`.
        """
        fewest, deadline = None, time.monotonic() + seconds
        while unknown := list(self.history.of("unknown")):
            if fewest is None or len(unknown) < fewest:
                fewest, deadline = len(unknown), time.monotonic() + seconds
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"{len(unknown)} commands stayed unknown, first: {unknown[0].url} {unknown[0].status}"
                )
            await asyncio.gather(*(self.send(command) for command in unknown))
            await asyncio.sleep(PAUSE_SECONDS)
