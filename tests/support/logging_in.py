"""A browser that logs in to the small service at the development identity provider."""

import re
from http.cookies import SimpleCookie
from typing import Any

import httpx2
from fastapi import FastAPI

from shared.db import Database
from shared.http.paths import login_paths
from shared.security.tokens import TokenVerifier
from tests.support.http import toy_app

BASE = "http://127.0.0.1:8001"
SESSION = "__Host-zi-toy"
HTML = {"Accept": "text/html"}
OWN = {"Sec-Fetch-Site": "same-origin"}


def app_of(provider: str, db: Database, service: str = "toy", **changed: Any) -> FastAPI:
    """Return the small service as a client of the provider, maybe in the place of another one."""
    verifier = TokenVerifier(provider, "zona-integritas")
    client_id = "zi-scoring" if service == "toy" else f"zi-{service}"
    values = {"issuer": provider, "public_url": BASE, "oidc_client_id": client_id} | changed
    return toy_app(verifier, db, service=service, **values)


class Browser:
    """Keeps cookies as a browser does on 127.0.0.1, where it also sends Secure ones."""

    def __init__(self, client: httpx2.AsyncClient, service: str = "toy", base: str = BASE) -> None:
        self._client = client
        self._base = base
        self._login = login_paths(service)
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []
        self.provider_cookies = httpx2.Cookies()

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
        answer = await self.request("GET", f"{self._login.start}?next={following}")
        assert answer.status_code == 303
        return answer.headers["location"]

    async def choose(self, address: str, user: str = "dimas") -> str:
        """Choose a demo user at the provider and return the path it sends the browser back to."""
        return self._ours(await self._at_provider("POST", address, data={"user": user}))

    async def reach(self, address: str) -> str | None:
        """Open an address of the provider; return the path it sends back to, None when it asks or tells."""
        answer = await self._at_provider("GET", address)
        assert answer.status_code in {200, 303}
        return self._ours(answer) if answer.status_code == 303 else None

    async def _at_provider(self, method: str, address: str, **options: Any) -> httpx2.Response:
        async with httpx2.AsyncClient(cookies=self.provider_cookies) as provider:
            answer = await provider.request(method, address, **options)
            self.provider_cookies = provider.cookies
        return answer

    async def log_out(self) -> httpx2.Response:
        return await self.request("POST", self._login.logout, data={"csrf": await self.csrf()}, headers=OWN)

    async def log_in(self, user: str = "dimas") -> httpx2.Response:
        return await self.request("GET", await self.choose(await self.start(), user))

    def _ours(self, answer: httpx2.Response) -> str:
        """Return the path of ours that an answer of the provider leads to."""
        assert answer.status_code == 303
        back: str = answer.headers["location"]
        assert back.startswith(f"{self._base}/")
        return back.removeprefix(self._base)

    async def csrf(self) -> str:
        found = re.search(
            r'name="csrf" value="([A-Za-z0-9_-]{171})"', (await self.request("GET", "/mine")).text
        )
        assert found is not None
        return found[1]
