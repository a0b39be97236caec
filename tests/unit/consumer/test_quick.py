"""The quick reader and the contract read every record alike; of good ones it leaves few to the contract."""

from collections.abc import Sequence

import pytest
from aiokafka.structs import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.consumer.codec import Bad, Received, Record, decode, decode_all
from shared.contracts.base import EventData
from shared.contracts.quick import quick
from shared.contracts.topics import TOPICS
from shared.kafka.client import ReadRecord, read_record
from tests.support.odd_records import Written, at_the_edges, good, strange_records

CONTRACTS = [contract for topic in TOPICS for contract in topic.events]
KINDS = list({tuple(one.model_fields): one for one in CONTRACTS}.values())
SLOW = {
    *("ActivityPlanned", "ActivityCompleted", "CalendarConfirmed", "CalendarChanged", "ThresholdChanged"),
    *("ScoreChanged", "PersonEntered", "PersonChanged", "HandlingEvaluated", "StatisticsRecorded"),
    *("DesignationEntered", "DesignationChanged"),
}
"""Contracts with a field that only pydantic can judge: a day of the calendar, objects."""


def shown(found: Received | Bad) -> object:
    """Return all that a fold may see of a record."""
    if isinstance(found, Bad):
        return found.reason
    fields = {name: getattr(found.fact, name) for name in found.contract.model_fields}
    said = (found.fact.subject(), found.fact.part(), found.fact.key(), found.fact.topic_name())
    return found.contract, fields, said, found.id, found.time, found.data, found.payload_hash


def as_read(record: Record) -> ReadRecord:
    """Return a record as our client reads it."""
    read = read_record(TopicPartition(record.topic, record.partition), record)
    assert list(read.headers) == list(record.headers)
    return read


def check(records: Sequence[Record]) -> list[Received | Bad]:
    found = decode_all(records)
    assert [shown(one) for one in found] == [shown(decode(record)) for record in records]
    assert [shown(one) for one in decode_all([as_read(one) for one in records])] == list(map(shown, found))
    assert all(one.record is record for one, record in zip(found, records, strict=True))
    return found


@pytest.mark.parametrize("contract", CONTRACTS)
def test_good_records_are_read_quickly(contract: type[EventData]) -> None:
    found = check([good(contract) for _ in range(3)])
    is_quick = [isinstance(one, Received) and not isinstance(one.fact, EventData) for one in found]
    assert is_quick == [contract.__name__ not in SLOW] * 3
    assert (quick(contract) is None) == (contract.__name__ in SLOW)


@pytest.mark.parametrize("contract", KINDS)
def test_fields_at_and_beyond_their_edges_are_read_alike_beside_good_ones(contract: type[EventData]) -> None:
    odd = list(at_the_edges([contract]))
    check([good(contract), *odd, good(contract)])


@settings(max_examples=150)
@given(st.lists(strange_records(KINDS), max_size=8))
def test_any_bytes_in_any_part_are_read_alike(records: list[Written]) -> None:
    check(records)


ODD_JSON = [
    b'{"unit_id":"u","unit_id":"v"', b'{"later":"\xff"', b'{"later":"\x01"', b'{"later":01',
    b'{"later":[[', b'{"later":NaN', b"\xef\xbb\xbf{", b' {"later":1', b'{"unit_id":"\\u0075"',
    b'{"unit_id":"u\\n"', b'{"version":1.0', b'{"version":1e2', b'{"version":"1"', b'{"version":true',
    b'{"version":-0', b'{"version":01', b'{"letter":"\xc3\xa9"', b'{"letter":"\\ud800"',
    b'{"letter":"\x7f"', b'{"letter":"\x1c"',
]  # fmt: skip


@pytest.mark.parametrize("start", ODD_JSON)
@pytest.mark.parametrize("is_last", [False, True])
@pytest.mark.parametrize("contract", [one for one in KINDS if one.__name__ not in SLOW])
def test_odd_json_is_read_alike(contract: type[EventData], start: bytes, *, is_last: bool) -> None:
    record = good(contract)
    whole = record.value or b""
    value = (
        whole[:-1] + b"," + start.lstrip(b"\xef\xbb\xbf {") + b"}" if is_last else start + b"," + whole[1:]
    )
    check([Written(record.topic, record.key, value, record.headers)])


MOMENTS = [
    "2026-03-12T07:05:00Z", "2026-03-12t07:05:00z", "2026-03-12 07:05:00Z", "2026-03-12T07:05Z",
    "2026-03-12T07:05:00.1234567Z", "2026-03-12T07:05:00.9999999Z", "2026-03-12T07:05:00.000001Z",
    "2026-03-12T07:05:00+07:00", "2026-03-12T07:05:00+0700", "2026-03-12T07:05:00,5Z",
    "2026-03-12T24:00:00Z", "2026-03-12T23:59:60Z", "2026-03-12T07:05:00-00:00", "2026-03-12T07:05:00",
    "2026-03-12T07:05:00+24:00", "2026-03-12", "1773299100", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00", "2026-02-29T00:00:00Z", "",
]  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
def test_times_are_read_alike(moment: str) -> None:
    (contract,) = [one for one in CONTRACTS if one.__name__ == "CaseReceived"]
    record = good(contract)
    value = (record.value or b"").replace(b"2026-03-12T07:05:00Z", moment.encode())
    headers = [(name, moment.encode() if name == "ce_time" else kept) for name, kept in record.headers]
    assert value != record.value or moment == MOMENTS[0]
    check([Written(record.topic, record.key, value, record.headers)])
    check([Written(record.topic, record.key, record.value, headers)])


@pytest.mark.parametrize("identity", ["{%s}", "urn:uuid:%s", "%s ", "%s\n", "", "x"])
def test_ids_of_events_are_read_alike(identity: str) -> None:
    record = good(CONTRACTS[0])
    headers = [
        (name, (identity % (header or b"").decode() if "%" in identity else identity).encode())
        if name == "ce_id" else (name, header)
        for name, header in record.headers
    ]  # fmt: skip
    check([Written(record.topic, record.key, record.value, headers)])
