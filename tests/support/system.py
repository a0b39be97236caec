"""The whole system as `make run` starts it, in a folder and on ports of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2

from deploy.local.ports import DEFAULTS
from tests.support import terminal
from tests.support.terminal import Answered

ROOT = Path(__file__).resolve().parents[2]
PARTS = tuple(map(str.upper, DEFAULTS))
SILENCE_SECONDS = 300
"""A system that starts says what it waits for as long as something moves, however slow the machine."""
STOP_SECONDS = 120


def shell() -> dict[str, str]:
    """Return the environment of a newcomer: without the settings that the tests made for themselves."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ZI_")}


class LocalSystem:
    """A running system; `addresses` is what its `addresses.json` says."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder = folder
        self.process = process
        self.addresses: dict[str, str] = json.loads((folder / "addresses.json").read_text())

    def zi(self, *arguments: str, **environment: str) -> Answered:
        """Run a `zi` command against this system."""
        return terminal.run(arguments, {**shell(), "ZI_LOCAL_DIR": str(self.folder), **environment})

    def typed(self, *arguments: str) -> Answered:
        """Run the installed command `zi` against this system, as a process."""
        done = subprocess.run(
            [str(Path(sys.executable).parent / "zi"), *arguments],
            env={**shell(), "ZI_LOCAL_DIR": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Answered(done.returncode, done.stdout, done.stderr)

    def token(self, role: str, unit: str | None = None) -> str:
        """Return a bearer token of a demo person in this role, as `zi token` does."""
        form = {"role": role} | ({"unit": unit} if unit else {})
        answer = httpx2.post(f"{self.addresses['idp']}/dev/token", data=form, timeout=60)
        return str(answer.raise_for_status().json()["access_token"])

    def pids(self, module: str) -> list[int]:
        """Return the process ids of this system's children that run a module (`services.scoring.main`)."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found = []
        for pid in map(int, children):
            with contextlib.suppress(FileNotFoundError):
                if module in Path(f"/proc/{pid}/cmdline").read_text():
                    found.append(pid)
        return found

    def log(self, name: str) -> str:
        """Return the log of one part so far."""
        return (self.folder / "logs" / f"{name}.log").read_text()

    def stop(self) -> int:
        """Ask it to stop as Ctrl-C would and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def start_again(self, **environment: str) -> None:
        """Start it where it was stopped, on other ports."""
        again = start_system(self.folder, **environment)
        self.process, self.addresses = again.process, again.addresses


def start_system(folder: Path, **environment: str) -> LocalSystem:
    """Start a system in `folder` on free ports and return when it says READY."""
    output = folder.parent / f"{folder.name}.out"
    with output.open("w") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "run"],
            cwd=ROOT,
            env={
                **shell(),
                "ZI_LOCAL_DIR": str(folder),
                **{f"ZI_{part}_PORT": "0" for part in PARTS},
                **environment,
            },
            stdout=sink,
            stderr=subprocess.STDOUT,
            text=True,
        )
    told, deadline = "", time.monotonic() + SILENCE_SECONDS
    while not any(line.startswith("READY") for line in told.splitlines()):
        before, told = told, output.read_text()
        if told != before:
            deadline = time.monotonic() + SILENCE_SECONDS
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"the system did not become ready:\n{told[-3000:]}")
        time.sleep(0.1)
    return LocalSystem(folder, process)
