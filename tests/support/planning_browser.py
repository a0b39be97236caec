"""A browser in which somebody is logged in to planning's pages, without a window."""

import html
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2
from fastapi import Response

from shared.http.state import state_of
from shared.security import Principal, Scope
from tests.support.planning import Planning

BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Browser:
    """A browser in which somebody is logged in to planning's pages."""

    planning: Planning
    agency: str
    cookie: str
    pages: list[str] = field(default_factory=list)

    async def get(self, path: str, **query: str) -> httpx2.Response:
        answer = await self.planning.client.get(path, params=query or None, headers=self._headers())
        self.pages.append(answer.text)
        return answer

    async def post(self, path: str, files: Any = None, **fields: str | list[str]) -> httpx2.Response:
        """Send the form of the last page that had one to this path, with these fields changed."""
        sent: dict[str, Any] = {**self.fields(path), **fields}
        answer = await self.planning.client.post(path, data=sent, files=files, headers=self._headers())
        self.pages.append(answer.text)
        return answer

    def fields(self, path: str) -> dict[str, str]:
        """Return the hidden fields of the last form that leads to a path."""
        forms = [
            found[0]
            for page in self.pages
            for found in re.finditer(r'<form[^>]*method="post" action="([^"]*)".*?</form>', page, re.DOTALL)
            if found[1] == path
        ]
        inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', forms[-1])
        return {name: html.unescape(value) for name, value in inputs}

    async def send_file(self, content: bytes, name: str = "unit.csv") -> httpx2.Response:
        await self.get("/unit-kerja/impor")
        return await self.post("/unit-kerja/impor", files={"file": (name, content, "text/csv")})

    def _headers(self) -> dict[str, str]:
        return BROWSER | {"Cookie": self.cookie}


async def log_in(
    planning: Planning,
    role: str = "admin",
    subject: str = "admin-1",
    agency: str = "",
    scope: Scope | None = None,
) -> Browser:
    agency = agency or f"a-{uuid4().hex[:8]}"
    own = Scope("agency", agencies=frozenset({agency}))
    person = Principal(subject, frozenset({role}), scope or own)
    answer = Response()
    await state_of(planning.app).sessions.open(answer, person, "Admin Contoh")
    return Browser(planning, agency, answer.headers["set-cookie"].partition(";")[0])
