"""One log-in and one log-out for the whole house, in a browser, by the front door."""

import re

from playwright.async_api import Browser, Page, expect

from tests.support.browser import browsing, log_in
from tests.support.keyboard import Keyboard
from tests.support.polling import until
from tests.support.system import LocalSystem

PERSON = "Hendra Gunawan"
PLACES = ("/nilai", "/survei", "/pengaduan", "/unit-kerja")
"""A main page of each service; two of them refuse a verifier, by name."""


async def is_asked(page: Page, address: str) -> bool:
    """Open an address, and tell whether the identity provider asks who is there."""
    await page.goto(address)
    return await page.get_by_role("heading", name="Masuk sebagai siapa?").is_visible()


async def test_one_log_in_opens_all_services_and_one_log_out_closes_them(
    system: LocalSystem, chromium: Browser
) -> None:
    house = system.addresses["front"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await log_in(page, f"{house}/nilai", PERSON)
        await expect(page.locator("[data-live-state]")).to_contain_text("Langsung sejak")
        for place in PLACES:
            other = await profile.new_page()
            assert not await is_asked(other, house + place), place
            await expect(other.locator("details.account")).to_contain_text("Hendra")
            await other.close()
        leaving = await profile.new_page()
        for place in PLACES:
            await leaving.goto(house + place)
        keys = Keyboard(leaving)
        await keys.press("Hendra")
        await keys.follow("Keluar")
        await expect(leaving).to_have_url(f"{house}/")
        for _ in PLACES:
            await leaving.go_back()
            await expect(leaving.get_by_role("heading", name="Masuk sebagai siapa?")).to_be_visible()
        for place in PLACES:
            assert await is_asked(leaving, house + place), place

        async def has_heard() -> bool:
            return await page.get_by_role("heading", name="Masuk sebagai siapa?").is_visible()

        await page.bring_to_front()
        await until(has_heard, seconds=60, what="the live page that stood open asks to log in")


async def test_a_person_lands_on_their_own_page_and_finds_the_way_from_a_refusal(
    system: LocalSystem, chromium: Browser
) -> None:
    house = system.addresses["front"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await page.goto(house)
        await expect(page.get_by_role("link", name="Masuk", exact=True)).to_have_count(0)
        await page.get_by_role("link", name="masuk dengan akun instansi").click()
        await page.get_by_text("Bambang Hartono").click()
        await expect(page).to_have_url(f"{house}/nilai/contoh-melati")
        await expect(page.get_by_role("navigation", name="Menu utama")).to_contain_text("Unit saya")
        await page.goto(f"{house}/unit-kerja")
        await expect(page.locator("main")).to_contain_text(re.compile("Bambang Hartono .Pimpinan unit."))
        await page.locator("main").get_by_role("link", name="Unit saya").click()
        await expect(page).to_have_url(f"{house}/nilai/contoh-melati")
