"""Child processes: started in sessions of their own, ended with their parent, each with one log file."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LOG_TAIL_LINES = 12


class LocalError(Exception):
    """Something on this machine is in the way; the text is one sentence for the person at the keyboard."""


@dataclass(frozen=True)
class Program:
    """What to run: `log` takes both output streams, `stop_signal` asks it to end in good order.

    `as_user` is a command prefix under which the program runs as somebody else.
    """

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    as_user: Sequence[str] = ()

    def start(self) -> "Child":
        """Start the program; its previous log is kept beside the new one as `*.1`.

        Call it from the main thread: the kernel ends the child when the thread that started it ends.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(self.log.suffix + ".1"))
        with self.log.open("wb") as log:
            popen = subprocess.Popen(
                [*self.as_user, *_ends_with_parent(self.stop_signal), *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.env},
                start_new_session=True,
            )
        return Child(self, popen)


class Child:
    """A started program."""

    def __init__(self, program: Program, popen: subprocess.Popen[bytes]) -> None:
        self.program = program
        self.pid = popen.pid
        self._popen = popen

    def exit_code(self) -> int | None:
        """Return the exit code (negative: the signal that ended it), None while it runs."""
        return self._popen.poll()

    def wait_until(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Poll `is_ready`; raise `LocalError` with the end of the log if the child ends or time runs out."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            code = self.exit_code()
            if code is not None:
                raise LocalError(f"{self.program.name} ended with exit code {code}.{self._last_words()}")
            if time.monotonic() > deadline:
                raise LocalError(f"{self.program.name} was not ready in {seconds:.0f} s.{self._last_words()}")
            time.sleep(0.05)

    def ask_to_stop(self) -> None:
        """Send the stop signal to the program itself, not to its children."""
        if self.exit_code() is None:
            self._popen.send_signal(self.program.stop_signal)

    def stop(self, seconds: float = 15) -> None:
        """Ask the program to stop, and end its whole session when it has not within `seconds`."""
        self.ask_to_stop()
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the program and everything it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()

    def _last_words(self) -> str:
        lines = self.program.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return f" The end of {self.program.log}:\n  " + "\n  ".join(lines)


def is_listening(port: int) -> bool:
    """Tell whether something accepts TCP connections on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Pick `count` different ports that nothing on 127.0.0.1 uses at this moment."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def _ends_with_parent(stop_signal: signal.Signals) -> list[str]:
    """Wrap a command so that Linux signals it when its parent is killed; elsewhere it would live on."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", stop_signal.name.removeprefix("SIG"), "--"] if setpriv else []
