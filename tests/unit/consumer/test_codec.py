"""Every record becomes an event or a bad record with a reason; nothing raises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.consumer.codec import Bad, Received, decode, fingerprint, moment_of
from shared.contracts.base import EventData
from shared.contracts.complaints import (
    CalendarFact,
    CaseFact,
    ChannelFact,
    DeadlineFact,
    DesignationFact,
)
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.envelope import Event
from shared.contracts.examples import example
from shared.contracts.planning import WorksheetAnswered
from shared.contracts.topics import TOPICS
from shared.kernel import UNASSIGNED_UNIT

MOMENT = datetime(2026, 3, 12, 7, 5, 0, 123456, UTC)
CONTRACTS = [contract for topic in TOPICS for contract in topic.events]
DATA = WorksheetAnswered(
    unit_id="u", version=3, worksheet_id="w", year=2026, layer="unit", item_code="A.I.1.i.a", letter="Ya"
)
EVENT = Event(DATA, "zi/planning", MOMENT, UUID(int=7), "00-abc-def-01")


@dataclass(frozen=True)
class Kept:
    topic: str = DATA.topic
    partition: int = 0
    offset: int = 9
    timestamp: int = 1000
    key: bytes | None = b"u"
    value: bytes | None = EVENT.value()
    headers: Sequence[tuple[str, bytes | None]] = tuple(EVENT.headers())


def test_a_record_reads_back_as_the_event_that_was_written() -> None:
    received = decode(Kept())
    assert isinstance(received, Received)
    assert (received.data, received.id, received.time) == (DATA, str(EVENT.id), MOMENT)


def test_an_unknown_extra_field_is_ignored_so_that_producers_may_add_one() -> None:
    value = EVENT.value()[:-1] + b',"added_later":1}'
    received = decode(Kept(value=value))
    assert isinstance(received, Received)
    assert received.data == DATA


def test_a_time_without_zone_is_a_bad_header() -> None:
    headers = [(n, b"2026-03-12T07:05:00" if n == "ce_time" else v) for n, v in Kept().headers]
    bad = decode(Kept(headers=headers))
    assert isinstance(bad, Bad)
    assert bad.reason == "bad_header"


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-12:00", "0000-01-01", ""])
def test_a_time_that_utc_cannot_hold_is_a_bad_header(time: str) -> None:
    headers = [(n, time.encode() if n == "ce_time" else v) for n, v in Kept().headers]
    assert decode(Kept(headers=headers)) == Bad(Kept(headers=headers), DeadLetterReason.BAD_HEADER)


def test_a_header_name_that_is_no_text_is_a_bad_header() -> None:
    record = Kept(headers=[*Kept().headers, (b"\xff\xfe".decode(errors="surrogateescape"), b"x")])
    assert decode(record) == Bad(record, DeadLetterReason.BAD_HEADER)


def test_what_nobody_foresaw_is_set_aside_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: WorksheetAnswered) -> str:
        raise RecursionError

    monkeypatch.setattr(WorksheetAnswered, "key", broken)
    assert decode(Kept()) == Bad(Kept(), DeadLetterReason.UNDECODABLE)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_reserved_unit_is_refused_where_a_unit_must_be_known(contract: type[EventData]) -> None:
    data = example(contract).model_copy(update={"unit_id": UNASSIGNED_UNIT})
    event = Event(data, "zi/test", MOMENT)
    record = Kept(topic=data.topic, key=data.key().encode(), value=event.value(), headers=event.headers())
    found = decode(record)
    if issubclass(contract, CalendarFact | CaseFact | ChannelFact | DeadlineFact | DesignationFact):
        assert isinstance(found, Received)
    else:
        assert found == Bad(record, DeadLetterReason.RESERVED_UNIT)


@pytest.mark.parametrize("timestamp", [-(2**63), -(10**17), 10**17, 2**63 - 1])
def test_a_time_beyond_all_calendars_is_none(timestamp: int) -> None:
    assert moment_of(Kept(timestamp=timestamp)) is None


ANYTHING: Any = st.one_of(st.none(), st.binary(max_size=40))


@given(
    key=ANYTHING,
    value=ANYTHING,
    headers=st.lists(
        st.tuples(
            st.sampled_from(["ce_id", "ce_type", "ce_time", "ce_source", "ce_specversion", "x"]), ANYTHING
        ),
        max_size=7,
    ),
)
def test_no_bytes_whatever_make_the_codec_raise(key: Any, value: Any, headers: Any) -> None:
    assert isinstance(decode(Kept(key=key, value=value, headers=headers)), Bad)


@given(st.integers(0, len(EVENT.value()) - 1), st.integers(0, 255))
def test_one_wrong_byte_never_raises(place: int, byte: int) -> None:
    value = bytearray(EVENT.value())
    value[place] = byte
    assert isinstance(decode(Kept(value=bytes(value))), Received | Bad)


def test_the_fingerprint_knows_place_time_key_and_value() -> None:
    changed = [
        Kept(offset=10),
        Kept(partition=1),
        Kept(timestamp=1001),
        Kept(key=b"v"),
        Kept(value=b"{}"),
        Kept(key=b"", value=b"u" + EVENT.value()),
    ]
    prints = {fingerprint(record) for record in [Kept(), *changed]}
    assert len(prints) == 1 + len(changed)
    assert fingerprint(Kept()) == fingerprint(Kept(headers=()))
