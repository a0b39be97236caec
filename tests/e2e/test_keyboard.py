"""Whole tasks by the keyboard alone: the focus is seen, comes everywhere, and Enter ends each act."""

import contextlib
import re
from pathlib import Path

from playwright.async_api import Browser, Error, Page, expect

from tests.support.browser import browsing, inspect
from tests.support.keyboard import Keyboard
from tests.support.system import LocalSystem

TEXT = "Loket tiga meminta uang rokok sebelum berkas diterima, Senin pagi."
_TYPED = "[...document.querySelectorAll('textarea, input')].map((field) => field.value).join()"
MOST_LOOKS, LOOK_MS = 60, 250
_UNCHECKED = "document.querySelector('form.long').noValidate = true"
"""So that the service refuses what the browser would."""


async def _shown(page: Page) -> str:
    """Return all that a page holds, when a navigation that came late is over too."""
    for _ in range(MOST_LOOKS):
        try:
            await page.wait_for_load_state()
            return str(await page.content() + await page.evaluate(_TYPED))
        except Error:  # the page went away under the look
            await page.wait_for_timeout(LOOK_MS)
    raise AssertionError("the page never came to rest")


async def test_a_report_is_sent_its_code_kept_and_the_report_withdrawn(
    system: LocalSystem, chromium: Browser
) -> None:
    """Neither Back nor reload shows the report or its code once the reporter has ended."""
    address = system.addresses["front"]
    async with browsing(chromium, permissions=["clipboard-read", "clipboard-write"]) as profile:
        page = await profile.new_page()
        keys = Keyboard(page)
        await page.goto(f"{address}/lapor")
        await page.evaluate(_UNCHECKED)
        await keys.fill("Isi pengaduan", TEXT)
        await keys.follow("Kirim pengaduan")
        await keys.is_refused("#f-place")
        await page.keyboard.type("Kantor Layanan Mel")
        await keys.follow("Kirim pengaduan")

        await expect(page).to_have_url(re.compile("/lapor/diterima"))
        await inspect(page, "receipt")
        code = page.locator("#tanda-terima")
        receipt = (await code.inner_text()).strip()
        height = await code.evaluate(
            "node => node.getBoundingClientRect().height / parseFloat(getComputedStyle(node).lineHeight)"
        )
        assert round(height) == 1, "the code is broken over lines"
        await keys.press("Salin kode")
        await expect(page.get_by_role("status")).to_have_text("● Kode tersalin.")
        assert await page.evaluate("navigator.clipboard.readText()") == receipt
        await page.evaluate("window.print = () => { document.title = 'dicetak'; }")
        await keys.press("Cetak")
        await expect(page).to_have_title("dicetak")
        await keys.follow("Saya sudah menyimpan kode")
        await expect(page).to_have_url(re.compile("/lacak$"))
        for step in ("back", "reload", "back", "reload"):
            with contextlib.suppress(Error):  # what was sent and refused the browser would rather not show
                await (page.reload() if step == "reload" else page.go_back())
            shown = await _shown(page)
            assert receipt not in shown, step
            assert TEXT not in shown, step

        await page.goto(f"{address}/lacak")
        await keys.fill("Kode tanda terima", f"{receipt[:-1]}{'0' if receipt[-1] != '0' else '1'}")
        await keys.enter()
        await keys.is_refused("#f-receipt")
        await page.keyboard.press("Control+A")
        await page.keyboard.type(receipt)
        await keys.enter()
        await expect(page).to_have_url(re.compile("/lacak/pengaduan$"))
        await keys.follow("Cabut pengaduan")
        await keys.follow("Cabut pengaduan")
        await expect(page.locator("main")).to_contain_text("Anda sudah mencabut pengaduan ini")
        await keys.follow("Selesai melihat")
        await page.go_back()
        await expect(page.locator("main")).not_to_contain_text("mencabut")


async def test_a_survey_is_answered_and_left_without_javascript(
    system: LocalSystem, chromium: Browser
) -> None:
    made = system.zi("survey", "create", "--unit", "contoh-ulin", "--year", "2026", "--json").json()
    (invitation,) = system.zi("survey", "invite", made["campaign_id"], "--json").json()["items"]

    def counted() -> tuple[int, int]:
        status = system.zi("survey", "status", made["campaign_id"], "--json").json()
        return status["willing"], status["n"]

    async with browsing(
        chromium, java_script_enabled=False, viewport={"width": 320, "height": 700}
    ) as profile:
        page = await profile.new_page()
        keys = Keyboard(page)
        await page.goto(invitation["link"])
        assert invitation["token"] not in page.url
        await keys.reach(page.locator("input[name=decision]").first)
        await page.keyboard.press("Space")
        await keys.enter()
        await page.evaluate(_UNCHECKED)
        await keys.follow("Kirim jawaban")
        first = page.locator("fieldset.ask").first
        await keys.is_refused(f"#{await first.get_attribute('id')}")
        for _ in range(await page.locator("fieldset.ask").count()):
            await page.keyboard.press("Tab")
            await page.keyboard.press("ArrowRight")
        await keys.enter()
        await expect(page.locator("main")).to_contain_text(re.compile("terima kasih", re.IGNORECASE))
        assert counted() == (1, 1)
        await keys.follow("menarik diri")
        await keys.follow("Tarik diri")
        await expect(page.locator("main")).to_contain_text("Anda sudah menarik diri")
        await keys.follow("Selesai")
        assert counted() == (0, 0)


async def enter_as_administrator(page: Page, house: str) -> Keyboard:
    """Log in from the start page, and land on the scoreboard."""
    keys = Keyboard(page)
    await page.goto(house)
    await keys.follow("masuk dengan akun instansi")
    await keys.follow("Ratna Wulandari")
    await expect(page).to_have_url(f"{house}/nilai")
    return keys


async def test_scores_are_narrowed_sorted_taken_along_and_read_item_by_item(
    system: LocalSystem, chromium: Browser
) -> None:
    house = system.addresses["front"]
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        keys = await enter_as_administrator(page, house)
        await keys.press("Saringan lain")
        await keys.fill("Wilayah", "Papua")
        await keys.follow("Tampilkan")
        await expect(page).to_have_url(re.compile("region=Papua"))
        await keys.follow("Butir terisi")
        async with page.expect_download() as file:
            await keys.press("CSV")
        assert (await file.value).suggested_filename.endswith(".csv")
        await keys.follow("Nilai")
        await keys.follow("Kantor Layanan Kenanga")
        await page.goto(f"{house}/nilai/contoh-anggrek/butir/A.I.1.i.b")
        await keys.follow("Berikutnya")
        await expect(page).to_have_url(re.compile(r"A\.I\.1\.ii\.a"))
        await keys.follow("Sebelumnya")
        await expect(page).to_have_url(re.compile(r"A\.I\.1\.i\.b"))


async def test_units_are_imported_registered_changed_merged_and_taken_apart(
    system: LocalSystem, chromium: Browser, tmp_path: Path
) -> None:
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        keys = await enter_as_administrator(page, system.addresses["front"])
        await keys.follow("Unit kerja")
        await keys.follow("Langkah hari pertama")
        await keys.follow("Daftarkan unit kerja")
        file_field = page.get_by_label("Berkas Excel")
        unit = tmp_path / "unit.csv"
        for content, heading in (
            ("Kode unit;Nama unit\nuji papan;Kantor Uji Satu\n", "1 kesalahan"),
            ("Kode unit;Nama unit\nuji-papan-1;Kantor Uji Satu\n", "1 unit baru"),
        ):
            unit.write_text(content)
            await file_field.set_input_files(unit)  # the window in which files are chosen is the system's
            await keys.follow("Periksa berkas")
            await expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
            if "kesalahan" in heading:
                await expect(page.locator("#kesalahan")).to_be_focused()
        await keys.follow("Tulis 1 perubahan")
        await expect(page.locator("main")).to_contain_text("1 unit didaftarkan")

        await keys.follow("Ke daftar unit")
        await keys.follow("Daftarkan satu unit")
        await page.evaluate(_UNCHECKED)
        await keys.follow("Daftarkan unit")
        await keys.is_refused("#f-unit_id")
        await page.keyboard.type("uji-papan-2")
        await keys.fill("Nama unit", "Kantor Uji Dua")
        await keys.enter()
        await keys.follow("Ubah data unit")
        await keys.fill("Nama unit", "Kantor Uji Tiga")
        await keys.enter()
        await keys.follow("Simpan perubahan")
        await keys.follow("Gabung ke unit lain")
        await keys.fill("Kode unit tujuan", "uji-papan-1")
        await keys.enter()
        await keys.follow("Gabung ke Kantor Uji Satu")
        await keys.follow("Batalkan penggabungan")
        await keys.follow("Batalkan penggabungan")
        await expect(page.locator("main")).to_contain_text("bekerja sendiri lagi")
