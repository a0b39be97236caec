"""A page session lives as long as the issuer says, in every process that knows it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import text

from shared.db import Database
from shared.http.login import sessions
from shared.http.pages.open_streams import OpenStreams
from shared.http.state import state_of
from shared.security.issuer import Tokens
from shared.security.sealing import derive_key, unseal
from shared.security.tokens import KeysAwayError
from tests.support.edge import listening
from tests.support.http import PROCESSED, client_of, settings
from tests.support.logging_in import BASE, OWN, SESSION, Browser, app_of
from tests.support.pausing import paused
from tests.support.polling import until

CHECK, GRACE = settings().session_check_seconds, settings().session_grace_seconds
STREAM = {"Accept": "text/event-stream"}


@asynccontextmanager
async def served(provider: str, db: Database, **changed: Any) -> AsyncIterator[tuple[Browser, FastAPI]]:
    """A process of the small service over the database, and a browser of its own."""
    app = app_of(provider, Database(db.engine.url.render_as_string(False).replace("+asyncpg", "")), **changed)
    async with client_of(app, base_url=BASE) as client:
        yield Browser(client), app


@pytest.fixture
async def service(provider: str, db: Database) -> AsyncIterator[tuple[Browser, FastAPI]]:
    PROCESSED.clear()
    async with served(provider, db) as found:
        yield found


@pytest.fixture
def browser(service: tuple[Browser, FastAPI]) -> Browser:
    return service[0]


@pytest.fixture
def _patiently(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a request wait for the issuer's answer however slow the machine is: the answer is the point."""
    monkeypatch.setattr(sessions, "PATIENCE_SECONDS", 60.0)


@pytest.fixture
async def people(provider: str) -> AsyncIterator["People"]:
    """The provider's register, as it was before when the test ends."""
    async with httpx2.AsyncClient(base_url=provider) as client:
        found = People(client)
        yield found
        await found.change("dimas", "restore")


class People:
    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def change(self, sub: str, act: str, role: str = "") -> None:
        answer = await self._client.post(f"/dev/people/{sub}", data={"act": act, "role": role})
        assert answer.status_code == 204

    async def refresh(self, token: str) -> httpx2.Response:
        form = {"grant_type": "refresh_token", "client_id": "zi-scoring", "refresh_token": token}
        return await self._client.post("/token", data=form)


async def age(db: Database, seconds: float = CHECK + 1) -> None:
    """Let so many seconds pass since the issuer was last asked about anybody."""
    async with db.transaction() as session:
        await session.execute(
            text("""
                UPDATE page_session SET asked_until = NULL,
                    checked_at = checked_at - make_interval(secs => :seconds)
            """),
            {"seconds": float(seconds)},
        )


async def stored(db: Database) -> Any:
    async with db.reading() as session:
        return (await session.execute(text("SELECT * FROM page_session"))).one_or_none()


async def grant(db: Database) -> str:
    """Return the refresh token that lies sealed in the only session."""
    row = await stored(db)
    key = derive_key(settings().secret_key.get_secret_value(), "refresh-token")
    return unseal(key, bytes(row.refresh_token), bytes(row.id_hash).hex()).decode()


def checks(outcome: str) -> float:
    return REGISTRY.get_sample_value("zi_auth_session_checks_total", {"outcome": outcome}) or 0.0


async def status(browser: Browser, path: str = "/mine", **headers: str) -> int:
    return (await browser.request("GET", path, headers=headers)).status_code


@pytest.mark.usefixtures("_patiently")
async def test_a_removed_person_is_out_when_the_issuer_is_asked_again(
    browser: Browser, people: People, db: Database
) -> None:
    await browser.log_in()
    await people.change("dimas", "remove")
    assert await status(browser) == 200
    await age(db)
    answer = await browser.request("GET", "/mine")
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk?next=%2Fmine")
    assert await stored(db) is None


@pytest.mark.usefixtures("_patiently")
async def test_a_role_that_was_taken_away_no_longer_counts(
    browser: Browser, people: People, db: Database
) -> None:
    await browser.log_in()
    await people.change("dimas", "assign", "verifier")
    await age(db)
    assert await status(browser) == 403
    await people.change("dimas", "restore")
    await age(db)
    assert await status(browser) == 200


@pytest.mark.usefixtures("_patiently")
async def test_a_role_that_now_lacks_its_second_factor_ends_the_session(
    browser: Browser, people: People, provider: str, db: Database
) -> None:
    await browser.log_in()
    await people.change("dimas", "assign", "admin")
    async with httpx2.AsyncClient(base_url=provider) as admin:
        await admin.post("/dev/second-factor", data={"is_given": "false"})
        try:
            await age(db)
            assert await status(browser) == 303
        finally:
            await admin.post("/dev/second-factor", data={"is_given": "true"})


async def test_each_question_changes_the_refresh_token_and_none_lies_open(
    browser: Browser, people: People, db: Database
) -> None:
    await browser.log_in()
    tokens = [await grant(db)]
    for _ in range(3):
        await age(db)
        assert await status(browser) == 200
        row = await stored(db)
        tokens.append(await grant(db))
        assert tokens[-1] not in str(row)
        assert tokens[-1].encode() not in bytes(row.refresh_token)
    assert len(set(tokens)) == len(tokens)
    assert (await people.refresh(tokens[-1])).status_code == 200


@pytest.mark.usefixtures("_patiently")
async def test_a_refresh_token_that_was_used_elsewhere_ends_the_session(
    browser: Browser, people: People, db: Database
) -> None:
    await browser.log_in()
    assert (await people.refresh(await grant(db))).status_code == 200
    await age(db)
    assert await status(browser) == 303


@pytest.mark.parametrize("seconds", [CHECK + 1, CHECK + GRACE + 1])
async def test_simultaneous_requests_of_one_session_ask_once(
    service: tuple[Browser, FastAPI], provider: str, db: Database, seconds: float
) -> None:
    browser, _ = service
    await browser.log_in()
    async with served(provider, db) as (elsewhere, _):
        elsewhere.cookies = dict(browser.cookies)
        for _ in range(3):
            await age(db, seconds)
            before = checks("confirmed")
            answers = await asyncio.gather(*(status(one) for one in (browser, elsewhere) for _ in range(10)))
            assert set(answers) == {200}
            assert checks("confirmed") == before + 1


@contextmanager
def out_of_reach(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every connection to the issuer."""

    async def refuse(_transport: object, request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    with monkeypatch.context() as away:
        away.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", refuse)
        yield


async def test_an_issuer_that_is_away_is_borne_for_a_while_and_then_no_longer(
    browser: Browser, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.log_in()
    with out_of_reach(monkeypatch):
        await age(db)
        assert await status(browser) == 200
        await age(db, GRACE)
        answer = await browser.request("GET", "/mine")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "Layanan identitas" in answer.text
        assert await status(browser, "/") == 200, "a public page needs no person"
        assert await stored(db) is not None

    async def is_back() -> bool:
        await age(db, 0)
        return await status(browser) == 200

    await until(is_back, seconds=30, what="the session goes on")


async def test_an_answer_that_was_lost_with_its_new_token_costs_a_log_in_at_most(
    browser: Browser, provider_process: tuple[str, int], db: Database
) -> None:
    await browser.log_in()
    with paused(provider_process[1]):
        await age(db)
        assert await status(browser) == 200
        await age(db, GRACE)
        assert await status(browser) == 503

    async def is_settled() -> bool:
        await age(db, 0)
        return await status(browser) in (200, 303)

    await until(is_settled, seconds=30, what="the session goes on or has ended")
    assert (await browser.log_in()).status_code == 303
    assert await status(browser) == 200


async def test_who_cannot_be_asked_about_can_still_leave(
    browser: Browser, provider_process: tuple[str, int], db: Database
) -> None:
    await browser.log_in()
    data = {"csrf": await browser.csrf()}
    with paused(provider_process[1]):
        await age(db, CHECK + GRACE + 1)
        answer = await browser.request("POST", "/keluar", data=data, headers=OWN)
        assert answer.status_code == 303
        assert await stored(db) is None


@pytest.mark.usefixtures("_patiently")
async def test_a_session_without_a_refresh_token_ends_when_it_should_ask(
    browser: Browser, db: Database
) -> None:
    await browser.log_in()
    async with db.transaction() as session:
        await session.execute(text("UPDATE page_session SET refresh_token = NULL"))
    assert await status(browser) == 200
    await age(db)
    assert await status(browser) == 303


@pytest.mark.usefixtures("_patiently")
async def test_a_refresh_token_sealed_under_another_secret_ends_the_session(
    browser: Browser, provider: str, db: Database
) -> None:
    await browser.log_in()
    async with served(provider, db, secret_key="another secret key of this test") as (elsewhere, _):
        elsewhere.cookies = dict(browser.cookies)
        await age(db)
        assert await status(elsewhere) == 303


async def test_leaving_ends_the_grant_at_the_issuer(browser: Browser, people: People, db: Database) -> None:
    await browser.log_in()
    token = await grant(db)
    data = {"csrf": await browser.csrf()}
    await browser.request("POST", "/keluar", data=data, headers=OWN)

    async def is_ended() -> bool:
        return is_refused(await people.refresh(token))

    await until(is_ended, seconds=10, what="the refresh token is refused")


def is_refused(answer: httpx2.Response) -> bool:
    return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"


async def test_a_second_log_in_goes_on_where_an_issuer_ends_all_grants_with_one(
    service: tuple[Browser, FastAPI], db: Database
) -> None:
    """The provider ends, as Keycloak does, with a grant all that its person has in the client."""
    browser, app = service
    await browser.log_in()
    await browser.log_in()
    await state_of(app).sessions.close()
    await age(db)
    before = checks("confirmed")
    assert await status(browser) == 200
    assert checks("confirmed") == before + 1


@pytest.mark.usefixtures("_patiently")
async def test_a_second_log_in_while_the_first_is_asked_about_goes_on(
    browser: Browser, provider: str, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.log_in()
    async with served(provider, db) as (elsewhere, app):
        elsewhere.cookies = dict(browser.cookies)
        issuer = state_of(app).issuer
        ask = issuer.refresh

        async def log_in_meanwhile(token: str) -> Tokens:
            tokens = await ask(token)
            await browser.log_in()
            return tokens

        monkeypatch.setattr(issuer, "refresh", log_in_meanwhile)
        await age(db)
        assert await status(elsewhere) == 303
        await state_of(app).sessions.close()
    await age(db)
    assert await status(browser) == 200


async def test_another_person_at_the_same_browser_ends_the_grant_of_the_one_before(
    browser: Browser, people: People, db: Database
) -> None:
    await browser.log_in("sari")
    token = await grant(db)
    await browser.log_in("dimas")

    async def is_ended() -> bool:
        return is_refused(await people.refresh(token))

    await until(is_ended, seconds=30, what="the refresh token is refused")
    await age(db)
    assert await status(browser) == 200


@pytest.mark.usefixtures("_patiently")
async def test_another_person_s_log_in_ends_also_the_grant_that_is_being_renewed(
    browser: Browser, provider: str, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.log_in("sari")
    async with served(provider, db) as (elsewhere, app):
        elsewhere.cookies = dict(browser.cookies)
        issuer = state_of(app).issuer
        ask = issuer.refresh
        given: list[str] = []
        ended: list[str] = []

        async def log_in_meanwhile(token: str) -> Tokens:
            tokens = await ask(token)
            given.append(str(tokens.refresh))
            await browser.log_in("dimas")
            return tokens

        async def revoke(token: str) -> None:
            ended.append(token)

        monkeypatch.setattr(issuer, "refresh", log_in_meanwhile)
        monkeypatch.setattr(issuer, "revoke", revoke)
        await age(db)
        assert await status(elsewhere) == 303
        await state_of(app).sessions.close()
    assert ended == given
    assert await status(browser) == 200


@pytest.mark.usefixtures("_patiently")
async def test_a_session_that_loses_its_right_leaves_the_person_s_others(
    service: tuple[Browser, FastAPI], people: People, provider: str, db: Database
) -> None:
    browser, app = service
    await browser.log_in()
    await people.change("dimas", "assign", "admin")
    async with served(provider, db) as (elsewhere, _), httpx2.AsyncClient(base_url=provider) as admin:
        await elsewhere.log_in()
        await age(db)
        await admin.post("/dev/second-factor", data={"is_given": "false"})
        try:
            assert await status(browser) == 303
        finally:
            await admin.post("/dev/second-factor", data={"is_given": "true"})
        await state_of(app).sessions.close()
        before = checks("confirmed")
        await status(elsewhere)
        assert checks("confirmed") == before + 1


@pytest.mark.usefixtures("_patiently")
async def test_who_leaves_while_the_issuer_is_asked_is_gone(
    service: tuple[Browser, FastAPI], people: People, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, app = service
    await browser.log_in()
    issuer = state_of(app).issuer
    given: list[str] = []
    ask = issuer.refresh

    async def leave_meanwhile(token: str) -> Tokens:
        tokens = await ask(token)
        given.append(str(tokens.refresh))
        async with db.transaction() as session:
            await session.execute(text("DELETE FROM page_session"))
        return tokens

    monkeypatch.setattr(issuer, "refresh", leave_meanwhile)
    await age(db)
    assert await status(browser) == 303
    assert await stored(db) is None
    assert is_refused(await people.refresh(given[0]))


async def test_a_token_renewed_while_its_keys_are_away_is_kept_for_the_next_question(
    service: tuple[Browser, FastAPI], people: People, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, app = service
    await browser.log_in()
    first = await grant(db)

    async def no_keys(_token: str) -> None:
        raise KeysAwayError

    with monkeypatch.context() as away:
        away.setattr(state_of(app).verifier, "principal", no_keys)
        await age(db)
        assert await status(browser) == 200
    assert await grant(db) != first
    await age(db, 0)
    assert await status(browser) == 200
    assert (await stored(db)).is_issuer_away is False


async def is_streaming() -> bool:
    return REGISTRY.get_sample_value("zi_http_open_streams") == 1


@asynccontextmanager
async def stream(browser: Browser) -> AsyncIterator["asyncio.Task[httpx2.Response]"]:
    """An open stream of the browser; its answer is there when the stream has ended."""
    reading = asyncio.create_task(browser.request("GET", "/live", headers=STREAM))
    try:
        await until(is_streaming, seconds=30, what="the stream is open")
        yield reading
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def test_a_stream_ends_with_the_log_out_in_another_process(
    browser: Browser, provider: str, db: Database
) -> None:
    await browser.log_in()
    data = {"csrf": await browser.csrf()}
    async with served(provider, db) as (elsewhere, _), stream(browser) as reading:
        elsewhere.cookies = dict(browser.cookies)
        answer = await elsewhere.request("POST", "/keluar", data=data, headers=OWN)
        assert answer.status_code == 303
        async with asyncio.timeout(30):
            answer = await reading
    assert "event: reload" in answer.text
    assert browser.cookies[SESSION]
    again = await browser.request("GET", "/mine", headers=STREAM)
    assert (again.status_code, again.text) == (200, "event: reload\ndata: 1\n\n"), (
        "the page goes to the log-in"
    )


async def test_a_stream_goes_on_while_its_session_does(browser: Browser, db: Database) -> None:
    await browser.log_in()
    async with stream(browser) as reading:
        before = checks("confirmed")
        await age(db)

        async def is_confirmed() -> bool:
            return checks("confirmed") == before + 1

        await until(is_confirmed, seconds=30, what="the stream's session was asked about")
        assert not reading.done()


@pytest.mark.parametrize(("act", "role"), [("remove", ""), ("assign", "verifier")])
async def test_a_stream_ends_with_its_reader_s_rights(
    browser: Browser, people: People, db: Database, act: str, role: str
) -> None:
    await browser.log_in()
    async with stream(browser) as reading:
        await people.change("dimas", act, role)
        await age(db)
        async with asyncio.timeout(30):
            answer = await reading
    assert "event: reload" in answer.text


async def test_a_stream_ends_when_its_session_can_no_longer_be_asked_about(
    browser: Browser, provider_process: tuple[str, int], db: Database
) -> None:
    await browser.log_in()
    async with stream(browser) as reading:
        with paused(provider_process[1]):
            await age(db, CHECK + GRACE + 1)
            async with asyncio.timeout(30):
                await reading


async def test_a_stream_of_nobody_in_particular_needs_no_session(browser: Browser) -> None:
    async with stream(browser) as reading:
        assert not reading.done()


async def test_a_person_s_oldest_live_page_gives_way_whichever_log_in_opened_it(
    service: tuple[Browser, FastAPI],
) -> None:
    browser, app = service
    state_of(app).open_streams = OpenStreams(2)
    heads = []
    for _ in range(2):
        browser.cookies.clear()
        await browser.log_in()
        cookie = f"Cookie: {SESSION}={browser.cookies[SESSION]}\r\n"
        heads.append(f"GET /live HTTP/1.1\r\nHost: zi.test\r\n{cookie}\r\n".encode())

    async def are_open(count: int) -> bool:
        return REGISTRY.get_sample_value("zi_http_open_streams") == count

    async with listening(app, lifespan="off") as edge:
        held = []
        for head in (heads[0], heads[0], heads[1]):
            held.append(await edge.open())
            await held[-1].say(head)
            assert b"200 OK" in await held[-1].head()
            await held[-1].until(b"event: patch")
        assert b"event: crowded" in await held[0].until(b"\r\n0\r\n\r\n")
        await until(partial(are_open, 2), seconds=30)
        await held[0].say(heads[0])  # it comes back, and the next gives way
        assert b"event: crowded" in await held[1].until(b"\r\n0\r\n\r\n")
        await until(partial(are_open, 2), seconds=30)
        state_of(app).begin_stop()
        assert b"crowded" not in await held[2].until(b"\r\n0\r\n\r\n")
