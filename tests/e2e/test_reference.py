"""The documents of the APIs are readable on a phone and clean for everybody, folded and unfolded."""

import pytest
from playwright.async_api import Browser

from shared.db.roles import SERVICES
from shared.http import addresses
from shared.http.reference import paths
from tests.support.browser import browsing, inspect
from tests.support.system import LocalSystem

UNFOLD = "document.querySelectorAll('details').forEach(part => part.open = true)"


@pytest.mark.parametrize("path", [paths.OPERATIONS, paths.EVENTS])
@pytest.mark.parametrize("service", SERVICES)
async def test_a_document_is_accessible_on_phone_and_desk(
    system: LocalSystem, chromium: Browser, service: str, path: str
) -> None:
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await page.goto(system.addresses[service] + path)
        await inspect(page, f"{service}-{path.strip('/')}")


@pytest.mark.parametrize("path", [paths.OPERATIONS, paths.EVENTS])
async def test_a_document_unfolded_is_accessible_on_phone_and_desk(
    system: LocalSystem, chromium: Browser, path: str
) -> None:
    """One service stands for all: what unfolds is made by the same few parts."""
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await page.goto(system.addresses["survey"] + path)
        await page.evaluate(UNFOLD)
        await inspect(page, f"survey-{path.strip('/')}-unfolded")


async def test_the_list_of_apis_is_accessible_on_phone_and_desk(
    system: LocalSystem, chromium: Browser
) -> None:
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await page.goto(system.addresses["scoring"] + addresses.APIS)
        await inspect(page, "apis")
