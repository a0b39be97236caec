"""The clock trust: an early breach cannot be taken back, so doubt holds the engine."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from services.complaints.deadlines.domain.clock_trust import AGREEING_POLLS, ClockTrust, Hold

START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


class Clocks:
    """Three clocks that run together until one is pushed."""

    def __init__(self) -> None:
        self.trust = ClockTrust()
        self.elapsed = timedelta()
        self.database_error = timedelta()
        self.host_error = timedelta()
        self.kept: datetime | None = None

    def poll(self, after: float = 1.0, took: float = 0.0) -> Hold | None:
        """Read the clocks after so many seconds; the reading comes back when it `took` its time."""
        began = self.elapsed + timedelta(seconds=after)
        self.elapsed = began + timedelta(seconds=took)
        database = START + began + self.database_error
        host = START + began + self.host_error
        return self.trust.judge(database, host, self.elapsed, began=began, kept=self.kept)


@pytest.fixture
def clocks() -> Clocks:
    made = Clocks()
    assert made.poll() is None
    return made


def test_clocks_that_agree_let_the_engine_act(clocks: Clocks) -> None:
    assert [clocks.poll(seconds) for seconds in (0.1, 4.0, 600.0, 86_400.0)] == [None] * 4


@pytest.mark.parametrize("error", [2.1, 7200.0, -2.1, -86_400.0])
def test_a_database_clock_unlike_the_hosts_holds(clocks: Clocks, error: float) -> None:
    clocks.database_error = timedelta(seconds=error)
    assert clocks.poll() == "differs_from_host"


def test_both_clocks_pushed_forward_together_are_caught_by_the_monotonic_one(clocks: Clocks) -> None:
    clocks.database_error = clocks.host_error = timedelta(hours=2)
    assert clocks.poll() == "outruns_monotonic"


def test_both_clocks_set_back_together_are_below_the_maximum_seen(clocks: Clocks) -> None:
    clocks.database_error = clocks.host_error = timedelta(days=-1)
    assert clocks.poll() == "behind_maximum"


def test_after_a_hold_the_engine_acts_again_when_enough_polls_agree(clocks: Clocks) -> None:
    clocks.database_error = timedelta(hours=2)
    assert clocks.poll() == "differs_from_host"
    clocks.database_error = timedelta()
    answers = [clocks.poll() for _ in range(AGREEING_POLLS)]
    assert answers[-1] is None
    assert all(answer is not None for answer in answers[:-1])


def test_a_disagreement_in_between_starts_the_count_anew(clocks: Clocks) -> None:
    clocks.database_error = timedelta(hours=2)
    clocks.poll()
    clocks.database_error = timedelta()
    clocks.poll()
    clocks.database_error = timedelta(hours=2)
    clocks.poll()
    clocks.database_error = timedelta()
    assert [clocks.poll() is None for _ in range(AGREEING_POLLS)] == [False] * (AGREEING_POLLS - 1) + [True]


def test_a_frozen_process_is_no_reason_to_hold(clocks: Clocks) -> None:
    assert clocks.poll(after=3600.0) is None


def test_a_process_frozen_within_a_reading_is_no_reason_to_hold(clocks: Clocks) -> None:
    assert clocks.poll(took=3600.0) is None
    assert clocks.poll() is None


def test_readings_that_come_back_in_another_order_are_no_reason_to_hold(clocks: Clocks) -> None:
    clocks.poll(after=10.0)
    clocks.database_error = timedelta(seconds=-0.5)  # taken before the one that came back first
    assert clocks.poll(after=0.0) is None


def test_a_burst_of_acts_is_no_poll_and_ends_no_hold(clocks: Clocks) -> None:
    clocks.database_error = timedelta(hours=2)
    clocks.poll()
    clocks.database_error = timedelta()
    assert all(clocks.poll(after=0.01) is not None for _ in range(50))
    assert [clocks.poll() is None for _ in range(AGREEING_POLLS)][-1]


def test_a_jump_between_two_acts_holds_the_second(clocks: Clocks) -> None:
    assert clocks.poll(after=0.01) is None
    clocks.database_error = clocks.host_error = timedelta(hours=2)
    assert clocks.poll(after=0.01) == "outruns_monotonic"
    clocks.database_error = clocks.host_error = timedelta(hours=-2)
    assert clocks.poll(after=0.01) is not None


@pytest.mark.parametrize("delay_ms", [2, 5, 50])
def test_healthy_clocks_never_hold_however_many_readings_run_side_by_side(delay_ms: int) -> None:
    draw, trust = random.Random(delay_ms), ClockTrust()
    readings: list[tuple[float, float, float]] = []
    began = 0.0
    for _ in range(10_000):
        began += draw.expovariate(100)
        read = began + draw.expovariate(1000 / delay_ms)
        readings.append((read + draw.expovariate(1000 / delay_ms), began, read))
    held = [
        trust.judge(
            START + timedelta(seconds=read),
            START + timedelta(seconds=read),
            timedelta(seconds=ended),
            began=timedelta(seconds=began),
        )
        for ended, began, read in sorted(readings)
    ]
    assert set(held) == {None}


def test_a_maximum_of_before_the_start_holds_whoever_starts_below_it(clocks: Clocks) -> None:
    clocks.trust = ClockTrust()
    clocks.kept = START + timedelta(hours=2)
    assert clocks.poll() == "behind_maximum"
    assert [clocks.poll() for _ in range(AGREEING_POLLS)] == ["behind_maximum"] * (AGREEING_POLLS - 1) + [
        None
    ]


def test_a_maximum_of_another_process_counts_like_ones_own(clocks: Clocks) -> None:
    clocks.kept = START + timedelta(minutes=1)
    assert clocks.poll() == "behind_maximum"


def test_a_maximum_that_was_given_up_after_a_hold_holds_nobody_again(clocks: Clocks) -> None:
    clocks.trust = ClockTrust()
    clocks.kept = START + timedelta(hours=2)
    for _ in range(AGREEING_POLLS + 1):
        clocks.poll()
    assert [clocks.poll() for _ in range(3)] == [None] * 3
    clocks.kept = START + timedelta(hours=3)  # by somebody who acted before the clocks went back
    assert clocks.poll() == "behind_maximum"


def test_a_kept_maximum_of_the_past_is_no_reason_to_hold(clocks: Clocks) -> None:
    clocks.trust = ClockTrust()
    clocks.kept = START - timedelta(days=1)  # as in a restored backup
    assert [clocks.poll() for _ in range(3)] == [None] * 3
