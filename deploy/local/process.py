"""Child processes: started in sessions of their own, ended with their parent, each with one log file."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom

LOG_TAIL_LINES = 12
MOST_STRETCHES = 4
"""How many times the time to stop is granted to what goes on working."""
PROCESSES = Path("/proc")
LOWEST_PORT = 10_000
LINUX_FIRST_OUTGOING_PORT = 32_768
MOST_TRIED_PORTS = 1_000


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

    @property
    def name(self) -> str:
        """What people call the program."""
        return self.program.name

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.program.log

    def trace(self) -> tuple[int, int] | None:
        """Return the size of its log in bytes and the processor time of its session in ticks.

        None where the system does not tell processor times.
        """
        ticks = _session_ticks(self.pid)
        return None if ticks is None else (self.log.stat().st_size, ticks)

    def ask_to_stop(self) -> None:
        """Send the stop signal to the program itself, not to its children."""
        if self.exit_code() is None:
            self._popen.send_signal(self.program.stop_signal)

    def stop(self, seconds: float = 15) -> None:
        """Ask the program to stop; end its session when it stands still for `seconds`, or after 4 of them."""
        self.ask_to_stop()
        before = self.trace()
        for _ in range(MOST_STRETCHES):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(seconds)
                return
            after = self.trace()
            if after is None or after == before:
                break
            before = after
        self.kill()

    def kill(self) -> None:
        """End the program and everything it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()

    def last_words(self) -> str:
        """Return the end of its log, as text to add to a sentence."""
        lines = self.program.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return f" The end of {self.program.log}:\n  " + "\n  ".join(lines)


class Tail:
    """Reads what a program adds to its log."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._at = 0
        self._begun = b""

    def new_lines(self, *, is_whole: bool) -> list[str]:
        """Return the lines that came since the last call; one without end only when nothing follows."""
        with self._log.open("rb") as file:
            file.seek(self._at)
            added = file.read()
        self._at += len(added)
        *lines, self._begun = (self._begun + added).split(b"\n")
        if is_whole and self._begun:
            lines, self._begun = [*lines, self._begun], b""
        return [line.decode(errors="replace").rstrip() for line in lines]


def is_listening(port: int) -> bool:
    """Tell whether something accepts TCP connections on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Pick `count` different ports that nothing on 127.0.0.1 uses at this moment.

    They lie below the ports that the kernel gives to outgoing connections: such a connection could take
    one before its server does. Raises `LocalError` when too few are free.
    """
    with contextlib.ExitStack() as stack:
        found: list[int] = []
        end = max(_first_outgoing_port(), LOWEST_PORT + MOST_TRIED_PORTS)
        for port in SystemRandom().sample(range(LOWEST_PORT, end), k=MOST_TRIED_PORTS):
            if len(found) == count:
                break
            one = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                one.bind(("127.0.0.1", port))
                found.append(port)
    if len(found) < count:
        raise LocalError(f"Of {count} ports that are needed, only {len(found)} are free on this machine.")
    return found


def _first_outgoing_port() -> int:
    try:
        return int((PROCESSES / "sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:  # not Linux
        return LINUX_FIRST_OUTGOING_PORT


def _ends_with_parent(stop_signal: signal.Signals) -> list[str]:
    """Wrap a command so that Linux signals it when its parent is killed; elsewhere it would live on."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", stop_signal.name.removeprefix("SIG"), "--"] if setpriv else []


def _session_ticks(session: int) -> int | None:
    """Return the processor time that a session's living processes have used; None without Linux's /proc."""
    if not (PROCESSES / "self" / "stat").exists():
        return None
    ticks = 0
    for folder in PROCESSES.iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                # After the name in brackets: state, parent, group, session, ... user and system time.
                words = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(words[3]) == session:
                    ticks += int(words[11]) + int(words[12])
    return ticks
