"""The client hands over every record that a broker can hold, and stands in for what it cannot read."""

import gc
import struct
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record._crecords import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition

from shared.kafka import client
from shared.kafka.client import Unreadable

PLACE = TopicPartition("t", 0)
NAMED = ("ce_type", b"x")
ODD = b"\xff\xfe"
GZIP = 1


def batch(first: int, *names: str, timestamp: int = 1000) -> bytes:
    """Return a batch of one record for each header name, as it lies on the broker."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    for delta, name in enumerate(names):
        builder.append(delta, timestamp, b"key", b"value", [(name, b"x"), ("rest", None)])
    data = bytearray(builder.build())
    data[:8] = struct.pack(">q", first)
    return bytes(data)


def sealed(data: bytes, *changes: tuple[int, bytes]) -> bytes:
    """Return a batch with changed bytes and a checksum that is right again."""
    changed = bytearray(data)
    for place, part in changes:
        changed[place : place + len(part)] = part
    changed[17:21] = struct.pack(">I", calc_crc32c(bytes(changed[21:])))
    return bytes(changed)


def odd(first: int, *names: str) -> bytes:
    """Return a batch in which the name `zz` is no UTF-8."""
    return sealed(batch(first, *names).replace(b"zz", ODD))


def read(data: bytes, position: int = 0) -> tuple[list[Any], int]:
    """Return what a fetch of these bytes gives, and where it ends."""
    records = fetcher.PartitionRecords(
        PLACE, fetcher.MemoryRecords(data), None, position, None, None, True, 0
    )
    return list(records), records.next_fetch_offset


def test_a_header_name_that_is_no_text_comes_with_its_bytes_and_its_neighbours() -> None:
    data = batch(0, "a", "b") + odd(2, "c", "zz", "d") + batch(5, "e")
    records, end = read(data)
    assert [record.offset for record in records] == list(range(6))
    assert end == 6
    names = [record.headers[0][0].encode(errors="surrogateescape") for record in records]
    assert names == [b"a", b"b", b"c", ODD, b"d", b"e"]
    assert {(r.key, r.value, r.headers[0][1], r.headers[1]) for r in records} == {
        (b"key", b"value", b"x", ("rest", None))
    }


@pytest.mark.parametrize("names", [("a", "b"), ("a", "b", "a"), ("a", "a"), ()])
def test_headers_come_as_they_were_sent_also_those_of_one_name(names: tuple[str, ...]) -> None:
    headers = [(name, b"%d" % place if place else None) for place, name in enumerate(names)]
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    builder.append(0, 1000, None, b"value", headers)
    ((record,), _) = read(bytes(builder.build()))
    assert list(record.headers) == headers
    assert not gc.is_tracked(record)


@pytest.mark.parametrize("said", [[b"1", b"two"], [b"", b""], [b"", b"x\0y"], [b"\0", None], [b"\0"], [b""]])
def test_what_headers_say_comes_back_with_zero_bytes_and_nothing_alike(said: list[bytes | None]) -> None:
    headers = [(f"name{place}", one) for place, one in enumerate(said)]
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    builder.append(0, 1000, None, b"value", headers)
    ((record,), _) = read(bytes(builder.build()))
    assert list(record.headers) == headers


def test_records_share_the_names_of_their_headers_but_only_so_many() -> None:
    records, _ = read(batch(0, *["shared"] * 3) + b"".join(batch(3 + n, f"n{n}") for n in range(600)))
    assert records[0].names is records[2].names
    assert [record.headers[0][0] for record in records[3:]] == [f"n{n}" for n in range(600)]
    assert len(client._NAMES) <= client.MOST_NAMES


def test_many_such_batches_in_one_fetch_are_all_read() -> None:
    records, end = read(b"".join(odd(offset, "zz") for offset in range(2000)))
    assert (len(records), end) == (2000, 2000)


def test_a_fetch_from_the_middle_of_such_a_batch_begins_there() -> None:
    assert [record.offset for record in read(odd(0, "zz", "zz", "zz"), 1)[0]] == [1, 2]


@pytest.mark.parametrize("timestamp", [-(10**17), 2**63 - 1, -(2**63)])
def test_a_time_beyond_every_calendar_comes_as_it_is(timestamp: int) -> None:
    for data in (
        batch(0, "a", timestamp=timestamp),
        sealed(batch(0, "zz", timestamp=timestamp).replace(b"zz", ODD)),
    ):
        assert [record.timestamp for record in read(data)[0]] == [timestamp]


BROKEN = {
    "checksum": (17, b"\x00\x00\x00\x00"),
    "compression": (22, bytes([GZIP])),
    "unknown compression": (22, b"\x07"),
    "record length": (61, b"\x7f"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_batch_that_cannot_be_read_is_named_once_what_came_before_is_taken(what: str) -> None:
    place, part = BROKEN[what]
    whole = batch(2, "c", "d", "e")
    broken = (
        whole[:place] + part + whole[place + len(part) :]
        if what == "checksum"
        else sealed(whole, (place, part))
    )
    data = batch(0, "a", "b") + broken + batch(5, "f")
    before, position = read(data)
    assert [record.offset for record in before] == list(range(position))
    assert 2 <= position < 5
    (stand_in, *_), end = read(data, position)
    assert stand_in == Unreadable("t", 0, position, 4)
    assert end == 5
    assert [record.offset for record in read(data[len(data) - len(batch(5, "f")) :], end)[0]] == [5]


def test_the_last_batch_of_a_log_ends_where_its_own_header_says() -> None:
    whole = batch(7, "a", "b")
    assert read(whole[:-1] + b"\x00", 7) == ([Unreadable("t", 0, 7, 8)], 9)
