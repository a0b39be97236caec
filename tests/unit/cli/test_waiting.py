"""Waits of the command line go by progress: slow is waited for, still is told."""

from collections.abc import Callable, Iterator

import pytest

from shared.cli import waiting
from shared.cli.errors import CliError, RefusedError
from shared.cli.waiting import STILL_SECONDS, Backlog, NotYetError, is_passing, until


class Clock:
    """Each pause takes as long as one on a machine ten times slower."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += 10 * seconds


class Ports:
    """The two operations ports: `behind` records at the reader, `taken` so far."""

    def __init__(self, behind: int = 0) -> None:
        self.behind = behind
        self.taken = 0
        self.is_seen = True

    def __call__(self, service: str) -> str | None:
        if not self.is_seen:
            return None
        if service == "planning":
            return "zi_outbox_unpublished_rows 0.0\nzi_outbox_published_total 7.0\n"
        return (
            f'zi_consumer_lag_records{{topic="a",partition="0"}} {float(self.behind)}\n'
            'zi_consumer_lag_records{topic="b",partition="0"} 0.0\n'
            f'zi_consumer_records_total{{topic="a",outcome="applied"}} {float(self.taken)}\n'
        )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> Ports:
    found = Ports()
    monkeypatch.setattr(waiting, "_metrics", found)
    return found


def wait(clock: Clock, ask: Callable[[], str], limit: float | None = None) -> str:
    return until(ask, reader="scoring", teller="planning", limit=limit, clock=clock, pause=clock.pause)


def never() -> str:
    raise NotYetError("it stands where it stood")


def test_a_reader_that_takes_in_a_long_backlog_is_waited_for(clock: Clock, ports: Ports) -> None:
    ports.behind = 1000

    def ask() -> str:
        if ports.behind == 0:
            return "there"
        ports.behind -= 1
        ports.taken += 1
        raise NotYetError("it stands where it stood")

    assert wait(clock, ask) == "there"
    assert clock.now > 10 * STILL_SECONDS


def test_a_backlog_that_is_not_measured_yet_is_not_taken_for_none(clock: Clock, ports: Ports) -> None:
    """The first look comes before what is waited for is told; then that is worked off for long."""
    steps = iter(range(1000))

    def ask() -> str:
        if (step := next(steps)) == 999:
            return "there"
        ports.behind = 1000 - step if step else 0
        ports.taken = step
        raise NotYetError("it stands where it stood")

    assert wait(clock, ask) == "there"
    assert clock.now > 10 * STILL_SECONDS


def test_a_backlog_that_was_empty_twice_is_over(clock: Clock, ports: Ports) -> None:
    backlog = Backlog("scoring", "planning", clock)
    for seconds, behind, is_seen in (
        (0, 0, False),
        (4, 0, False),
        (0, 3, True),
        (1, 0, False),
        (9, 3, False),
    ):
        clock.now += seconds
        ports.behind = behind
        assert (backlog.trace() is not None) is is_seen


def test_answers_that_move_are_enough_where_no_operations_port_is_seen(clock: Clock, ports: Ports) -> None:
    ports.is_seen = False
    steps = iter(range(100))

    def ask() -> str:
        if (step := next(steps)) == 99:
            return "there"
        clock.now += STILL_SECONDS - 11
        raise NotYetError(f"version {step}")

    assert wait(clock, ask) == "there"


def test_where_nothing_moves_one_sentence_tells_so(clock: Clock, ports: Ports) -> None:
    ports.behind = 5
    with pytest.raises(
        CliError, match=r"^it stands where it stood, and nothing has moved for 6\d s: .*scoring"
    ):
        wait(clock, never)
    assert clock.now < 2 * STILL_SECONDS


def test_the_traffic_of_others_keeps_no_wait_alive_once_the_backlog_was_empty(
    clock: Clock, ports: Ports
) -> None:
    def ask() -> str:
        ports.taken += 1
        ports.behind = ports.taken % 2
        raise NotYetError("it stands where it stood")

    with pytest.raises(CliError, match="nothing has moved"):
        wait(clock, ask)
    assert clock.now < 2 * STILL_SECONDS


def test_a_limit_ends_also_what_moves(clock: Clock, ports: Ports) -> None:
    ports.is_seen = False
    steps: Iterator[int] = iter(range(10**6))

    def ask() -> str:
        raise NotYetError(f"version {next(steps)}")

    with pytest.raises(CliError, match=r"^version \d+, after \d+ s$"):
        wait(clock, ask, limit=30.0)
    assert 30.0 <= clock.now < 45.0


def test_a_long_wait_tells_at_times_that_it_goes_on(
    clock: Clock, ports: Ports, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CliError):
        wait(clock, never)
    told = capsys.readouterr().err.splitlines()
    assert 3 <= len(told) <= STILL_SECONDS / waiting.TELL_SECONDS + 1
    assert all(line.startswith("zi: it stands where it stood; waiting, for ") for line in told)


def test_a_port_that_cannot_be_read_shows_no_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZI_SCORING_OPS_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("ZI_PLANNING_OPS_URL", "http://127.0.0.1:1")
    assert Backlog("scoring", "planning").trace() is None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CliError("scoring cannot be reached"), True),
        (RefusedError("no such unit", {"status": 404}), True),
        (RefusedError("busy", {"status": 503}), True),
        (RefusedError("not yours", {"status": 403}), False),
        (RefusedError("no token", {"status": 401}), False),
        (RefusedError("no year", {"status": 422}), False),
    ],
)
def test_what_no_moment_changes_is_not_waited_for(error: CliError, expected: bool) -> None:
    assert is_passing(error) is expected
