"""How often a relay looks for rows of other processes: often while it carries, seldom in quiet times."""

import time
from typing import cast

import pytest

from shared.db import Database
from shared.outbox import relay
from shared.outbox.relay import BUSY_SECONDS, IDLE_POLL_SECONDS, POLL_SECONDS, Carrier, Relay


class RoundsOverError(Exception):
    """Ends the relay of a test."""


class Scripted:
    """A carrier that handles what the script says, round by round."""

    def __init__(self, handled: list[int]) -> None:
        self._handled = handled

    async def carry(self) -> int:
        if not self._handled:
            raise RoundsOverError
        return self._handled.pop(0)

    async def probe(self) -> None:
        """Nothing is closed."""


async def pauses(monkeypatch: pytest.MonkeyPatch, handled: list[int], seconds: float) -> list[float]:
    """Return how long the relay waited after each round, when each wait takes so many seconds."""
    now = time.monotonic()
    waits: list[float] = []

    async def wait(_flag: object, pause: float) -> None:
        nonlocal now
        waits.append(pause)
        now += seconds

    monkeypatch.setattr(relay, "_wait", wait)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with pytest.raises(RoundsOverError):
        await Relay(cast(Database, None), "", client_id="test")._relay(cast(Carrier, Scripted(handled)))
    return waits


async def test_a_quiet_relay_looks_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await pauses(monkeypatch, [0, 0, 0], 0.1) == [IDLE_POLL_SECONDS] * 3


async def test_a_relay_that_carried_something_looks_often_until_it_was_quiet_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = await pauses(monkeypatch, [0, 1, 0, 0, 0, 3, 0], BUSY_SECONDS / 2)
    busy, idle = POLL_SECONDS, IDLE_POLL_SECONDS
    assert found == [idle, busy, busy, idle, idle, busy, busy]
