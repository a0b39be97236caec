"""What people see: live numbers, pages that work without JavaScript, on phones, for everybody."""

import re

from playwright.async_api import Browser, Request, expect

from tests.support.browser import browsing, inspect, log_in
from tests.support.system import LocalSystem

READER = "Hendra Gunawan"
UNIT = "contoh-anggrek"
FIRST_LOAD_BYTES = 60_000


async def test_the_scoreboard_moves_while_somebody_answers(system: LocalSystem, chromium: Browser) -> None:
    board = system.addresses["front"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await log_in(page, f"{board}/nilai", READER)
        await expect(page.get_by_role("row", name=re.compile("Anggrek"))).to_be_visible()
        await inspect(page, "scoreboard")
        await page.goto(f"{board}/nilai/{UNIT}?year=2026")
        await expect(page.locator("[data-live-state]")).to_contain_text("Langsung sejak")
        before = await page.locator("#total").inner_text()
        letter = "C" if before.endswith("9") else "A"
        for code, value in (("A.I.1.i.b", letter), ("A.I.5.i.a", "A"), ("A.I.2.ii.b", "A")):
            system.zi(
                "lke",
                "answer",
                "--unit",
                UNIT,
                "--year",
                "2026",
                "--layer",
                "unit",
                f"{code}={value}",
                "--json",
            ).json()
        await expect(page.locator("#total")).not_to_have_text(before)
        await expect(page.locator("#d\\.0")).to_contain_text(re.compile("lalu|baru saja"))
        await inspect(page, "unit")


async def test_the_scoreboard_reads_without_javascript(system: LocalSystem, chromium: Browser) -> None:
    async with browsing(
        chromium, java_script_enabled=False, viewport={"width": 360, "height": 800}
    ) as profile:
        page = await profile.new_page()
        await log_in(page, f"{system.addresses['front']}/nilai", READER)
        await page.get_by_role("link", name="Kantor Layanan Anggrek").click()
        await expect(page.locator("#jawab")).to_contain_text(re.compile("WBK|WBBM"))
        await expect(page.locator("[data-live-state]")).to_contain_text("Muat ulang")
        await page.locator("summary", has_text="A Pengungkit").wait_for()


async def test_first_load_is_light_and_from_us_alone(system: LocalSystem, chromium: Browser) -> None:
    board = system.addresses["front"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await log_in(page, f"{board}/nilai", READER)
        asked: list[Request] = []
        fresh = await profile.new_page()

        def note(request: Request) -> None:  # Playwright marks its listeners, which a built-in does not bear
            asked.append(request)

        fresh.on("requestfinished", note)
        await fresh.goto(f"{board}/nilai")
        await expect(fresh.get_by_role("row", name=re.compile("Anggrek"))).to_be_visible()
        sizes = {one.url: (await one.sizes())["responseBodySize"] for one in asked}
    assert {url.split("/")[2] for url in sizes} == {board.split("/")[2]}
    assert sizes[f"{board}/nilai"] > 0
    assert sum(sizes.values()) <= FIRST_LOAD_BYTES, sizes


async def test_a_person_complains_and_follows_the_case_without_javascript(
    system: LocalSystem, chromium: Browser
) -> None:
    address = system.addresses["front"]
    async with browsing(chromium, java_script_enabled=False) as profile:
        page = await profile.new_page()
        await page.goto(f"{address}/lapor")
        await page.get_by_label("Unit yang diadukan", exact=True).select_option(label="Kantor Layanan Melati")
        await page.get_by_role("textbox", name="Isi pengaduan").fill(
            "Loket tutup pukul sebelas, jam layanan sampai pukul tiga."
        )
        await page.get_by_label("Nama", exact=False).first.fill("Warga Uji")
        await page.get_by_role("button", name="Kirim pengaduan").click()
        receipt = (await page.locator(".code").first.inner_text()).strip()
        await page.goto(f"{address}/lacak")
        await page.get_by_label(re.compile("tanda terima")).fill(receipt)
        await page.get_by_role("button", name="Lihat pengaduan").click()
        await expect(page.locator("main")).to_contain_text(re.compile("diterima", re.IGNORECASE))
        await expect(page.locator("main")).not_to_contain_text("Warga Uji")


async def test_a_too_short_complaint_keeps_what_was_typed_and_says_what_is_wrong(
    system: LocalSystem, chromium: Browser
) -> None:
    async with browsing(chromium, java_script_enabled=False) as profile:
        page = await profile.new_page()
        await page.goto(f"{system.addresses['front']}/lapor")
        await page.get_by_label("Unit yang diadukan", exact=True).select_option(label="Kantor Layanan Melati")
        await page.get_by_role("textbox", name="Isi pengaduan").fill("Terlalu pendek")
        await page.locator("form.long").evaluate("form => form.noValidate = true")
        await page.get_by_role("button", name="Kirim pengaduan").click()
        await expect(page).to_have_title(re.compile("^Galat: "))
        await expect(page.get_by_role("alert")).to_contain_text("Isi pengaduan")
        await expect(page.get_by_role("alert")).to_be_focused()
        await expect(page.get_by_role("textbox", name="Isi pengaduan")).to_have_value("Terlalu pendek")
