"""Reading from Kafka: aiokafka's client, made to hand over whatever a broker can hold.

Importing this module mends the client of the whole process: FastStream builds its own, and all of them must
survive the same records. Everyone who reads imports `AIOKafkaConsumer` from here. Source: ADR 0017.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy

__all__ = ["AIOKafkaConsumer", "Partition", "Unreadable"]

Partition = tuple[str, int]
"""A topic and the number of one of its partitions; aiokafka's `TopicPartition` is equal to it."""

SEPARATOR = b"\0"
MOST_NAMES = 256
"""Ways to name the headers of a record; ours are three."""
_NAMES: dict[tuple[str, ...], tuple[str, ...]] = {}
_FRAME = struct.Struct(">qi")
"""How every batch begins, whatever its version: first offset, and the length of what follows."""
_LAST_DELTA = struct.Struct(">i")
_LAST_DELTA_AT = 23


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands among records for a batch that the client cannot read: wrong checksum, broken compression.

    `first` and `offset` are the first and the last offset of what cannot be read.
    """

    topic: str
    partition: int
    first: int
    offset: int
    timestamp: int = -1
    key: bytes | None = None
    value: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]: offsets {self.first} to {self.offset}"


class ReadRecord(msgspec.Struct, frozen=True, gc=False):
    """A record as it was read, without an object that the garbage collector would walk.

    aiokafka's own holds a tuple, a name and a value for each header: the collector walked 130,000 of them in
    a batch of 12,000, and they took 1.2 kB a record, half of what a batch weighs. `names` is one tuple for
    all records whose headers have the same names; `told` holds what they say, with a zero byte between, and
    as it is where one is null or holds such a byte.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    names: tuple[str, ...]
    told: bytes | tuple[bytes | None, ...]

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        told = self.told.split(SEPARATOR) if isinstance(self.told, bytes) else self.told
        return tuple(zip(self.names, told, strict=True))


def read_record(place: Any, read: Any) -> ReadRecord:
    """Return what the parser read at a `TopicPartition`; in one piece, since every record passes here."""
    names, told = zip(*read.headers, strict=True) if read.headers else ((), ())
    packed: Any
    known = _NAMES.get(names)
    if known is None:
        known = _NAMES.setdefault(names, names) if len(_NAMES) < MOST_NAMES else names
    try:
        packed = SEPARATOR.join(told)
        if packed.count(SEPARATOR) != len(told) - 1:
            packed = told
    except TypeError:
        packed = told
    return ReadRecord(
        place.topic, place.partition, read.offset, read.timestamp, read.key, read.value, known, packed
    )


class _Records(fetcher.MemoryRecords):  # type: ignore[misc]  # aiokafka has no types
    """What one fetch brought of a partition; knows where in the bytes the batch lies that was taken last."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data
        self.begin = self.end = 0

    def next_batch(self) -> Any:
        self.begin = self.end
        self.end += _FRAME.size + _FRAME.unpack_from(self.data, self.begin)[1]
        return super().next_batch()

    def offset_behind(self) -> int:
        """Return the offset behind the batch that was taken last.

        The next batch tells it for sure; the header of a broken one may be broken itself.
        """
        if self.end + _FRAME.size <= len(self.data):
            return int(_FRAME.unpack_from(self.data, self.end)[0])
        first, length = _FRAME.unpack_from(self.data, self.begin)
        delta = (
            _LAST_DELTA.unpack_from(self.data, self.begin + _LAST_DELTA_AT)[0] if length > _FRAME.size else 0
        )
        return int(first + delta + 1)


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka has no types
    """Reads by the client's fast parser; where that fails, the one batch is read again by its slow one."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[Any]:
        start = self.next_fetch_offset
        try:
            while True:
                try:
                    yield from super()._unpack_records()
                except UnicodeDecodeError:  # a header name, the only text the parser makes
                    yield from self._with_raw_names()
                else:
                    return
        except Exception:  # noqa: BLE001 - whatever the bytes provoked, the client would lose records or die
            if self.next_fetch_offset == start:  # else what came before is taken first, this fetched again
                yield self._unreadable()

    def __iter__(self) -> Iterator[Any]:
        """Return the records that are left, without a step between them and who takes them."""
        return cast("Iterator[Any]", self._records_iterator)

    _consumer_record = staticmethod(read_record)

    def _with_raw_names(self) -> Iterator[Any]:
        """Yield the batch's records with header names as they are: bytes that are not UTF-8 as surrogates."""
        records = self._records
        batch = _DefaultRecordBatchPy(records.data[records.begin : records.end])
        iter(batch)  # decompresses
        batch._buffer = _RawNames(batch._buffer)  # noqa: SLF001 - the parser has no other way in
        for record in batch:
            if record.offset >= self.next_fetch_offset:
                timestamp = (record.timestamp + 2**63) % 2**64 - 2**63  # as wide as on the wire
                taken = self._consumer_record(self._tp, replace(record, timestamp=timestamp))
                self.next_fetch_offset = record.offset + 1
                yield taken
        self.next_fetch_offset = batch.next_offset

    def _unreadable(self) -> Unreadable:
        """Return what stands for the batch at the next offset, and go on behind it."""
        first = self.next_fetch_offset
        self.next_fetch_offset = max(first + 1, self._records.offset_behind())
        return Unreadable(self._tp.topic, self._tp.partition, first, self.next_fetch_offset - 1)


class _RawNames(bytearray):
    """Bytes whose parts decode without loss, whatever they are."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _RawNames(found) if isinstance(found, bytearray) else found

    def decode(self, *_: str) -> str:
        return super().decode("utf-8", "surrogateescape")


fetcher.MemoryRecords = _Records
fetcher.PartitionRecords = _PartitionRecords
