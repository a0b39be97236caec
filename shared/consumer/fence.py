"""Compare our watermarks with the broker, so that neither side's loss is taken for progress.

Source: reliability.md section 3, rule 4.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.consumer.batch import HaltError
from shared.consumer.codec import fingerprint
from shared.consumer.watermark import Mark, Partition
from shared.contracts.topics import topic
from shared.kafka.client import AIOKafkaConsumer, Unreadable

READ_SECONDS = 5.0
MAX_FETCH_BYTES = 4 * 1024 * 1024


class TopicMissingError(Exception):
    """A topic is not there: the topic job has not run, or somebody deleted it."""


@dataclass(frozen=True, slots=True)
class Found:
    """The partitions of the topics that exist, and the names of those that do not."""

    places: tuple[TopicPartition, ...]
    missing: tuple[str, ...]


class Fence:
    """Checks a consumer's watermarks against the broker with a group-less reader of its own."""

    def __init__(self, bootstrap: str, topics: Sequence[str], group_id: str) -> None:
        self._topics = topics
        self._group_id = group_id
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        self._reader = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_FETCH_BYTES,
        )

    async def __aenter__(self) -> Self:
        await self._admin.start()
        try:
            await self._reader.start()
            await asyncio.sleep(0)  # a reader stopped before its tasks had a turn raises CancelledError
        except BaseException:
            await self._admin.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._reader.stop()
        await self._admin.close()

    async def cluster_id(self) -> str:
        """Return the broker cluster's id."""
        return str((await self._admin.describe_cluster())["cluster_id"])

    async def look(self) -> Found:
        """Look which topics exist, and with which partitions."""
        async with asyncio.timeout(READ_SECONDS):
            described = {
                entry["topic"]: entry for entry in await self._admin.describe_topics(list(self._topics))
            }
        places: list[TopicPartition] = []
        missing: list[str] = []
        for name in self._topics:
            entry = described.get(name)
            if entry is None or entry["error_code"] or not entry["partitions"]:
                missing.append(name)
            else:
                places += sorted(TopicPartition(name, part["partition"]) for part in entry["partitions"])
        return Found(tuple(places), tuple(missing))

    async def partitions(self) -> Sequence[TopicPartition]:
        """Return every partition of the topics; raises `TopicMissingError` while one does not exist."""
        found = await self.look()
        if found.missing:
            raise TopicMissingError(f"missing topic: {', '.join(found.missing)}")
        return found.places

    async def starts(self, places: Sequence[TopicPartition] | None = None) -> dict[Partition, int]:
        """Return the first offset of these partitions, or of every one: where a new consumer begins."""
        wanted = await self.partitions() if places is None else places
        async with asyncio.timeout(READ_SECONDS):
            offsets = await self._reader.beginning_offsets(wanted)
        return {(place.topic, place.partition): offset for place, offset in offsets.items()}

    async def ends(self, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Return the offset after each partition's last record; a lost topic is a `TimeoutError`."""
        async with asyncio.timeout(READ_SECONDS):
            offsets: Mapping[TopicPartition, int] = await self._reader.end_offsets(places)
        return offsets

    async def unreadable(self, marks: Mapping[Partition, Mark]) -> list[Unreadable]:
        """Return what cannot be read of that which the watermarks stand before."""
        ends = await self.ends([TopicPartition(*place) for place in marks])
        waiting = {
            place: end for place, end in ends.items() if end > marks[place.topic, place.partition].next_offset
        }
        if not waiting:
            return []
        self._reader.assign(list(waiting))
        for place in waiting:
            self._reader.seek(place, marks[place.topic, place.partition].next_offset)
        found: list[Unreadable] = []
        async with asyncio.timeout(READ_SECONDS + len(waiting) / 10):
            while waiting:
                batches = await self._reader.getmany(*waiting, timeout_ms=200, max_records=len(waiting))
                for place, records in batches.items():
                    if isinstance(records[0], Unreadable):
                        last = min(records[0].offset, waiting[place] - 1)
                        found.append(replace(records[0], offset=last))
                for place in list(waiting):
                    if place in batches or await self._reader.position(place) >= waiting[place]:
                        self._reader.pause(place)
                        del waiting[place]
        self._reader.unsubscribe()
        return found

    async def check(
        self, load_marks: Callable[[], Awaitable[Mapping[Partition, Mark]]], *, with_fingerprints: bool
    ) -> None:
        """Raise `HaltError` when broker and watermarks cannot both be right.

        Batches go on being applied meanwhile, so the three are read in the order in which they may grow past
        each other: Kafka's commit trails our watermark, which trails the end of the log.

        `offset_ahead`: Kafka's committed offset is beyond ours, so our database was restored and records
        would be skipped. `log_went_back`: the log ends before ours, or holds another record there, or it
        is another cluster. Compacted topics lose records by design: only end and cluster are compared.
        """
        cluster = await self.cluster_id()
        committed = await self._admin.list_consumer_group_offsets(self._group_id)
        marks = await load_marks()
        places = [TopicPartition(*place) for place in marks]
        ends = await self.ends(places)
        for place in places:
            mark = marks[place.topic, place.partition]
            if mark.cluster_id != cluster:
                raise HaltError("log_went_back", f"{place}: watermark is of cluster {mark.cluster_id}")
            if ends[place] < mark.next_offset:
                raise HaltError(
                    "log_went_back", f"{place}: log ends at {ends[place]}, watermark {mark.next_offset}"
                )
            if place in committed and committed[place].offset > mark.next_offset:
                raise HaltError(
                    "offset_ahead",
                    f"{place}: committed {committed[place].offset}, watermark {mark.next_offset}",
                )
        if with_fingerprints:
            await self._check_fingerprints(
                {
                    place: marks[place.topic, place.partition]
                    for place in places
                    if topic(place.topic).cleanup != "compact"
                    and marks[place.topic, place.partition].fingerprint is not None
                }
            )

    async def _check_fingerprints(self, marks: dict[TopicPartition, Mark]) -> None:
        """Read the record before each watermark and compare; one pass over all partitions."""
        if not marks:
            return
        self._reader.assign(list(marks))
        for place, mark in marks.items():
            self._reader.seek(place, mark.next_offset - 1)
        open_places = set(marks)
        async with asyncio.timeout(READ_SECONDS + len(marks) / 10):
            while open_places:
                batches = await self._reader.getmany(
                    *open_places, timeout_ms=200, max_records=len(open_places)
                )
                for place, records in batches.items():
                    first = records[0]
                    mark = marks[place]
                    if first.offset != mark.next_offset - 1 or fingerprint(first) != mark.fingerprint:
                        raise HaltError("log_went_back", f"{place}: another record before the watermark")
                    open_places.discard(place)
                    self._reader.pause(place)
        self._reader.unsubscribe()
