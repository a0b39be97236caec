"""The page log-in, from the link to the log-out, with the real development identity provider."""

import base64
import re
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import text

from shared.db import Database
from shared.security.tokens import TokenVerifier
from tests.support.http import PROCESSED, client_of, toy_app

BASE = "http://127.0.0.1:8001"
SESSION = "__Host-zi-toy"
LOGIN = "__Host-zi-toy-login"
HTML = {"Accept": "text/html"}
OWN = {"Sec-Fetch-Site": "same-origin"}


class Browser:
    """Keeps cookies as a browser does on 127.0.0.1, where it also sends Secure ones."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []

    async def request(self, method: str, url: str, **options: Any) -> httpx2.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = HTML | options.pop("headers", {}) | ({"Cookie": cookie} if cookie else {})
        answer = await self._client.request(method, url, headers=headers, **options)
        self._client.cookies.clear()
        for line in answer.headers.get_list("set-cookie"):
            self.set_cookies.append(line)
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                    del self.cookies[name]
        return answer

    async def start(self, following: str = "/mine") -> str:
        """Follow the log-in link and return the address of the provider that it leads to."""
        answer = await self.request("GET", f"/auth/login?next={following}")
        assert answer.status_code == 302
        return answer.headers["location"]

    async def choose(self, address: str, user: str = "dimas") -> str:
        """Choose a demo user at the provider and return the path it sends the browser back to."""
        async with httpx2.AsyncClient() as provider:
            answer = await provider.post(address, data={"user": user})
        assert answer.status_code == 303
        back: str = answer.headers["location"]
        assert back.startswith(f"{BASE}/auth/callback?")
        return back.removeprefix(BASE)

    async def log_in(self, user: str = "dimas") -> httpx2.Response:
        return await self.request("GET", await self.choose(await self.start(), user))

    async def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', (await self.request("GET", "/mine")).text)
        assert found is not None
        return found[1]


@pytest.fixture
async def browser(provider: str, db: Database) -> AsyncIterator[Browser]:
    PROCESSED.clear()
    app = toy_app(
        TokenVerifier(provider, "zona-integritas"),
        db,
        issuer=provider,
        public_url=BASE,
        oidc_client_id="zi-scoring",
    )
    async with client_of(app, base_url=BASE) as client:
        yield Browser(client)


async def test_logging_in_leads_back_to_the_page_with_name_and_role(browser: Browser) -> None:
    answer = await browser.log_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/mine")
    page = await browser.request("GET", "/mine")
    assert page.status_code == 200
    assert "Dimas Pratama" in page.text
    assert '<p id="text">dimas</p>' in page.text
    assert "Milik saya" in page.text


async def test_the_log_in_asks_with_pkce_nonce_and_state(browser: Browser) -> None:
    query = parse_qs(urlsplit(await browser.start()).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert query["redirect_uri"] == [f"{BASE}/auth/callback"]
    assert len(query["code_challenge"][0]) == 43
    assert len(query["nonce"][0]) >= 16
    assert len(query["state"][0]) >= 16


async def test_the_verifier_lies_in_the_database_and_not_in_a_cookie(browser: Browser, db: Database) -> None:
    await browser.start()
    async with db.reading() as session:
        value = await session.scalar(text("SELECT value FROM login_state"))
    assert "code_verifier" in value
    assert list(browser.cookies) == [LOGIN]
    assert b"verifier" not in base64.b64decode(browser.cookies[LOGIN].split(".")[0] + "==")


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
    assert "Proses masuk tidak sah" in answer.text


async def test_a_callback_in_another_browser_is_refused(browser: Browser) -> None:
    back = await browser.choose(await browser.start())
    browser.cookies.clear()
    assert (await browser.request("GET", back)).status_code == 400
    assert SESSION not in browser.cookies


@pytest.mark.parametrize("change", [{"state": "guessed"}, {"code": "guessed"}, {"error": "access_denied"}])
async def test_a_forged_callback_is_refused(browser: Browser, change: dict[str, str]) -> None:
    back = await browser.choose(await browser.start())
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()} | change
    assert (await browser.request("GET", "/auth/callback", params=query)).status_code == 400
    assert SESSION not in browser.cookies


async def test_a_log_in_gives_a_new_session_each_time(browser: Browser) -> None:
    await browser.log_in()
    first = browser.cookies[SESSION]
    await browser.log_in()
    assert browser.cookies[SESSION] != first


async def test_a_made_up_session_is_none(browser: Browser) -> None:
    browser.cookies[SESSION] = "made-up"
    assert (await browser.request("GET", "/mine")).headers["location"].startswith("/auth/login")


async def test_a_session_ends_after_its_time(browser: Browser, db: Database) -> None:
    await browser.log_in()
    async with db.transaction() as session:
        await session.execute(text("UPDATE page_session SET expires_at = now()"))
    assert (await browser.request("GET", "/mine")).status_code == 303


async def test_a_role_without_the_right_sees_a_written_page(browser: Browser) -> None:
    await browser.log_in("yusuf")
    answer = await browser.request("GET", "/mine")
    assert answer.status_code == 403
    assert "<h1>Tidak diizinkan</h1>" in answer.text
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


async def test_the_token_of_one_session_does_not_fit_another(browser: Browser) -> None:
    await browser.log_in()
    old = await browser.csrf()
    await browser.log_in()
    assert (await browser.request("POST", "/mine", data={"csrf": old}, headers=OWN)).status_code == 403


async def test_logging_out_ends_the_session_on_both_sides(browser: Browser, db: Database) -> None:
    await browser.log_in()
    kept = dict(browser.cookies)
    data = {"csrf": await browser.csrf()}
    assert (await browser.request("POST", "/auth/logout", headers=OWN)).status_code == 403
    answer = await browser.request("POST", "/auth/logout", data=data, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert SESSION not in browser.cookies
    browser.cookies = kept
    assert (await browser.request("GET", "/mine")).status_code == 303
    async with db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM page_session")) == 0


async def test_a_log_in_begins_on_the_host_that_it_comes_back_to(browser: Browser) -> None:
    answer = await browser.request("GET", "/auth/login?next=/mine", headers={"Host": "localhost:8001"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BASE}/auth/login?next=%2Fmine")


async def test_a_provider_that_is_away_is_told_on_the_page(db: Database) -> None:
    away = "http://127.0.0.1:1"
    app = toy_app(TokenVerifier(away, "zona-integritas"), db, issuer=away, public_url=BASE)
    async with client_of(app, base_url=BASE) as client:
        answer = await client.get("/auth/login", headers=HTML)
    assert answer.status_code == 503
    assert "Layanan identitas sedang tidak dapat dihubungi" in answer.text
