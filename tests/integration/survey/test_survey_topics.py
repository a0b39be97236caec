"""Whoever reads all survey topics, with times, offsets and headers, learns no person's scores or acts."""

import json
import random
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.survey.domain.release import FEWEST
from services.survey.usecases import upkeep
from shared.contracts.admin import create_topics
from shared.contracts.topics import produced_by
from shared.db import Database
from shared.kernel import Zone
from tests.integration.survey.conftest import KEYS, furnish, make_survey
from tests.support.database import DatabaseMaker
from tests.support.kafka import ends, read_from
from tests.support.polling import until
from tests.support.relaying import drained, relaying

TOPICS = [topic.name for topic in produced_by("survey")]
IPAK = ("diskriminasi", "kecurangan", "gratifikasi", "pungli", "percaloan")
PEOPLE = 33


@pytest.fixture(scope="module")
async def records(
    make_database: DatabaseMaker, kafka_bootstrap: str
) -> tuple[list[Any], list[dict[str, Any]]]:
    """All records of a campaign in which some withdraw, and the scores that were given."""
    await create_topics(kafka_bootstrap)
    start = await ends(kafka_bootstrap, TOPICS)
    database = await make_database("survey")
    owner, db = await asyncpg.connect(database.owner_url), Database(database.app_url, pool_size=8)
    await furnish(owner)
    survey = await make_survey(db, owner)
    rng = random.Random(11)
    given: list[dict[str, Any]] = []
    tokens = await survey.invite(PEOPLE)
    for number, token in enumerate(tokens):
        given.append({key: rng.randint(1, 6) for key in KEYS})
        await survey.decide(token)
        await survey.submit(token, **given[-1])
        if number % 8 == 7:
            await survey.withdraw(tokens[number // 2])
    await survey.close()
    await owner.execute("UPDATE campaign SET waiting_since = waiting_since - interval '72 hours'")
    async with db.transaction() as session:
        await upkeep.take_back_overdue(session)
    async with relaying(db, kafka_bootstrap):
        await until(lambda: drained(db), what="everything is on the topics")
    await db.close()
    await owner.close()
    return await read_from(kafka_bootstrap, start), given


def data_of(records: list[Any], entity: str) -> list[dict[str, Any]]:
    return [json.loads(one.value) for one in records if one.topic == f"zi.survey.{entity}.v1"]


async def test_no_two_figures_on_the_topics_tell_the_scores_of_fewer_than_five(
    records: tuple[list[Any], list[dict[str, Any]]],
) -> None:
    tallies = data_of(records[0], "tally")
    assert len(tallies) > 2 * PEOPLE
    # the attack: where the count rises by one, what the sum of the IPAK scores rises by is that person's
    recovered, answered = 0, iter(records[1])
    for before, after in pairwise(tallies):
        if after["n"] == before["n"] + 1:
            scores = next(answered)
            risen = total_of(after) - total_of(before)
            recovered += risen == sum(scores[key] for key in IPAK)
    assert next(answered, None) is None
    assert recovered == 0
    shown = {(one["released_n"], one["ipak"]) for one in tallies}
    assert len(shown) > 4
    assert all((ipak is None) == (n == 0) and (n == 0 or n >= FEWEST) for n, ipak in shown)


def total_of(tally: dict[str, Any]) -> Fraction:
    """Return the sum of all IPAK scores behind a tally, as whoever reads it would compute it."""
    return Fraction(tally["ipak"] or 0) * int(tally["n"]) * Fraction(3, 2) * len(IPAK)


async def test_no_sum_or_score_is_on_any_topic_but_the_released_indices(
    records: tuple[list[Any], list[dict[str, Any]]],
) -> None:
    for record in records[0]:
        data = json.loads(record.value)
        assert not set(KEYS) & set(json.dumps(data).split('"'))
        if record.topic != "zi.survey.tally.v1":
            assert not {"ipak", "ipkp", "ikm"} & data.keys()
        assert data.get("flags", []) == []


async def test_what_people_move_has_the_day_of_the_unit_and_no_moment(
    records: tuple[list[Any], list[dict[str, Any]]],
) -> None:
    entities = {one.topic.split(".")[2] for one in records[0]}
    assert entities == {"campaign", "consent", "response", "tally", "threshold"}
    days = set()
    for record in records[0]:
        if record.topic == "zi.survey.campaign.v1":
            continue
        headers = {name: value.decode() for name, value in record.headers}
        days |= {record.timestamp, int(datetime.fromisoformat(headers["ce_time"]).timestamp() * 1000)}
        assert UUID(headers["ce_id"]).version == 4
        assert "traceparent" not in headers
    for day in days:
        local = datetime.fromtimestamp(day / 1000, UTC).astimezone(Zone.WIB.tz)
        assert (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
    # the attack: to each consent the response that is nearest in time. All are equally near.
    times = {
        entity: {one.timestamp for one in records[0] if one.topic == f"zi.survey.{entity}.v1"}
        for entity in ("consent", "response", "tally", "threshold")
    }
    assert all(len(found) <= 2 for found in times.values())  # two when the test runs across midnight


async def test_ids_of_consents_and_responses_share_nothing(
    records: tuple[list[Any], list[dict[str, Any]]],
) -> None:
    consents = {one["consent_id"] for one in data_of(records[0], "consent")}
    responses = {one["response_id"] for one in data_of(records[0], "response")}
    assert (len(consents), len(responses)) == (PEOPLE, PEOPLE)
    assert consents.isdisjoint(responses)
    text = [one.value.decode() for one in records[0]]
    assert not [
        one for one in text if any(id_ in one for id_ in consents) and any(id_ in one for id_ in responses)
    ]
