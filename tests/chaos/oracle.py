"""The judge: reads databases and raw topics, counts, and compares. Imports no code of the product.

Equalities, not thresholds: events on the topics = facts of accepted commands = outbox rows = effects.
"""

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer

from tests.chaos.history import History

INSTRUMENT = (
    Path(__file__).resolve().parents[2] / "shared" / "instruments" / "lke" / "data" / "instrument.json"
)
"""Data, not code: the weights and scales of the regulation."""


@dataclass(slots=True)
class Verdict:
    """What was counted, and every broken promise in words."""

    counted: dict[str, Any] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def write(self, file: Path) -> None:
        """Leave the counts where a person looks after the run."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(self.counted | {"violations": self.violations}, indent=1, default=str))

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
    unit_id: str
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
        await reader.seek_to_beginning(*todo)
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
        record.key.decode(),
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
        rows = await connection.fetch(
            "SELECT id::text, position IN (SELECT position FROM outbox_waiting) AS waits FROM outbox"
        )
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


async def judge_scores(
    verdict: Verdict, database_url: str, history: History, unit_id: str, year: int
) -> None:
    """I3, I4: scoring holds the newest answer of every item, once, and the total a second rule gives."""
    newest: dict[str, tuple[int, str]] = {}
    accepted = [command for command in history.of("ok") if "answers" in command.body]
    for command in accepted:
        first = command.answer["version"] - len(command.body["answers"]) + 1
        for version, answer in enumerate(command.body["answers"], first):
            code = answer["item_code"]
            newest[code] = max(newest.get(code, (0, "")), (version, answer["letter"]))
    connection = await asyncpg.connect(database_url)
    try:
        facts = await connection.fetch(
            "SELECT item_code, version, letter FROM newest_answer WHERE unit_id = $1 AND year = $2",
            unit_id,
            year,
        )
        folded = await connection.fetchval(
            "SELECT worksheet_version FROM standing WHERE unit_id = $1 AND year = $2", unit_id, year
        )
        total = await connection.fetchval(
            "SELECT total FROM score WHERE unit_id = $1 AND year = $2 AND layer = 'effective'", unit_id, year
        )
    finally:
        await connection.close()
    verdict.equal("worksheet version", folded, sum(len(command.body["answers"]) for command in accepted))
    verdict.equal("newest answers", {r["item_code"]: (r["version"], r["letter"]) for r in facts}, newest)
    verdict.equal("score", Fraction(total), recompute({code: letter for code, (_, letter) in newest.items()}))


def recompute(letters: dict[str, str]) -> Fraction:
    """Score option answers a second time, from the instrument's data alone: blank items count 0."""
    data = json.loads(INSTRUMENT.read_text(), parse_float=Fraction, parse_int=Fraction)
    scales = {
        name: {letter: Fraction(value) for letter, value in scale["values"].items()}
        for name, scale in data["scales"].items()
        if isinstance(scale["values"], dict)
    }

    def points(node: dict[str, Any]) -> Fraction:
        if "children" in node:
            return sum(map(points, node["children"]), Fraction(0))
        total = Fraction(0)
        for question in node["questions"]:
            letter = letters.get(question["code"])
            share = question.get("weight") or node["weight"] / len(node["questions"])
            total += Fraction(0) if letter is None else scales[question["type"]][letter] * share
        return total

    return sum(map(points, data["tree"]), Fraction(0))


async def judge_complaints(
    verdict: Verdict, scoring_url: str, complaints_url: str, unit_id: str, accepted: int
) -> None:
    """I1, I3: one case and one fact per accepted complaint."""
    for name, url, table in (
        ("cases", complaints_url, "case_file"),
        ("case facts", scoring_url, "complaint_case"),
    ):
        connection = await asyncpg.connect(url)
        try:
            found = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE unit_id = $1", unit_id)
        finally:
            await connection.close()
        verdict.equal(name, found, accepted)


async def judge_survey(
    verdict: Verdict, survey_url: str, scoring_url: str, unit_id: str, *, willing: int, answered: int
) -> None:
    """I5: survey's sums are the recount of its rows, and scoring holds the same tally."""
    survey = await asyncpg.connect(survey_url)
    scoring = await asyncpg.connect(scoring_url)
    try:
        kept = await survey.fetchrow(
            "SELECT campaign_id, n, willing FROM campaign WHERE unit_id = $1", unit_id
        )
        rows = await survey.fetch(
            "SELECT key, count(*) AS n, sum(value::int) AS total FROM response, jsonb_each_text(scores)"
            " AS e(key, value) WHERE campaign_id = $1 GROUP BY key",
            kept["campaign_id"],
        )
        sums = await survey.fetch(
            "SELECT item_key, n, total FROM item_sum WHERE campaign_id = $1", kept["campaign_id"]
        )
        fact = await scoring.fetchrow("SELECT n, willing FROM tally WHERE unit_id = $1", unit_id)
    finally:
        await survey.close()
        await scoring.close()
    verdict.equal("survey n and willing", (kept["n"], kept["willing"]), (answered, willing))
    verdict.equal(
        "survey sums",
        {row["item_key"]: (row["n"], row["total"]) for row in sums if row["n"]},
        {row["key"]: (row["n"], row["total"]) for row in rows},
    )
    verdict.equal("tally fact", tuple(fact), (answered, willing))
