import asyncio

import pytest

from shared.observability import health as module
from shared.observability.health import Health


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
