"""The worksheet behind the front door: filled over a network that fails, and without JavaScript."""

import re

from playwright.async_api import Browser, expect

from tests.support.browser import browsing, inspect, log_in
from tests.support.system import LocalSystem

OPERATOR, UNIT = "Dimas Pratama", "contoh-melati"
FIRST, SECOND = "A.I.5.i.a", "A.I.5.i.b"


async def test_an_operator_fills_an_area_and_loses_nothing_when_the_network_fails(
    system: LocalSystem, chromium: Browser
) -> None:
    house = system.addresses["front"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await log_in(page, f"{house}/nilai", OPERATOR)
        await page.get_by_role("link", name="Lembar kerja").click()
        await expect(page).to_have_url(re.compile(f"/lembar-kerja/{UNIT}/"))
        await inspect(page, "worksheet")
        await page.get_by_role("link", name="5 Penguatan pengawasan").click()
        state = page.locator("#simpan")
        await page.locator(f'[name="note:{FIRST}"]').fill("Dua dari lima loket.")
        await expect(state).to_contain_text("Semua tersimpan")

        await profile.set_offline(True)
        await page.locator(f'[name="note:{SECOND}"]').fill("Menunggu SK.")
        await expect(state).to_contain_text("Jaringan putus. 1 jawaban aman di perangkat ini")
        await profile.set_offline(False)
        await expect(state).to_contain_text("Semua tersimpan")
        await page.reload()
        await expect(page.locator(f'[name="note:{FIRST}"]')).to_have_value("Dua dari lima loket.")
        await expect(page.locator(f'[name="note:{SECOND}"]')).to_have_value("Menunggu SK.")
        await inspect(page, "worksheet-area")


async def test_an_area_is_saved_by_its_button_without_javascript(
    system: LocalSystem, chromium: Browser
) -> None:
    house = system.addresses["front"]
    async with browsing(
        chromium, java_script_enabled=False, viewport={"width": 360, "height": 800}
    ) as profile:
        page = await profile.new_page()
        await log_in(page, f"{house}/lembar-kerja", OPERATOR)
        await page.goto(f"{house}/lembar-kerja/{UNIT}/2026/4")
        note = page.locator("textarea").first
        await note.fill("Diisi tanpa JavaScript.")
        await page.get_by_role("button", name="Simpan area ini").click()
        await expect(page.get_by_role("status")).to_contain_text("1 jawaban tersimpan")
        await expect(page.locator("textarea").first).to_have_value("Diisi tanpa JavaScript.")
