"""A worker that ends is started again beside its API; the process ends only when that fails for minutes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from shared.db.faults import StorageFullError
from shared.observability.metrics import JOBS_WORKER_RESTARTS
from shared.process.kept import ALONE, BACKOFF_SECONDS, BESIDE_API, HEALTHY_SECONDS, Kept, Patience
from shared.process.worker import Health, WorkerRole

WELL = Health(is_ready=True, is_alive=True)
AWAY = Health(is_ready=False, is_alive=True, detail="the database is away", is_waiting=True)
HUNG = Health(is_ready=False, is_alive=False, detail="no step ends")


class DiedError(Exception):
    """A fault of our own code."""


@dataclass
class Time:
    """Passes only while somebody sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)
        await asyncio.sleep(0)

    async def pass_until(self, moment: float) -> None:
        while self.now < moment:  # noqa: ASYNC110 - others make it pass
            await asyncio.sleep(0)


Life = Callable[["Lives"], Awaitable[None]]


class Lives:
    """A worker whose lives are given; the last of them is lived again and again."""

    name = "lives"
    role: WorkerRole = "worker"

    def __init__(self, time: Time, *lives: Life) -> None:
        self.time = time
        self.begun: list[float] = []
        self.told = WELL
        self._lives = lives

    async def run(self) -> None:
        self.begun.append(self.time.now)
        self.told = WELL
        await self._lives[min(len(self.begun), len(self._lives)) - 1](self)

    def health(self) -> Health:
        return self.told


def lasting(seconds: float, told: Health = WELL, error: Exception | None = None) -> Life:
    """Return a life that says so of itself for so long, and then dies."""

    async def life(worker: Lives) -> None:
        worker.told = told
        await worker.time.pass_until(worker.time.now + seconds)
        raise error or DiedError("secret")

    return life


async def forever(worker: Lives) -> None:
    del worker
    await asyncio.Event().wait()


async def hung(worker: Lives) -> None:
    worker.told = HUNG
    await forever(worker)


def keep(time: Time, *lives: Life, patience: Patience = BESIDE_API) -> tuple[Lives, Kept]:
    worker = Lives(time, *lives)
    return worker, Kept(worker, patience, monotonic=lambda: time.now, sleep=time.sleep)


async def run_until(kept: Kept, condition: Callable[[], bool]) -> None:
    """Run until the condition holds; fails when `run` ends before."""
    task = asyncio.create_task(kept.run())
    while not condition():
        assert not task.done(), task
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def returns(worker: Lives) -> None:
    del worker


async def cancels_itself(worker: Lives) -> None:
    del worker
    raise asyncio.CancelledError


@pytest.mark.parametrize("end", [lasting(0), returns, cancels_itself], ids=["raises", "returns", "cancelled"])
async def test_a_worker_that_ends_in_any_way_is_started_again_after_a_pause(end: Life) -> None:
    time = Time()
    worker, kept = keep(time, end, forever)
    before = JOBS_WORKER_RESTARTS.labels("lives")._value.get()

    await run_until(kept, lambda: len(worker.begun) == 2)

    assert worker.begun[1] - worker.begun[0] >= BACKOFF_SECONDS[0]
    assert JOBS_WORKER_RESTARTS.labels("lives")._value.get() == before + 1


async def test_a_worker_that_is_down_is_not_ready_and_says_why_without_a_value() -> None:
    time = Time()
    _, kept = keep(time, lasting(0), forever)
    told: list[Health] = []

    async def sleep(seconds: float) -> None:
        told.append(kept.health())
        await time.sleep(seconds)

    kept._sleep = sleep
    await run_until(kept, lambda: any(health.is_ready for health in told[2:]))

    down = next(health for health in told if not health.is_ready)
    assert down == Health(False, True, "is started again: DiedError")


@pytest.mark.parametrize(("patience", "seconds"), [(BESIDE_API, 300.0), (ALONE, 30.0)], ids=["all", "worker"])
async def test_the_process_ends_only_when_no_life_helped_for_all_of_patience(
    patience: Patience, seconds: float
) -> None:
    time = Time()
    worker, kept = keep(time, lasting(0), patience=patience)

    with pytest.raises(DiedError):
        await kept.run()

    assert seconds <= time.now - worker.begun[0] < seconds + BACKOFF_SECONDS[-1] + 60
    assert len(worker.begun) <= 20, "no burst of lives"


async def test_a_life_that_was_ready_for_long_ends_the_failing() -> None:
    time = Time()
    worker, kept = keep(time, *[lasting(HEALTHY_SECONDS + 5)] * 12, forever)

    await run_until(kept, lambda: len(worker.begun) == 13)

    assert time.now - worker.begun[0] > 2 * BESIDE_API.seconds


async def test_long_lives_that_are_unready_by_design_never_end_the_process() -> None:
    time = Time()
    waiting = Health(is_ready=False, is_alive=True, detail="missing topic: zi.a.v1")
    worker, kept = keep(time, *[lasting(3600.0, waiting)] * 4, forever)
    await run_until(kept, lambda: len(worker.begun) == 5)


async def test_a_life_that_looks_ready_but_ends_too_soon_does_not_help() -> None:
    time = Time()
    _, kept = keep(time, lasting(HEALTHY_SECONDS / 2))

    with pytest.raises(DiedError):
        await kept.run()


async def test_the_time_while_a_dependency_is_away_counts_against_nobody() -> None:
    time = Time()
    worker, kept = keep(time, lasting(0), lasting(3600, AWAY), lasting(0), forever)

    await run_until(kept, lambda: len(worker.begun) == 4)


async def test_an_outage_that_ends_a_life_is_tried_again_for_ever() -> None:
    time = Time()
    worker, kept = keep(time, lasting(0), lasting(0, error=StorageFullError("full")), patience=ALONE)

    await run_until(kept, lambda: len(worker.begun) == 40)

    assert time.slept.count(BACKOFF_SECONDS[-1]) > 20, "without haste"


async def test_a_worker_that_hangs_is_ended_and_started_again() -> None:
    time = Time()
    worker, kept = keep(time, hung, forever)

    await run_until(kept, lambda: len(worker.begun) == 2)

    assert worker.begun[1] - worker.begun[0] < 60


async def test_a_hung_worker_beside_an_api_leaves_the_process_alive_until_patience_ends() -> None:
    time = Time()
    worker, kept = keep(time, hung)
    assert kept.health().is_alive
    worker.told = HUNG
    assert kept.health() == Health(False, True, "no step ends")
    with pytest.raises(Exception, match="no step ends"):
        await kept.run()
    assert not kept.health().is_alive

    alone = keep(time, hung, patience=ALONE)[1]
    alone._worker.told = HUNG  # type: ignore[attr-defined]
    assert not alone.health().is_alive, "a probe sees it at once"


async def test_no_second_life_works_beside_one_that_cannot_be_ended() -> None:
    release = asyncio.Event()

    async def stubborn(worker: Lives) -> None:
        worker.told = HUNG
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    time = Time()
    worker, kept = keep(time, stubborn, patience=Patience(0.01, spares_api=True))
    with pytest.raises(Exception, match="no step ends"):
        await kept.run()
    assert len(worker.begun) == 1
    release.set()


async def test_a_kept_worker_that_is_cancelled_leaves_nothing_running() -> None:
    ended = asyncio.Event()

    async def life(worker: Lives) -> None:
        try:
            await forever(worker)
        finally:
            ended.set()

    worker, kept = keep(Time(), life)
    await run_until(kept, lambda: len(worker.begun) == 1)
    assert ended.is_set()
