"""The issuer's own word that somebody has left: obeyed once, and only when it is the issuer's and for us."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Response
from prometheus_client import REGISTRY
from sqlalchemy import text

from shared.db import Database
from shared.http.state import state_of
from shared.http.sweep import HttpSweep
from shared.security import Principal, Scope
from shared.security.tokens import LOGOUT_EVENT, LOGOUT_SECONDS, SKEW_SECONDS
from tests.support.http import client_of, toy_app
from tests.support.polling import until
from tests.support.tokens import ISSUER, TestIssuer, ec_key

CHANNEL = "/keluar/saluran"


@pytest.fixture
def app(issuer: TestIssuer, db: Database) -> FastAPI:
    return toy_app(issuer.verifier(), db)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as found:
        yield found


async def opened(app: FastAPI, subject: str, sid: str | None) -> str:
    """Open a session and return the cookie that a browser sends for it."""
    answer = Response()
    person = Principal(subject, frozenset({"unit_operator"}), Scope("unit", units=frozenset({"u1"})))
    await state_of(app).sessions.open(answer, person, "Nama Contoh", issuer_session=sid)
    return answer.headers["set-cookie"].partition(";")[0]


def logout_token(issuer: TestIssuer, header: dict[str, Any] | None = None, **claims: Any) -> str:
    nothing: dict[str, Any] = dict.fromkeys(
        ("nbf", "client_id", "roles", "level", "agencies", "units", "amr"), ...
    )
    good = {
        "aud": "zi-toy",
        "sub": "dimas",
        "sid": "s-1",
        "exp": issuer.now + 120,
        "events": {LOGOUT_EVENT: {}},
    }
    return issuer.token(header={"typ": "logout+jwt"} | (header or {}), **(nothing | good | claims))


async def tell(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post(CHANNEL, data={"logout_token": token})


async def is_in(client: httpx2.AsyncClient, cookie: str) -> bool:
    return (await client.get("/mine", headers={"Cookie": cookie})).status_code == 200


async def test_a_session_of_whose_name_nothing_is_known_ends_with_its_person(
    app: FastAPI, client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    hers, theirs = await opened(app, "dimas", None), await opened(app, "sari", None)
    assert (await tell(client, logout_token(issuer, sub=...))).status_code == 200
    assert await is_in(client, hers), "the word names no person"
    assert (await tell(client, logout_token(issuer, jti="the-next"))).status_code == 200
    assert (await is_in(client, hers), await is_in(client, theirs)) == (False, True)


@pytest.mark.parametrize(
    ("claims", "left"),
    [
        ({}, "other browser, other person"),
        ({"sub": ...}, "other browser, other person"),
        ({"sid": ...}, "other person"),
        ({"sid": "unknown"}, "this, other browser, other person"),
        ({"sub": "sari"}, "this, other browser, other person"),
    ],
    ids=["both", "sid alone", "sub alone", "unknown sid", "sid of another person"],
)
async def test_the_sessions_that_are_meant_end_and_no_others(
    app: FastAPI, client: httpx2.AsyncClient, issuer: TestIssuer, claims: dict[str, Any], left: str
) -> None:
    cookies = {
        "this": await opened(app, "dimas", "s-1"),
        "other browser": await opened(app, "dimas", "s-2"),
        "other person": await opened(app, "sari", "s-3"),
    }
    answer = await tell(client, logout_token(issuer, **claims))
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, b"", "no-store")
    assert ", ".join([who for who, cookie in cookies.items() if await is_in(client, cookie)]) == left


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://another.test"},
        {"aud": "zi-scoring"},
        {"aud": ...},
        {"events": ...},
        {"events": {}},
        {"events": [LOGOUT_EVENT]},
        {"events": {LOGOUT_EVENT: True}},
        {"nonce": "n"},
        {"jti": ...},
        {"jti": ""},
        {"jti": 7},
        {"sid": ..., "sub": ...},
        {"sid": 7},
        {"sid": "x" * 256},
        {"iat": ...},
        {"exp": ...},
    ],
    ids=lambda claims: ",".join(f"{name}={str(value)[:12]}" for name, value in claims.items()),
)
async def test_what_is_no_word_of_the_issuer_for_us_is_refused(
    app: FastAPI, client: httpx2.AsyncClient, issuer: TestIssuer, claims: dict[str, Any]
) -> None:
    cookie = await opened(app, "dimas", "s-1")
    answer = await tell(client, logout_token(issuer, **claims))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert answer.headers["cache-control"] == "no-store"
    assert await is_in(client, cookie)


async def test_a_word_of_another_time_key_or_kind_is_refused(
    app: FastAPI, client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    cookie, now = await opened(app, "dimas", "s-1"), issuer.now
    old = now - LOGOUT_SECONDS - SKEW_SECONDS - 1
    tokens = [
        logout_token(issuer, iat=old, exp=now + 120),
        logout_token(issuer, iat=now - 300, exp=now - SKEW_SECONDS - 1),
        logout_token(issuer, iat=now + SKEW_SECONDS + 10),
        logout_token(issuer, header={"typ": "at+jwt"}),
        issuer.token(header={"typ": "logout+jwt"}, key=ec_key(), aud="zi-toy", events={LOGOUT_EVENT: {}}),
        issuer.token(header={"typ": "JWT"}, aud="zi-toy", sid="s-1", sub="dimas"),
        "",
        "a.b.c",
    ]
    assert [(await tell(client, token)).status_code for token in tokens] == [400] * len(tokens)
    good = logout_token(issuer)
    for data in ({}, {"logout_token": [good, good]}):
        assert (await client.post(CHANNEL, data=data)).status_code == 400
    assert (await client.get(CHANNEL, params={"logout_token": good})).status_code == 405
    assert await is_in(client, cookie)


async def test_a_word_serves_once_also_after_a_new_log_in(
    app: FastAPI, client: httpx2.AsyncClient, issuer: TestIssuer, db: Database
) -> None:
    token = logout_token(issuer)
    assert (await tell(client, token)).status_code == 200
    cookie = await opened(app, "dimas", "s-1")
    assert (await tell(client, token)).status_code == 400
    assert await is_in(client, cookie)
    async with db.transaction() as session:
        await session.execute(text("UPDATE logout_token SET expires_at = now() - interval '1 second'"))
    await HttpSweep(db).sweep()
    async with db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM logout_token")) == 0


async def test_what_is_stored_names_neither_session_nor_word(
    app: FastAPI, client: httpx2.AsyncClient, issuer: TestIssuer, db: Database
) -> None:
    await opened(app, "sari", "a-session-at-the-issuer")
    await tell(client, logout_token(issuer, jti="a-token-of-the-issuer"))
    async with db.reading() as session:
        rows = [*await session.execute(text("SELECT * FROM page_session")),
                *await session.execute(text("SELECT * FROM logout_token"))]  # fmt: skip
    assert len(rows) == 2
    assert "at-the-issuer" not in str(rows)
    assert "of-the-issuer" not in str(rows)


async def test_a_live_page_of_a_session_that_was_ended_is_told_to_load_anew(
    app: FastAPI, client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    cookie = await opened(app, "dimas", "s-1")
    headers = {"Cookie": cookie, "Accept": "text/event-stream"}
    reading = asyncio.create_task(client.get("/live", headers=headers))

    async def is_streaming() -> bool:
        return REGISTRY.get_sample_value("zi_http_open_streams") == 1

    await until(is_streaming, seconds=30, what="the stream is open")
    assert (await tell(client, logout_token(issuer))).status_code == 200
    async with asyncio.timeout(30):
        answer = await reading
    assert answer.text.rstrip().endswith('event: reload\ndata: "1"')


async def test_while_the_issuer_s_keys_are_away_it_is_asked_to_say_it_again(
    client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    issuer.is_away = True
    answer = await tell(client, logout_token(issuer))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert ISSUER not in answer.text
