"""After the links are destroyed a superuser of the database cannot tell who gave which answer."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import pytest

from services.survey.domain.campaign import Campaign, CampaignClosedError
from services.survey.domain.consent import Decision
from services.survey.jobs import Upkeep
from services.survey.schemas import StatusOut
from services.survey.usecases import campaigns, inviting, upkeep, visits
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.security.sealing import token_hash
from tests.integration.survey.conftest import KEYS, LEADER, OPERATOR, Survey, furnish, make_survey
from tests.support.database import DatabaseCopier, DatabaseMaker

PEOPLE = 40
GUESSED_RIGHT = 12
"""So many right pairs of forty by chance: less than once in 10^8 orders."""


@dataclass
class World:
    """What a superuser holds, and the truth that only this test knows: who answered what."""

    survey: Survey
    root: asyncpg.Connection
    scores: dict[UUID, dict[str, int]]
    responses: dict[UUID, UUID]

    async def rows(self, sql: str) -> list[asyncpg.Record]:
        return list(await self.root.fetch(sql))

    async def person_of(self, token: str) -> UUID:
        found: UUID = await self.root.fetchval(
            "SELECT participant_id FROM identity.participant WHERE token_hash = $1", token_hash(token)
        )
        return found


def scores_of(number: int) -> dict[str, Any]:
    """Return scores that no other of the people gives."""
    rng = random.Random(number)
    return {
        key: 1 + (number // 6**place) % 6 if place < 3 else rng.randint(1, 6)
        for place, key in enumerate(KEYS)
    }


@dataclass(frozen=True)
class Lived:
    """A database in which people agreed and answered; a copy of it has the same system columns."""

    database: ServiceDatabase
    campaign: Campaign
    scores: Mapping[UUID, dict[str, int]]
    responses: Mapping[UUID, UUID]


@pytest.fixture(scope="module")
async def lived(make_database: DatabaseMaker) -> Lived:
    """Forty people who agree one after the other and answer at once, the natural way."""
    database = await make_database("survey")
    owner, db = await asyncpg.connect(database.owner_url), Database(database.app_url, pool_size=2)
    await furnish(owner)
    survey = await make_survey(db, owner)
    scores: dict[UUID, dict[str, int]] = {}
    responses: dict[UUID, UUID] = {}
    async with db.transaction() as session:
        invited = await inviting.invite(
            session,
            OPERATOR,
            survey.id,
            [inviting.Invitee(f"Orang {number}", None) for number in range(PEOPLE)],
        )
    for number, invitation in enumerate(invited):
        scores[invitation.participant_id] = scores_of(number)
        responses[invitation.participant_id] = await survey.respond(invitation.token, **scores_of(number))
        if number % 7 == 0:
            async with db.transaction() as session:
                await upkeep.note_finished(session)
    await db.close()
    await owner.close()
    return Lived(database, survey.campaign, scores, responses)


@pytest.fixture
async def world(lived: Lived, copy_database: DatabaseCopier, postgres_admin_url: str) -> AsyncIterator[World]:
    """What became of the forty people, for each test in a database of its own."""
    database = await copy_database(lived.database)
    owner, db = await asyncpg.connect(database.owner_url), Database(database.app_url, pool_size=2)
    parts = urlsplit(postgres_admin_url)
    root = await asyncpg.connect(urlunsplit(parts._replace(path=f"/{database.name}")))
    assert await root.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    yield World(Survey(db, owner, lived.campaign), root, dict(lived.scores), dict(lived.responses))
    await db.close()
    await owner.close()
    await root.close()


async def destroy(world: World) -> None:
    await world.survey.close()
    await world.survey.owner.execute("UPDATE campaign SET closed_at = now() - interval '91 days'")
    async with world.survey.db.transaction() as session:
        await upkeep.forget(session)


NUMBERS = ("xmin", "xmax", "cmin", "ctid")
PERSONS = ("identity.participant", "identity.decision")


async def related(world: World, person: str, answer: str, on: tuple[str, str]) -> set[tuple[Any, Any]]:
    """Return which people and answers a join on two system columns relates; 0 is no transaction."""
    key = "answer_id" if answer == "anonymous_answer" else "id"
    rows = await world.rows(f"""
        SELECT p.participant_id, a.{key} FROM {person} p JOIN {answer} a
        ON p.{on[0]}::text = a.{on[1]}::text AND p.{on[0]}::text <> '0'
    """)
    return {(row[0], row[1]) for row in rows}


async def test_before_that_no_row_of_a_person_names_the_transaction_of_their_answer(world: World) -> None:
    for person, on in product(PERSONS, ("xmin", "xmax")):
        for told in ("audit", "outbox"):
            entity = "entity = 'response'" if told == "audit" else "aggregatetype = 'response'"
            rows = await world.rows(f"""
                SELECT * FROM {person} p JOIN {told} a ON p.{on}::text = a.xmin::text WHERE a.{entity}
            """)
            assert rows == [], (person, on, told)


async def test_no_number_of_the_database_leads_from_a_person_to_an_answer(world: World) -> None:
    await destroy(world)
    everybody = PEOPLE * PEOPLE
    for person, one, other in product(PERSONS, NUMBERS, NUMBERS):
        pairs = await related(world, person, "anonymous_answer", (one, other))
        if one == other == "ctid":  # places in two files: a right guess would be one by chance
            assert len(await right(world, pairs)) < GUESSED_RIGHT
        else:
            assert len(pairs) in (0, everybody), (person, one, other)


async def right(world: World, pairs: set[tuple[Any, Any]]) -> set[tuple[Any, Any]]:
    """Return the pairs that name the scores a person really gave."""
    rows = await world.rows("SELECT answer_id, scores FROM anonymous_answer")
    given = {row["answer_id"]: row["scores"] for row in rows}
    return {pair for pair in pairs if json.loads(given[pair[1]]) == world.scores[pair[0]]}


ORDERS_OF_PEOPLE = (
    "SELECT participant_id FROM identity.participant ORDER BY ctid",
    "SELECT participant_id FROM identity.participant ORDER BY participant_id",
    "SELECT participant_id FROM identity.participant ORDER BY token_hash",
    "SELECT participant_id FROM identity.participant ORDER BY name",
    "SELECT participant_id FROM identity.decision ORDER BY ctid",
    "SELECT participant_id FROM identity.decision ORDER BY consent_id",
    "SELECT participant_id FROM identity.decision ORDER BY willing",
    "SELECT participant_id FROM identity.decision ORDER BY decided_at, ctid",
    """
    SELECT participant_id FROM identity.decision d JOIN audit a ON a.entity_id = d.consent_id::text
    ORDER BY a.xmin::text::bigint, a.ctid
    """,
)
ORDERS_OF_ANSWERS = (
    "SELECT answer_id FROM anonymous_answer ORDER BY ctid",
    "SELECT answer_id FROM anonymous_answer ORDER BY answer_id",
    "SELECT answer_id FROM anonymous_answer ORDER BY xmin::text::bigint, cmin::text::bigint, ctid",
)


async def test_no_order_of_people_goes_with_an_order_of_answers(world: World) -> None:
    await destroy(world)
    for of_people, of_answers in product(ORDERS_OF_PEOPLE, ORDERS_OF_ANSWERS):
        people = [row[0] for row in await world.rows(of_people)]
        found = [row[0] for row in await world.rows(of_answers)]
        assert len(people) == len(found) == PEOPLE
        for order in (found, found[::-1]):
            pairs = await right(world, set(zip(people, order, strict=True)))
            assert len(pairs) < GUESSED_RIGHT, (of_people, of_answers)


async def test_no_id_of_an_answer_stands_anywhere_else(world: World) -> None:
    await destroy(world)
    ids = {str(row[0]) for row in await world.rows("SELECT answer_id FROM anonymous_answer")}
    tables = await world.rows("""
        SELECT n.nspname || '.' || c.relname AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname IN ('public', 'identity') AND c.relname <> 'anonymous_answer'
    """)
    assert len(tables) > 10
    for table in tables:
        text = "\n".join(row[0] for row in await world.rows(f"SELECT t::text FROM {table['name']} t"))
        assert not {one for one in ids if one in text}, table["name"]
    assert ids.isdisjoint(map(str, world.responses.values()))


async def test_the_table_of_the_answers_is_another_one_and_holds_none_of_them(world: World) -> None:
    before = await world.root.fetchval("SELECT 'response'::regclass::oid")
    shape = (
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'response'::regclass ORDER BY 1"
    )
    rights = (
        "SELECT grantee, privilege_type FROM information_schema.table_privileges "
        "WHERE table_name = 'response' ORDER BY 1, 2"
    )
    columns = (
        "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns "
        "WHERE table_name = 'response' ORDER BY ordinal_position"
    )
    looked = [await world.rows(sql) for sql in (shape, rights, columns)]
    await destroy(world)
    assert await world.root.fetchval("SELECT count(*) FROM response") == 0
    assert await world.root.fetchval("SELECT 'response'::regclass::oid") != before
    assert [await world.rows(sql) for sql in (shape, rights, columns)] == looked
    assert await world.root.fetchval("SELECT count(*) FROM identity.campaign_secret") == 0


async def test_what_is_kept_of_people_and_their_acts_has_a_day_and_no_time(world: World) -> None:
    midnight = "(({0}) AT TIME ZONE 'Asia/Jakarta')::time"
    kept = f"SELECT DISTINCT {midnight.format('at')}::text FROM audit WHERE entity IN ('consent', 'response')"
    assert [tuple(row) for row in await world.rows(kept)] == [("00:00:00",)]
    assert (
        await world.rows("SELECT FROM audit WHERE entity IN ('consent', 'response') AND correlation_id <> ''")
        == []
    )
    await destroy(world)
    decided = f"SELECT DISTINCT {midnight.format('decided_at')}::text FROM identity.decision"
    assert [tuple(row) for row in await world.rows(decided)] == [("00:00:00",)]
    for table in ("anonymous_answer", "told_response", "response"):
        columns = await world.rows(
            f"SELECT data_type FROM information_schema.columns WHERE table_name = '{table}'"
        )
        assert not [row for row in columns if "time" in row[0] or row[0] == "date"]
    ids = await world.rows("SELECT id FROM audit WHERE entity IN ('consent', 'response')")
    assert {row["id"].version for row in ids} == {4}  # the seventh version would tell the millisecond


async def test_figures_sums_and_people_are_the_same_afterwards(world: World) -> None:
    before = await world.survey.status()
    await world.survey.close()
    closed = await world.survey.status()
    await destroy_again(world)
    after = await world.survey.status()
    assert (after.campaign.n, after.indices, after.sums) == (closed.campaign.n, closed.indices, closed.sums)
    assert after.campaign.n == before.campaign.n == PEOPLE
    async with world.survey.db.reading() as session:
        assert await upkeep.drift(session) == 0
    finished = await world.root.fetchval("SELECT count(*) FROM identity.participant WHERE is_finished")
    assert finished == PEOPLE


async def destroy_again(world: World) -> None:
    await world.survey.owner.execute("UPDATE campaign SET closed_at = now() - interval '91 days'")
    for _ in range(2):
        async with world.survey.db.transaction() as session:
            await upkeep.forget(session)


async def test_answers_of_other_campaigns_stay_as_they_are_and_can_still_be_withdrawn(world: World) -> None:
    db, owner = world.survey.db, world.survey.owner
    other = await make_survey(db, owner, period="2027")
    tokens = await other.invite(10)
    for token in tokens:
        await other.respond(token, 5)
    kept = (
        "SELECT response_id, link, scores, version, arrived, released_version, changed_in FROM response "
        "WHERE campaign_id <> $1 ORDER BY 1"
    )
    before = await world.root.fetch(kept, world.survey.id)
    version = (await world.survey.status()).campaign.version
    async with db.transaction() as session:
        await campaigns.close_campaign(session, LEADER, world.survey.id, version)
    await owner.execute(
        "UPDATE campaign SET closed_at = now() - interval '91 days' WHERE campaign_id = $1", world.survey.id
    )
    async with db.transaction() as session:
        await upkeep.forget(session)
    assert await world.root.fetch(kept, world.survey.id) == before
    await other.withdraw(tokens[0])
    assert (await other.status()).campaign.n == 9


async def test_nothing_is_destroyed_while_the_answers_are_being_read(world: World) -> None:
    await world.survey.close()
    await world.survey.owner.execute("UPDATE campaign SET closed_at = now() - interval '91 days'")
    async with world.root.transaction():
        await world.root.fetch("SELECT 1 FROM response")
        async with world.survey.db.transaction() as session:
            await upkeep.forget(session)
    assert await world.root.fetchval("SELECT count(*) FROM identity.campaign_secret") == 1
    assert await world.root.fetchval("SELECT count(*) FROM response") == PEOPLE
    async with world.survey.db.transaction() as session:
        await upkeep.forget(session)
    assert await world.root.fetchval("SELECT count(*) FROM anonymous_answer") == PEOPLE


@pytest.mark.parametrize(("answered", "kept"), [(4, 0), (5, 5)])
async def test_fewer_than_five_answers_are_erased_and_not_kept(
    survey: Survey, answered: int, kept: int
) -> None:
    """Who knows what the others said could tell the last one by elimination."""
    *tokens, gone = await survey.invite(answered + 1)
    for token in tokens:
        await survey.respond(token, 5)
    await survey.respond(gone, 1)
    await survey.withdraw(gone)
    await survey.close()
    await survey.owner.execute("UPDATE campaign SET closed_at = now() - interval '91 days'")
    await Upkeep(survey.db, seconds=1).step()
    rows = await survey.owner.fetch("SELECT scores FROM anonymous_answer")
    assert len(rows) == kept
    assert {(one.n, one.total) for one in (await survey.inner()).values()} == {(kept, kept * 5)}
    assert await survey.owner.fetchval("SELECT count(*) FROM response") == 0
    assert await survey.owner.fetchval("SELECT count(*) FROM told_response") == answered + 1
    status = StatusOut.of_status(await survey.status())
    assert (status.n, status.figures) == (answered, "released" if kept else "erased")
    async with survey.db.reading() as session:
        assert await upkeep.drift(session) == 0
    changes = await survey.owner.fetchval("SELECT changes FROM audit WHERE operation = 'forget_identities'")
    assert json.loads(changes) == {"secret": True, "identities": False} | ({} if kept else {"answers": True})


async def test_answers_whose_secret_was_destroyed_alone_become_anonymous_as_well(survey: Survey) -> None:
    """So it was before answers were copied: rows in the order of arrival, and moments of decisions."""
    for token in await survey.invite(6):
        await survey.respond(token, 5)
    await survey.close()
    await survey.owner.execute("UPDATE campaign SET closed_at = now() - interval '91 days'")
    await survey.owner.execute("DELETE FROM identity.campaign_secret")
    await Upkeep(survey.db, seconds=1).step()
    assert await survey.owner.fetchval("SELECT count(*) FROM response") == 0
    assert await survey.owner.fetchval("SELECT count(*) FROM anonymous_answer") == 6
    decided = "SELECT DISTINCT (decided_at AT TIME ZONE 'Asia/Jakarta')::time::text FROM identity.decision"
    assert [row[0] for row in await survey.owner.fetch(decided)] == ["00:00:00"]


async def test_who_finished_is_noted_later_whatever_was_broken_off(survey: Survey) -> None:
    tokens = await survey.invite(6)
    for token in tokens[:4]:
        await survey.respond(token)
    await survey.withdraw(tokens[3])
    await survey.decide(tokens[4])
    assert await survey.owner.fetchval("SELECT count(*) FROM identity.participant WHERE is_finished") == 0
    async with survey.db.reading() as session:
        assert (await visits.look_up(session, tokens[0])).is_finished  # by the answer's link
    async with survey.db.transaction() as session:
        assert await upkeep.note_finished(session) == 4
        await session.rollback()
    for expected in (4, 0):
        async with survey.db.transaction() as session:
            assert await upkeep.note_finished(session) == expected
    assert await survey.owner.fetchval("SELECT count(*) FROM identity.participant WHERE is_finished") == 4


async def test_a_withdrawal_that_waited_for_the_destruction_finds_nothing_to_take_back(
    survey: Survey,
) -> None:
    (token,) = await survey.invite()
    await survey.respond(token)
    await survey.close()
    await survey.owner.execute("UPDATE campaign SET closed_at = now() - interval '91 days'")
    async with survey.db.transaction() as session:
        await upkeep.forget(session)
        late = asyncio.create_task(survey.withdraw(token))
        for _ in range(200):
            await asyncio.sleep(0)
    with pytest.raises(CampaignClosedError):
        await late
    decision = await survey.owner.fetchval(
        "SELECT decision FROM identity.decision ORDER BY number DESC LIMIT 1"
    )
    assert decision == Decision.WILLING
    assert (await survey.status()).campaign.n == 1
