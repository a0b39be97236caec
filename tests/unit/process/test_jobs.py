"""A timer goes on after everything that a database can say, and never says that it is well when it is not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.exc import DataError

from shared.db.faults import DatabaseAwayError, StorageFullError
from shared.observability.metrics import JOBS_FAILING, JOBS_LAST_SUCCESS
from shared.process.jobs import BACKOFF_SECONDS, LONGEST_SECONDS, Repeating
from shared.process.worker import WorkerRole


class RefusedError(Exception):
    """What a driver says of a value."""

    sqlstate = "22003"


class EndedError(Exception):
    """Ends a test's timer."""


class Clock:
    """Passes only while a timer sleeps; ends it after `rounds` sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
        self.now, self.slept, self._rounds = 1000.0, list[float](), rounds
        monkeypatch.setattr("shared.process.jobs.time.monotonic", lambda: self.now)
        monkeypatch.setattr("shared.process.jobs.asyncio.sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)
        if len(self.slept) == self._rounds:
            raise asyncio.CancelledError


def failing(error: Exception, times: int) -> Callable[[], Awaitable[float]]:
    left = [times]

    async def step() -> float:
        if left[0]:
            left[0] -= 1
            raise error
        return 7.0

    return step


ERRORS = [
    StorageFullError("full"),
    DatabaseAwayError("away"),
    DataError("UPDATE", None, RefusedError("out of range")),
    MemoryError(),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("role", "longest"), [("job", BACKOFF_SECONDS[-1]), ("worker", LONGEST_SECONDS)])
async def test_a_step_that_the_database_refuses_is_tried_again_for_ever_in_growing_pauses(
    monkeypatch: pytest.MonkeyPatch, error: Exception, role: WorkerRole, longest: float
) -> None:
    clock = Clock(monkeypatch, rounds=50)
    timer = Repeating("patient", role, failing(error, 50))

    with pytest.raises(asyncio.CancelledError):
        await timer.run()

    assert clock.slept == sorted(clock.slept)
    assert (clock.slept[0], clock.slept[-1]) == (BACKOFF_SECONDS[0], longest)
    health = timer.health()
    assert (health.is_ready, health.is_alive) == (False, True)
    assert JOBS_FAILING.labels("patient")._value.get() == 1


async def test_a_good_step_makes_the_timer_ready_and_the_next_pause_after_it_is_short(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch, rounds=4)
    timer = Repeating("healed", "job", failing(StorageFullError("full"), 3))
    assert timer.health().detail == "starting"

    with pytest.raises(asyncio.CancelledError):
        await timer.run()

    assert clock.slept == [*BACKOFF_SECONDS[:3], 7.0]
    assert timer.health().is_ready
    assert JOBS_FAILING.labels("healed")._value.get() == 0
    assert JOBS_LAST_SUCCESS.labels("healed")._value.get() > 0


async def test_an_outage_is_named_and_is_not_the_timers_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch, rounds=1)
    timer = Repeating("named", "job", failing(StorageFullError("full"), 1))
    with pytest.raises(asyncio.CancelledError):
        await timer.run()
    assert (timer.health().detail, timer.health().is_waiting) == ("the disk of the database is full", True)


async def test_an_error_of_our_own_code_leaves_the_timer_and_shows_until_a_step_succeeds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Clock(monkeypatch, rounds=1)
    timer = Repeating("buggy", "job", failing(EndedError(), 1))
    with pytest.raises(EndedError):
        await timer.run()
    assert JOBS_FAILING.labels("buggy")._value.get() == 1

    with pytest.raises(asyncio.CancelledError):
        await timer.run()
    assert timer.health().is_ready
    assert JOBS_FAILING.labels("buggy")._value.get() == 0


async def test_a_timer_that_hung_is_alive_again_when_it_is_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch, rounds=99)

    begun = asyncio.Event()

    async def hang() -> float:
        begun.set()
        await asyncio.Event().wait()
        return 0.0

    timer = Repeating("hanging", "job", hang)
    clock.now += 61
    assert not timer.health().is_alive
    life = asyncio.create_task(timer.run())
    await begun.wait()
    assert timer.health().is_alive
    life.cancel()
    await asyncio.gather(life, return_exceptions=True)


async def test_a_timer_that_is_held_is_not_ready_and_says_why_until_it_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Clock(monkeypatch, rounds=1)
    reasons: list[str | None] = ["clock_held: differs_from_host"]
    timer = Repeating("held", "worker", failing(EndedError(), 0), held=lambda: reasons[-1])
    with pytest.raises(asyncio.CancelledError):
        await timer.run()

    held = timer.health()
    assert (held.is_ready, held.is_alive, held.detail) == (False, True, "clock_held: differs_from_host")
    reasons.append(None)
    assert timer.health().is_ready
