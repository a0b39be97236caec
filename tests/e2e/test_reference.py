"""The documents of the APIs fit every width, and are clean for everybody when all is unfolded."""

import pytest
from playwright.async_api import Browser

from shared.db.roles import SERVICES
from shared.http import addresses
from shared.http.reference import paths
from tests.support.browser import browsing, inspect
from tests.support.system import LocalSystem

UNFOLD = "document.querySelectorAll('details').forEach(part => part.open = true)"
OVERFLOW = "document.documentElement.scrollWidth - window.innerWidth"
WIDTHS = (320, 768, 1280)


@pytest.mark.parametrize("path", [paths.OPERATIONS, paths.EVENTS])
@pytest.mark.parametrize("service", SERVICES)
async def test_a_document_fits_every_width_folded_and_unfolded(
    system: LocalSystem, chromium: Browser, service: str, path: str
) -> None:
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await page.goto(system.addresses[service] + path)
        wide: list[str] = []
        for state in ("folded", "unfolded"):
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 900})
                if await page.evaluate(OVERFLOW) > 0:
                    wide.append(f"{state} at {width}")
            await page.evaluate(UNFOLD)
        assert wide == []


@pytest.mark.parametrize("path", [paths.OPERATIONS, paths.EVENTS])
async def test_a_document_unfolded_is_accessible_on_phone_and_desk(
    system: LocalSystem, chromium: Browser, path: str
) -> None:
    """One service stands for all: each document is made by the same few parts, and axe reads slowly."""
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await page.goto(system.addresses["survey"] + path)
        await page.evaluate(UNFOLD)
        await inspect(page, f"survey-{path.strip('/')}")


async def test_the_list_of_apis_is_accessible_on_phone_and_desk(
    system: LocalSystem, chromium: Browser
) -> None:
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await page.goto(system.addresses["scoring"] + addresses.APIS)
        await inspect(page, "apis")
