"""Broker and watermarks are three moving numbers, compared without taking progress for loss."""

from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka import TopicPartition

from shared.consumer.batch import HaltError
from shared.consumer.continuity import refuse_contradiction
from shared.consumer.watermark import Mark
from shared.kafka.client import Partition
from shared.kafka.reader import Reader

TOPIC = "zi.planning.activity.v1"


@dataclass
class MovingLog:
    """A log whose end, watermark and committed offset all move on by ten at every look."""

    offset: int = 0
    committed_ahead: int = 0

    def look(self) -> int:
        self.offset += 10
        return self.offset

    async def describe_cluster(self) -> dict[str, str]:
        return {"cluster_id": "c"}

    async def list_consumer_group_offsets(self, _group: str) -> dict[TopicPartition, Any]:
        offset = self.look() + self.committed_ahead
        return {TopicPartition(TOPIC, 0): type("Committed", (), {"offset": offset})}

    async def marks(self) -> dict[Partition, Mark]:
        return {(TOPIC, 0): Mark(self.look(), "c", None, None)}

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, self.look())


def reader_over(log: MovingLog) -> Reader:
    reader = Reader.__new__(Reader)
    reader._seconds = 1.0
    reader._admin = reader._client = log
    return reader


async def test_batches_applied_while_it_looks_halt_nothing() -> None:
    log = MovingLog()
    await refuse_contradiction(reader_over(log), "g", log.marks, with_fingerprints=False)
    assert log.offset == 30


async def test_a_commit_beyond_the_watermark_halts_by_name() -> None:
    log = MovingLog(committed_ahead=1000)
    with pytest.raises(HaltError) as halt:
        await refuse_contradiction(reader_over(log), "g", log.marks, with_fingerprints=False)
    assert halt.value.reason == "offset_ahead"
