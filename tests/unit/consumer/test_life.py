"""How a consumer and a relay go on after faults: soon at first, and not for ever when nothing helps."""

import asyncio
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from shared.consumer import consumer as consumer_module
from shared.consumer.batch import HaltError
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import (
    QUIET_ROUND_SECONDS,
    ROUND_SECONDS,
    BatchConsumer,
    RestartError,
)
from shared.consumer.watermark import Mark
from shared.db import Database
from shared.outbox.relay import Relay

TOPIC = "zi.planning.worksheet.v1"


async def fold(_session: Any, _received: Sequence[Received]) -> Sequence[Rejected]:
    return ()


@pytest.fixture
def consumer() -> BatchConsumer:
    return BatchConsumer(cast(Database, None), "127.0.0.1:1", service="scoring", topics=[TOPIC], fold=fold)


class Sleeps:
    """Notes the pauses between tries; time passes only by them and by `run_for`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: str, enough: int) -> None:
        self.now, self.taken, self._enough = 1000.0, list[float](), enough
        monkeypatch.setattr(f"{module}.asyncio.sleep", self.sleep)
        monkeypatch.setattr(f"{module}.time.monotonic", lambda: self.now)

    async def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        if len(self.taken) == self._enough:
            raise asyncio.CancelledError


@pytest.mark.parametrize("part", ["consumer", "relay"])
async def test_the_first_pause_after_a_healthy_time_is_short(
    consumer: BatchConsumer, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    module = f"shared.{'consumer.consumer' if part == 'consumer' else 'outbox.relay'}"
    sleeps = Sleeps(monkeypatch, module, enough=4)
    lives = iter([0.0, 0.0, 600.0, 0.0])

    async def live() -> None:
        sleeps.now += next(lives)
        raise KafkaConnectionError

    relay = Relay(cast(Database, None), "127.0.0.1:1", client_id="test")
    monkeypatch.setattr(consumer, "_consume", live)
    monkeypatch.setattr(relay, "_hold_lock_and_relay", live)
    with pytest.raises(asyncio.CancelledError):
        await (consumer if part == "consumer" else relay).run()

    first, second, after_health, next_one = sleeps.taken
    assert first == after_health == 0.2
    assert second == next_one > first


async def test_a_second_stall_in_a_row_ends_the_process(
    consumer: BatchConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeps = Sleeps(monkeypatch, "shared.consumer.consumer", enough=9)

    async def stall() -> None:
        raise RestartError

    monkeypatch.setattr(consumer, "_consume", stall)
    with pytest.raises(RestartError):
        await consumer.run()

    assert len(sleeps.taken) == 1, "one rebuild was tried"


async def test_a_spare_worker_is_well_while_others_move_on(
    consumer: BatchConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ends:
        async def ends(self, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
            return dict.fromkeys(places, 1000)

    offsets, now = iter([1, 2, 3, 4, 4]), [1000.0]

    async def marks() -> Mapping[tuple[str, int], Mark]:
        return {(TOPIC, 0): Mark(next(offsets), "c", None, None)}

    monkeypatch.setattr(consumer, "_marks", marks)
    monkeypatch.setattr("shared.consumer.progress.time.monotonic", lambda: now[0])
    for _ in range(4):
        now[0] += 20
        await consumer._measure_lag(cast(Any, Ends()))
    now[0] += 20
    assert not consumer._progress.is_stalled()
    now[0] += 20
    await consumer._measure_lag(cast(Any, Ends()))
    assert consumer._progress.is_stalled(), "nobody moved for 40 seconds"


async def test_only_partitions_of_this_process_count_against_its_progress(
    consumer: BatchConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ends:
        async def ends(self, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
            return dict.fromkeys(places, 10)

    async def marks() -> Mapping[tuple[str, int], Mark]:
        return {(TOPIC, 0): Mark(10, "c", None, None), (TOPIC, 1): Mark(3, "c", None, None)}

    monkeypatch.setattr(consumer, "_marks", marks)
    await consumer.on_partitions_assigned({TopicPartition(TOPIC, 0)})
    await consumer._measure_lag(cast(Any, Ends()))
    assert consumer._progress.lag == 0
    await consumer.on_partitions_assigned({TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)})
    await consumer._measure_lag(cast(Any, Ends()))
    assert consumer._progress.lag == 7


async def test_a_consumer_with_nothing_to_do_looks_round_seldom(
    consumer: BatchConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter([(0, False), (5, False), (0, True), (0, False)])  # what waits, and whether it replayed
    pauses: list[float] = []

    async def wait(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 5:
            consumer._stopping = HaltError("test", "enough was seen")

    async def replayed(*_: Any) -> bool:
        consumer._progress.lag, has_replayed = next(found)
        return has_replayed

    async def nothing(*_: Any) -> None: ...

    monkeypatch.setattr(consumer, "_wait", wait)
    monkeypatch.setattr(consumer, "_measure_lag", nothing)
    monkeypatch.setattr(consumer_module, "replay_requested", replayed)
    reader, subscriber = cast(Any, None), cast(Any, SimpleNamespace(has_ended=lambda: False))
    with pytest.raises(HaltError):
        await consumer._look_after(reader, subscriber)
    assert pauses == [
        ROUND_SECONDS,
        QUIET_ROUND_SECONDS,
        ROUND_SECONDS,
        ROUND_SECONDS,
        QUIET_ROUND_SECONDS,
    ]
