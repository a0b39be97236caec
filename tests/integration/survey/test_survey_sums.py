import asyncio
import random

from prometheus_client import REGISTRY

from services.survey.jobs import Upkeep
from services.survey.usecases import upkeep
from shared.instruments.survey import ItemSum
from tests.integration.survey.conftest import Survey


async def drift(survey: Survey) -> int:
    async with survey.db.reading() as session:
        return await upkeep.drift(session)


async def willing(survey: Survey) -> dict[str, int]:
    async with survey.db.reading() as session:
        return dict(await upkeep.willing_by_regime(session))


async def test_running_sums_equal_a_recount_under_concurrency(survey: Survey) -> None:
    rng = random.Random(7)
    tokens = await survey.invite(40)

    places = asyncio.Semaphore(8)  # as many as there are connections

    async def person(token: str, score: int, *, leaves: bool) -> None:
        async with places:
            await survey.respond(token, score)
            if leaves:
                await survey.withdraw(token)

    await asyncio.gather(*(person(token, rng.randint(1, 6), leaves=rng.random() < 0.25) for token in tokens))
    assert await drift(survey) == 0
    rows = await survey.owner.fetch(
        "SELECT (scores->>'pungli')::int AS score FROM response WHERE scores IS NOT NULL"
    )
    assert (await survey.status()).campaign.n == len(rows) > 20
    assert (await survey.inner())["pungli"] == ItemSum(len(rows), sum(row["score"] for row in rows))


async def test_every_change_has_its_tally_and_versions_have_no_gap(survey: Survey) -> None:
    tokens = await survey.invite(12)
    await asyncio.gather(*(survey.respond(token, 4) for token in tokens))
    await asyncio.gather(*(survey.withdraw(token) for token in tokens[:3]))
    tallies = await survey.facts("tally.changed")
    assert [tally["version"] for tally in tallies] == list(range(1, 1 + 1 + 12 + 12 + 3))
    assert (tallies[-1]["n"], tallies[-1]["willing"]) == (9, 9)


async def test_drift_shows_a_sum_that_was_touched(survey: Survey) -> None:
    (token,) = await survey.invite()
    await survey.respond(token)
    await survey.owner.execute("UPDATE item_sum SET total = total + 2 WHERE item_key = 'pungli'")
    assert await drift(survey) == 2


async def test_willing_people_are_counted_in_open_campaigns_only(survey: Survey) -> None:
    for token in await survey.invite(3):
        await survey.decide(token)
    assert await willing(survey) == {"mandiri.2023": 3, "skm.2017": 0, "tpn_external.2021": 0}
    await survey.close()
    assert set((await willing(survey)).values()) == {0}


async def test_a_round_of_upkeep_shows_its_figures(survey: Survey) -> None:
    (token,) = await survey.invite()
    await survey.respond(token)
    await survey.owner.execute("UPDATE item_sum SET total = total + 1 WHERE item_key = 'waktu'")
    await Upkeep(survey.db, seconds=1).step()
    assert REGISTRY.get_sample_value("zi_survey_respondents_willing", {"regime": "mandiri.2023"}) == 1
    assert REGISTRY.get_sample_value("zi_survey_index_drift_points") == 1


async def test_thresholds_turn_at_the_thirtieth_person(survey: Survey) -> None:
    for token in await survey.invite(29):
        await survey.respond(token, 6)
    assert (await survey.threshold())["failed"] == ["willing", "respondents"]
    (last,) = await survey.invite()
    await survey.respond(last, 6)
    assert (await survey.threshold("WBBM"))["result"] == "met"
    await survey.withdraw(last)
    assert (await survey.threshold())["failed"] == ["willing", "respondents"]
