"""A page as somebody comes to it, and the browser without a window that gets them there."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2
from fastapi import Response

from shared.http.state import state_of
from shared.security import Principal, Scope
from tests.support.every_service import BROWSER, Service
from tests.support.http import ORIGIN

PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


LONG_NAME = "Kantor Pertanggungjawaban dan Pendayagunaan Sumber Daya Kesejahteraan Masyarakat"
"""Names are as long as agencies write them."""


@dataclass(frozen=True)
class Visit:
    """A page under its name: its address, whose cookies, and the `form` and `file` that are sent to it."""

    name: str
    path: str
    cookies: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    status: int = 200
    file: bytes | None = None


class Person:
    """A browser without a window, in which somebody gets as far as the page to be looked at."""

    def __init__(self, service: Service, cookies: Mapping[str, str] | None = None) -> None:
        transport = httpx2.ASGITransport(service.app)
        self.client = httpx2.AsyncClient(
            transport=transport, base_url=ORIGIN, headers=BROWSER, cookies=dict(cookies or {})
        )

    @property
    def cookies(self) -> dict[str, str]:
        return {one.name: one.value or "" for one in self.client.cookies.jar}

    async def form(self, path: str, action: str | None = None, **fields: str) -> dict[str, str]:
        """Return the form of a page that is sent to `action`, filled in."""
        page = (await self.client.get(path)).text
        (found, *_) = re.findall(
            rf'<form[^>]*action="{re.escape(action or path)}".*?</form>', page, re.DOTALL
        )
        hidden_ones = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found)
        return dict(hidden_ones) | fields

    async def send(self, path: str, action: str | None = None, **fields: str) -> httpx2.Response:
        """Fill in the form of a page and send it."""
        form = await self.form(path, action, **fields)
        answer = await self.client.post(action or path, data=form, headers=BROWSER)
        assert answer.status_code == 303, answer.text
        return answer


async def logged_in(service: Service, role: str, scope: Scope, name: str = "Ratna Dewi") -> dict[str, str]:
    """Return the cookies of somebody who is logged in."""
    answer = Response()
    await state_of(service.app).sessions.open(
        answer, Principal(f"test-{role}", frozenset({role}), scope), name
    )
    name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
    return {name: value}


AGENCY = Scope("agency", agencies=frozenset({"a-1"}))


UNIT = Scope("unit", agencies=frozenset({"a-1"}), units=frozenset({"u-1"}))
