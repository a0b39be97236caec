"""Looks at a page in Chromium as people do: narrow and wide, light and dark, on paper, and through axe."""

import gzip
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import httpx2
from playwright.async_api import Browser, Page, Route

from shared.http.state import state_of
from tests.support.browser import HEIGHT, WIDTHS, browsing, photograph
from tests.support.every_service import BROWSER, Service
from tests.support.http import ORIGIN
from tests.support.keyboard import SHOWN
from tests.support.listening import Listener
from tests.support.page_visits.visit import Visit

NARROWEST = 320
THEMES: Sequence[Literal["light", "dark"]] = ("light", "dark")
PHOTOGRAPHED = {("light", 360): "360", ("light", 1280): "1280", ("dark", 360): "dark"}
"""How the name of a picture ends, of those that somebody looks at."""
PAPER = 718
"""A4 between its margins, in pixels of the style sheet."""
MOST_BYTES = 60_000
"""Of a first load as it arrives: packed, as the front door sends everything."""
LEAST_TARGET = 44
_BROKEN = """() => {
  const found = [], range = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (text.parentElement.closest("thead")?.offsetWidth <= 1) continue; // for ears alone, on phones
    if (text.parentElement.closest("script, textarea, select, pre, code, .typed, .hidden")) continue;
    range.selectNodeContents(text);
    if (range.getClientRects().length < 2) continue;
    for (const word of text.data.matchAll(/[^\\s\\-\u2013\u2014\\/?]+/g)) {
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map((line) => Math.round(line.top)));
      if (lines.size > 1) found.push(word[0]);
    }
  }
  return found;
}"""
_WIDE = """() => {
  const seen = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth > seen) found.push("page");
  for (const part of document.querySelectorAll("main *, footer *")) {
    if (part.closest(".slide, .scroll, .hidden, svg") || !part.getClientRects().length) continue;
    if (part.closest("thead")?.offsetWidth <= 1) continue;
    if (part.getBoundingClientRect().right > seen + 1) found.push(part.outerHTML.slice(0, 80));
  }
  return found.slice(0, 3);
}"""
_SMALL = """(least) => [...document.querySelectorAll(
    "button, .button, select, textarea, summary, .menu a, .chips a, label.choice, input:not([type=hidden])")]
  .filter((part) => part.getClientRects().length && !part.closest(".hidden, label"))
  .filter((part) => part.getBoundingClientRect().height < least - 0.5)
  .map((part) => part.outerHTML.slice(0, 80))"""
_FOCUS = "document.activeElement?.id"
_KEYS = f"""() => {{
  const isShown = {SHOWN}, found = [], told = (part) => part.outerHTML.slice(0, 80);
  const parts = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  for (const part of document.querySelectorAll(parts)) {{
    if (!part.checkVisibility() || part.closest(".hidden") || part.tabIndex < 0) continue;
    if (part.tabIndex > 0) found.push(`out of order: ${{told(part)}}`);
    part.focus();
    if (part !== document.activeElement || !isShown(part)) found.push(`focus not seen: ${{told(part)}}`);
  }}
  for (const link of document.querySelectorAll("#kesalahan a[href^='#']")) {{
    const field = document.getElementById(link.hash.slice(1));
    field?.focus();
    if (!field || field !== document.activeElement) found.push(`leads to no field: ${{told(link)}}`);
  }}
  for (const form of document.forms)
    if (!form.querySelector("button:not([type=button])")) found.push(`Enter sends nothing: ${{told(form)}}`);
  document.activeElement.blur();
  window.scrollTo(0, 0);
  return found.slice(0, 3);
}}"""
"""After one key a browser takes the focus that a script moves for one that somebody moves by keys."""


@dataclass
class Looker:
    """Looks at the pages of one service; `faults` holds what is wrong, `met` which requests were answered."""

    service: Service
    page: Page
    faults: list[str] = field(default_factory=list)
    met: list[tuple[str, str]] = field(default_factory=list)
    weights: dict[str, int] = field(default_factory=dict)
    _ear: Listener = field(default_factory=Listener)
    _visit: Visit | None = None
    _seen: set[tuple[str, ...]] = field(default_factory=set)
    _address: str = ""
    _sizes: dict[str, int] = field(default_factory=dict)
    _status: int = 0

    async def look(self, visit: Visit) -> None:
        """Visit a page and note what is wrong with it."""
        self._visit, self._sizes, self._status = visit, {}, 0
        await self.page.emulate_media(color_scheme="light", media="screen")
        await self.page.goto(ORIGIN + visit.path, wait_until="load")
        if self._status != visit.status:
            self._note(f"status {self._status} instead of {visit.status}")
            return
        if visit.form is None and self._was_seen(visit):
            return
        self.weights[visit.name] = weight = sum(self._sizes.values())
        if weight > MOST_BYTES:
            self._note(f"{weight} bytes arrive")
        if visit.status >= 400 and not (await self.page.title()).startswith("Galat: "):
            self._note("the title of a refusal does not say so")
        if await self.page.locator("#kesalahan").count() and await self.page.evaluate(_FOCUS) != "kesalahan":
            self._note("the focus is not at the summary of what is wrong")
        await self.page.keyboard.press("Tab")
        if found := await self.page.evaluate(_KEYS):
            self._note(f"by keyboard: {found}")
        for theme in THEMES:
            await self._in(theme, visit)
        await self._printed()

    def _was_seen(self, visit: Visit) -> bool:
        """Tell whether an old address led on to a page that was looked at."""
        page = (self._address, *visit.cookies.values())
        if page in self._seen:
            return True
        self._seen.add(page)
        return False

    async def _in(self, theme: Literal["light", "dark"], visit: Visit) -> None:
        await self.page.emulate_media(color_scheme=theme)
        for width in (NARROWEST, *WIDTHS):
            await self.page.set_viewport_size({"width": width, "height": HEIGHT})
            if theme == "light":
                await self._measure(width)
            heard = await self._ear.hear(self.page, afresh=theme == "light" and width == WIDTHS[0])
            for fault in heard:
                self._note(f"axe {theme} at {width}: {fault}")
            if ending := PHOTOGRAPHED.get((theme, width)):
                await photograph(self.page, f"{state_of(self.service.app).service}-{visit.name}-{ending}")

    async def _measure(self, width: int) -> None:
        for words, script in (("broken", _BROKEN), ("too wide", _WIDE)):
            if found := await self.page.evaluate(script):
                self._note(f"{words} at {width}: {found}")
        if width == NARROWEST and (small := await self.page.evaluate(_SMALL, LEAST_TARGET)):
            self._note(f"small targets: {small}")

    async def _printed(self) -> None:
        await self.page.emulate_media(color_scheme="light", media="print")
        await self.page.set_viewport_size({"width": PAPER, "height": HEIGHT})
        if found := await self.page.evaluate(_WIDE):
            self._note(f"too wide on paper: {found}")

    def _note(self, fault: str) -> None:
        assert self._visit is not None
        self.faults.append(f"{self._visit.name}: {fault}")

    async def answer(self, route: Route) -> None:
        """Answer the browser from the application: no port, and each byte is counted as it was sent."""
        asked, visit = route.request, self._visit
        assert visit is not None
        if "text/event-stream" in asked.headers.get("accept", "") or not asked.url.startswith(ORIGIN):
            if not asked.url.startswith(ORIGIN):
                self._note(f"asks another host: {asked.url}")
            await route.abort()  # live pages have tests of their own
            return
        is_document = asked.resource_type == "document"
        form = visit.form if is_document else None
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.service.app),
            base_url=ORIGIN,
            cookies=dict(visit.cookies),
            follow_redirects=True,
        ) as client:
            headers = BROWSER | {"Accept": asked.headers.get("accept", "*/*")}
            method = "GET" if form is None else "POST"
            file = visit.file if is_document else None
            files = None if file is None else {"file": ("unit.csv", file, "text/csv")}
            answer = await client.request(method, asked.url, data=form, files=files, headers=headers)
        if is_document:
            self._status, self._address = answer.status_code, str(answer.url)
            self.met += [(hop.request.method, hop.request.url.path) for hop in (*answer.history, answer)]
        self._sizes[asked.url] = len(gzip.compress(answer.content))
        kept = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
        await route.fulfill(status=answer.status_code, headers=kept, body=answer.content)


@asynccontextmanager
async def looking_at(browser: Browser, service: Service) -> AsyncIterator[Looker]:
    """Give a window whose every request the service itself answers."""
    async with browsing(browser) as profile:
        looker = Looker(service, await profile.new_page())
        await looker.page.route("**/*", looker.answer)
        yield looker
