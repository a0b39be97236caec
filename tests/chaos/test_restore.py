"""After a loss: what the runbook says, step by step, and that nothing is missing or different at its end.

The parts of four services run in this process over real databases and a broker that is wiped at last.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from services.complaints import snapshot as complaints
from services.complaints.consumer import register_consumer as complaints_consumer
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from services.complaints.intake.receipts import Receipts
from services.complaints.secrecy.usecases.keeping import Identities
from services.planning import snapshot as planning
from services.planning.layers import Layer
from services.planning.live.consumer import live_consumer
from services.planning.plan import usecases as plans
from services.planning.plan.domain import Target
from services.planning.units import usecases as units
from services.planning.units.domain import Unit
from services.planning.worksheets import usecases as worksheets
from services.planning.worksheets.domain import SentAnswer
from services.scoring import snapshot as scoring
from services.scoring.consumer import fact_consumer
from services.scoring.rebuild import compare
from services.scoring.store.recompute import effective_totals
from services.survey import snapshot as survey
from services.survey.consent_text import consent_text
from services.survey.consumer import unit_consumer as survey_consumer
from services.survey.domain.campaign import Campaign
from services.survey.domain.consent import Decision
from services.survey.jobs import Tallies, Upkeep
from services.survey.usecases import answering, campaigns, inviting, withdrawing
from shared.consumer import halts, watermark
from shared.consumer.consumer import BatchConsumer
from shared.contracts.admin import create_topics
from shared.contracts.topics import consumed_by, produced_by
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.db.roles import app_role, owner_role
from shared.kafka.client import Partition
from shared.kafka.reader import Reader
from shared.kernel import Zone
from shared.outbox.restore import finish
from shared.outbox.snapshot import Register
from shared.outbox.topics import digest, existing, records
from shared.security import Principal, Scope
from shared.security.keys.local import LocalKeys
from tests.integration.complaints.conftest import Filer
from tests.support.database import DatabaseMaker
from tests.support.polling import until
from tests.support.relaying import drained, relaying
from tests.support.restoring import Said, standing, state_in
from tests.support.servers import KafkaServer
from tests.support.terminal import zi

YEAR = 2026
ADMIN = Principal("pengelola", frozenset({"admin"}), Scope("national"))
OPERATOR = Principal("operator", frozenset({"unit_operator", "survey_operator"}), Scope("national"))
REGISTERS: dict[str, Register] = {
    "planning": planning,
    "complaints": complaints,
    "survey": survey,
    "scoring": scoring,
}
CONSUMERS: Mapping[str, Callable[[Database, str], BatchConsumer]] = {
    "planning": live_consumer,
    "complaints": complaints_consumer,
    "survey": survey_consumer,
    "scoring": fact_consumer,
}


@dataclass
class World:
    """Four databases and a broker; relays and consumers run inside `running`."""

    kafka: KafkaServer
    admin_url: str
    made: dict[str, ServiceDatabase]
    dbs: dict[str, Database]

    @property
    def bootstrap(self) -> str:
        return self.kafka.bootstrap

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run every relay and consumer, and what tells tallies, while the block runs."""
        consumers = [make(self.dbs[name], self.bootstrap) for name, make in CONSUMERS.items()]
        tasks = [asyncio.create_task(consumer.run()) for consumer in consumers]
        tasks.append(asyncio.create_task(Tallies(self.dbs["survey"]).worker().run()))
        try:
            async with (
                relaying(self.dbs["planning"], self.bootstrap),
                relaying(self.dbs["complaints"], self.bootstrap),
                relaying(self.dbs["survey"], self.bootstrap),
                relaying(self.dbs["scoring"], self.bootstrap),
            ):
                yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def settle(self) -> None:
        """Wait until every outbox is empty and every consumer has read everything."""
        read = {topic for name in CONSUMERS for topic in consumed_by(name)}
        async with Reader(self.bootstrap, sorted(read)) as topics:
            places = (await topics.found()).partitions
            await until(partial(self._is_quiet, topics, places), seconds=120)

    async def _is_quiet(self, topics: Reader, places: Sequence[Partition]) -> bool:
        for db in self.dbs.values():
            if not await drained(db):
                return False
        ends = await topics.ends(places)
        for name in CONSUMERS:
            async with self.dbs[name].reading() as session:
                marks = await watermark.load(session, name)
            if not marks or any(mark.halted or mark.next_offset != ends[one] for one, mark in marks.items()):
                return False
        if await self.rows("survey", "SELECT 1 FROM campaign WHERE told_tally IS NOT NULL"):
            return False
        return all([await drained(db) for db in self.dbs.values()])

    async def halts(self) -> dict[str, set[str]]:
        """Return the halts that each consumer has noted."""
        return {
            name: {row[0] for row in await self.rows(name, "SELECT DISTINCT halted FROM watermark")}
            for name in CONSUMERS
        }

    async def rows(self, service: str, sql: str) -> list[Any]:
        async with self.dbs[service].reading() as session:
            return list((await session.execute(text(sql))).all())

    async def zi(self, group: str, *arguments: str) -> tuple[int, Any]:
        """Run a command of `zi` as an operator does; returns its exit code and what it prints as JSON."""
        urls = {f"ZI_{name.upper()}_DATABASE_URL": self.operator_url(name) for name in REGISTERS}
        environment = {**urls, "ZI_KAFKA_BOOTSTRAP": self.bootstrap}
        done = await zi(group, *arguments, "--json", environment=environment)
        return done.code, json.loads(done.out)

    def operator_url(self, service: str) -> str:
        return urlsplit(self.admin_url)._replace(path=f"/{self.made[service].name}").geturl()

    # -- backups ----------------------------------------------------------------------------------------

    async def backup(self, service: str) -> str:
        """Copy a service's database as it is; returns the copy's name."""
        name = f"{self.made[service].name}_copy"
        await self._copy(service, self.made[service].name, name)
        return name

    async def restore(self, service: str, backup: str) -> None:
        """Put the copy in the place of the service's database."""
        await self._copy(service, backup, self.made[service].name)

    async def _copy(self, service: str, source: str, target: str) -> None:
        await self.dbs[service].close()
        admin = await asyncpg.connect(self.admin_url)
        try:
            await admin.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {target} TEMPLATE {source} OWNER {owner_role(service)}")
            await admin.execute(f"GRANT CONNECT ON DATABASE {target} TO {app_role(service)}")
        finally:
            await admin.close()

    # -- commands of people -----------------------------------------------------------------------------

    async def register(self, unit_id: str, name: str = "Kantor Contoh") -> None:
        async with self.dbs["planning"].transaction() as session:
            unit = Unit(unit_id, "a-1", name, "kantor", "III", True, Zone.WIB, True, False, 1)
            await units.register_unit(session, ADMIN, unit)

    async def rename(self, unit_id: str, version: int, name: str) -> None:
        async with self.dbs["planning"].transaction() as session:
            await units.change_unit(session, ADMIN, unit_id, version, {"name": name})

    async def programme(self, unit_id: str) -> None:
        async with self.dbs["planning"].transaction() as session:
            await plans.create_programme(session, ADMIN, unit_id, YEAR, Target.WBK)

    async def answer(self, unit_id: str, **letters: str) -> None:
        """Answer items, written with `_` for the dots of their codes."""
        sent = [SentAnswer(code.replace("_", "."), letter) for code, letter in letters.items()]
        async with self.dbs["planning"].transaction() as session:
            await worksheets.answer_items(
                session, OPERATOR, unit_id=unit_id, year=YEAR, layer=Layer.UNIT, sent=sent, seen=None
            )

    async def survey(
        self, unit_id: str, scores: list[int], *, period: str = str(YEAR), closed_days: int | None = None
    ) -> tuple[UUID, list[str]]:
        """Open a campaign in which each of so many people gives all items one score; close it so long ago."""
        db = self.dbs["survey"]
        async with db.transaction() as session:
            draft = await campaigns.create_campaign(
                session, OPERATOR, unit_id=unit_id, regime_id="mandiri.2023", period=period, policies={},
                excluded_items=[], closes_at=None,
            )  # fmt: skip
            opened = await campaigns.open_campaign(session, OPERATOR, draft.campaign_id, 1)
            people = [inviting.Invitee()] * len(scores)
            invited = await inviting.invite(session, OPERATOR, draft.campaign_id, people)
        text_version = consent_text(opened).version
        for one, score in zip(invited, scores, strict=True):
            async with db.transaction() as session:
                await answering.decide_consent(
                    session, one.token, Decision.WILLING, text_version=text_version, channel="form"
                )
            async with db.transaction() as session:
                given = {item.key: score for item in opened.items}
                await answering.submit_response(session, one.token, uuid4(), given)
        if closed_days is not None:
            async with db.transaction() as session:
                await campaigns.close_campaign(session, OPERATOR, draft.campaign_id, opened.version)
            await self.survey_days_later(draft.campaign_id, closed_days)
        return draft.campaign_id, [one.token for one in invited]

    async def survey_days_later(self, campaign_id: UUID, days: int) -> None:
        """Let a campaign have been closed so many days ago, and the timer do a round."""
        async with self.dbs["survey"].transaction() as session:
            await session.execute(
                text("UPDATE campaign SET closed_at = now() - :n * interval '1 day' WHERE campaign_id = :id"),
                {"n": days, "id": campaign_id},
            )
        await Upkeep(self.dbs["survey"], seconds=1).step()

    async def standing(self, campaign_id: UUID) -> Campaign:
        async with self.dbs["survey"].reading() as session:
            return (await campaigns.campaign_status(session, OPERATOR, campaign_id)).campaign

    # -- what must hold ---------------------------------------------------------------------------------

    async def on_topics(self, service: str) -> Said:
        """Return what consumers hold of a service: the first event of each part's newest version."""
        names = [entry.name for entry in produced_by(service)]
        found: Said = {}
        async for event in records(self.bootstrap, await existing(self.bootstrap, names)):
            if event.fact is not None:
                key = (event.topic, event.fact.part())
                if event.fact.version > found.get(key, (0,))[0]:
                    said = digest(state_in(event.fact)) if event.fact.beside else event.digest
                    found[key] = (event.fact.version, event.fact.event_type, said)
        return found

    async def disagreements(self, service: str) -> set[str]:
        """Return the parts of entities about which tables and topics say different things."""
        said = await standing(self.dbs[service], REGISTERS[service])
        tables = {key: (version, kind, digest(value)) for key, (version, kind, value) in said.items()}
        topics = await self.on_topics(service)
        return {key[1] for key in tables.keys() | topics.keys() if tables.get(key) != topics.get(key)}

    async def check_scores(self) -> None:
        """Compare scoring with planning by plain SQL, and its totals with a second implementation."""
        present = """
            SELECT unit_id, year, layer, item_code, letter FROM {}
            WHERE letter IS NOT NULL ORDER BY 1, 2, 3, 4
        """
        newest = """(
            SELECT DISTINCT ON (unit_id, year, layer, item_code) * FROM answer
            ORDER BY unit_id, year, layer, item_code, version DESC) AS newest
        """
        assert await self.rows("scoring", present.format("newest_answer")) == await self.rows(
            "planning", present.format(newest)
        )
        async with self.dbs["scoring"].reading() as session:
            for row in await effective_totals(session, 1000):
                numerator, _, denominator = row.stored.partition("/")
                assert abs(int(numerator) / int(denominator or 1) - float(row.recomputed)) < 1e-9
        names = "SELECT unit_id, name, version FROM unit ORDER BY 1"
        for name in CONSUMERS:
            assert await self.rows(name, names) == await self.rows("planning", names)


@pytest.fixture(scope="module")
async def world(
    tmp_path_factory: pytest.TempPathFactory, make_database: DatabaseMaker, postgres_admin_url: str
) -> AsyncIterator[World]:
    with KafkaServer(tmp_path_factory.mktemp("restore") / "kafka") as kafka:
        await create_topics(kafka.bootstrap)
        made = {name: await make_database(name) for name in REGISTERS}
        dbs = {name: Database(one.app_url, pool_size=8) for name, one in made.items()}
        yield World(kafka, postgres_admin_url, made, dbs)
        for db in dbs.values():
            await db.close()


async def test_planning_restored_from_a_backup_is_lifted_above_its_ghosts(world: World) -> None:
    db = world.dbs["planning"]
    async with world.running():
        await world.register("b-1")
        await world.programme("b-1")
        await world.answer("b-1", A_I_1_i_b="A", B_I_b="A")
        await world.settle()
    backup = await world.backup("planning")
    async with world.running():
        await world.answer("b-1", A_I_1_i_b="B", A_I_1_i_a="Ya")
        await world.rename("b-1", 1, "Kantor Baru")
        await world.register("b-2")
        await world.programme("b-2")
        await world.settle()
    await world.restore("planning", backup)

    for how in (["--dry-run"], []):
        code, found = await world.zi("restore", "finish", "--service", "planning", *how)
        assert code == 1
        assert {(ghost["entity"], ghost["version"]) for ghost in found["ghosts"]} == {
            ("b-1:2026:unit:A.I.1.i.b", 3),
            ("b-1:2026:unit:A.I.1.i.a", 4),
            ("b-1", 2),
            ("b-2", 1),
            ("b-2:2026", 1),
        }
        assert {one["entity"] for one in found["unknown_entities"]} == {"b-2", "b-2:2026"}
        assert (found["lifted"], found["told"]) == (3, 3)
    async with world.running():
        await world.answer("b-1", B_I_b="C")  # a new fact counts at once
        await world.settle()
        again = await finish(db, world.bootstrap, "planning", planning)
        assert (again.lifted, len(again.unknown)) == (0, 2)
        assert await world.disagreements("planning") == {"b-2", "b-2:2026"}

        await world.register("b-2", "Kantor yang Didaftarkan Lagi")
        await world.programme("b-2")
        await world.settle()
        last = await finish(db, world.bootstrap, "planning", planning)
        assert (last.lifted, last.unknown) == (2, [])
        await world.settle()
    assert await world.disagreements("planning") == set()
    await world.check_scores()
    [audited] = await world.rows("planning", "SELECT count(*) FROM audit WHERE operation = 'lift_version'")
    assert audited[0] == 5


async def test_scoring_restored_from_a_backup_speaks_above_what_it_said(world: World) -> None:
    db = world.dbs["scoring"]
    async with world.running():
        await world.register("c-1")
        await world.programme("c-1")
        await world.answer("c-1", A_I_1_i_b="C")
        await world.settle()
    backup = await world.backup("scoring")
    async with world.running():
        for letter in ("B", "A"):
            await world.answer("c-1", A_I_1_i_b=letter)
            await world.settle()
    lost = await world.on_topics("scoring")
    await world.restore("scoring", backup)

    async with world.running():
        await until(lambda: has_halt(world, "scoring", "offset_ahead"), seconds=60)
        await halts.rewind(db, world.bootstrap, "scoring")
        await world.settle()
        done = await finish(db, world.bootstrap, "scoring", scoring)
        assert done.unknown == []
        await world.settle()
        again = await finish(db, world.bootstrap, "scoring", scoring)
        assert (again.lifted, again.ghosts) == (0, [])
        await world.answer("c-1", A_I_1_i_b="B")
        await world.settle()
    await world.check_scores()
    assert await world.disagreements("scoring") == set()
    present = await world.on_topics("scoring")
    moved = {key for key, said in present.items() if said[0] > lost.get(key, (0,))[0]}
    assert {key[1] for key in moved} >= {"c-1:2026:unit", "c-1:2026:effective"}


async def test_survey_restored_from_a_backup_holds_no_answer_that_was_withdrawn_since(world: World) -> None:
    """Nor one whose person became unknown since: the first round of upkeep cuts the tie again."""
    db = world.dbs["survey"]
    async with world.running():
        await world.register("s-1")
        await world.settle()
        kept, tokens = await world.survey("s-1", [5] * 11 + [1])
        past, _ = await world.survey("s-1", [4] * 6, period="2025", closed_days=80)
        await world.settle()
    backup = await world.backup("survey")
    async with world.running():
        async with db.transaction() as session:
            for token in (tokens[0], tokens[11]):
                await withdrawing.withdraw(session, token, channel="form")
        await world.survey_days_later(past, 91)
        await world.settle()
    await world.restore("survey", backup)
    assert (await world.standing(kept)).released.shown_n == 5  # the backup knows nothing of it

    code, found = await world.zi("restore", "finish", "--service", "survey")
    assert (code, found["unknown_entities"]) == (0, [])
    campaign = await world.standing(kept)
    assert (campaign.n, campaign.willing, campaign.released.shown_n) == (10, 10, 0)
    sums = await world.rows("survey", f"SELECT DISTINCT n, total FROM item_sum WHERE campaign_id = '{kept}'")
    assert [tuple(row) for row in sums] == [(10, 50)]
    await world.survey_days_later(past, 91)
    left = await world.rows(
        "survey",
        f"SELECT (SELECT count(*) FROM response WHERE campaign_id = '{past}'), "
        f"(SELECT count(*) FROM anonymous_answer WHERE campaign_id = '{past}')",
    )
    assert [tuple(row) for row in left] == [(0, 6)]
    async with world.running():
        await world.settle()
        again = await finish(db, world.bootstrap, "survey", survey)
        assert (again.lifted, again.ghosts, again.unknown) == (0, [], [])
    assert await world.disagreements("survey") == set()


async def test_a_wiped_broker_is_filled_again_from_the_tables(world: World, tmp_path: Path) -> None:
    """Also with what the outbox has forgotten: registers on compacted topics and events of past months."""
    async with world.running():
        await world.register("a-1")
        await world.programme("a-1")
        await world.answer("a-1", A_I_1_i_b="B", B_I_b="A")
        await world.settle()
        filer = Filer(
            world.dbs["complaints"],
            DeadlineEngine(load_policies(), TrustedClock()),
            Receipts("a secret, long enough"),
            Identities(LocalKeys(tmp_path / "keys.json", may_make=True)),
        )
        await filer.submit(unit_id="a-1")
        async with world.dbs["survey"].transaction() as session:
            draft = await campaigns.create_campaign(
                session,
                OPERATOR,
                unit_id="a-1",
                regime_id="mandiri.2023",
                period=str(YEAR),
                policies={},
                excluded_items=[],
                closes_at=None,
            )
            await campaigns.open_campaign(session, OPERATOR, draft.campaign_id, 1)
        await world.settle()
        for name in ("planning", "complaints"):
            async with world.dbs[name].transaction() as session:
                await session.execute(
                    text(
                        "UPDATE outbox SET created_on = created_on - 30"
                        " WHERE position NOT IN (SELECT position FROM outbox_waiting)"
                    )
                )
                await session.execute(text("SELECT zi_outbox_partitions(7, 14)"))
                assert await session.scalar(text("SELECT count(*) FROM outbox")) == 0

        world.kafka.kill()
        world.kafka.wipe()
        world.kafka.start()
        await create_topics(world.bootstrap)
        await until(lambda: have_halt(world, "log_went_back"), seconds=90)
        code, found = await world.zi("outbox", "reconcile")
        assert code == 1
        assert all(found[name]["missing_states"] for name in REGISTERS)
        code, said = await world.zi("outbox", "snapshot")
        assert code == 0
        assert {row["service"] for row in said if row["emitted"]} >= {"planning", "complaints"}
        for name in CONSUMERS:
            await halts.rebase(world.dbs[name], world.bootstrap, name, consumed_by(name))
        await world.settle()
    code, found = await world.zi("outbox", "reconcile")
    assert code == 0, found
    for name in REGISTERS:
        assert await world.disagreements(name) == set()
    await world.check_scores()
    assert (await compare(world.operator_url("scoring"), world.bootstrap)).differences == []


async def has_halt(world: World, service: str, reason: str) -> bool:
    return reason in (await world.halts())[service]


async def have_halt(world: World, reason: str) -> bool:
    return all(found == {reason} for found in (await world.halts()).values())
