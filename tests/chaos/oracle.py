"""The judge: reads databases and raw topics, counts, and compares. Imports no code of the product.

Equalities, not thresholds: events on the topics = facts of accepted commands = outbox rows = effects.
"""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer


@dataclass(slots=True)
class Verdict:
    """What was counted, and every broken promise in words."""

    counted: dict[str, Any] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def equal(self, what: str, found: Any, expected: Any) -> None:
        """Note a violation when two counts differ."""
        self.counted[what] = found
        if found != expected:
            self.violations.append(f"{what}: found {found}, expected {expected}")


@dataclass(frozen=True, slots=True)
class Published:
    """One record as it stands on a topic."""

    topic: str
    partition: int
    offset: int
    event_id: str
    event_type: str
    subject: str
    version: int
    digest: str


async def read_topics(bootstrap: str, prefix: str = "zi.") -> list[Published]:
    """Return every record of our topics up to the present end."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as reader:
        names = [n for n in await reader.topics() if n.startswith(prefix) and not n.endswith(".dlq")]
        reader.subscribe(names)
        while not reader.assignment():
            await reader.getmany(timeout_ms=50)
        stop = await reader.end_offsets(list(reader.assignment()))
        todo = {place for place, end in stop.items() if end > 0}
        reader.seek_to_beginning() if not todo else await reader.seek_to_beginning(*todo)
        found = []
        while todo:
            for place, batch in (await reader.getmany(timeout_ms=500)).items():
                found += [_published(record) for record in batch]
                if batch[-1].offset + 1 >= stop[place]:
                    todo.discard(place)
    return found


def _published(record: Any) -> Published:
    headers = {name: value.decode() for name, value in record.headers}
    return Published(
        record.topic,
        record.partition,
        record.offset,
        headers["ce_id"],
        headers["ce_type"],
        headers["ce_subject"],
        int(headers["ce_sequence"]),
        hashlib.sha256(record.value or b"").hexdigest(),
    )


def judge_topics(verdict: Verdict, records: list[Published]) -> None:
    """I2, I3: versions of an entity are 1..n in order of first appearance; repeats are byte-identical."""
    bytes_of: dict[str, str] = {}
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    for record in sorted(records, key=lambda r: (r.topic, r.partition, r.offset)):
        known = bytes_of.get(record.event_id)
        if known is None:
            bytes_of[record.event_id] = record.digest
            versions[record.topic, record.subject].append(record.version)
        elif known != record.digest:
            verdict.violations.append(f"{record.event_id}: repeated with other bytes")
    for (topic, subject), seen in versions.items():
        if seen != list(range(1, len(seen) + 1)):
            verdict.violations.append(f"{topic} {subject}: versions {seen[:20]} are not 1..n in order")
    verdict.counted["records"] = len(records)
    verdict.counted["distinct events"] = len(bytes_of)


async def judge_outbox(verdict: Verdict, database_url: str, service: str, records: list[Published]) -> None:
    """I1: the outbox and the service's topics hold the same events, and nothing waits."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT id::text, published_at IS NULL AS waits FROM outbox")
        dead = await connection.fetchval("SELECT count(*) FROM dead_letter")
    finally:
        await connection.close()
    committed = {row["id"] for row in rows}
    published = {record.event_id for record in records if record.topic.split(".")[1] == service}
    verdict.equal(f"{service}: events waiting in the outbox", sum(row["waits"] for row in rows), 0)
    verdict.equal(f"{service}: committed but not published", len(committed - published), 0)
    verdict.equal(f"{service}: published but not committed", len(published - committed), 0)
    verdict.equal(f"{service}: dead letters", dead, 0)


def judge_facts(verdict: Verdict, records: list[Published], expected: dict[str, int]) -> None:
    """I1: one distinct event per fact of an accepted command, topic by topic."""
    distinct = {record.event_id: record.topic for record in records}
    found = Counter(distinct.values())
    for topic, count in expected.items():
        verdict.equal(f"{topic}: distinct events", found[topic], count)
