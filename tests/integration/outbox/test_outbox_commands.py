"""`zi outbox list` and `release`: what the broker will not take is seen by people and handed back by them."""

import json

import pytest
from sqlalchemy import text

from shared.db import Database
from tests.support import terminal
from tests.support.effects import answered
from tests.support.relaying import record
from tests.support.terminal import Answered


@pytest.fixture
async def url(db: Database, effects_url: str) -> str:
    """Give a database with one event that is parked, two behind it, and one that is not parked."""
    await record(db, *[answered("k", version) for version in (1, 2, 3)], answered("free"))
    async with db.transaction() as session:
        await session.execute(text("UPDATE outbox SET parked_at = now() WHERE aggregateid = 'k'"))
        await session.execute(text("UPDATE outbox SET parked_reason = 'too_large' WHERE position = 1"))
    return effects_url


async def zi(url: str, *words: str) -> Answered:
    environment = {"ZI_SCORING_DATABASE_URL": url}
    return await terminal.zi("outbox", *words, "--service", "scoring", environment=environment)


async def test_parked_events_are_listed_page_by_page_with_their_number(url: str) -> None:
    code, out, err = await zi(url, "list", "--limit", "2", "--json")
    assert code == 0, err
    first = json.loads(out)
    assert first["totals"] == {"scoring": 3}
    assert [(row["position"], row["reason"], row["waits_behind"]) for row in first["items"]] == [
        (1, "too_large", None),
        (2, "behind", 1),
    ]
    assert first["items"][0]["key"] == "u-k"
    assert first["items"][0]["bytes"] > 0
    assert first["next"] == {"scoring": 2}
    _, out, _ = await zi(url, "list", "--after", "2", "--limit", "2", "--json")
    last = json.loads(out)
    assert [(row["position"], row["waits_behind"]) for row in last["items"]] == [(3, 1)]
    assert last["next"] == {"scoring": None}
    _, out, _ = await zi(url, "list", "--limit", "1")
    assert "1 of 3" in out


async def test_a_parked_event_is_released_once_with_its_followers(url: str) -> None:
    code, out, err = await zi(url, "release", "1", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"service": "scoring", "released": 3}
    code, _, err = await zi(url, "release", "1")
    assert code == 1
    assert "no parked event at position 1" in err


async def test_one_position_or_all_must_be_named(url: str) -> None:
    assert (await zi(url, "release"))[0] == 1
    assert (await zi(url, "release", "1", "--all"))[0] == 1
    _, out, _ = await zi(url, "release", "--all", "--json")
    assert json.loads(out)["released"] == 3
