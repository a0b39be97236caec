"""Keeps child processes running: starts them in order, restarts what ends unasked, stops in reverse order."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from deploy.local.process import Child, Program, Tail
from deploy.local.waiting import Waiting

STOP_SECONDS = 25
STABLE_SECONDS = 30
LONGEST_PAUSE = 10.0


@dataclass
class _Kept:
    program: Program
    child: Child
    started_at: float
    failures: int = 0
    restart_at: float | None = None


class Supervisor:
    """`say` receives one line for a person whenever something happens."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.waiting = Waiting(say)
        self._stages: list[dict[str, _Kept]] = []

    def start(self, *programs: tuple[Program, Callable[[Child], bool]]) -> None:
        """Start the programs side by side as one stage, and return when each of them is ready."""
        stage = self.launch(*(program for program, _ in programs))
        for (_, is_ready), child in zip(programs, stage, strict=True):
            self.wait_for(child, is_ready)

    def wait_for(self, child: Child, is_ready: Callable[[Child], bool]) -> None:
        """Return when a launched program is ready, and say so.

        Raises `LocalError` when it, or another program that runs here, ends first.
        """
        self.waiting.until(child.name, partial(is_ready, child), moving=[child], needed=self.children())
        self._say(f"{child.name} is up")

    def children(self) -> list[Child]:
        """Return the processes that run here."""
        return [kept.child for stage in self._stages for kept in stage.values()]

    def finish(self, program: Program, tell: Callable[[str], None], *, is_tended: bool = False) -> Child:
        """Run a program to its end, telling its lines as they come, and return how it ended.

        Raises `LocalError` when another program ends first; with `is_tended` such a one is started again.
        """
        job = program.start()
        output = Tail(program.log)

        def has_ended() -> bool:
            if is_tended:
                self.tend()
            code = job.exit_code()
            for line in output.new_lines(is_whole=code is not None):
                tell(line)
            return code is not None

        try:
            needed = [] if is_tended else self.children()
            self.waiting.until(program.name, has_ended, moving=[job], needed=needed)
        finally:
            if job.exit_code() is None:
                job.kill()
        return job

    def launch(self, *programs: Program) -> list[Child]:
        """Start the programs as one stage without waiting."""
        stage: dict[str, _Kept] = {}
        self._stages.append(stage)
        for program in programs:
            stage[program.name] = _Kept(program, program.start(), time.monotonic())
        return [kept.child for kept in stage.values()]

    def tend(self) -> None:
        """Restart what has ended: at once, then after growing pauses while it keeps ending within 30 s."""
        now = time.monotonic()
        for kept in (kept for stage in self._stages for kept in stage.values()):
            code = kept.child.exit_code()
            if code is None:
                continue
            if kept.restart_at is None:
                kept.failures = 0 if now - kept.started_at > STABLE_SECONDS else kept.failures + 1
                pause = min(2.0 ** (kept.failures - 2), LONGEST_PAUSE) if kept.failures > 1 else 0
                kept.restart_at = now + pause
                self._say(f"{kept.program.name} ended unasked ({_reason(code)}); restarting it")
            if now >= kept.restart_at:
                kept.child, kept.started_at, kept.restart_at = kept.program.start(), now, None

    def stop(self, name: str) -> None:
        """Stop one program and forget it."""
        for stage in self._stages:
            if name in stage:
                stage.pop(name).child.stop(STOP_SECONDS)

    def has(self, name: str) -> bool:
        """Tell whether a program of this name is kept running."""
        return any(name in stage for stage in self._stages)

    def child(self, name: str) -> Child:
        """Return the process that runs now, or ran last, under this name; raises `KeyError`."""
        for stage in self._stages:
            if name in stage:
                return stage[name].child
        raise KeyError(name)

    def stop_all(self) -> None:
        """Stop stage by stage, the last started first; within a stage, all at the same time."""
        while self._stages:
            stage = self._stages.pop()
            for kept in stage.values():
                kept.child.ask_to_stop()
            for kept in stage.values():
                kept.child.stop(STOP_SECONDS)
                self._say(f"{kept.program.name} stopped")


def _reason(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
