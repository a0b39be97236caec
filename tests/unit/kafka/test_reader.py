"""What is read of a topic ends where it was said to, with whatever the broker holds on the way."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from shared.kafka.client import Unreadable
from shared.kafka.reader import Reader


class Record(NamedTuple):
    topic: str
    partition: int
    offset: int


@dataclass
class Log:
    """One fetch of two partitions; positions stand behind what was fetched."""

    fetched: dict[TopicPartition, list[Any]]
    paused: list[TopicPartition] = field(default_factory=list)

    def assign(self, partitions: list[TopicPartition]) -> None: ...

    def seek(self, partition: TopicPartition, offset: int) -> None: ...

    def unsubscribe(self) -> None: ...

    async def getmany(self, *partitions: TopicPartition, **_: int) -> dict[TopicPartition, list[Any]]:
        return {one: self.fetched[one] for one in partitions}

    async def position(self, partition: TopicPartition) -> int:
        return int(self.fetched[partition][-1].offset + 1)

    def pause(self, partition: TopicPartition) -> None:
        self.paused.append(partition)


def reader_over(log: Log) -> Reader:
    reader = Reader.__new__(Reader)
    reader._seconds = 1.0
    vars(reader)["_client"] = log
    return reader


A, B = TopicPartition("t", 0), TopicPartition("t", 1)


async def test_nothing_beyond_the_end_is_given_and_what_cannot_be_read_reaches_no_further() -> None:
    log = Log({A: [Record("t", 0, 3), Record("t", 0, 4), Record("t", 0, 5)], B: [Unreadable("t", 1, 7, 99)]})
    starts, ends = {A: 3, B: 7}, {A: 5, B: 9}
    (batch,) = [batch async for batch in reader_over(log).batches(starts, ends, at_once=10)]
    assert batch == [Record("t", 0, 3), Record("t", 0, 4), Unreadable("t", 1, 7, 8)]
    assert sorted(log.paused) == [A, B]


async def test_the_first_of_a_partition_is_found_and_none_where_the_log_holds_nothing() -> None:
    log = Log({A: [Record("t", 0, 3), Record("t", 0, 4)], B: [Record("t", 1, 9)]})
    assert await reader_over(log).first({A: 3, B: 7}, {A: 5, B: 8}) == {A: Record("t", 0, 3)}
