"""Whatever a record holds, it is set aside once or applied, and its neighbours are applied: by real folds."""

import json
import math
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.complaints.consumer import fold_units as fold_complaints
from services.scoring.usecases.fold import fold as fold_scoring
from services.survey.consumer import fold_units as fold_survey
from shared.consumer import watermark
from shared.consumer.batch import Fold, apply_batch
from shared.contracts.base import EventData
from shared.contracts.envelope import Event
from shared.contracts.examples import example
from shared.contracts.topics import consumed_by, topic
from shared.db import Database
from tests.support.database import DatabaseMaker

FOLDS: dict[str, Fold] = {"complaints": fold_complaints, "survey": fold_survey, "scoring": fold_scoring}
SERVICES = sorted(FOLDS)
BATCH = 250
OURS = ("fold_failed", "undecodable")
"""Reasons that would say that the contracts let something through."""

DEEP = json.loads("[" * 200 + "]" * 200)
EDGES: Sequence[Any] = [
    None, True, False, [], {}, [None], DEEP, {"n0": DEEP}, {"n0": 2**63}, {"n0": -1}, ["\0"],
    -(2**63) - 1, -(2**63), -(2**31) - 1, -1, 0, 1, 2, 1999, 2000, 2100, 2101, 2**31 - 1, 2**31,
    2**63 - 1, 2**63, 10**400, 0.5, 1e400, -math.inf, math.nan,
    "", " ", "\0", "a\0b", "\ud800", "\udcff", "unassigned", "A", "x" * 10, "x" * 11, "x" * 60, "x" * 61,
    "x" * 64, "x" * 65, "x" * 100, "x" * 101, "x" * 200, "x" * 201, "x" * 100_000, "é" * 200, "'; --", "٣",
    "0", "4", "5", "-1", "1/3", "1/0", "9" * 100, "9" * 101, "9" * 1000 + "/7", "9" * 5000, "NaN", "1e9",
    "2026-02-28", "2026-02-29", "2026-02-31", "0000-01-01", "0001-01-01", "9999-12-31", "٢٠٢٦-01-01",
    "2026-01-01T00:00:00", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-12:00",
    "2026-1-1", "0.1", "2026-01-01T24:00:00Z", "WIB", "WBK", "unit", "done",
]  # fmt: skip
MISSING = object()


@dataclass(frozen=True)
class Written:
    """A record as any producer might have written it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp: int = 1_780_000_000_000
    partition: int = 0
    offset: int = 0


_numbers = count()


def good(contract: type[EventData]) -> Written:
    """Return a record that every fold takes: an example of the contract about an entity of its own."""
    data = example(contract)
    number = next(_numbers)
    own = {
        name: f"n-{number}"
        for name in type(data).model_fields
        if name.endswith("_id") and name != "agency_id"
    }
    return written(contract, data.model_dump(mode="json") | own)


def written(contract: type[EventData], data: dict[str, Any], key: Any = MISSING) -> Written:
    event = Event(example(contract), "zi/test", datetime.now(UTC))
    key = data.get("unit_id") if key is MISSING else key
    return Written(
        contract.topic, str(key).encode(errors="surrogatepass"), json.dumps(data).encode(), event.headers()
    )


def contracts(service: str) -> list[type[EventData]]:
    """Return the consumed contracts, one of each kind of data."""
    kinds = {tuple(one.model_fields): one for name in consumed_by(service) for one in topic(name).events}
    return list(kinds.values())


def at_the_edges(service: str) -> Iterator[Written]:
    """Yield records in which one field of one contract stands at or beyond an edge."""
    for contract in contracts(service):
        for name in contract.model_fields:
            for edge in [*EDGES, MISSING]:
                record = good(contract)
                data = json.loads(record.value or b"")
                data[name] = edge
                if edge is MISSING:
                    del data[name]
                yield written(contract, data)


class Consumed:
    """A service's database, and what its consumer did to it."""

    def __init__(self, db: Database, service: str) -> None:
        self.db, self.service = db, service
        self._next = dict.fromkeys(consumed_by(service), 0)

    async def begin(self) -> None:
        async with self.db.transaction() as session:
            places = {(name, 0): 0 for name in self._next}
            await watermark.create(session, self.service, places, "cluster")

    def placed(self, records: Sequence[Written]) -> list[Written]:
        """Return the records as they would lie on their topics, one after the other."""
        found = []
        for record in records:
            found.append(replace(record, offset=self._next[record.topic]))
            self._next[record.topic] += 1
        return found

    async def check(self, neighbours: Sequence[Written], strange: Sequence[Written]) -> None:
        """Apply all in one batch; then each strange one is dead once or applied, and no neighbour is dead."""
        records = self.placed([*neighbours[:1], *strange, *neighbours[1:]])
        async with self.db.transaction() as session:
            applied = await self._apply(session, records)
        assert len(applied.fates) == len(records)
        async with self.db.reading() as session:
            dead = {
                (row.topic, row.record_offset): row.reason
                for row in await session.execute(text("SELECT topic, record_offset, reason FROM dead_letter"))
            }
            marks = await watermark.load(session, self.service)
        for record, is_dead in zip(records, applied.fates, strict=True):
            assert ((record.topic, record.offset) in dead) == is_dead
        whole = [records[0], *records[len(strange) + 1 :]]
        assert not any((record.topic, record.offset) in dead for record in whole)
        assert [reason for reason in dead.values() if reason in OURS] == []
        assert {name: mark.next_offset for (name, _), mark in marks.items()} == self._next
        async with self.db.transaction() as session:
            again = await self._apply(session, records)
        assert {outcome for _, outcome in again.outcomes} == {"duplicate"}

    async def _apply(self, session: Any, records: Sequence[Written]) -> Any:
        fold = FOLDS[self.service]
        return await apply_batch(session, records, fold, consumer=self.service, source="zi/test")


@asynccontextmanager
async def consumed(make_database: DatabaseMaker, service: str) -> AsyncIterator[Consumed]:
    db = Database((await make_database(service)).app_url, pool_size=2)
    found = Consumed(db, service)
    await found.begin()
    try:
        yield found
    finally:
        await db.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_every_field_of_every_contract_at_and_beyond_its_edges_stops_nothing(
    make_database: DatabaseMaker, service: str
) -> None:
    async with consumed(make_database, service) as consumer:
        strange = list(at_the_edges(service))
        for start in range(0, len(strange), BATCH):
            neighbours = [good(contract) for contract in contracts(service)]
            await consumer.check(neighbours, strange[start : start + BATCH])


BYTES = st.none() | st.binary(max_size=60)
NAMES = st.binary(max_size=12).map(lambda name: name.decode(errors="surrogateescape"))
TIMES = st.sampled_from([-(2**63), -(10**17), -1, 0, 253_402_300_800_000, 2**63 - 1]) | st.integers(
    -(2**63), 2**63 - 1
)
HEADER_VALUES = BYTES | st.sampled_from(
    [b"0001-01-01T00:00:00+07:00", b"9999-12-31T23:59:59-23:59", b"\0", "\u0663".encode(), b"{" * 5000]
)


@st.composite
def strange_records(draw: Any, service: str) -> Written:
    """A good record with some of its parts replaced by anything."""
    record = good(draw(st.sampled_from(contracts(service))))
    headers = [
        (name, draw(HEADER_VALUES) if draw(st.booleans()) else value) for name, value in record.headers
    ]
    changes: dict[str, Any] = {
        "key": BYTES,
        "value": BYTES | st.binary(max_size=20).map(lambda part: (record.value or b"")[:-9] + part),
        "timestamp": TIMES,
        "headers": st.lists(st.tuples(NAMES, HEADER_VALUES), max_size=4).map(
            lambda more: [*record.headers, *more]
        )
        | st.permutations(headers),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(changes)), min_size=1))
    return replace(record, **{name: draw(changes[name]) for name in sorted(chosen)})


@pytest.mark.parametrize("service", SERVICES)
async def test_any_bytes_in_any_part_of_a_record_stop_nothing(
    make_database: DatabaseMaker, service: str
) -> None:
    async with consumed(make_database, service) as consumer:

        @settings(max_examples=8, suppress_health_check=list(HealthCheck))
        @given(st.lists(strange_records(service), min_size=10, max_size=30))
        def drawn(records: list[Written]) -> None:
            batches.append(records)

        batches: list[list[Written]] = []
        drawn()
        for strange in batches:
            await consumer.check([good(contract) for contract in contracts(service)], strange)
