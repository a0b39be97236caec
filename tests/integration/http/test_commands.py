"""One effect and one answer per Idempotency-Key, whatever happens around it."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from shared.db import Database
from shared.http.sweep import HttpSweep
from tests.support.http import PROCESSED
from tests.support.tokens import TestIssuer

KEY = "0193d0f2-key-of-one-command"


@pytest.fixture
def admin(issuer: TestIssuer) -> dict[str, str]:
    return issuer.headers("admin", level="agency")


async def make(
    client: httpx2.AsyncClient, headers: dict[str, str], key: str | None = KEY, **body: Any
) -> httpx2.Response:
    sent = headers | ({} if key is None else {"Idempotency-Key": key})
    return await client.post("/things", json={"name": "thing"} | body, headers=sent)


async def effects(db: Database) -> int:
    async with db.reading() as session:
        return int(await session.scalar(text("SELECT count(*) FROM effect")) or 0)


async def test_a_command_answers_with_version_and_place(
    client: httpx2.AsyncClient, admin: dict[str, str]
) -> None:
    answer = await make(client, admin, None, count=7)
    assert (answer.status_code, answer.json()) == (201, {"name": "thing", "version": 7})
    assert answer.headers["etag"] == '"7"'
    assert answer.headers["location"] == "/things/thing"


async def test_a_repeated_key_gets_the_first_answer_and_no_second_effect(
    client: httpx2.AsyncClient, admin: dict[str, str], db: Database
) -> None:
    first = await make(client, admin)
    again = await make(client, admin)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert PROCESSED == ["thing"]
    assert await effects(db) == 1


async def test_simultaneous_repeats_wait_for_the_first(
    client: httpx2.AsyncClient, admin: dict[str, str], db: Database
) -> None:
    answers = await asyncio.gather(*(make(client, admin) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert PROCESSED == ["thing"]
    assert await effects(db) == 1


async def test_a_key_used_for_another_body_is_refused(
    client: httpx2.AsyncClient, admin: dict[str, str], db: Database
) -> None:
    await make(client, admin)
    answer = await make(client, admin, name="other")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await effects(db) == 1


async def test_keys_of_two_callers_have_nothing_to_do_with_each_other(
    client: httpx2.AsyncClient, issuer: TestIssuer, admin: dict[str, str]
) -> None:
    await make(client, admin)
    other = issuer.headers("admin", level="agency", subject="somebody-else")
    assert (await make(client, other, name="other")).status_code == 201


async def test_a_refused_command_leaves_nothing_and_may_be_sent_again(
    client: httpx2.AsyncClient, admin: dict[str, str], db: Database
) -> None:
    refused = await make(client, admin, name="refused")
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    assert await effects(db) == 0
    async with db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM idempotency")) == 0


@pytest.mark.parametrize("key", ["short", "x" * 201, "tab\tinside-the-key", ""])
async def test_a_key_of_another_form_is_refused(
    client: httpx2.AsyncClient, admin: dict[str, str], key: str
) -> None:
    answer = await make(client, admin, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")


async def test_the_stored_answer_cannot_be_read_from_the_database(
    client: httpx2.AsyncClient, admin: dict[str, str], db: Database
) -> None:
    await make(client, admin, name="secretname")
    async with db.reading() as session:
        row = (await session.execute(text("SELECT * FROM idempotency"))).one()
    assert row.status == 201
    assert KEY not in str(row)
    assert b"secretname" not in bytes(row.answer)


async def test_a_key_is_free_again_after_its_time(
    client: httpx2.AsyncClient, admin: dict[str, str], db: Database
) -> None:
    await make(client, admin)
    async with db.transaction() as session:
        await session.execute(text("UPDATE idempotency SET created_at = now() - interval '73 hours'"))
    again = await make(client, admin, name="other")
    assert (again.status_code, again.json()["name"]) == (201, "other")


async def test_a_deadlocked_command_is_run_again(
    client: httpx2.AsyncClient, admin: dict[str, str], db: Database
) -> None:
    assert (await make(client, admin, name="clash")).status_code == 201
    assert PROCESSED == ["clash"] * 3
    assert await effects(db) == 1


async def test_a_command_that_is_always_deadlocked_may_be_sent_later(
    client: httpx2.AsyncClient, admin: dict[str, str], db: Database
) -> None:
    answer = await make(client, admin, name="stuck")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
    assert await effects(db) == 0


async def test_the_sweep_removes_what_has_had_its_time(
    client: httpx2.AsyncClient, admin: dict[str, str], db: Database
) -> None:
    await make(client, admin)
    async with db.transaction() as session:
        await session.execute(
            text("INSERT INTO login_state VALUES ('old', 'v', now() - interval '1 second')")
        )
        await session.execute(text("INSERT INTO login_state VALUES ('new', 'v', now() + interval '1 hour')"))
        await session.execute(
            text("INSERT INTO rate_limit VALUES ('\\x00', 'r', now() - interval '3 days', 1)")
        )
    sweep = HttpSweep(db)
    assert await sweep.sweep() == 2
    assert await sweep.sweep() == 0
    assert (await make(client, admin)).headers["idempotency-replayed"] == "true"
