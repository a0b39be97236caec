"""Officers in a browser without a window: each logged in once, with the forms that their pages show."""

import html
import re
from typing import Any

import httpx2
from fastapi import FastAPI, Response

from services.complaints.cases.pages.deeds import BY_PATH
from shared.http.state import state_of
from shared.security import Principal, Scope
from tests.integration.complaints.acting import BROWSER
from tests.support.forms import carried, filled

AGENCY = Scope("agency", agencies=frozenset({"a-1"}))


class Officer:
    """One person's browser."""

    def __init__(self, app: FastAPI, client: httpx2.AsyncClient, principal: Principal) -> None:
        self._app = app
        self._client = client
        self.principal = principal
        self._cookie = ""

    async def _headers(self) -> dict[str, str]:
        if not self._cookie:
            answer = Response()
            await state_of(self._app).sessions.open(answer, self.principal, "Petugas Contoh")
            self._cookie = answer.headers["set-cookie"].partition(";")[0]
        return BROWSER | {"Cookie": self._cookie}

    async def get(self, path: str) -> httpx2.Response:
        return await self._client.get(path, headers=await self._headers())

    async def post(self, path: str, fields: dict[str, Any]) -> httpx2.Response:
        return await self._client.post(path, data=fields, headers=await self._headers())

    async def token(self) -> str:
        """Return the token that the session's forms carry."""
        return carried((await self.get("/pengaduan")).text, state_of(self._app).login.logout)["csrf"]

    async def form(self, path: str) -> dict[str, str]:
        """Return what the form of a page would send as it stands."""
        page = await self.get(path)
        assert page.status_code == 200, (path, page.status_code, page.headers.get("location"))
        found = filled(page.text, path)
        assert found is not None, path
        return found

    async def send(self, path: str, **fields: str) -> httpx2.Response:
        """Fill in the form of a page and send it; where the act binds, go on to do it."""
        answer = await self.post(path, await self.form(path) | fields)
        if answer.status_code == 200:
            again = filled(answer.text, path)
            assert again is not None
            answer = await self.post(path, again | {"yakin": "1"})
        return answer


class Office:
    """The people of an agency, by role or by name."""

    def __init__(self, app: FastAPI, client: httpx2.AsyncClient) -> None:
        self._app = app
        self._client = client
        self._known: dict[tuple[str, str], Officer] = {}

    def __call__(self, role: str, subject: str = "", scope: Scope = AGENCY) -> Officer:
        subject = subject or f"test-{role}"
        made = Officer(self._app, self._client, Principal(subject, frozenset({role}), scope))
        return self._known.setdefault((role, subject), made)


def words(page: str) -> str:
    """Return what a page says, in one line."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def offered(page: str, number: str) -> set[str]:
    """Return the acts that a case's page links to."""
    return set(re.findall(rf'href="/pengaduan/{number}/([a-z-]+)"', page)) & BY_PATH.keys()
