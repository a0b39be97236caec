"""What FastStream is told to do with a consumer that has nothing to read."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition

from shared.consumer.subscriber import FETCH_WAIT_MS, IDLE_FETCH_WAIT_MS, POLL_MS, Subscriber


class Deaf(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Listens to no rebalance."""

    def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None: ...
    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None: ...


class Scripted:
    """A consumer that finds what the script says, then nothing; it notes how long it was asked to wait."""

    def __init__(self, *polls: dict[Any, list[Any]]) -> None:
        self.polls = list(polls)
        self._fetcher = SimpleNamespace(_fetch_max_wait_ms=FETCH_WAIT_MS)
        self.waits: list[int] = []

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[Any, list[Any]]:
        assert max_records == 7
        self.waits.append(timeout_ms)
        return self.polls.pop(0) if self.polls else {}


PLACE = TopicPartition("zi.planning.unit.v1", 0)


def subscribed() -> Subscriber:
    return Subscriber(
        "127.0.0.1:1",
        [PLACE.topic],
        handle,
        name="test",
        group_id="test",
        max_records=7,
        listener=Deaf(),
    )


async def handle(_records: Sequence[ConsumerRecord]) -> None:
    raise AssertionError("there was nothing to handle")


async def test_an_idle_subscriber_waits_once_and_does_not_sleep_besides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def sleep(_seconds: float) -> None:
        raise AssertionError("a record that comes now would wait for this sleep")

    monkeypatch.setattr(anyio, "sleep", sleep)
    consumer = Scripted()
    assert await subscribed()._subscriber.get_msg(consumer) == []
    assert consumer.waits == [POLL_MS]


async def test_only_a_subscriber_that_found_nothing_leaves_its_question_with_the_broker_for_long() -> None:
    counts = (0, 0, 2, 1, 0)
    polls: list[dict[Any, list[Any]]] = [{PLACE: ["record"] * count} if count else {} for count in counts]
    subscriber, consumer = subscribed(), Scripted(*polls)
    waits = []
    for count in counts:
        assert len(await subscriber._subscriber.get_msg(consumer)) == count
        waits.append(consumer._fetcher._fetch_max_wait_ms)
    idle, busy = IDLE_FETCH_WAIT_MS, FETCH_WAIT_MS
    assert waits == [idle, idle, busy, busy, idle]


async def test_a_batch_is_let_go_before_the_next_is_read_whoever_still_holds_the_list() -> None:
    subscriber = subscribed()
    consumer = Scripted({PLACE: ["one", "two"]}, {PLACE: ["three"]})
    held = await subscriber._subscriber.get_msg(consumer)
    message = await subscriber._parse(held)
    assert await subscriber._decode(message) == ["one", "two"]
    assert await subscriber._subscriber.get_msg(consumer) == ["three"]
    assert held == []
    assert message.raw_message == ("one",)  # where a batch that is given back begins
