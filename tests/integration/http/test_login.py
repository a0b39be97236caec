"""The page log-in, from the link to the log-out, with the real development identity provider."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import text

from shared.db import Database
from shared.http.login.routes import BURST, LEFT, LOGIN_SECONDS, MOST_TABS
from shared.http.state import state_of
from shared.security import Principal
from shared.security.tokens import TokenVerifier
from tests.support.forms import filled
from tests.support.http import PROCESSED, client_of, toy_app
from tests.support.logging_in import BASE, HTML, OWN, SESSION, Browser, app_of

LOGIN = f"{SESSION}-login-"


@pytest.fixture
async def browser(provider: str, db: Database) -> AsyncIterator[Browser]:
    PROCESSED.clear()
    async with client_of(app_of(provider, db), base_url=BASE) as client:
        yield Browser(client)


async def test_logging_in_leads_back_to_the_page_with_name_and_role(browser: Browser) -> None:
    answer = await browser.log_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/mine")
    page = await browser.request("GET", "/mine")
    assert page.status_code == 200
    assert "Dimas Pratama" in page.text
    assert '<p id="text">dimas</p>' in page.text
    assert "Unit saya" in page.text
    assert "Operator unit" in page.text


async def test_a_log_in_tells_who_it_was_and_the_verified_claims(provider: str, db: Database) -> None:
    app = app_of(provider, db, oidc_scope="openid profile email")
    heard: list[tuple[str, Any]] = []

    async def told(principal: Principal, claims: Mapping[str, Any]) -> None:
        heard.append((principal.subject, (claims.get("email"), claims.get("email_verified"))))

    state_of(app).verifier.told = told
    async with client_of(app, base_url=BASE) as client:
        browser = Browser(client)
        await browser.log_in()
        await browser.request("GET", "/mine")
    assert heard == [("dimas", (None, None)), ("dimas", ("dimas@zona-integritas.example", True))]
    async with db.reading() as session:
        assert "@" not in str((await session.execute(text("SELECT principal FROM page_session"))).one())


async def test_the_log_in_asks_with_pkce_nonce_and_state(browser: Browser) -> None:
    query = parse_qs(urlsplit(await browser.start()).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert query["redirect_uri"] == [f"{BASE}/masuk/kembali"]
    assert len(query["code_challenge"][0]) == 43
    assert len(query["nonce"][0]) >= 16
    assert len(query["state"][0]) >= 16


async def test_a_start_leaves_no_row_and_a_cookie_that_tells_nothing(browser: Browser, db: Database) -> None:
    await browser.start()
    async with db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM login_state")) == 0
        assert await session.scalar(text("SELECT count(*) FROM rate_limit")) == 0
    ((name, value),) = browser.cookies.items()
    assert name.startswith(LOGIN)
    assert b"mine" not in base64.urlsafe_b64decode(value)


async def test_cookies_are_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    await browser.log_in()
    assert {SESSION} <= set(browser.cookies)
    for line in browser.set_cookies:
        low = line.lower()
        assert "httponly" in low
        assert "secure" in low
        assert "samesite=lax" in low
        assert "path=/" in low
        assert "domain" not in low


async def test_the_session_s_cookie_is_not_in_the_database(browser: Browser, db: Database) -> None:
    await browser.log_in()
    async with db.reading() as session:
        row = (await session.execute(text("SELECT * FROM page_session"))).one()
    assert browser.cookies[SESSION] not in str(row)
    assert bytes(row.id_hash) != browser.cookies[SESSION].encode()


async def test_a_callback_works_once(browser: Browser) -> None:
    back = await browser.choose(await browser.start())
    cookies = dict(browser.cookies)
    assert (await browser.request("GET", back)).status_code == 303
    browser.cookies = cookies
    answer = await browser.request("GET", back)
    assert answer.status_code == 400
    assert "sudah dipakai atau ditolak" in answer.text
    assert "/masuk" in answer.text


async def test_a_callback_in_another_browser_is_refused(browser: Browser) -> None:
    back = await browser.choose(await browser.start())
    browser.cookies.clear()
    answer = await browser.request("GET", back)
    assert answer.status_code == 400
    assert "tidak dimulai di peramban ini" in answer.text
    assert 'href="/masuk?next=%2F"' in answer.text
    assert SESSION not in browser.cookies


@pytest.mark.parametrize(
    "change",
    [
        {"state": "guessed"},
        {"state": "g" * 43},
        {"code": "guessed"},
        {"code": ""},
        {"error": "access_denied"},
        {"iss": "https://another.test"},
        {"iss": ""},
    ],
)
async def test_a_forged_callback_is_refused(browser: Browser, change: dict[str, str]) -> None:
    back = await browser.choose(await browser.start())
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()} | change
    assert (await browser.request("GET", "/masuk/kembali", params=query)).status_code == 400
    assert SESSION not in browser.cookies


@pytest.mark.parametrize("name", ["state", "iss", "code"])
async def test_a_callback_that_lacks_or_repeats_a_part_is_refused(browser: Browser, name: str) -> None:
    back = await browser.choose(await browser.start())
    path, _, query = back.partition("?")
    parts = query.split("&")
    without = [part for part in parts if not part.startswith(f"{name}=")]
    repeated = [*parts, next(part for part in parts if part.startswith(f"{name}="))]
    for changed in (without, repeated):
        assert (await browser.request("GET", f"{path}?{'&'.join(changed)}")).status_code == 400
    assert SESSION not in browser.cookies
    assert (await browser.request("GET", back)).status_code == 303


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 2), (2, 0, 1)])
async def test_log_ins_in_several_tabs_all_end_well(browser: Browser, order: tuple[int, ...]) -> None:
    starts = [await browser.start(f"/mine?tab={tab}") for tab in range(len(order))]
    backs = [await browser.choose(start) for start in starts]
    for tab in order:
        answer = await browser.request("GET", backs[tab])
        assert (answer.status_code, answer.headers["location"]) == (303, f"/mine?tab={tab}")
        assert (await browser.request("GET", "/mine")).status_code == 200


async def test_log_ins_started_at_once_all_reach_the_provider_also_in_a_cold_process(
    browser: Browser,
) -> None:
    starts = await asyncio.gather(*(browser.start() for _ in range(MOST_TABS)))
    assert len(set(starts)) == MOST_TABS


async def test_going_back_to_the_provider_and_choosing_again_ends_well(browser: Browser) -> None:
    start = await browser.start()
    assert (await browser.request("GET", await browser.choose(start, "sari"))).status_code == 303
    assert (await browser.request("GET", await browser.choose(start, "dimas"))).status_code == 303
    assert "Dimas Pratama" in (await browser.request("GET", "/mine")).text


async def test_the_oldest_of_too_many_log_ins_makes_room(browser: Browser) -> None:
    starts = [await browser.start() for _ in range(MOST_TABS + 2)]
    assert len(browser.cookies) == MOST_TABS
    assert (await browser.request("GET", await browser.choose(starts[0]))).status_code == 400
    assert (await browser.request("GET", await browser.choose(starts[-MOST_TABS]))).status_code == 303


async def test_a_log_in_that_took_too_long_is_told_as_such(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = await browser.choose(await browser.start())
    now = time.time() + LOGIN_SECONDS
    monkeypatch.setattr("shared.http.login.routes.time.time", lambda: now)
    answer = await browser.request("GET", back)
    assert answer.status_code == 400
    assert "kedaluwarsa" in answer.text


async def test_a_cookie_of_one_log_in_does_not_fit_the_state_of_another(browser: Browser) -> None:
    first, second = await browser.start(), await browser.start()
    (one, value), (other, _) = browser.cookies.items()
    browser.cookies = {other: value}
    assert (await browser.request("GET", await browser.choose(second))).status_code == 400
    browser.cookies = {one: value}
    assert (await browser.request("GET", await browser.choose(first))).status_code == 303


async def test_a_log_in_never_leads_back_to_the_log_in(browser: Browser) -> None:
    back = await browser.choose(await browser.start("/masuk/kembali"))
    assert (await browser.request("GET", back)).headers["location"] == "/nilai/contoh-melati"


async def test_a_source_that_starts_too_many_log_ins_waits(browser: Browser) -> None:
    allowed = int(BURST.partition("/")[0])
    for _ in range(allowed):
        browser.cookies.clear()
        await browser.start()
    answer = await browser.request("GET", "/masuk")
    assert answer.status_code == 429
    assert answer.headers["retry-after"]
    assert (await browser.request("GET", "/")).status_code == 200


async def test_a_role_without_its_second_factor_is_told_so(browser: Browser, provider: str) -> None:
    """The page tells what is missing instead of sending the browser round in circles."""
    async with httpx2.AsyncClient(base_url=provider) as admin:
        await admin.post("/dev/second-factor", data={"is_given": "false"})
        try:
            answer = await browser.log_in("ratna")
        finally:
            await admin.post("/dev/second-factor", data={"is_given": "true"})
    assert answer.status_code == 401
    assert "faktor kedua" in answer.text
    assert SESSION not in browser.cookies


async def test_a_log_in_gives_a_new_session_each_time(browser: Browser) -> None:
    await browser.log_in()
    first = browser.cookies[SESSION]
    await browser.log_in()
    assert browser.cookies[SESSION] != first
    browser.cookies[SESSION] = first
    assert (await browser.request("GET", "/mine")).status_code == 303


async def test_a_made_up_session_is_none(browser: Browser) -> None:
    browser.cookies[SESSION] = "made-up"
    assert (await browser.request("GET", "/mine")).headers["location"].startswith("/masuk")


async def test_a_session_ends_after_its_time(browser: Browser, db: Database) -> None:
    await browser.log_in()
    async with db.transaction() as session:
        await session.execute(text("UPDATE page_session SET expires_at = now()"))
    assert (await browser.request("GET", "/mine")).status_code == 303


async def test_a_role_without_the_right_sees_a_written_page(browser: Browser) -> None:
    await browser.log_in("yusuf")
    answer = await browser.request("GET", "/mine")
    assert answer.status_code == 403
    assert ">Tidak diizinkan</h1>" in answer.text
    assert "Yusuf Maulana" in answer.text


async def test_a_form_of_a_session_needs_its_token(browser: Browser) -> None:
    await browser.log_in()
    token = await browser.csrf()
    for bad in ({}, {"csrf": ""}, {"csrf": "0" * 64}):
        assert (await browser.request("POST", "/mine", data=bad, headers=OWN)).status_code == 403
    assert PROCESSED == []
    assert (await browser.request("POST", "/mine", data={"csrf": token}, headers=OWN)).status_code == 303
    by_script = await browser.request("POST", "/mine", headers=OWN | {"X-CSRF-Token": token})
    assert by_script.status_code == 303
    assert PROCESSED == ["dimas", "dimas"]


async def test_a_form_with_the_token_from_another_site_is_refused(browser: Browser) -> None:
    await browser.log_in()
    data = {"csrf": await browser.csrf()}
    answer = await browser.request("POST", "/mine", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert PROCESSED == []


async def test_a_form_of_the_session_before_is_taken_of_the_same_person_alone(browser: Browser) -> None:
    await browser.log_in()
    typed = {"csrf": await browser.csrf(), "text": "Rapat Senin"}
    await browser.log_in()
    unnamed = await browser.request("POST", "/mine", data=typed)
    assert unnamed.status_code == 403, "nothing but the token tells who sends it"
    assert (await browser.request("POST", "/mine", data=typed, headers=OWN)).status_code == 303
    await browser.log_in("sari")
    page = await browser.request("POST", "/mine", data=typed, headers=OWN)
    assert page.status_code == 403
    assert "Formulir ini belum terkirim" in page.text
    assert "tercatat atas nama Sari Lestari" in page.text
    form = filled(page.text, "/mine")
    assert form is not None
    assert form["text"] == typed["text"]
    assert PROCESSED == ["dimas"]
    assert (await browser.request("POST", "/mine", data=form, headers=OWN)).status_code == 303
    assert PROCESSED == ["dimas", "sari"]


async def test_logging_out_ends_the_session_on_both_sides(browser: Browser, db: Database) -> None:
    await browser.log_in()
    kept = dict(browser.cookies)
    assert (await browser.request("POST", "/keluar", headers=OWN)).status_code == 403
    assert (await browser.log_out()).status_code == 303
    assert set(browser.cookies) == {LEFT}
    browser.cookies = kept
    assert (await browser.request("GET", "/mine")).status_code == 303
    async with db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM page_session")) == 0


async def test_a_log_in_begins_on_the_host_that_it_comes_back_to(browser: Browser) -> None:
    answer = await browser.request("GET", "/masuk?next=/mine", headers={"Host": "localhost:8001"})
    there = f"{BASE}/masuk?next=%2Fmine&sent=1"
    assert (answer.status_code, answer.headers["location"]) == (303, there)


async def test_a_log_in_behind_a_proxy_that_hides_the_host_ends_in_a_sentence(browser: Browser) -> None:
    """It would be sent to itself for ever."""
    answer = await browser.request("GET", "/masuk?next=/mine&sent=1", headers={"Host": "localhost:8001"})
    assert answer.status_code < 500
    assert "location" not in answer.headers
    assert "server perantara" in answer.text


async def test_a_provider_that_is_away_is_told_on_the_page(db: Database) -> None:
    away = "http://127.0.0.1:1"
    app = toy_app(TokenVerifier(away, "zona-integritas"), db, issuer=away, public_url=BASE)
    async with client_of(app, base_url=BASE) as client:
        answer = await client.get("/masuk", headers=HTML)
    assert answer.status_code == 503
    assert "Layanan identitas sedang tidak dapat dihubungi" in answer.text
