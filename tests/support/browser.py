"""Debian's Chromium, driven by Playwright: pages looked at on a phone, a tablet and a desk."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright

from deploy.local.install import BROWSERS
from tests.support.listening import Listener

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "test-output" / "pages"
PICTURES_VARIABLE = "ZI_PICTURES"
"""Set, it has every page photographed that is looked at: a picture takes as long as axe does."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WIDTHS = (360, 768, 1280)
HEIGHT = 900
PATIENCE_MS = 30_000
LOOK_SECONDS, LOOKS = 120.0, 3


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser of the session; the set-up of `make test` installs it when it is missing."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path is not None, "Chromium is missing: run `make test`, which installs it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def browsing(browser: Browser, **options: Any) -> AsyncIterator[BrowserContext]:
    """Give a fresh profile that waits patiently on a busy machine."""
    context = await browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context
    finally:
        await context.close()


async def log_in(page: Page, address: str, person: str) -> None:
    """Open a page that needs a log-in and click a demo person at the identity provider."""
    await page.goto(address)
    await page.get_by_text(person).click()
    await page.wait_for_url(f"{address}**")


async def inspect(page: Page, name: str) -> None:
    """Look at a page at each width; it may not scroll sideways nor break an accessibility rule."""
    await page.wait_for_load_state()
    ear = Listener()
    for width in WIDTHS:
        await _inspect_at(page, name, width, ear)
    if os.environ.get("ZI_UPDATE_IMAGES") and name in ("scoreboard", "unit"):
        await page.screenshot(path=ROOT / "docs" / "images" / f"{name}-{WIDTHS[-1]}.png")


async def _inspect_at(page: Page, name: str, width: int, ear: Listener) -> None:
    """Look at one width, again where the page went away under the look; fails where no look ever ends.

    A live page loads anew when its shape changes, and what a script of ours asked of it then gets no answer.
    """
    for left in range(LOOKS - 1, -1, -1):
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                found = await _looked_at(page, name, width, ear)
            break
        except TimeoutError:
            if not left:
                raise
        except Error as error:
            if not left or "context was destroyed" not in error.message:
                raise
        await page.wait_for_load_state()
    assert not found, f"{name} at {width} px: {found}"


async def photograph(page: Page, name: str) -> None:
    """Keep a picture of the whole page in `PICTURES`, if pictures are asked for."""
    if os.environ.get(PICTURES_VARIABLE):
        PICTURES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURES / f"{name}.jpeg", full_page=True)


async def _looked_at(page: Page, name: str, width: int, ear: Listener) -> Sequence[str]:
    """Look whether a page scrolls sideways; return what axe finds in it."""
    await page.set_viewport_size({"width": width, "height": HEIGHT})
    overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0, f"{name} scrolls sideways by {overflow} px at {width} px"
    await photograph(page, f"{name}-{width}")
    return await ear.hear(page)
