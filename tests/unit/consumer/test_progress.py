"""A consumer that lags without progress is not alive; others' faults do not count against it."""

import pytest

from shared.consumer.progress import Progress
from shared.process.worker import Health


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


GOOD, DEAD = [False], [True]


def test_a_fifth_of_the_last_500_records_is_the_limit_of_dead_letters(clock: list[float]) -> None:
    progress = working(clock)
    assert not progress.has_too_many_dead(DEAD * 100)
    progress.note_batch(DEAD * 100)
    assert progress.has_too_many_dead(DEAD)


def test_old_dead_letters_leave_the_count(clock: list[float]) -> None:
    progress = working(clock)
    progress.note_batch(DEAD * 100)
    progress.note_batch(GOOD * 500)
    assert not progress.has_too_many_dead(DEAD * 100)


@pytest.mark.parametrize("fates", [(GOOD * 9 + DEAD) * 400, DEAD * 90 + GOOD * 3900])
def test_a_tenth_of_a_large_batch_is_within_the_limit(clock: list[float], fates: list[bool]) -> None:
    assert not working(clock).has_too_many_dead(fates)


@pytest.mark.parametrize("fates", [(GOOD + DEAD) * 2000, DEAD * 200 + GOOD * 3800, GOOD * 3800 + DEAD * 200])
def test_a_large_batch_breaks_the_limit_wherever_its_dead_stand(
    clock: list[float], fates: list[bool]
) -> None:
    assert working(clock).has_too_many_dead(fates)


def test_a_batch_that_is_tried_again_counts_once(clock: list[float]) -> None:
    progress = working(clock)
    assert not any(progress.has_too_many_dead(DEAD * 60) for _ in range(5))


def test_one_batch_passes_after_a_halt_was_lifted(clock: list[float]) -> None:
    progress = working(clock)
    progress.halted = "dead_letters"
    progress.resume()
    progress.note_batch(GOOD)
    assert not progress.has_too_many_dead(DEAD * 400)
    progress.note_batch(DEAD * 400)
    assert progress.has_too_many_dead(DEAD * 400)


@pytest.mark.parametrize("halt", ["gap", "offset_ahead", "log_went_back"])
def test_lifting_another_halt_pardons_no_dead_letters(clock: list[float], halt: str) -> None:
    progress = working(clock)
    progress.halted = halt
    progress.resume()
    assert progress.has_too_many_dead(DEAD * 400)


def test_stalls_are_forgotten_with_a_batch_or_when_nothing_waits(clock: list[float]) -> None:
    progress = working(clock)
    progress.stalls = 1
    progress.note_lag(3)
    assert progress.stalls == 1
    progress.note_lag(0)
    assert progress.stalls == 0
    progress.stalls = 1
    progress.note_batch(GOOD)
    assert progress.stalls == 0


def test_it_is_not_ready_while_records_wait_and_nothing_moves(clock: list[float]) -> None:
    progress = working(clock)
    clock[0] += 9
    assert progress.health().is_ready
    clock[0] += 2
    health = progress.health()
    assert (health.is_ready, health.is_alive) == (False, True)
    assert health.detail == "5 records wait and none was applied for 10 s"
    progress.note_fold()
    assert progress.health().is_ready, "a step on the way through a batch is progress"


def test_a_batch_that_is_tried_again_is_not_ready_and_alive_for_ever(clock: list[float]) -> None:
    progress = working(clock)
    progress.retried = "DBAPIError 53100"
    clock[0] += 10_000
    health = progress.health()
    assert (health.is_ready, health.is_alive) == (False, True)
    assert health.detail == "a batch is tried again: DBAPIError 53100"
    progress.note_batch(GOOD)
    assert progress.health().is_ready


def test_a_missing_topic_is_named_and_not_ready(clock: list[float]) -> None:
    progress = working(clock)
    progress.missing = ("zi.a.v1", "zi.b.v1")
    health = progress.health()
    assert (health.is_ready, health.detail) == (False, "missing topic: zi.a.v1, zi.b.v1")


def test_a_consumer_that_is_run_again_has_forgotten_what_ended_it(clock: list[float]) -> None:
    progress = working(clock)
    for name, value in (("halted", "gap"), ("stalls", 2), ("retried", "x")):
        setattr(progress, name, value)
    clock[0] += 100
    progress.restart()
    assert [progress.halted, progress.stalls, progress.retried, progress.lag] == [None, 0, None, 0]
    assert progress.health() == Health(is_ready=False, is_alive=True, detail="starting")
