"""The supervisor restarts what ends unasked, says so, and stops in reverse order."""

import os
import signal
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from deploy.local.process import LocalError, Program
from deploy.local.supervisor import Supervisor


def sleeper(name: str, folder: Path, script: str = "exec sleep 60") -> Program:
    return Program(name, ["sh", "-c", script], folder / f"{name}.log")


def until(condition: Callable[[], bool], supervisor: Supervisor, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        supervisor.tend()
        time.sleep(0.01)


def test_what_is_killed_comes_back_with_a_line_that_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)
    script = f"echo $$ >> {tmp_path}/pids; exec sleep 60"
    (child,) = supervisor.launch(sleeper("thing", tmp_path, script))
    pids = tmp_path / "pids"
    until(lambda: pids.exists() and pids.read_text().count("\n") == 1, supervisor)
    os.kill(child.pid, signal.SIGKILL)
    until(lambda: pids.read_text().count("\n") == 2, supervisor)
    assert said == ["thing ended unasked (signal 9); restarting it"]
    supervisor.stop_all()
    assert said[-1] == "thing stopped"


def test_what_keeps_ending_is_restarted_ever_more_slowly(tmp_path: Path) -> None:
    supervisor = Supervisor(lambda _line: None)
    supervisor.launch(sleeper("thing", tmp_path, f"date +%s.%N >> {tmp_path}/starts; exit 3"))
    starts = tmp_path / "starts"
    until(lambda: starts.exists() and starts.read_text().count("\n") == 4, supervisor)
    supervisor.stop_all()
    times = [float(line) for line in starts.read_text().split()]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[0] < 0.9 < gaps[1] < 1.9 < gaps[2]


def test_stages_stop_in_reverse_order(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)
    supervisor.launch(sleeper("first", tmp_path))
    supervisor.launch(sleeper("second", tmp_path), sleeper("third", tmp_path))
    supervisor.stop_all()
    assert said == ["second stopped", "third stopped", "first stopped"]


def test_a_program_that_is_stopped_on_purpose_stays_away(tmp_path: Path) -> None:
    supervisor = Supervisor(lambda _line: None)
    (child,) = supervisor.launch(sleeper("thing", tmp_path))
    supervisor.stop("thing")
    supervisor.tend()
    assert not supervisor.has("thing")
    assert child.exit_code() == -15


def test_a_start_that_fails_shows_the_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor(lambda _line: None)
    program = sleeper("thing", tmp_path, "echo the reason; exit 2")
    with pytest.raises(LocalError, match=r"thing ended with exit code 2\.(.|\n)*the reason"):
        supervisor.start((program, lambda _child: False))
    supervisor.stop_all()


def test_the_previous_log_is_kept(tmp_path: Path) -> None:
    program = sleeper("thing", tmp_path, "echo hello")
    supervisor = Supervisor(lambda _line: None)
    supervisor.launch(program)
    until((tmp_path / "thing.log.1").exists, supervisor)
    assert (tmp_path / "thing.log.1").read_text() == "hello\n"
    supervisor.stop_all()
