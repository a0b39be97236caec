"""Whatever a record holds, it is set aside once or applied, and its neighbours are applied: by real folds."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.complaints.consumer import fold_registers as fold_complaints
from services.planning.live.consumer import fold_live
from services.scoring.usecases.fold import fold as fold_scoring
from services.survey.consumer import fold_units as fold_survey
from shared.consumer import watermark
from shared.consumer.batch import Fold, apply_batch
from shared.contracts.base import EventData
from shared.contracts.topics import consumed_by, topic
from shared.db import Database
from tests.support.database import DatabaseMaker
from tests.support.odd_records import Written, at_the_edges, good, strange_records

FOLDS: dict[str, Fold] = {
    "planning": fold_live,
    "complaints": fold_complaints,
    "survey": fold_survey,
    "scoring": fold_scoring,
}
SERVICES = sorted(FOLDS)
BATCH = 250
OURS = ("fold_failed", "undecodable")
"""Reasons that would say that the contracts let something through."""


def contracts(service: str) -> list[type[EventData]]:
    """Return the consumed contracts, one of each kind of data."""
    kinds = {tuple(one.model_fields): one for name in consumed_by(service) for one in topic(name).events}
    return list(kinds.values())


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
        strange = list(at_the_edges(contracts(service)))
        for start in range(0, len(strange), BATCH):
            neighbours = [good(contract) for contract in contracts(service)]
            await consumer.check(neighbours, strange[start : start + BATCH])


@pytest.mark.parametrize("service", SERVICES)
async def test_any_bytes_in_any_part_of_a_record_stop_nothing(
    make_database: DatabaseMaker, service: str
) -> None:
    async with consumed(make_database, service) as consumer:

        @settings(max_examples=8, suppress_health_check=list(HealthCheck))
        @given(st.lists(strange_records(contracts(service)), min_size=10, max_size=30))
        def drawn(records: list[Written]) -> None:
            batches.append(records)

        batches: list[list[Written]] = []
        drawn()
        for strange in batches:
            await consumer.check([good(contract) for contract in contracts(service)], strange)
