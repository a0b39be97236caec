"""A wait lasts as long as something moves, says what it waits for, and ends at once when that has died."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.local.process import MOST_STRETCHES, Child, LocalError, Program, Tail
from deploy.local.supervisor import Supervisor
from deploy.local.waiting import STILL_SECONDS, TELL_SECONDS, Waiting

HOUR = 3600.0
LOG = Path("/logs/thing.log")


@dataclass
class World:
    """A clock that only waiting moves, and what was said."""

    now: float = 1000.0
    said: list[str] = field(default_factory=list)

    def waiting(self) -> Waiting:
        return Waiting(self.said.append, lambda: self.now, self.pass_by)

    def pass_by(self, seconds: float) -> None:
        self.now += seconds

    def reached(self, seconds: float) -> Callable[[], bool]:
        began = self.now
        return lambda: self.now - began >= seconds


@dataclass
class Process:
    """A process that ends, and moves, by the world's clock."""

    world: World
    ends_at: float = float("inf")
    moves_until: float = float("inf")
    tells: bool = True
    name: str = "Thing"
    log: Path = LOG

    def exit_code(self) -> int | None:
        return 3 if self.world.now >= self.ends_at else None

    def trace(self) -> object | None:
        return min(self.world.now, self.moves_until) if self.tells else None

    def last_words(self) -> str:
        return " The end: no luck"


def test_what_moves_is_waited_for_without_end() -> None:
    world = World()
    thing = Process(world)
    world.waiting().until("Thing", world.reached(10 * HOUR), moving=[thing], needed=[thing])
    assert world.now >= 1000 + 10 * HOUR


def test_a_process_that_has_ended_is_told_at_once_with_its_last_words() -> None:
    world = World()
    thing = Process(world, ends_at=1040)
    with pytest.raises(LocalError, match=r"Thing ended with exit code 3\. The end: no luck"):
        world.waiting().until("Thing", lambda: False, moving=[thing], needed=[thing])
    assert world.now < 1041


def test_another_process_that_is_needed_ends_the_wait_as_well() -> None:
    world = World()
    thing, below = Process(world), Process(world, ends_at=1040, name="PostgreSQL")
    with pytest.raises(LocalError, match=r"^PostgreSQL ended"):
        world.waiting().until("Thing", lambda: False, moving=[thing], needed=[below, thing])
    assert world.now < 1041


def test_only_what_has_not_moved_for_long_is_given_up() -> None:
    world = World()
    thing = Process(world, moves_until=1000 + HOUR)
    with pytest.raises(LocalError, match=r"nothing has moved for 60\d s\. The end: no luck"):
        world.waiting().until("Thing", lambda: False, moving=[thing], needed=[thing])
    assert HOUR + STILL_SECONDS <= world.now - 1000 < HOUR + STILL_SECONDS + 2


def test_where_nobody_can_tell_whether_it_moves_it_is_waited_for() -> None:
    world = World()
    thing = Process(world, tells=False)
    world.waiting().until("Thing", world.reached(10 * HOUR), moving=[thing], needed=[thing])


def test_a_long_wait_says_what_it_waits_for_and_since_when() -> None:
    world = World()
    thing = Process(world, moves_until=1020)
    world.waiting().until("Thing", world.reached(3.5 * TELL_SECONDS), moving=[thing], needed=[thing])
    assert [line.partition(" (")[0] for line in world.said] == [
        "Still waiting for Thing, for 15 s now; it is at work",
        "Still waiting for Thing, for 30 s now; it is at work",
        "Still waiting for Thing, for 45 s now; nothing has moved for 25 s",
    ]
    assert all(str(LOG) in line for line in world.said)


def test_a_wait_that_is_soon_over_says_nothing() -> None:
    world = World()
    world.waiting().until("Thing", world.reached(TELL_SECONDS - 1))
    assert world.said == []


def test_processor_time_and_output_both_count_as_movement(tmp_path: Path) -> None:
    quiet = Program("quiet", ["sh", "-c", "while :; do :; done"], tmp_path / "quiet.log").start()
    loud = Program("loud", ["sh", "-c", "while sleep 0.01; do echo x; done"], tmp_path / "loud.log").start()
    try:
        for child in (quiet, loud):
            before = child.trace()
            assert before is not None
            Waiting(lambda _line: None).until("a trace", lambda c=child, b=before: c.trace() != b)  # type: ignore[misc]
    finally:
        quiet.kill()
        loud.kill()


def test_what_sleeps_leaves_no_trace_of_movement(tmp_path: Path) -> None:
    child = Program("idle", ["sh", "-c", "echo up; exec sleep 600"], tmp_path / "idle.log").start()
    tail = Tail(tmp_path / "idle.log")
    try:
        Waiting(lambda _line: None).until("its line", lambda: tail.new_lines(is_whole=False) == ["up"])
        traces = {child.trace() for _ in range(100)}
        assert len(traces) <= 2  # it may still have been on its way into sleep
    finally:
        child.kill()


def test_a_job_tells_its_lines_and_how_it_ended(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor(lambda _line: None)
    job = Program("job", ["sh", "-c", "echo one; printf two; exit 4"], tmp_path / "job.log")
    assert supervisor.finish(job, told.append).exit_code() == 4
    assert told == ["one", "two"]


def test_a_job_that_needs_what_died_ends_with_it(tmp_path: Path) -> None:
    supervisor = Supervisor(lambda _line: None)
    supervisor.launch(Program("below", ["sh", "-c", "echo gone; exit 2"], tmp_path / "below.log"))
    job = Program("job", ["sh", "-c", "exec sleep 600"], tmp_path / "job.log")
    with pytest.raises(LocalError, match=r"below ended with exit code 2\.(.|\n)*gone"):
        supervisor.finish(job, lambda _line: None)
    supervisor.stop_all()


def test_while_a_tended_job_runs_what_dies_comes_back(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)
    supervisor.launch(
        Program("below", ["sh", "-c", f"echo x >> {tmp_path}/lives; exit 2"], tmp_path / "below.log")
    )
    lives = f"while [ $(wc -l < {tmp_path}/lives) -lt 2 ]; do sleep 0.05; done"
    first = f"while [ ! -e {tmp_path}/lives ]; do sleep 0.05; done"
    job = Program("job", ["sh", "-c", f"{first}; {lives}"], tmp_path / "job.log")
    assert supervisor.finish(job, lambda _line: None, is_tended=True).exit_code() == 0
    assert said[0] == "below ended unasked (exit code 2); restarting it"
    supervisor.stop_all()


class Stubborn(Child):
    """A child that needs some stretches of time to stop, and moves for the first few of them."""

    def __init__(self, *, stretches: int, moving: int) -> None:
        self.left, self.moving, self.is_killed = stretches, moving, False
        self.traces = 0
        self._popen = self  # type: ignore[assignment]

    def ask_to_stop(self) -> None: ...

    def wait(self, seconds: float) -> None:
        self.left -= 1
        if self.left > 0:
            raise subprocess.TimeoutExpired("stubborn", seconds)

    def trace(self) -> tuple[int, int] | None:
        self.traces += 1
        return (0, min(self.traces, self.moving))

    def kill(self) -> None:
        self.is_killed = True


@pytest.mark.parametrize(
    ("stretches", "moving", "is_killed"), [(3, 100, False), (3, 1, True), (MOST_STRETCHES + 1, 100, True)]
)
def test_what_still_works_at_its_end_is_given_more_time_than_what_stands_still(
    stretches: int, moving: int, is_killed: bool
) -> None:
    child = Stubborn(stretches=stretches, moving=moving)
    child.stop(seconds=1)
    assert child.is_killed is is_killed
