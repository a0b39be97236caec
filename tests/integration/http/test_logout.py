"""Log-out at the issuer: whoever sits down next at a shared computer is asked who they are."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from shared.db import Database
from shared.http.login.routes import LEFT
from shared.http.login.sessions import MAX_HINT_CHARACTERS
from shared.http.state import state_of
from shared.security.issuer import LoginSecrets, Tokens
from shared.security.tokens import KeysAwayError
from tests.support.http import client_of
from tests.support.logging_in import BASE, OWN, SESSION, Browser, app_of


@pytest.fixture
def app(provider: str, db: Database) -> FastAPI:
    return app_of(provider, db)


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    async with client_of(app, base_url=BASE) as client:
        yield Browser(client)


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


async def lose_endpoint(app: FastAPI, monkeypatch: pytest.MonkeyPatch, told: object = None) -> None:
    """Let the issuer name no end of its session, or another one."""
    verifier = state_of(app).verifier
    changed = {**await verifier.metadata(), "end_session_endpoint": told}

    async def metadata() -> dict[str, object]:
        return changed

    monkeypatch.setattr(verifier, "metadata", metadata)


async def test_after_a_log_out_the_issuer_asks_who_is_there(browser: Browser, provider: str) -> None:
    await browser.log_in()
    again = await browser.reach(await browser.start())
    assert again is not None, "so far the issuer asks nobody"
    await browser.request("GET", again)
    left = await browser.log_out()
    assert left.headers["location"].startswith(f"{provider}/logout?")
    back = await browser.reach(left.headers["location"])
    assert back is not None
    assert back.startswith("/keluar/selesai?state=")
    answer = await browser.request("GET", back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.cookies == {}
    start = await browser.start()
    assert "prompt" not in query_of(start), "the issuer has told that it knows nobody any more"
    assert await browser.reach(start) is None


async def test_the_log_out_says_whose_session_ends_and_where_to_go_on(
    browser: Browser, provider: str
) -> None:
    await browser.log_in()
    query = query_of((await browser.log_out()).headers["location"])
    assert query["post_logout_redirect_uri"] == f"{BASE}/keluar/selesai"
    assert query["client_id"] == "zi-scoring"
    assert query["state"] == browser.cookies[LEFT]
    assert len(query["id_token_hint"].split(".")) == 3


async def test_a_log_out_in_one_service_ends_the_grants_of_all(
    browser: Browser, provider: str, db: Database
) -> None:
    async with client_of(app_of(provider, db, "survey"), base_url=BASE) as client:
        other = Browser(client, "survey")
        await other.log_in()
        browser.provider_cookies = other.provider_cookies
        await browser.log_in()
        await browser.reach((await browser.log_out()).headers["location"])
        async with db.transaction() as session:
            await session.execute(text("UPDATE page_session SET checked_at = now() - interval '1 hour'"))
        assert (await other.request("GET", "/mine")).status_code == 303


async def test_whoever_sits_down_next_is_nobody_in_any_service_even_when_the_issuer_helps_not(
    browser: Browser, provider: str, db: Database
) -> None:
    async with client_of(app_of(provider, db, "survey"), base_url=BASE) as client:
        other = Browser(client, "survey")
        await other.log_in()
        await other.start()
        assert {name.rpartition("-")[0] for name in other.cookies} > {"__Host-zi"}
        await browser.log_in()
        browser.cookies |= other.cookies | {"__Host-zi-survey-jawaban": "of somebody who answers"}
        await browser.log_out()
        assert browser.cookies.keys() == {LEFT, "__Host-zi-survey-jawaban"}
        other.cookies = browser.cookies
        assert (await other.request("GET", "/mine")).status_code == 303


async def test_a_log_out_that_the_issuer_never_heard_of_makes_the_next_log_in_ask(
    browser: Browser, provider: str
) -> None:
    await browser.log_in()
    await browser.log_out()
    start = await browser.start()
    assert query_of(start)["prompt"] == "login"
    assert await browser.reach(start) is None
    answer = await browser.request("GET", await browser.choose(start, "sari"))
    assert answer.status_code == 303
    assert LEFT not in browser.cookies
    assert await browser.reach(await browser.start()) is not None


async def test_a_log_in_that_began_before_the_log_out_leaves_the_next_one_to_ask(
    browser: Browser, provider: str
) -> None:
    """It asked nobody, so the issuer may still know who left meanwhile, in another service of this host."""
    await browser.log_in()
    back = await browser.reach(await browser.start())
    assert back is not None
    under_way = dict(browser.cookies)
    await browser.log_out()
    left = browser.cookies[LEFT]
    browser.cookies = under_way | {LEFT: left}
    answer = await browser.request("GET", back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/mine")
    assert browser.cookies[LEFT] == left
    assert query_of(await browser.start())["prompt"] == "login"


@pytest.mark.parametrize("told", [None, "", 7, "https://elsewhere.test/logout", "//elsewhere.test/logout"])
async def test_where_the_issuer_ends_nothing_the_next_log_in_asks(
    app: FastAPI, browser: Browser, provider: str, monkeypatch: pytest.MonkeyPatch, told: object
) -> None:
    """A form of ours may end at the issuer's own origin alone, so an endpoint elsewhere counts as none."""
    await lose_endpoint(app, monkeypatch, told)
    await browser.log_in()
    assert (await browser.log_out()).headers["location"] == "/"
    start = await browser.start()
    assert await browser.reach(start) is None
    assert (await browser.request("GET", await browser.choose(start))).status_code == 303


@pytest.mark.parametrize("state", ["", "?state=", "?state=guessed", "?state={}&state={}"])
async def test_a_return_that_no_log_out_waits_for_confirms_nothing(browser: Browser, state: str) -> None:
    await browser.log_in()
    await browser.log_out()
    waited_for = browser.cookies[LEFT]
    answer = await browser.request("GET", f"/keluar/selesai{state.format(waited_for, waited_for)}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.cookies == {LEFT: waited_for}


async def test_an_issuer_whose_metadata_is_away_keeps_nobody_logged_in(
    app: FastAPI, browser: Browser, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.log_in()
    data = {"csrf": await browser.csrf()}

    async def away() -> None:
        raise KeysAwayError

    monkeypatch.setattr(state_of(app).verifier, "metadata", away)
    answer = await browser.request("POST", "/keluar", data=data, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert set(browser.cookies) == {LEFT}
    async with db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM page_session")) == 0


async def test_nobody_is_sent_to_an_issuer_that_did_not_answer(
    app: FastAPI, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.log_in()
    issuer = state_of(app).issuer

    async def refuse(_transport: object, request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    with monkeypatch.context() as away:
        away.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", refuse)
        with pytest.raises(KeysAwayError):
            await issuer.exchange("code", LoginSecrets.fresh(), redirect_uri=BASE)
    assert (await browser.log_out()).headers["location"] == "/"
    assert LEFT in browser.cookies


async def test_whose_session_has_ended_leaves_the_issuer_too(browser: Browser, db: Database) -> None:
    """Who presses the button on an old page means to leave, and the issuer may still know them."""
    await browser.log_in()
    async with db.transaction() as session:
        await session.execute(text("DELETE FROM page_session"))
    answer = await browser.request("POST", "/keluar", headers=OWN)
    query = query_of(answer.headers["location"])
    assert query["client_id"] == "zi-scoring"
    assert "id_token_hint" not in query
    assert SESSION not in browser.cookies


async def test_the_id_token_lies_sealed_and_a_very_long_one_nowhere(
    app: FastAPI, browser: Browser, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Tokens] = []
    issuer = state_of(app).issuer
    ask = issuer.exchange

    async def exchange(*arguments: object, **more: object) -> Tokens:
        given.append(await ask(*arguments, **more))  # type: ignore[arg-type]
        return given[-1]

    monkeypatch.setattr(issuer, "exchange", exchange)
    await browser.log_in()
    identity = str(given[0].identity)
    async with db.reading() as session:
        row = (await session.execute(text("SELECT * FROM page_session"))).one()
    assert identity.encode() not in bytes(row.id_token)
    query = query_of((await browser.log_out()).headers["location"])
    assert query["id_token_hint"] == identity

    monkeypatch.setattr("shared.http.login.sessions.MAX_HINT_CHARACTERS", len(identity) - 1)
    assert len(identity) < MAX_HINT_CHARACTERS
    await browser.log_in()
    assert "id_token_hint" not in query_of((await browser.log_out()).headers["location"])


async def test_the_provider_forgets_a_browser_only_at_its_own_word(browser: Browser, provider: str) -> None:
    await browser.log_in()
    async with httpx2.AsyncClient(base_url=provider) as stranger:
        answer = await stranger.get("/logout", params={"id_token_hint": "made.up.token"})
        assert answer.status_code == 400
        answer = await stranger.get(
            "/logout",
            params={
                "client_id": "zi-scoring",
                "post_logout_redirect_uri": "https://elsewhere.test/keluar/selesai",
            },
        )
        assert answer.status_code == 200
        assert "Anda sudah keluar" in answer.text
    assert await browser.reach(await browser.start()) is not None, "it is still known"
    await browser.reach((await browser.log_out()).headers["location"])
    assert await browser.reach(await browser.start()) is None
