"""A migrated survey database with three units of two agencies, and people who act in it seconds apart."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.survey.consent_text import consent_text
from services.survey.domain.campaign import Campaign
from services.survey.domain.consent import Decision
from services.survey.usecases import answering, campaigns, inviting, withdrawing
from services.survey.usecases.inviting import Invitee
from shared.consumer.codec import Received
from shared.contracts.envelope import Event
from shared.contracts.planning import UnitRegistered
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.instruments.survey import ItemSum, regime
from shared.security import Principal, Scope
from tests.support.clock import run_by
from tests.support.database import DatabaseMaker, KeptOpen, connect_owner, empty

OPERATOR = Principal("operator", frozenset({"survey_operator"}), Scope("unit", units=frozenset({"u-1"})))
VERIFIER = Principal("verifier", frozenset({"verifier"}), Scope("unit", units=frozenset({"u-1"})))
LEADER = Principal("leader", frozenset({"unit_leader"}), Scope("unit", units=frozenset({"u-1"})))
STRANGER = Principal("stranger", frozenset({"survey_operator"}), Scope("agency", agencies=frozenset({"a-9"})))
MANDIRI = regime("mandiri.2023").instrument
assert MANDIRI is not None
KEYS = MANDIRI.keys


def unit_record(version: int, name: str, **changes: Any) -> Received:
    """Return planning's word on unit u-5 as the consumer hands it over."""
    values = {"agency_id": "a-1", "unit_type": "kantor", "echelon": "III", "has_service_function": True}
    fact = UnitRegistered(unit_id="u-5", version=version, name=name, zone="WIT", **(values | changes))
    event = Event(fact, "zi/planning", datetime(2026, 1, 5, tzinfo=UTC))
    return Received.of(event, cast("Any", SimpleNamespace(value=event.value())))


async def furnish(owner: asyncpg.Connection) -> None:
    """Register the units, and let every change tell its tally at once: with each event a second passes."""
    await owner.executemany(
        "INSERT INTO unit VALUES ($1, $2, $3, 'WIB', true, false, 1, '')",
        [("u-1", "a-1", "Kantor Satu"), ("u-2", "a-1", "Kantor Dua"), ("u-9", "a-9", "Kantor Sembilan")],
    )
    await run_by(owner, "clock_timestamp() + (SELECT count(*) FROM outbox) * interval '1 second'")


@pytest.fixture(scope="session")
async def one_database(make_database: DatabaseMaker) -> ServiceDatabase:
    """The database that the tests use in turn: emptying it is much faster than a new one."""
    return await make_database("survey")


@pytest.fixture(scope="session")
async def one_owner(one_database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    """The connection that empties it."""
    connection = await connect_owner(one_database)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def one_pool(one_database: ServiceDatabase) -> AsyncIterator[KeptOpen]:
    pool = KeptOpen(one_database.app_url, pool_size=12)
    yield pool
    await pool.end()


@pytest.fixture
async def database(one_database: ServiceDatabase, one_owner: asyncpg.Connection) -> ServiceDatabase:
    """The service's database, empty but for the units."""
    await empty(one_owner)
    await furnish(one_owner)
    return one_database


@pytest.fixture
def db(database: ServiceDatabase, one_pool: KeptOpen) -> Database:
    return one_pool


@dataclass
class Survey:
    """An open campaign and what people do in it."""

    db: Database
    owner: asyncpg.Connection
    campaign: Campaign

    @property
    def id(self) -> UUID:
        return self.campaign.campaign_id

    async def invite(self, count: int = 1) -> list[str]:
        async with self.db.transaction() as session:
            made = await inviting.invite(session, OPERATOR, self.id, [Invitee()] * count)
        return [one.token for one in made]

    async def decide(self, token: str, decision: Decision = Decision.WILLING, version: str = "") -> Decision:
        async with self.db.transaction() as session:
            return await answering.decide_consent(
                session,
                token,
                decision,
                text_version=version or consent_text(self.campaign).version,
                channel="form",
            )

    async def submit(
        self, token: str, score: int = 5, sent_id: UUID | None = None, **scores: Any
    ) -> answering.Receipt:
        async with self.db.transaction() as session:
            return await answering.submit_response(
                session, token, sent_id or uuid4(), dict.fromkeys(KEYS, score) | scores
            )

    async def withdraw(self, token: str) -> None:
        async with self.db.transaction() as session:
            await withdrawing.withdraw(session, token, channel="form")

    async def respond(self, token: str, score: int = 5, **scores: Any) -> UUID:
        """Agree and answer; return the id under which the answer is told."""
        await self.decide(token)
        sent_id = uuid4()
        await self.submit(token, score, sent_id, **scores)
        told_as: UUID = await self.owner.fetchval(
            "SELECT response_id FROM response WHERE sent_id = $1", sent_id
        )
        return told_as

    async def status(self) -> campaigns.Status:
        async with self.db.reading() as session:
            return await campaigns.campaign_status(session, VERIFIER, self.id)

    async def close(self) -> None:
        version = (await self.status()).campaign.version
        async with self.db.transaction() as session:
            await campaigns.close_campaign(session, LEADER, self.id, version)

    async def facts(self, kind: str = "") -> list[dict[str, Any]]:
        """Return the data of the outbox in order, of one `entity.fact` when named."""
        rows = await self.owner.fetch(
            "SELECT payload FROM outbox WHERE type LIKE $1 ORDER BY position",
            f"id.zi.survey.{kind or '%'}.v1",
        )
        return [json.loads(row["payload"]) for row in rows]

    async def kinds(self) -> list[str]:
        """Return the facts told so far in order, but those of thresholds, which follow nearly every other."""
        rows = await self.owner.fetch("SELECT type FROM outbox ORDER BY position")
        kinds = [row["type"].removeprefix("id.zi.survey.").removesuffix(".v1") for row in rows]
        return [kind for kind in kinds if kind != "threshold.changed"]

    async def threshold(self, predicate: str = "WBK") -> dict[str, Any]:
        """Return what was last told of a predicate."""
        last = (await self.facts("threshold.changed"))[-1]
        return next(entry for entry in last["predicates"] if entry["predicate"] == predicate)

    async def inner(self) -> dict[str, ItemSum]:
        """Return the sums of all answers, which never leave the service."""
        rows = await self.owner.fetch("SELECT * FROM item_sum WHERE campaign_id = $1", self.id)
        return {row["item_key"]: ItemSum(row["n"], row["total"]) for row in rows}


async def make_survey(
    db: Database,
    owner: asyncpg.Connection,
    *,
    is_open: bool = True,
    regime_id: str = "mandiri.2023",
    period: str = "2026",
    closes_at: datetime | None = None,
) -> Survey:
    async with db.transaction() as session:
        made = await campaigns.create_campaign(
            session,
            OPERATOR,
            unit_id="u-1",
            regime_id=regime_id,
            period=period,
            policies={},
            excluded_items=[],
            closes_at=closes_at,
        )
        if is_open:
            made = await campaigns.open_campaign(session, OPERATOR, made.campaign_id, made.version)
    return Survey(db, owner, made)


@pytest.fixture
async def survey(db: Database, owner: asyncpg.Connection) -> Survey:
    return await make_survey(db, owner)
