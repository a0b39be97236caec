"""Read topics without a group: which there are, from where to where they reach, and whatever lies between."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.kafka.client import AIOKafkaConsumer, Partition, Unreadable

ANSWER_SECONDS = 5.0
FETCH_BYTES = 4 * 1024 * 1024
FETCH_WAIT_MS = 50
"""The broker's wait at the end of a log, which holds up the fetches of all other partitions."""
POLL_MS = 200
DROPPING_SECONDS = 0.05
"""aiokafka forgets to stop when it is told so while it drops the fetches of an assignment that ended."""


class TopicMissingError(Exception):
    """A topic is not there: the topic job has not run, or somebody deleted it."""


@dataclass(frozen=True, slots=True)
class Found:
    """The partitions of the topics that exist, and the names of those that do not."""

    partitions: tuple[Partition, ...]
    missing: tuple[str, ...]


class Reader:
    """Looks at topics as they lie on the broker; `seconds` is how long the broker may take for an answer."""

    def __init__(self, bootstrap: str, topics: Sequence[str], *, seconds: float = ANSWER_SECONDS) -> None:
        self._topics = topics
        self._seconds = seconds
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        self._client = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )

    async def __aenter__(self) -> Self:
        await self._admin.start()
        try:
            await self._client.start()
            await asyncio.sleep(0)  # a client stopped before its tasks had a turn raises CancelledError
        except BaseException:
            await self._admin.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.stop()
        await self._admin.close()

    async def cluster_id(self) -> str:
        """Return the broker cluster's id."""
        return str((await self._admin.describe_cluster())["cluster_id"])

    async def committed(self, group_id: str) -> dict[Partition, int]:
        """Return what a group has committed."""
        offsets = await self._admin.list_consumer_group_offsets(group_id)
        return {partition: found.offset for partition, found in offsets.items()}

    async def found(self) -> Found:
        """Find out which topics exist, and with which partitions."""
        async with asyncio.timeout(self._seconds):
            described = {
                entry["topic"]: entry for entry in await self._admin.describe_topics(list(self._topics))
            }
        partitions: list[Partition] = []
        missing: list[str] = []
        for name in self._topics:
            entry = described.get(name)
            if entry is None or entry["error_code"] or not entry["partitions"]:
                missing.append(name)
            else:
                partitions += sorted((name, part["partition"]) for part in entry["partitions"])
        return Found(tuple(partitions), tuple(missing))

    async def starts(self, partitions: Sequence[Partition] | None = None) -> dict[Partition, int]:
        """Return the first offset of these partitions, or of every one: where a new consumer begins.

        Asked for every one it raises `TopicMissingError` while a topic does not exist.
        """
        wanted = await self._every(partitions)
        async with asyncio.timeout(self._seconds):
            offsets: dict[Partition, int] = await self._client.beginning_offsets(wanted)
        return offsets

    async def ends(self, partitions: Sequence[Partition] | None = None) -> dict[Partition, int]:
        """Return the offset after each partition's last record; a lost topic is a `TimeoutError`.

        Raises as `starts`.
        """
        wanted = await self._every(partitions)
        async with asyncio.timeout(self._seconds):
            offsets: dict[Partition, int] = await self._client.end_offsets(wanted)
        return offsets

    async def batches(
        self,
        starts: Mapping[Partition, int],
        ends: Mapping[Partition, int],
        *,
        at_once: int,
        only_first: bool = False,
    ) -> AsyncGenerator[list[Any], None]:
        """Yield records, and `Unreadable` among them, up to `ends`; in order within a partition.

        A partition without a start is read from 0, or where its log begins. `at_once` is the most records of
        a batch; with `only_first` each partition gives its first one alone. Waits for ever on a lost topic.
        """
        todo = {TopicPartition(*one): end for one, end in ends.items() if end > starts.get(one, 0)}
        if not todo:
            return
        self._client.assign(list(todo))
        for partition in todo:
            self._client.seek(partition, starts.get(partition, 0))
        while todo:
            polled = await self._client.getmany(*todo, timeout_ms=POLL_MS, max_records=at_once)
            batch: list[Any] = []
            for partition, records in polled.items():
                batch += _before(records[:1] if only_first else records, todo[partition])
            if batch:
                yield batch
            for partition in list(todo):
                is_done = only_first and partition in polled
                if is_done or await self._client.position(partition) >= todo[partition]:
                    self._client.pause(partition)
                    del todo[partition]

    async def first(
        self, starts: Mapping[Partition, int], ends: Mapping[Partition, int]
    ) -> dict[Partition, Any]:
        """Return the first record, or `Unreadable`, of each partition between two offsets."""
        found: dict[Partition, Any] = {}
        async with asyncio.timeout(self._seconds + len(ends) / 10):
            async for batch in self.batches(starts, ends, at_once=max(1, len(ends)), only_first=True):
                found |= {(one.topic, one.partition): one for one in batch}
        if found:
            self._client.unsubscribe()  # drops what was fetched beyond
            await asyncio.sleep(DROPPING_SECONDS)
        return found

    async def _every(self, partitions: Sequence[Partition] | None) -> list[TopicPartition]:
        if partitions is None:
            found = await self.found()
            if found.missing:
                raise TopicMissingError(f"missing topic: {', '.join(found.missing)}")
            partitions = found.partitions
        return [TopicPartition(*one) for one in partitions]


def _before(records: Sequence[Any], end: int) -> Sequence[Any]:
    """Return what begins before `end`; of a batch that cannot be read, no more than reaches there."""
    if records[-1].offset < end:
        return records
    kept = [one for one in records if (one.first if isinstance(one, Unreadable) else one.offset) < end]
    return [replace(one, offset=end - 1) if one.offset >= end else one for one in kept]
