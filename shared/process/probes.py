"""Probes of a process: started, alive, ready per role.

| path | 200 when |
|---|---|
| `/startupz` | everything is wired, once |
| `/livez` | the event loop turns and the workers progress; dependencies are never looked at |
| `/readyz` | what the API needs: database, migrations, keys; never Kafka |
| `/readyz/worker`, `/readyz/relay` | what this role needs besides |

Source: reliability.md section 8.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from shared.process.worker import Health as WorkerHealth
from shared.process.worker import Worker

PROBE_SECONDS = 2.0

Kind = Literal["live", "api", "worker", "relay"]
Probe = Callable[[], Awaitable[str | None]]
"""Returns None when all is well, else the reason in a few words without any address or value."""


@dataclass(frozen=True, slots=True)
class Report:
    """Result of all probes of one kind; `checks` maps each to "ok" and what a worker adds, or its reason."""

    ok: bool
    checks: dict[str, str]


@dataclass(slots=True)
class Health:
    """The probe registry of one process."""

    is_started: bool = False
    is_stopping: bool = False
    _probes: dict[Kind, dict[str, Probe]] = field(default_factory=dict)
    _workers: dict[Kind, list[Worker]] = field(default_factory=dict)

    def add(self, kind: Kind, name: str, probe: Probe) -> None:
        """Register a probe under a name that is unique within its kind."""
        named = self._probes.setdefault(kind, {})
        if name in named:
            raise ValueError(f"two probes named {name}")
        named[name] = probe

    def add_workers(self, workers: Iterable[Worker]) -> None:
        """Let the workers' own health decide about liveness, and about the readiness of their role.

        A job that fails makes no role unready: nobody waits for it, and `zi_jobs_failing` tells.
        """
        for worker in workers:
            self.add("live", worker.name, _alive(worker))
            if worker.role != "job":
                self._workers.setdefault(worker.role, []).append(worker)

    def startup(self) -> Report:
        """Tell whether the process was wired completely."""
        return Report(self.is_started, {"wired": "ok" if self.is_started else "starting"})

    async def report(self, kind: Kind) -> Report:
        """Run the probes of a kind side by side; one that hangs for 2 s has failed.

        A role's report includes the API's probes of the database, since every role needs it. A process that
        is about to stop is alive but not ready.
        """
        named = dict(self._probes.get(kind, {}))
        if kind in ("worker", "relay") and (database := self._probes.get("api", {}).get("database")):
            named["database"] = database
        if kind != "live" and self.is_stopping:
            return Report(False, {"process": "stopping"})
        reasons = await asyncio.gather(*(_run(probe) for probe in named.values()))
        checks = {name: reason or "ok" for name, reason in zip(named, reasons, strict=True)}
        ok = all(reason is None for reason in reasons)
        for worker in self._workers.get(kind, ()):
            health = worker.health()
            ok = ok and health.is_ready
            checks[worker.name] = _said(health)
        return Report(ok, checks)


def _alive(worker: Worker) -> Probe:
    async def probe() -> str | None:
        health = worker.health()
        return None if health.is_alive else health.detail or "no progress"

    return probe


def _said(health: WorkerHealth) -> str:
    """Return a worker's readiness in words, with what it says of itself while it is ready."""
    if not health.is_ready:
        return health.detail or "not ready"
    return f"ok, {health.detail}" if health.detail else "ok"


async def _run(probe: Probe) -> str | None:
    try:
        return await asyncio.wait_for(probe(), PROBE_SECONDS)
    except TimeoutError:
        return "no answer in time"
    except Exception as error:  # noqa: BLE001 - a probe that raises has failed, whatever it raised
        return type(error).__name__
