"""What a consumer asks of the broker while nothing happens, and that it hears at once when something does."""

from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest

from shared.consumer.subscriber import IDLE_FETCH_WAIT_MS
from shared.contracts.topics import PARTITIONS
from shared.db import Database
from tests.support.consuming import applied, consuming
from tests.support.effects import answered
from tests.support.kafka import producing, send
from tests.support.polling import until


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> list[FetchRequest]:
    """Every fetch that is sent."""
    seen: list[FetchRequest] = []
    passed_on = AIOKafkaClient.send

    async def noted(client: Any, node: Any, request: Any, **options: Any) -> Any:
        if isinstance(request, FetchRequest):
            seen.append(request)
        return await passed_on(client, node, request, **options)

    monkeypatch.setattr(AIOKafkaClient, "send", noted)
    return seen


async def test_an_idle_consumer_leaves_one_question_of_all_partitions_with_the_broker(
    db: Database, bus: str, fetches: list[FetchRequest]
) -> None:
    async def waits_long() -> bool:  # what came last while it was busy is asked for apart
        return (
            bool(fetches)
            and fetches[-1]._max_wait_ms == IDLE_FETCH_WAIT_MS
            and sum(len(parts) for _, parts in fetches[-1].topics) == PARTITIONS
        )

    async with consuming(db, bus), producing(bus) as producer:
        for number in range(3):
            await until(waits_long, what="the fetch of an idle consumer")
            asked = len(fetches)
            await send(producer, answered(f"w{number}"))
            await until(lambda: applied(db, f"w{number}"))  # noqa: B023 - awaited within the round
            assert any(one._max_wait_ms < IDLE_FETCH_WAIT_MS for one in fetches[asked:]), "more may follow"
