"""A consumer that lags without progress is not alive; others' faults do not count against it."""

import pytest

from shared.consumer.progress import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("shared.consumer.progress.time.monotonic", lambda: now[0])
    return now


def working(clock: list[float]) -> Progress:
    progress = Progress(last_progress=clock[0], has_assignment=True, lag=5)
    progress.begin()
    return progress


def test_lag_without_progress_stalls_after_30_seconds_and_dies_after_60(clock: list[float]) -> None:
    progress = working(clock)
    clock[0] += 31
    assert progress.is_stalled()
    assert progress.health().is_alive
    clock[0] += 30
    assert not progress.health().is_alive


@pytest.mark.parametrize("fault", ["is_database_away", "is_broker_away"])
def test_the_clock_stands_still_while_a_dependency_is_away(clock: list[float], fault: str) -> None:
    progress = working(clock)
    setattr(progress, fault, True)
    clock[0] += 500
    assert progress.health().is_alive
    assert not progress.health().is_ready


def test_an_idle_consumer_is_alive_for_ever(clock: list[float]) -> None:
    progress = working(clock)
    progress.lag = 0
    clock[0] += 10_000
    assert progress.health().is_alive
    assert progress.health().is_ready


def test_a_halt_is_alive_and_not_ready_and_named(clock: list[float]) -> None:
    progress = working(clock)
    progress.halted = "gap"
    clock[0] += 500
    health = progress.health()
    assert (health.is_alive, health.is_ready, health.detail) == (True, False, "gap")


def test_a_fifth_of_the_last_500_records_is_the_limit_of_dead_letters(clock: list[float]) -> None:
    progress = working(clock)
    assert not progress.has_too_many_dead(fresh=100, dead=100)
    assert progress.has_too_many_dead(fresh=1, dead=1)
    assert not progress.has_too_many_dead(fresh=10, dead=10), "the count starts anew after a halt"


def test_old_dead_letters_leave_the_count(clock: list[float]) -> None:
    progress = working(clock)
    assert not progress.has_too_many_dead(fresh=100, dead=100)
    assert not progress.has_too_many_dead(fresh=500, dead=0)
    assert not progress.has_too_many_dead(fresh=100, dead=100)
