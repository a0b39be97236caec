"""`zi restore finish` compares facts: what an older model wrote in other bytes is no ghost."""

import json
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import TopicPartition

from shared.contracts.base import EventData
from shared.contracts.complaints import CaseReceived
from shared.db import Database
from shared.kernel import new_id
from shared.outbox import restore
from shared.outbox.snapshot import Behind, State
from shared.outbox.topics import Published, digest
from tests.support.effects import answered
from tests.support.relaying import record

RECEIVED = CaseReceived(
    unit_id="u",
    version=2,
    case_id="case-1",
    kind="pengaduan",
    stream="masyarakat",
    channel_kind="web",
    state="DITERIMA",
    cycle=1,
    counts_as="in_progress",
    period_year=2026,
    received_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
)
ANSWERED = answered("w", inputs={"n1": "4", "n2": "3"})


class Tables:
    """A service whose tables hold one fact; what is lifted is said as it stands."""

    def __init__(self, fact: EventData) -> None:
        self.fact = fact
        self.behind: list[Behind] = []

    async def states(self, _: Any) -> AsyncIterator[State]:
        yield State(self.fact, datetime(2026, 3, 2, tzinfo=UTC))

    async def lift(self, _: Any, behind: Behind) -> list[EventData] | None:
        self.behind.append(behind)
        return [self.fact.model_copy(update={"version": behind.floor + 1})]


def as_older_models_wrote_it(fact: EventData) -> bytes:
    """Return the fact without what was added later, in another order, in local time."""
    values = json.loads(fact.model_dump_json(exclude_defaults=True))
    if "received_at" in values:
        values["received_at"] = "2026-03-02T08:00:00+07:00"
    if "inputs" in values:
        values["inputs"] = dict(reversed(values["inputs"].items()))
    return json.dumps(dict(reversed(values.items()))).encode()


async def places(_: str, topics: Sequence[str]) -> list[TopicPartition]:
    return [TopicPartition(topic, 0) for topic in topics]


async def found(
    db: Database, patch: pytest.MonkeyPatch, fact: EventData, value: bytes, tables: Tables | None = None
) -> restore.Finished:
    """Return what a rehearsal finds when the tables say `fact` and the topic `value`."""

    async def records(*_: Any) -> AsyncIterator[Published]:
        told = type(fact).model_validate_json(value)
        yield Published(new_id(), fact.topic_name(), digest(value), int(time.time() * 1000) + 1000, told)

    patch.setattr(restore, "existing", places)
    patch.setattr(restore, "records", records)
    await record(db, fact.model_copy(update={"version": 1}))  # the outbox's window begins before
    service = fact.event_type.split(".")[2]
    return await restore.finish(db, "", service, tables or Tables(fact), dry_run=True)


@pytest.mark.parametrize("fact", [RECEIVED, ANSWERED], ids=["case", "answer"])
async def test_a_fact_that_an_older_model_wrote_in_other_bytes_is_no_ghost(
    fact: EventData, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = as_older_models_wrote_it(fact)
    assert value != fact.model_dump_json().encode()
    done = await found(db, monkeypatch, fact, value)
    assert (done.ghosts, done.lifted, done.told) == ([], 0, 0)


async def test_another_fact_under_the_same_version_is_a_ghost(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = answered("w", letter="B", inputs={"n1": "4", "n2": "3"})
    tables = Tables(ANSWERED)
    done = await found(db, monkeypatch, ANSWERED, other.model_dump_json().encode(), tables)
    assert (len(done.ghosts), done.lifted) == (1, 1)
    (ghost,), (behind,) = done.ghosts, tables.behind
    assert (behind.told, behind.at) == ([ghost.fact], ghost.time)
