"""Records that no consumer can take stop none: one dead letter each, in every service that reads them.

Each stands between two good records of the same batch.
"""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from shared.contracts.base import EventData
from shared.contracts.envelope import Event
from shared.contracts.planning import ActivityPlanned, UnitRegistered
from shared.kernel import UNASSIGNED_UNIT
from tests.chaos.stand import CONSUMERS, SOON_SECONDS, Stand
from tests.support.kafka import HeaderName, RawRecord, producing, send_raw
from tests.support.polling import until

UNIT, ACTIVITY = UnitRegistered.topic, ActivityPlanned.topic
READERS = {UNIT: ("complaints", "survey", "scoring"), ACTIVITY: ("scoring",)}
KNOWN = {
    UNIT: "SELECT count(*) FROM unit WHERE unit_id = ANY($1)",
    ACTIVITY: "SELECT count(*) FROM activity WHERE unit_id = ANY($1)",
}


def unit(name: str, *, title: str = "Kantor") -> UnitRegistered:
    return UnitRegistered(
        unit_id=name,
        version=1,
        agency_id="instansi",
        name=title,
        unit_type="kantor_pelayanan",
        echelon="III",
        has_service_function=True,
        zone="WIB",
    )


def activity(name: str) -> ActivityPlanned:
    return ActivityPlanned(
        unit_id=name,
        version=1,
        activity_id=f"a-{name}",
        programme_id=f"p-{name}",
        year=2026,
        indicator_code="A.I.1.i",
        state="planned",
    )


def record(data: EventData, **headers: bytes | None) -> RawRecord:
    """Return a good record of a fact, with some headers set otherwise."""
    event = Event(data, "zi/test", datetime.now(UTC))
    merged: dict[str, bytes | None] = {**dict(event.headers()), **headers}
    return RawRecord(data.key().encode(), event.value(), list(merged.items()))


def valued(data: EventData, value: bytes | None, **rest: Any) -> RawRecord:
    """Return a fact's record with another value."""
    return replace(record(data), value=value, **rest)


BEFORE, POISON = unit("before"), unit("poison")
BROKEN = b"{"
IMPOSSIBLE_DATE = json.dumps(activity("poison").model_dump() | {"due_on": "2026-02-31"}).encode()
KINDS: dict[str, RawRecord] = {
    "bytes that are no text": valued(POISON, b'{"unit_id": "\xff\xfe"}'),
    "broken JSON": valued(POISON, BROKEN),
    "another schema": valued(POISON, json.dumps({"unit_id": "poison", "version": 0}).encode()),
    "unknown type": record(POISON, ce_type=b"com.example.thing.v1"),
    "unknown version of a type": record(POISON, ce_type=b"id.zi.planning.unit.registered.v2"),
    "too large": valued(POISON, b'"' + b"x" * 1_010_000 + b'"'),
    "no value": valued(POISON, None),
    "no key": replace(record(activity("poison")), key=None),
    "no headers": replace(record(POISON), headers=[]),
    "null header": record(POISON, ce_id=None),
    "header that is no text": record(POISON, traceparent=b"\xff\xff"),
    "known version with another payload": record(unit("before", title="Kantor lain")),
    "impossible fact": record(unit(UNASSIGNED_UNIT)),
    "time that UTC cannot hold": record(POISON, ce_time=b"0001-01-01T00:00:00+07:00"),
    "timestamp that no calendar holds": valued(POISON, BROKEN, timestamp_ms=-(10**17)),
    "header name that is no text": valued(POISON, BROKEN, headers=[(HeaderName(b"\xff\xfe"), b"1")]),
    "date that no calendar has": replace(record(activity("poison")), value=IMPOSSIBLE_DATE),
}
"""The twelve kinds of reliability.md F16 (a null header and one that is no text apart), and four more.

A compacted topic takes no record without key: that kind, and the date, go to the topic of activities.
"""


@dataclass(frozen=True)
class Sent:
    """Where the bad record of a batch stands, and whose good neighbours it has."""

    topic: str
    partition: int
    offset: int
    neighbours: Sequence[str]


@pytest.fixture
async def producer(stand: Stand) -> AsyncIterator[AIOKafkaProducer]:
    async with producing(stand.kafka.bootstrap) as ready:
        yield ready


@pytest.mark.parametrize("kind", KINDS)
async def test_an_unfit_record_is_one_dead_letter_in_every_consumer_and_its_neighbours_are_applied(
    stand: Stand, producer: AIOKafkaProducer, kind: str
) -> None:
    sent = await _send(producer, kind)
    readers = READERS[sent.topic]
    dead = {service: await _dead_letters(stand, service, sent) for service in readers}

    assert [len(reasons) for reasons in dead.values()] == [1] * len(readers), f"dead letters: {dead}"
    assert len({reasons[0] for reasons in dead.values()}) == 1, f"one fault, several words: {dead}"
    for process in {*readers, *CONSUMERS}:
        await stand.becomes_ready(process, "/readyz/worker")


async def _send(producer: AIOKafkaProducer, kind: str) -> Sent:
    """Send the bad record in the midst of a batch; a topic's kinds go to different partitions."""
    poison, number = KINDS[kind], list(KINDS).index(kind)
    is_unit = kind not in ("no key", "date that no calendar has")
    before, after = (f"{side}-{number}-{uuid4().hex[:8]}" for side in ("before", "after"))
    make = unit if is_unit else activity
    if kind == "known version with another payload":
        poison = record(unit(before, title="Kantor lain"))
    batch = [record(make(before)), poison, record(make(after))]
    topic, partition = UNIT if is_unit else ACTIVITY, number % 12
    _, offset, _ = await send_raw(producer, topic, partition, batch)
    return Sent(topic, partition, offset, (before, after))


async def _dead_letters(stand: Stand, service: str, sent: Sent) -> list[str]:
    """Return the reasons of a record's dead letters in a service once its neighbours are applied there."""

    async def has_neighbours() -> bool:
        return bool(await stand.value(service, KNOWN[sent.topic], sent.neighbours) == len(sent.neighbours))

    await until(has_neighbours, seconds=SOON_SECONDS, what=f"{service} applies the neighbours")
    rows = await stand.sql(
        service,
        "SELECT reason FROM dead_letter WHERE topic = $1 AND partition = $2 AND record_offset = $3",
        sent.topic,
        sent.partition,
        sent.offset,
    )
    return [row["reason"] for row in rows]


async def test_the_list_of_dead_letters_has_pages_and_says_how_many_there_are(
    stand: Stand, producer: AIOKafkaProducer
) -> None:
    await _dead_letters(stand, "survey", await _send(producer, "broken JSON"))
    await _dead_letters(stand, "survey", await _send(producer, "unknown type"))
    total = await stand.value("survey", "SELECT count(*) FROM dead_letter WHERE state = 'open'")

    listed = await stand.zi("dlq", "list", "--service", "survey", "--limit", "1", "--json")

    page = listed.json()
    assert (len(page["items"]), page["total"]) == (1, total)
