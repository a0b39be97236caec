"""Kills processes at seeded moments and sees that they come back."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

GAP_SECONDS = (0.5, 1.5)
BACK_SECONDS = 120.0
"""A guard against a dead test, not a promise: the machine may be busy."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something to kill: `pids` finds its processes now, `is_back` tells whether it serves again."""

    name: str
    pids: Callable[[], Sequence[int]]
    is_back: Callable[[], Awaitable[bool]]


@dataclass(slots=True)
class Nemesis:
    """Injects `kills` SIGKILLs over the targets, in an order and at moments drawn from `seed`.

    It does not wait for one to be back before it kills another, so that several may be gone at once.
    """

    seed: int
    targets: Sequence[Target]
    kills: int
    done: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Kill, and return when everything is back."""
        draw = random.Random(self.seed)
        order: list[Target] = []
        while len(order) < self.kills:  # everyone once, then everyone again
            order += draw.sample(self.targets, len(self.targets))
        coming_back: dict[str, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            for target in order[: self.kills]:
                await asyncio.sleep(draw.uniform(*GAP_SECONDS))
                if target.name in coming_back:
                    await coming_back[target.name]
                coming_back[target.name] = group.create_task(self._kill(target))

    async def _kill(self, target: Target) -> None:
        pids = target.pids()
        assert pids, f"{target.name} is not running"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.done[target.name] += 1
        killed = time.monotonic()
        while not (set(target.pids()) - set(pids) and await target.is_back()):
            assert time.monotonic() - killed < BACK_SECONDS, f"{target.name} did not come back"
            await asyncio.sleep(0.1)
        self.recoveries.append(time.monotonic() - killed)
