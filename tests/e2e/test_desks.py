"""What officers and operators see: the desks, and a case."""

import re

from playwright.async_api import Browser, expect

from tests.support.browser import browsing, inspect, log_in
from tests.support.system import LocalSystem

SUPERVISOR = "Agus Setiawan"
OFFICER = "Intan Permata"
READER = "Hendra Gunawan"


async def test_officers_find_what_burns_and_read_why(system: LocalSystem, chromium: Browser) -> None:
    address = system.addresses["front"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await log_in(page, f"{address}/pengaduan", SUPERVISOR)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("lewat tenggat")
        await inspect(page, "desk")
        await page.get_by_role("link", name=re.compile("Lewat waktu")).click()
        await expect(page.locator("tbody tr").first).to_contain_text("lewat")
        async with page.expect_download() as file:
            await page.get_by_role("link", name="Unduh CSV").click()
        assert (await file.value).suggested_filename == "pengaduan.csv"
        await page.locator("tbody a").first.click()
        await expect(page.locator("main")).to_contain_text("hitungan mulai hari berikutnya")
        await inspect(page, "case")
        await page.goto(f"{address}/pengaduan?stream=pelayanan&unit=contoh-ulin")
        await inspect(page, "desk-empty")


async def test_an_officer_works_from_the_keyboard_and_foretold_acts_happen_once_confirmed(
    system: LocalSystem, chromium: Browser
) -> None:
    address = system.addresses["front"]
    async with browsing(chromium, viewport={"width": 1280, "height": 900}) as profile:
        page = await profile.new_page()
        await log_in(page, f"{address}/pengaduan", OFFICER)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("lewat tenggat")
        links = page.locator(".cases a")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await page.keyboard.press("k")
        chosen = await page.evaluate("document.activeElement.getAttribute('href')")
        assert chosen in [await link.get_attribute("href") for link in await links.all()]
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile(f"{chosen}$"))
        await page.goto(f"{address}/pengaduan")
        place = await page.locator("[data-act]").first.get_attribute("href")
        await page.keyboard.press("a")
        await expect(page).to_have_url(re.compile(f"{place}$"))
        await page.goto(f"{address}/pengaduan")
        await page.get_by_label("Papan ketik").uncheck()
        await page.keyboard.press("a")
        await expect(page).to_have_url(re.compile("/pengaduan$"))
    async with browsing(chromium, java_script_enabled=False) as profile:
        page = await profile.new_page()
        await log_in(page, f"{address}/pengaduan?giliran=saya", OFFICER)
        await page.locator("tbody a").first.click()
        await page.locator("summary", has_text="Tindakan lain").first.click()
        await page.get_by_role("link", name="Minta pelapor melengkapi").first.click()
        await page.get_by_label("Yang perlu dilengkapi").fill("Sebutkan tanggal kejadiannya.")
        await page.get_by_role("button", name="Lanjut: lihat yang akan terjadi").click()
        await expect(page.locator("main")).to_contain_text("Belum ada yang dicatat")
        await page.locator("button[name=yakin]").click()
        await expect(page.get_by_role("status")).to_contain_text("elengkapan")


async def test_operators_see_which_survey_has_answers_enough(system: LocalSystem, chromium: Browser) -> None:
    address = system.addresses["front"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await log_in(page, f"{address}/survei", READER)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("survei terbuka")
        await inspect(page, "campaigns")
        await page.get_by_role("link", name="Rancangan").click()
        await inspect(page, "campaigns-empty")


async def test_what_anybody_may_read_is_accessible_on_phone_and_desk(
    system: LocalSystem, chromium: Browser
) -> None:
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        for path, name in (
            ("/privasi", "privacy"),
            ("/hasil", "results"),
            ("/survei/persetujuan/2026-3", "consent-text"),
        ):
            await page.goto(system.addresses["front"] + path)
            await expect(page.get_by_role("link", name="Masuk")).to_have_count(0)
            await inspect(page, name)


async def test_an_unknown_unit_is_led_to_the_agency_by_its_name(
    system: LocalSystem, chromium: Browser
) -> None:
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await page.goto(f"{system.addresses['front']}/lapor")
        choices = (
            await page.get_by_label("Unit yang diadukan", exact=True).locator("option").all_inner_texts()
        )
        assert "Saya tidak tahu unitnya: teruskan ke Badan Layanan Nusantara" in choices
