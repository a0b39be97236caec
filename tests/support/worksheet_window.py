"""A worksheet in Chromium, answered by the service itself over no port: the network is ours to cut."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.support.browser import browsing
from tests.support.http import ORIGIN
from tests.support.planning import YEAR, Planning

PASSED = ("accept", "content-type", "if-match", "idempotency-key", "x-csrf-token")


@dataclass
class Window:
    """One person's window. `is_dead` cuts off what is saved, `gate` holds it back while it is not set.

    `saved` has the answers of each save that was sent, `at_once` how many were under way at most.
    """

    planning: Planning
    page: Page
    unit: str
    cookie: str
    is_dead: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    saved: list[list[dict[str, Any]]] = field(default_factory=list)
    at_once: int = 0
    _under_way: int = 0

    @property
    def sheet(self) -> str:
        return f"/lembar-kerja/{self.unit}/{YEAR}"

    async def open(self, area: str) -> None:
        await self.page.goto(f"{ORIGIN}{self.sheet}/{area}")

    def item(self, code: str) -> Locator:
        return self.page.locator(f'article[data-code="{code}"]')

    def field(self, part: str, code: str) -> Locator:
        return self.page.locator(f'[name="{part}:{code}"]')

    async def choose(self, code: str, letter: str) -> None:
        await self.page.locator(f'[name="letter:{code}"][value="{letter}"]').check()

    async def sees(self, code: str, words: str) -> None:
        """Wait until the line of an item says so."""
        await expect(self.item(code).locator(".saved")).to_contain_text(words)

    async def says(self, words: str) -> None:
        """Wait until the page says so of all its answers."""
        await expect(self.page.locator("#simpan")).to_contain_text(words)

    async def kept(self) -> list[str]:
        """Return the items that the browser keeps."""
        keys: list[str] = await self.page.evaluate("Object.keys(localStorage)")
        return sorted(key.rpartition("/")[2] for key in keys if key.startswith("zi-lembar/"))

    async def stored(self, code: str) -> dict[str, Any]:
        """Return the unit's answer to an item, {} for none."""
        items = (await self.planning.worksheet(self.unit))["items"]
        (found,) = [item["unit"] for item in items if item["item_code"] == code]
        return dict(found or {})

    async def answer(self, route: Route) -> None:
        """Answer a request of the page from the application, with what it leads on to."""
        asked = route.request
        is_save = asked.url.endswith("/jawaban")
        if is_save:
            self.saved.append(json.loads(asked.post_data or "{}")["answers"])
            self._under_way += 1
            self.at_once = max(self.at_once, self._under_way)
            await self.gate.wait()
        try:
            if is_save and self.is_dead:
                await route.abort()
                return
            passed = {name: value for name, value in asked.headers.items() if name in PASSED}
            transport = httpx2.ASGITransport(self.planning.app)
            cookies = dict([self.cookie.split("=", 1)])
            async with httpx2.AsyncClient(
                transport=transport, base_url=ORIGIN, cookies=cookies, follow_redirects=True
            ) as client:
                answer = await client.request(
                    asked.method,
                    asked.url,
                    content=asked.post_data_buffer,
                    headers=passed | {"sec-fetch-site": "same-origin"},
                )
            kept = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
            await route.fulfill(status=answer.status_code, headers=kept, body=answer.content)
        finally:
            self._under_way -= is_save


@asynccontextmanager
async def window(
    browser: Browser, planning: Planning, unit: str, cookie: str, **options: Any
) -> AsyncIterator[Window]:
    """Give a window in which somebody is logged in."""
    async with browsing(browser, **options) as profile:
        found = Window(planning, await profile.new_page(), unit, cookie)
        found.gate.set()
        await found.page.route("**/*", found.answer)
        yield found
