"""The age of what waits: bounded by the newest applied record and by the last moment without lag."""

from dataclasses import dataclass

from shared.consumer.lag import LagClock
from shared.contracts.topics import DAY_TOPICS

PLACE = ("zi.planning.worksheet.v1", 3)


@dataclass(frozen=True)
class Made:
    """A record as far as its age goes."""

    timestamp: int
    topic: str = PLACE[0]
    partition: int = PLACE[1]
    offset: int = 0
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def waited(clock: LagClock, lag: int, now: float) -> float:
    return clock.seconds({PLACE: lag}, now)[PLACE]


def test_nothing_waits_without_lag() -> None:
    assert waited(LagClock(), 0, 1000) == 0


def test_a_record_that_comes_after_a_quiet_week_has_just_begun_to_wait() -> None:
    clock = LagClock()
    clock.applied([Made(timestamp=1_000_000)])
    assert waited(clock, 0, 600_000) == 0
    assert waited(clock, 1, 600_001) == 1


def test_a_steady_backlog_is_as_old_as_the_records_it_is_at() -> None:
    clock = LagClock()
    assert waited(clock, 0, 1000) == 0
    for second in range(1, 60):
        clock.applied([Made(timestamp=(1000 + second // 2) * 1000)])
        assert waited(clock, 500, 1000 + second) == second - second // 2


def test_a_backlog_found_at_the_start_is_told_by_the_first_record_applied() -> None:
    clock = LagClock()
    assert waited(clock, 9, 5000) == 0
    assert waited(clock, 9, 5010) == 10
    clock.applied([Made(timestamp=1_400_000)])
    assert waited(clock, 8, 5011) == 3611


def test_a_stuck_consumer_falls_behind_second_by_second() -> None:
    clock = LagClock()
    clock.applied([Made(timestamp=990_000)])
    assert [waited(clock, lag, 1000 + lag) for lag in (0, 30, 60)] == [0, 30, 60]


def test_a_record_that_carries_a_day_only_says_nothing_of_how_long_others_wait() -> None:
    (topic, *_) = sorted(DAY_TOPICS)
    place = (topic, PLACE[1])
    clock = LagClock()
    assert clock.seconds({place: 0}, 90_000) == {place: 0}
    clock.applied([Made(timestamp=20_000_000, topic=topic)])  # its day began nineteen hours ago
    assert clock.seconds({place: 1}, 90_002) == {place: 2}
