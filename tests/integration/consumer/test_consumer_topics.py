"""Topics that are missing, deleted or made larger: only their own events wait, and nothing raises."""

from typing import Any

import pytest
from aiokafka.admin import NewPartitions

from shared.consumer import halts, watermark
from shared.consumer.batch import NoWatermarkError
from shared.consumer.consumer import BatchConsumer, TopicsChangedError
from shared.contracts import admin as topic_admin
from shared.db import Database
from shared.observability import metrics
from tests.support.consuming import applied, consuming, halted, is_ready, made, rows
from tests.support.effects import TOPIC, answered, fold
from tests.support.kafka import administering, producing, send
from tests.support.polling import until

OTHER = "zi.scoring.gate.v1"
"""A topic that no other test of this broker uses."""


async def recreated(bootstrap: str) -> bool:
    """Create what is missing; Kafka takes a moment to forget a deleted topic."""
    await topic_admin.create_topics(bootstrap)
    return not [one for one in await topic_admin.differences(bootstrap) if one.startswith(OTHER)]


async def test_a_deleted_topic_is_named_stops_its_own_events_alone_and_is_taken_up_again(
    db: Database, bus: str
) -> None:
    async def is_named() -> bool:
        return consumer.health().detail == f"missing topic: {OTHER}"

    async with administering(bus) as client, producing(bus) as producer:
        await client.delete_topics([OTHER])  # with what other tests have left on it
        await until(lambda: recreated(bus))
        try:
            async with consuming(db, bus, [TOPIC, OTHER]) as consumer:
                await until(lambda: is_ready(consumer))
                await client.delete_topics([OTHER])
                await until(is_named)
                assert metrics.CONSUMER_TOPIC_MISSING.labels(OTHER)._value.get() == 1
                standings = await halts.status(db, bus, "scoring", [TOPIC, OTHER])
                assert [one.topic for one in standings if one.state == "missing"] == [OTHER]
                assert f"{OTHER} does not exist" in await topic_admin.differences(bus)
                await send(producer, answered("meanwhile"))
                await until(lambda: applied(db, "meanwhile"))
                await until(lambda: recreated(bus))
                await until(lambda: is_ready(consumer))
                assert metrics.CONSUMER_TOPIC_MISSING.labels(OTHER)._value.get() == 0
        finally:
            await until(lambda: recreated(bus))


async def test_partitions_added_by_mistake_are_consumed_at_once_and_named(db: Database, bus: str) -> None:
    async with administering(bus) as client, producing(bus) as producer:
        try:
            async with consuming(db, bus, [TOPIC, OTHER]) as consumer:
                await until(lambda: is_ready(consumer))
                await client.create_partitions({OTHER: NewPartitions(total_count=13)})
                await until(lambda: sent_to(producer, 12))
                await until(lambda: rows(db, "SELECT 1 FROM dead_letter WHERE partition = 12"))
                marks = await consumer._marks()
                assert marks[OTHER, 12].next_offset == 1
                assert f"{OTHER} has 13 partitions instead of 12: keys have moved" in (
                    await topic_admin.differences(bus)
                )
        finally:
            await client.delete_topics([OTHER])
            await until(lambda: recreated(bus))


async def sent_to(producer: Any, partition: int) -> bool:
    """Send to a partition as soon as the producer knows of it."""
    await producer.client.force_metadata_update()
    if partition not in (producer.client.cluster.partitions_for_topic(OTHER) or ()):
        return False
    await producer.send_and_wait(OTHER, b"{", key=b"k", partition=partition)
    return True


async def test_records_of_a_partition_without_a_watermark_wait_for_a_client_that_takes_it_up(
    db: Database,
) -> None:
    consumer = BatchConsumer(db, "127.0.0.1:1", service="scoring", topics=[TOPIC], fold=fold)
    with pytest.raises(NoWatermarkError):
        await consumer._handle(tuple(made("AA")))
    assert isinstance(consumer._stopping, TopicsChangedError)
    assert await rows(db, "SELECT 1 FROM effect") == []


async def test_a_rebase_lifts_the_halt_of_partitions_that_are_gone_too(db: Database, bus: str) -> None:
    async with db.transaction() as session:
        await watermark.create(session, "scoring", {("zi.gone.v1", 0): 5}, "another cluster")
        await watermark.halt(session, "scoring", "log_went_back")
    await halts.rebase(db, bus, "scoring", [TOPIC])
    assert await halted(db, None)
