import asyncio

import pytest

from shared.process import probes as module
from shared.process.probes import Health
from shared.process.worker import Health as WorkerHealth
from shared.process.worker import WorkerRole


async def well() -> None:
    return None


async def ill() -> str:
    return "migrations are missing"


async def broken() -> None:
    raise ConnectionError("postgresql://user:password@host")


async def hung() -> None:
    await asyncio.Event().wait()


async def test_a_report_is_good_when_every_probe_is() -> None:
    health = Health()
    health.add("api", "database", well)
    assert await health.report("api") == module.Report(True, {"database": "ok"})
    health.add("api", "keys", ill)
    assert await health.report("api") == module.Report(
        False, {"database": "ok", "keys": "migrations are missing"}
    )


async def test_a_probe_that_raises_tells_its_kind_and_no_value() -> None:
    health = Health()
    health.add("api", "database", broken)
    assert (await health.report("api")).checks == {"database": "ConnectionError"}


async def test_a_probe_that_hangs_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROBE_SECONDS", 0.01)
    health = Health()
    health.add("api", "database", hung)
    assert (await health.report("api")).checks == {"database": "no answer in time"}


async def test_workers_and_relays_need_the_database_too() -> None:
    health = Health()
    health.add("api", "database", ill)
    health.add("api", "keys", well)
    assert (await health.report("worker")).checks == {"database": "migrations are missing"}


def test_two_probes_of_one_name_are_refused() -> None:
    health = Health()
    health.add("api", "database", well)
    with pytest.raises(ValueError, match="database"):
        health.add("api", "database", well)


class Told:
    """A worker that says what it was given."""

    name = "told"

    def __init__(self, told: WorkerHealth, role: WorkerRole = "worker") -> None:
        self.role = role
        self._told = told

    async def run(self) -> None:
        raise AssertionError

    def health(self) -> WorkerHealth:
        return self._told


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (WorkerHealth(True, True), "ok"),
        (WorkerHealth(True, True, "standby"), "ok, standby"),
        (WorkerHealth(False, True, "the database is away"), "the database is away"),
        (WorkerHealth(False, True), "not ready"),
    ],
)
async def test_a_roles_readiness_says_how_each_of_its_workers_is(told: WorkerHealth, words: str) -> None:
    health = Health()
    health.add_workers([Told(told)])
    assert await health.report("worker") == module.Report(told.is_ready, {"told": words})
    assert (await health.report("relay")).ok


async def test_a_job_that_fails_makes_no_role_unready_and_no_process_dead() -> None:
    health = Health()
    health.add_workers([Told(WorkerHealth(False, True, "the database is away"), "job")])
    kinds: list[module.Kind] = ["api", "worker", "relay", "live"]
    assert [(await health.report(kind)).ok for kind in kinds] == [True] * 4
