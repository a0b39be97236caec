"""At most two tallies of a campaign per second, and always the last."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from services.survey import snapshot
from services.survey.domain.campaign import TALLY_PAUSE
from services.survey.jobs import LOOK_SECONDS, Tallies
from services.survey.store import timers
from services.survey.usecases import telling, upkeep
from shared.contracts.survey import TallyChanged
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.db.database import count_statements
from shared.kernel import Zone
from shared.outbox.snapshot import Behind
from tests.integration.survey.conftest import Survey, make_survey
from tests.support.clock import run_by, stand_still
from tests.support.polling import until
from tests.support.restoring import differences, published, standing

START = datetime(2026, 3, 2, 5, tzinfo=UTC)
CLOSE = START + timedelta(days=60)


class Clock:
    """The database's clock under the test's hand."""

    def __init__(self, owner: asyncpg.Connection) -> None:
        self.owner = owner
        self.now = START

    async def set(self, moment: datetime) -> None:
        self.now = moment
        await stand_still(self.owner, moment)

    async def forward(self, seconds: float) -> None:
        await self.set(self.now + timedelta(seconds=seconds))


@pytest.fixture
async def clock(owner: asyncpg.Connection) -> Clock:
    made = Clock(owner)
    await made.set(START)
    return made


@pytest.fixture
async def paced(db: Database, owner: asyncpg.Connection, clock: Clock) -> Survey:
    """A campaign that told its opening just now, by a clock that stands still."""
    return await make_survey(db, owner, closes_at=CLOSE)


async def look(survey: Survey) -> int:
    """Look once for what is due, as the worker does; returns how many tallies were told."""
    async with survey.db.transaction() as session:
        return await telling.tell_waiting(session)


async def told(survey: Survey) -> list[tuple[int, int, int]]:
    """Return version, n and willing of every tally told so far."""
    return [(one["version"], one["n"], one["willing"]) for one in await survey.facts("tally.changed")]


async def test_a_burst_tells_its_first_change_and_its_last_state(paced: Survey, clock: Clock) -> None:
    tokens = await paced.invite(12)
    await clock.forward(1)
    for token in tokens:
        await paced.respond(token)
    await paced.withdraw(tokens[0])
    assert await told(paced) == [(1, 0, 0), (2, 0, 1)]
    assert await look(paced) == 0  # the pause is not over
    await clock.forward(0.5)
    assert await look(paced) == 1
    assert await told(paced) == [(1, 0, 0), (2, 0, 1), (3, 11, 11)]
    last = (await paced.facts("tally.changed"))[-1]
    assert (last["released_n"], last["ipak"]) == (5, "10/3")
    assert await look(paced) == 0
    # consents, answers and classes were told with each change all the same
    kinds = await paced.kinds()
    assert (kinds.count("consent.given"), kinds.count("response.captured")) == (12, 12)
    assert kinds.count("response.withdrawn") == kinds.count("consent.withdrawn") == 1


async def test_after_the_pause_a_change_tells_at_once_and_for_those_that_waited(
    paced: Survey, clock: Clock
) -> None:
    first, second, third = await paced.invite(3)
    await paced.decide(first)
    await clock.forward(0.499)
    await paced.decide(second)
    assert await told(paced) == [(1, 0, 0)]
    await clock.forward(0.001)
    await paced.decide(third)
    assert await told(paced) == [(1, 0, 0), (2, 0, 3)]
    await clock.forward(0.5)
    assert await look(paced) == 0


async def test_the_pause_begins_anew_with_a_tally_that_waited(paced: Survey, clock: Clock) -> None:
    first, second = await paced.invite(2)
    await paced.decide(first)
    await clock.forward(0.7)
    assert await look(paced) == 1
    await clock.forward(0.4)
    await paced.decide(second)
    assert await told(paced) == [(1, 0, 0), (2, 0, 1)]
    await clock.forward(0.1)
    assert await look(paced) == 1
    assert await told(paced) == [(1, 0, 0), (2, 0, 1), (3, 0, 2)]


async def test_the_close_tells_at_once(paced: Survey) -> None:
    for token in await paced.invite(6):
        await paced.respond(token)
    assert await told(paced) == [(1, 0, 0)]
    await paced.close()
    assert await told(paced) == [(1, 0, 0), (2, 6, 6)]
    assert (await paced.facts("tally.changed"))[-1]["released_n"] == 6
    assert await paced.owner.fetchval("SELECT told_tally FROM campaign") is None


async def test_figures_are_taken_back_at_once(paced: Survey, clock: Clock) -> None:
    tokens = await paced.invite(10)
    for token in tokens:
        await paced.respond(token)
    await clock.forward(0.5)
    await paced.withdraw(tokens[0])
    assert (await paced.facts("tally.changed"))[-1]["released_n"] == 5
    await paced.owner.execute("UPDATE campaign SET waiting_since = waiting_since - interval '72 hours'")
    async with paced.db.transaction() as session:
        assert await upkeep.take_back_overdue(session) == 1
    assert [one["released_n"] for one in await paced.facts("tally.changed")] == [0, 5, 0]


async def test_what_is_to_be_told_as_it_stands_is_told_at_once(paced: Survey) -> None:
    await paced.owner.execute("UPDATE campaign SET is_untold = true")
    async with paced.db.transaction() as session:
        assert await upkeep.tell_untold(session) == 1
    assert await told(paced) == [(1, 0, 0), (2, 0, 0)]


async def test_a_clock_that_was_set_back_holds_up_no_tally(paced: Survey, clock: Clock) -> None:
    first, second = await paced.invite(2)
    await clock.forward(-3600)
    await paced.decide(first)
    assert await told(paced) == [(1, 0, 0), (2, 0, 1)]
    await paced.decide(second)
    await clock.forward(-3600)
    assert await look(paced) == 1
    assert await told(paced) == [(1, 0, 0), (2, 0, 1), (3, 0, 2)]


async def test_two_workers_side_by_side_tell_a_tally_once(paced: Survey, clock: Clock) -> None:
    for token in await paced.invite(2):
        await paced.decide(token)
    await clock.forward(0.5)
    async with paced.db.transaction() as session:
        assert await telling.tell_waiting(session) == 1
        assert await look(paced) == 0  # the other one holds it
    assert await look(paced) == 0
    assert await told(paced) == [(1, 0, 0), (2, 0, 2)]
    await clock.forward(0.1)
    (token,) = await paced.invite()
    await paced.decide(token)
    await clock.forward(0.5)
    assert sorted(await asyncio.gather(*(look(paced) for _ in range(4)))) == [0, 0, 0, 1]
    assert await told(paced) == [(1, 0, 0), (2, 0, 2), (3, 0, 3)]


async def test_a_tally_that_waits_survives_the_process(
    paced: Survey, clock: Clock, database: ServiceDatabase
) -> None:
    (token,) = await paced.invite()
    await paced.decide(token)
    await paced.db.close()
    await clock.forward(3600)
    another = Database(database.app_url, pool_size=2)
    try:
        assert await Tallies(another).step() == 0
        assert await Tallies(another).step() == LOOK_SECONDS
    finally:
        await another.close()
    assert await told(paced) == [(1, 0, 0), (2, 0, 1)]


async def test_the_worker_looks_again_when_the_pause_of_the_next_tally_ends(
    paced: Survey, clock: Clock
) -> None:
    (token,) = await paced.invite()
    await clock.forward(0.1)
    await paced.decide(token)
    await clock.forward(0.1)
    tallies = Tallies(paced.db)
    assert await tallies.step() == pytest.approx(0.3)
    await clock.forward(0.3)
    assert await tallies.step() == 0
    assert await told(paced) == [(1, 0, 0), (2, 0, 1)]


async def test_while_no_tally_waits_the_worker_asks_one_question(paced: Survey) -> None:
    asked = count_statements(paced.db.engine)
    assert await Tallies(paced.db).step() == LOOK_SECONDS
    assert len(asked) == 1


async def test_a_change_that_was_rolled_back_leaves_nothing_to_tell(paced: Survey, clock: Clock) -> None:
    found = (await paced.status()).campaign
    async with paced.db.transaction() as session:
        await telling.count(session, found, clock.now, willing=1)
        await session.rollback()
    await clock.forward(1)
    assert await look(paced) == 0


async def test_a_late_tally_has_the_day_of_the_unit_and_no_moment(paced: Survey, clock: Clock) -> None:
    first, second = await paced.invite(2)
    await clock.set(datetime(2026, 3, 2, 16, 59, 59, 700_000, tzinfo=UTC))  # 23.59.59,7 WIB
    await paced.decide(first)
    await paced.decide(second)
    await clock.forward(0.5)
    assert await look(paced) == 1
    rows = await paced.owner.fetch(
        "SELECT id, h->>1 AS at FROM outbox, jsonb_array_elements(headers) h "
        "WHERE type LIKE '%tally.changed.v1' AND h->>0 = 'ce_time' ORDER BY position"
    )
    local = [datetime.fromisoformat(row["at"]).astimezone(Zone.WIB.tz) for row in rows]
    assert [at.day for at in local] == [2, 2, 3]
    assert {at.time() for at in local} == {time()}
    assert {row["id"].version for row in rows} == {4}
    traces = "SELECT count(*) FROM outbox WHERE traceparent IS NOT NULL"
    assert await paced.owner.fetchval(traces) == 0


async def test_nothing_keeps_the_moment_of_a_tally_once_answers_are_anonymous(
    paced: Survey, clock: Clock
) -> None:
    """Else it told when the last person withdrew."""
    tokens = await paced.invite(6)
    for token in tokens:
        await paced.respond(token)
    await paced.close()
    await clock.forward(timedelta(days=89).total_seconds())
    await paced.withdraw(tokens[0])
    assert await paced.owner.fetchval("SELECT tally_told_at FROM campaign") == clock.now
    await clock.forward(timedelta(days=2).total_seconds())
    async with paced.db.transaction() as session:
        await upkeep.forget(session)
    assert await paced.owner.fetchval("SELECT is_anonymous FROM campaign")
    assert await paced.owner.fetchval("SELECT tally_told_at FROM campaign") is None


@pytest.mark.parametrize("seed", range(4))
async def test_random_bursts_tell_at_most_two_a_second_and_end_at_the_state(
    paced: Survey, clock: Clock, seed: int
) -> None:
    rng = random.Random(seed)
    tokens, here = iter(await paced.invite(80)), []
    moments = [clock.now]
    for _ in range(80):
        await clock.forward(rng.choice((0.0, 0.01, 0.1, 0.25, 0.5, 2.0)))
        act = rng.choice(("come", "come", "leave", "look"))
        if act == "look":
            await look(paced)
        elif act == "come" and (token := next(tokens, None)) is not None:
            await paced.decide(token)
            here.append(token)
        elif here:
            await paced.withdraw(here.pop(rng.randrange(len(here))))
        tallies = await told(paced)
        moments += [clock.now] * (len(tallies) - len(moments))
        if (await paced.status()).campaign.told_tally is None:
            assert tallies[-1][2] == len(here)
        else:
            assert act != "look" or clock.now - moments[-1] < TALLY_PAUSE
        assert differences(await published(paced.db), await standing(paced.db, snapshot)) == {}
    await clock.forward(0.5)
    await look(paced)
    tallies = await told(paced)
    assert tallies[-1][2] == len(here)
    assert [version for version, _, _ in tallies] == list(range(1, len(tallies) + 1))
    assert 10 < len(moments) < 60
    for moment in moments:
        assert sum(moment <= other < moment + timedelta(seconds=1) for other in moments) <= 2


# -- what is said again -------------------------------------------------------------------------------------


async def test_while_a_tally_waits_the_state_is_the_one_that_was_told(paced: Survey, clock: Clock) -> None:
    """A consumer takes a version in one form only; what is not told yet is not missing on the topic."""
    tokens = await paced.invite(12)
    for count, token in enumerate(tokens):
        await paced.respond(token)
        assert differences(await published(paced.db), await standing(paced.db, snapshot)) == {}
        assert len(await told(paced)) == 1, count
    await clock.forward(0.5)
    await look(paced)
    assert differences(await published(paced.db), await standing(paced.db, snapshot)) == {}


async def test_a_lifted_tally_says_what_stands_and_leaves_nothing_to_tell(
    paced: Survey, clock: Clock
) -> None:
    for token in await paced.invite(10):
        await paced.respond(token)
    async with paced.db.transaction() as session:
        (known,) = [one.fact async for one in snapshot.states(session) if isinstance(one.fact, TallyChanged)]
        assert (known.version, known.n) == (1, 0)
        figures = {"released_n": 5, "ipak": "10/3", "ipkp": "10/3"}
        lost = known.model_copy(update={"version": 2, "n": 11, "willing": 12, **figures})
        said = await snapshot.lift(session, Behind(lost, 2, [lost]))
    assert said is not None
    (fact,) = said
    assert isinstance(fact, TallyChanged)
    assert (fact.version, fact.n, fact.willing, fact.released_n) == (3, 10, 10, 5)
    assert not (await paced.status()).campaign.released.is_frozen
    await clock.forward(1)
    assert await look(paced) == 0


# -- the worker ---------------------------------------------------------------------------------------------


@pytest.fixture
async def running(db: Database) -> AsyncIterator[None]:
    """Two workers that tell what waits, as two replicas have them."""
    tasks = [asyncio.create_task(Tallies(db).worker().run()) for _ in range(2)]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.usefixtures("running")
async def test_the_workers_tell_the_last_state_by_themselves(survey: Survey) -> None:
    await run_by(survey.owner, "clock_timestamp()")
    tokens = await survey.invite(10)
    await asyncio.gather(*(survey.decide(token) for token in tokens[:4]))
    for token in tokens[4:]:
        await survey.decide(token)

    async def has_told_all() -> bool:
        return (await told(survey))[-1][2] == 10

    await until(has_told_all, what="the last tally")
    assert await survey.owner.fetchval("SELECT told_tally FROM campaign") is None
    versions = [version for version, _, _ in await told(survey)]
    assert versions == list(range(1, len(versions) + 1))


async def test_looking_for_what_waits_reads_no_campaign_that_does_not(
    paced: Survey, db: Database, owner: asyncpg.Connection
) -> None:
    await copy_campaign(owner, 10_000)
    await owner.execute("ANALYZE campaign")
    async with db.transaction() as session:
        for question in (timers.next_wait(TALLY_PAUSE), timers.waiting(TALLY_PAUSE, 100)):
            asked = question.compile(
                dialect=(await session.connection()).dialect, compile_kwargs={"literal_binds": True}
            )
            plan = await session.scalars(text(f"EXPLAIN {asked}"))
            assert "campaign_tally_waits" in "\n".join(plan)


async def copy_campaign(owner: asyncpg.Connection, count: int) -> None:
    """Put so many copies of the campaign beside it."""
    row: Any = await owner.fetchval("SELECT to_jsonb(c) FROM campaign c")
    await owner.execute(
        """
        INSERT INTO campaign
        SELECT copied.* FROM generate_series(1, $2) AS number, jsonb_populate_record(NULL::campaign,
            $1::jsonb || jsonb_build_object('campaign_id', md5(number::text), 'told_tally', NULL)) AS copied
        """,
        row,
        count,
    )
