"""Figures leave the service for at least five people at a time; thresholds leave as classes."""

import random
from datetime import time
from fractions import Fraction
from itertools import combinations
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.survey.domain.release import FEWEST
from services.survey.usecases import upkeep
from shared.db import Database
from shared.kernel import Zone
from tests.integration.survey.conftest import KEYS, Survey, make_survey

IPAK = ("diskriminasi", "kecurangan", "gratifikasi", "pungli", "percaloan")


async def overdue(survey: Survey) -> None:
    """Let 72 hours pass for what waits, and let the timer look."""
    await survey.owner.execute("UPDATE campaign SET waiting_since = waiting_since - interval '72 hours'")
    async with survey.db.transaction() as session:
        await upkeep.take_back_overdue(session)


async def tally(survey: Survey) -> dict[str, Any]:
    return (await survey.facts("tally.changed"))[-1]


async def covered(survey: Survey) -> frozenset[UUID]:
    """Return the answers behind the figures that are shown now."""
    rows = await survey.owner.fetch(
        "SELECT response_id FROM response JOIN campaign USING (campaign_id) "
        "WHERE released_version IS NOT NULL AND NOT is_taken_back"
    )
    return frozenset(row["response_id"] for row in rows)


async def test_the_first_release_comes_at_ten_answers_and_the_next_when_ten_wait(survey: Survey) -> None:
    seen = []
    for number, token in enumerate(await survey.invite(21)):
        await survey.respond(token, 1 + number % 6)
        last = await tally(survey)
        seen.append((last["n"], last["released_n"]))
    assert seen == [(n, 0 if n < 10 else n // 5 * 5 - 5) for n in range(1, 22)]
    scores = [1 + number % 6 for number in range(15)]
    assert (await tally(survey))["ipak"] == str(Fraction(sum(scores), 15) * Fraction(2, 3))
    await survey.close()
    assert (await tally(survey))["released_n"] == 21


async def test_figures_follow_a_withdrawal_with_the_next_release(survey: Survey) -> None:
    tokens = await survey.invite(20)
    for token in tokens[:10]:
        await survey.respond(token, 3)
    await survey.withdraw(tokens[0])
    last = await tally(survey)
    assert (last["n"], last["released_n"], last["ipak"]) == (9, 5, "2")
    for token in tokens[10:13]:
        await survey.respond(token, 6)
    assert (await tally(survey))["released_n"] == 5
    await survey.respond(tokens[13], 6)
    last = await tally(survey)  # four of those who waited came in and one left: five people
    assert (last["n"], last["released_n"]) == (13, 8)
    assert await survey.owner.fetchval("SELECT waiting_since FROM campaign") is None


async def test_figures_that_cannot_follow_a_withdrawal_are_taken_back_after_72_hours(survey: Survey) -> None:
    tokens = await survey.invite(20)
    for token in tokens[:10]:
        await survey.respond(token, 3)
    await overdue(survey)  # nothing has to follow yet
    assert (await tally(survey))["released_n"] == 5
    await survey.withdraw(tokens[0])
    await survey.owner.execute("UPDATE campaign SET waiting_since = waiting_since - interval '71 hours'")
    async with survey.db.transaction() as session:
        assert await upkeep.take_back_overdue(session) == 0
    await overdue(survey)
    last = await tally(survey)
    assert (last["n"], last["released_n"], last["ipak"]) == (9, 0, None)
    status = await survey.status()
    assert status.campaign.released.is_taken_back
    assert (status.indices.ipak, status.sums) == (None, {})
    audit = await survey.owner.fetchrow("SELECT * FROM audit WHERE operation = 'take_back_figures'")
    assert (audit["actor"], len(audit["event_ids"])) == ("system", 2)  # the tally and the thresholds
    assert audit["at"].astimezone(Zone.WIB.tz).time() == time()  # else it told when somebody withdrew
    for token in tokens[10:14]:
        await survey.respond(token, 3)
    assert (await tally(survey))["released_n"] == 8


async def test_figures_taken_back_are_kept_nowhere(survey: Survey) -> None:
    """Less the sums of all answers they would be the scores of the one who withdrew."""
    tokens = await survey.invite(30)
    for token in tokens:
        await survey.respond(token, 4)
    await survey.close()
    await survey.withdraw(tokens[0])
    await overdue(survey)
    kept = await survey.owner.fetchrow(
        "SELECT released_n, released_totals, released_outlooks, is_taken_back FROM campaign"
    )
    assert tuple(kept) == (0, "{}", "{}", True)
    for token in tokens[1:5]:
        await survey.withdraw(token)
    assert (await tally(survey))["released_n"] == 25


async def test_figures_that_wait_when_answers_become_anonymous_are_taken_back(survey: Survey) -> None:
    tokens = await survey.invite(30)
    for token in tokens:
        await survey.respond(token, 4)
    await survey.close()
    await survey.owner.execute("UPDATE campaign SET closed_at = closed_at - interval '91 days'")
    await survey.withdraw(tokens[0])  # the secret is there until the timer comes
    assert (await tally(survey))["released_n"] == 30
    async with survey.db.transaction() as session:
        await upkeep.forget(session)
    assert ((await tally(survey))["n"], (await tally(survey))["released_n"]) == (29, 0)
    kept = await survey.owner.fetchrow("SELECT released_n, released_totals, is_frozen FROM campaign")
    assert tuple(kept) == (0, "{}", True)


async def test_a_result_after_the_close_has_two_decimals_and_no_sums_by_item(survey: Survey) -> None:
    tokens = await survey.invite(31)
    for number, token in enumerate(tokens):
        await survey.respond(token, 1 + number % 6)
    await survey.close()
    exact = await tally(survey)
    assert (exact["released_n"], exact["ipak"]) == (31, "212/93")
    assert len((await survey.status()).sums) == len(KEYS)
    for token in tokens[:4]:
        await survey.withdraw(token)
    assert (await tally(survey))["released_n"] == 31
    await overdue(survey)
    assert (await tally(survey))["released_n"] == 0
    await survey.withdraw(tokens[4])
    superseding = await tally(survey)
    left = [1 + number % 6 for number in range(5, 31)]
    shown = Fraction(round(float(Fraction(sum(left), 26) * Fraction(2, 3)), 2)).limit_denominator(100)
    assert (superseding["released_n"], superseding["ipak"]) == (26, str(shown))
    assert (await survey.status()).sums == {}


async def test_a_close_that_leaves_one_to_four_people_waiting_adds_none_of_them(survey: Survey) -> None:
    tokens = await survey.invite(14)
    for token in tokens:
        await survey.respond(token, 4)
    for token in tokens[5:10]:
        await survey.withdraw(token)  # of those who were never shown
    assert len(await covered(survey)) == 5
    await survey.close()
    assert ((await tally(survey))["n"], (await tally(survey))["released_n"]) == (9, 5)
    await overdue(survey)
    assert (await tally(survey))["released_n"] == 0
    assert (await survey.threshold())["outlook"] == "NOT_MET"


async def test_a_close_with_fewer_than_five_answers_shows_no_figure(survey: Survey) -> None:
    for token in await survey.invite(4):
        await survey.respond(token, 6)
    await survey.close()
    assert ((await tally(survey))["n"], (await tally(survey))["ipak"]) == (4, None)


@pytest.mark.parametrize("seed", range(3))
async def test_no_two_figures_of_a_random_campaign_differ_by_one_to_four_people(
    survey: Survey, seed: int
) -> None:
    rng = random.Random(seed)
    tokens, here = iter(await survey.invite(60)), []
    given: dict[UUID, dict[str, Any]] = {}
    shown: dict[frozenset[UUID], str | None] = {frozenset(): None}

    async def look() -> None:
        """Note whose answers the figures cover; the same people always give the same figure."""
        last, people = await tally(survey), await covered(survey)
        assert last["released_n"] == len(people)
        if people and not (await survey.status()).campaign.released.is_coarse:
            mean = sum(Fraction(sum(given[one][key] for one in people), len(people)) for key in IPAK) / 5
            assert last["ipak"] == str(mean * Fraction(2, 3))
        shown.setdefault(people, last["ipak"])

    for number in range(90):
        if number == 70:
            await survey.close()
        act = rng.choices(("answer", "withdraw", "wait"), (7, 3, 1))[0]
        if act == "answer" and number < 70 and (token := next(tokens, None)) is not None:
            scores: dict[str, Any] = {key: rng.randint(1, 6) for key in KEYS}
            given[await survey.respond(token, **scores)] = scores
            here.append(token)
        elif act == "withdraw" and here:
            await survey.withdraw(here.pop(rng.randrange(len(here))))
        elif act == "wait":
            await overdue(survey)
        await look()
    assert len(shown) > 4
    assert {len(one ^ other) for one, other in combinations(shown, 2)}.isdisjoint(range(1, FEWEST))


# -- thresholds ---------------------------------------------------------------------------------------------


async def test_thresholds_carry_classes_and_counts_and_nothing_that_could_be_subtracted(
    survey: Survey,
) -> None:
    for token in await survey.invite(3):
        await survey.respond(token, 5)
    last = (await survey.facts("threshold.changed"))[-1]
    assert (last["is_deciding"], last["index_basis"]) == (True, "own")
    assert (last["willing_minimum"], last["finished_minimum"]) == (30, 30)
    assert last["predicates"][0] == {
        "predicate": "WBK",
        "result": "not_met",
        "failed": ["willing", "respondents", "ipak", "ipkp"],
        "unknown": ["ipak", "ipkp"],
        "outlook": "IMPOSSIBLE",  # three people were asked
    }
    assert not {"ipak", "ipkp", "ikm", "margin", "total"} & last.keys()


async def test_classes_of_indices_move_with_releases_alone(survey: Survey) -> None:
    """Else the class after each answer would tell on which side of a floor that one answer lies."""
    tokens = await survey.invite(20)
    for token in tokens[:9]:
        await survey.respond(token, 6)
    assert len(await survey.facts("threshold.changed")) == 2  # opened; too few were asked
    assert (await survey.threshold())["unknown"] == ["ipak", "ipkp"]
    await survey.respond(tokens[9], 6)
    assert (await survey.threshold())["failed"] == ["willing", "respondents"]
    told = len(await survey.facts("threshold.changed"))
    for token in tokens[10:14]:
        await survey.respond(token, 1)  # all answers together have long been below the floor
    assert len(await survey.facts("threshold.changed")) == told
    await survey.respond(tokens[14], 1)  # the released ten are still all sixes
    assert len(await survey.facts("threshold.changed")) == told
    for token in tokens[15:]:
        await survey.respond(token, 1)
    assert (await survey.threshold())["failed"] == ["willing", "respondents", "ipak", "ipkp"]
    assert (await survey.threshold())["unknown"] == []


async def test_a_withdrawal_after_the_close_flips_no_index_until_the_figures_follow(survey: Survey) -> None:
    tokens = await survey.invite(35)
    for number, token in enumerate(tokens):
        await survey.respond(token, 5 if number < 21 else 6)  # 189 of 35 times 5.4
    await survey.close()
    assert (await survey.threshold())["result"] == "met"
    told = len(await survey.facts("threshold.changed"))
    await survey.withdraw(tokens[-1])  # all that are left lie below the floor
    assert len(await survey.facts("threshold.changed")) == told
    await overdue(survey)
    assert (await survey.threshold())["unknown"] == ["ipak", "ipkp"]
    assert len(await survey.facts("threshold.changed")) == told + 1
    for token in tokens[-5:-1]:
        await survey.withdraw(token)
    assert (await survey.threshold())["failed"] == ["ipak"]


async def test_the_classes_of_random_answers_depend_on_released_ones_alone(
    db: Database, owner: asyncpg.Connection
) -> None:
    """Two campaigns whose released answers are alike, and whose waiting ones are not, are told alike."""
    told = []
    for period, waiting in (("2026-Q1", 1), ("2026-Q2", 6)):
        survey = await make_survey(db, owner, period=period)
        for number, token in enumerate(await survey.invite(40)):
            await survey.respond(token, 6 if number < 30 else waiting)
            if number == 34:
                break
        facts = [
            fact["predicates"]
            for fact in await survey.facts("threshold.changed")
            if fact["campaign_id"] == str(survey.id)
        ]
        told.append([one for place, one in enumerate(facts) if place == 0 or one != facts[place - 1]])
    assert told[0] == told[1]


async def test_thresholds_are_told_when_one_of_them_changed_and_only_then(survey: Survey) -> None:
    before = len(await survey.facts("threshold.changed"))
    first, second = await survey.invite(2)
    invited = await survey.facts("threshold.changed")
    assert invited[-1]["predicates"][0]["outlook"] == "IMPOSSIBLE"
    assert len(invited) == before + 1
    await survey.invite(1)
    assert len(await survey.facts("threshold.changed")) == before + 1
    await survey.respond(first)
    await survey.respond(second)
    versions = [fact["version"] for fact in await survey.facts("threshold.changed")]
    assert versions == list(range(1, len(versions) + 1))
    await survey.close()
    assert (await survey.threshold())["outlook"] == "NOT_MET"


async def test_the_outlook_goes_from_too_few_to_met(survey: Survey) -> None:
    assert (await survey.threshold())["outlook"] == "TOO_FEW_CONSENTS"  # nobody was asked yet
    tokens = await survey.invite(45)
    seen = []
    for token in tokens[:30]:
        await survey.decide(token)
        seen.append((await survey.threshold("WBBM"))["outlook"])
    assert seen == ["TOO_FEW_CONSENTS"] * 29 + ["BELOW_MIN_N"]
    for token in tokens[:30]:
        await survey.submit(token, 6)
    assert (await survey.threshold("WBBM"))["outlook"] == "LIKELY"  # 25 sixes are shown, twenty may follow
    for token in tokens[30:]:
        await survey.respond(token, 6)
    assert (await survey.threshold("WBBM"))["outlook"] == "GUARANTEED"  # 40 sixes, five people left
    await survey.close()
    assert (await survey.threshold("WBBM"))["outlook"] == "MET"


async def test_an_index_out_of_reach_is_told_as_impossible(survey: Survey) -> None:
    tokens = await survey.invite(31)
    for token in tokens[:30]:
        await survey.respond(token, 2)
    assert (await survey.threshold())["outlook"] == "IMPOSSIBLE"


async def test_no_threshold_is_told_of_a_survey_without_floors(
    db: Database, owner: asyncpg.Connection
) -> None:
    survey = await make_survey(db, owner, regime_id="skm.2017")
    assert await survey.facts("threshold.changed") == []
    assert (await survey.status()).threshold is None


async def test_the_deciding_campaign_is_named_by_rule_and_never_simply_the_newest(
    db: Database, owner: asyncpg.Connection
) -> None:
    first = await make_survey(db, owner, period="2026-Q1")
    second = await make_survey(db, owner, period="2026-Q2")
    month = await make_survey(db, owner, period="2026-12")

    async def deciding() -> list[bool]:
        newest: dict[str, bool] = {}
        for fact in await first.facts("threshold.changed"):
            newest[fact["campaign_id"]] = fact["is_deciding"]
        return [newest[str(one.id)] for one in (first, second, month)]

    assert await deciding() == [False, True, False]  # all empty: the later quarter, not the single month
    for token in await month.invite(30):
        await month.respond(token, 6)
    assert await deciding() == [False, False, True]  # a quarter that nobody answered takes nothing over
    for token in await first.invite(30):
        await first.respond(token, 6)
    assert await deciding() == [True, False, False]
    tokens = await second.invite(30)
    for token in tokens:
        await second.respond(token, 6)
    assert await deciding() == [False, True, False]
    await second.withdraw(tokens[0])
    assert await deciding() == [True, False, False]
    for campaign in (first, second, month):
        told = [f for f in await first.facts("threshold.changed") if f["campaign_id"] == str(campaign.id)]
        assert [fact["version"] for fact in told] == list(range(1, len(told) + 1))


async def test_campaigns_from_before_are_judged_by_the_timer_once(survey: Survey) -> None:
    await survey.owner.execute("DELETE FROM threshold")
    for expected in (1, 0):
        async with survey.db.transaction() as session:
            assert await upkeep.tell_untold(session) == expected
    assert (await survey.facts("threshold.changed"))[-1]["version"] == 1
