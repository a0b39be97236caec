"""A third party's reader, the CloudEvents SDK, takes one record of every topic as our relay wrote it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from shared import outbox
from shared.contracts.base import EventData
from shared.contracts.dead_letters import RecordDeadLettered
from shared.contracts.examples import example
from shared.contracts.topics import DAY_TOPICS, TOPICS, all_topic_configs
from shared.db import Database
from tests.support.kafka import ends, read_from
from tests.support.polling import until
from tests.support.relaying import drained, relaying

NAMES = {name for name, _, _ in all_topic_configs()}
DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
"""Yesterday: a record older than its topic keeps may be gone before it is read."""
MOMENT = DAY.replace(hour=7, minute=5, microsecond=123456)


def facts() -> list[EventData]:
    """Return every contract's example, the dead letter once for each dead-letter topic."""
    notice = example(RecordDeadLettered)
    return [
        *(example(contract) for topic in TOPICS for contract in topic.events),
        *(notice.model_copy(update={"source_topic": topic.name}) for topic in TOPICS if topic.consumers),
    ]


def decode(record: Any) -> BaseCloudEvent:
    return from_binary(KafkaMessage(dict(record.headers), record.key, record.value), JSONFormat())


async def test_the_sdk_reads_a_record_of_every_topic(db: Database, topics: str) -> None:
    start = await ends(topics, sorted(NAMES))
    async with relaying(db, topics):
        async with db.transaction() as session:
            ids = await outbox.record(session, facts(), source="zi/test", at=MOMENT)
        await until(lambda: drained(db))
    events = {decode(record).get_id(): (record, decode(record)) for record in await read_from(topics, start)}

    assert {record.topic for record, _ in events.values()} == NAMES
    for identity, fact in zip(ids, facts(), strict=True):
        record, event = events[str(identity)]
        assert record.topic == fact.topic_name()
        assert event.get_specversion() == "1.0"
        assert event.get_type() == fact.event_type
        assert event.get_source() == "zi/test"
        is_day = fact.topic_name() in DAY_TOPICS
        assert event.get_time() == (DAY if is_day else MOMENT)
        assert record.timestamp == int((DAY if is_day else MOMENT).timestamp() * 1000)
        assert event.get_subject() == fact.subject()
        assert event.get_extension("sequence") == str(fact.version)
        assert event.get_extension("partitionkey") == fact.key()
        assert event.get_data() == fact.model_dump(mode="json")
