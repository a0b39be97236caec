"""What officers, operators and reporters see: the desks, a case, and a receipt that leaves no trace."""

import re

from playwright.async_api import Browser, Page, expect

from tests.support.browser import browsing, inspect, log_in
from tests.support.system import LocalSystem

SUPERVISOR = "Agus Setiawan"
OFFICER = "Intan Permata"
READER = "Hendra Gunawan"
TEXT = "Loket tiga meminta uang rokok sebelum berkas diterima, Senin pagi."


async def report(page: Page, address: str) -> str:
    """Send the public form and return the receipt on the page that follows."""
    await page.goto(f"{address}/lapor")
    await page.get_by_label("Unit yang diadukan", exact=True).select_option(label="Kantor Layanan Melati")
    await page.get_by_role("textbox", name="Isi pengaduan").fill(TEXT)
    await page.get_by_role("button", name="Kirim pengaduan").click()
    return (await page.locator("#tanda-terima").inner_text()).strip()


async def test_neither_back_nor_reload_shows_the_report_or_its_code_once_the_reporter_has_ended(
    system: LocalSystem, chromium: Browser
) -> None:
    address = system.addresses["front"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        receipt = await report(page, address)
        await inspect(page, "receipt")
        await page.get_by_role("button", name="Saya sudah menyimpan kode").click()
        await expect(page).to_have_url(re.compile("/lacak$"))
        for step in ("back", "reload", "back", "reload"):
            await (page.reload() if step == "reload" else page.go_back())
            shown = await page.content() + await page.evaluate(
                "[...document.querySelectorAll('textarea, input')].map((field) => field.value).join()"
            )
            assert receipt not in shown, step
            assert TEXT not in shown, step


async def test_the_code_is_copied_and_the_page_says_so(system: LocalSystem, chromium: Browser) -> None:
    async with browsing(chromium, permissions=["clipboard-read", "clipboard-write"]) as profile:
        page = await profile.new_page()
        receipt = await report(page, system.addresses["front"])
        await page.get_by_role("button", name="Salin kode").click()
        await expect(page.get_by_role("status")).to_have_text("● Kode tersalin.")
        assert await page.evaluate("navigator.clipboard.readText()") == receipt
        height = await page.locator("#tanda-terima").evaluate(
            "node => node.getBoundingClientRect().height / parseFloat(getComputedStyle(node).lineHeight)"
        )
        assert round(height) == 1, "the code is broken over lines"


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


async def test_the_forms_of_reporters_are_accessible_empty_refused_and_followed(
    system: LocalSystem, chromium: Browser
) -> None:
    address = system.addresses["front"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        receipt = await report(page, address)
        await page.get_by_role("button", name="Saya sudah menyimpan kode").click()
        await inspect(page, "tracking")
        await page.get_by_label(re.compile("tanda terima")).fill("SALAH")
        await page.get_by_role("button", name="Lihat pengaduan").click()
        await expect(page).to_have_title(re.compile("^Galat: "))
        await inspect(page, "tracking-refused")
        await page.get_by_label(re.compile("tanda terima")).fill(receipt)
        await page.get_by_role("button", name="Lihat pengaduan").click()
        await expect(page.locator("main")).to_contain_text("sedang ditangani")
        await inspect(page, "own-case")
        await page.goto(f"{address}/lapor")
        await inspect(page, "report")
        await page.locator("form.long").evaluate("form => form.noValidate = true")
        await page.get_by_role("button", name="Kirim pengaduan").click()
        await expect(page).to_have_title(re.compile("^Galat: "))
        await inspect(page, "report-refused")


async def test_the_pages_behind_an_invitation_are_accessible_to_their_end(
    system: LocalSystem, chromium: Browser
) -> None:
    made = system.zi("survey", "create", "--unit", "contoh-jati", "--year", "2026", "--json").json()
    (invitation,) = system.zi("survey", "invite", made["campaign_id"], "--json").json()["items"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await page.goto(invitation["link"])
        await page.get_by_role("link", name="Naskah persetujuan").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Naskah persetujuan survei")
        await page.go_back()
        await page.locator("input[name=decision][value=willing]").check()
        await page.get_by_role("button", name="Kirim keputusan").click()
        await page.locator("form.long").evaluate("form => form.noValidate = true")
        await page.get_by_role("button", name="Kirim jawaban").click()
        await expect(page).to_have_title(re.compile("^Galat: "))
        await inspect(page, "survey-refused")
        for group in await page.get_by_role("group").all():
            await group.get_by_role("radio").last.check()
        await page.get_by_role("button", name="Kirim jawaban").click()
        await inspect(page, "survey-thanks")
        await page.get_by_role("link", name="menarik diri").click()
        await inspect(page, "survey-withdrawal")
        await page.get_by_role("button", name="Tarik diri").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Anda sudah menarik diri")
        await inspect(page, "survey-withdrawn")
