"""A complaint's whole life through the pages of the real system, from the report to its acceptance.

Each step is done by whoever does it, in a browser of their own that runs no JavaScript. The proof of filing
is printed as a browser prints it. Pictures of the way lie in `test-output/case-life`.
"""

import io
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
import segno
from PIL import Image
from playwright.async_api import Browser, Page, expect
from pypdf import PdfReader

from tests.support.browser import ROOT, browsing, log_in
from tests.support.system import LocalSystem

PICTURES = ROOT / "test-output" / "case-life"
UNIT, HANDLER = "contoh-melati", "putu"
OFFICERS = {
    "officer": "Intan Permata",
    "supervisor": "Agus Setiawan",
    "handler": "Putu Ayu Dewi",
    "approver": "Rahmat Hidayat",
}
REPORTER = "Wulan Contoh"
STORY = "Petugas loket meminta biaya tambahan Rp50.000 untuk legalisir yang menurut papan tarif gratis."
MISSING, FACTS = "Sebutkan tanggal kejadiannya.", "Kejadiannya pada hari Senin minggu lalu, sekitar pukul 10."
FIRST_ANSWER, OBJECTION = "Papan tarif sudah diperbarui.", "Uang saya belum dikembalikan."
LAST_ANSWER = "Uang sudah dikembalikan dan petugas loket sudah ditegur."
QUIET_ZONE = 4
"""Modules of white around a QR code. Source: ISO/IEC 18004."""


@dataclass
class Life:
    """The people of a complaint, each before a page of their own, and what the reporter holds."""

    house: str
    pages: dict[str, Page]
    taken: list[str] = field(default_factory=list)
    number: str = ""
    receipt: str = ""

    @property
    def reporter(self) -> Page:
        return self.pages["reporter"]

    async def keep(self, who: str, name: str) -> None:
        """Keep a picture of what somebody sees."""
        self.taken.append(name)
        picture = PICTURES / f"{len(self.taken):02}-{name}.jpeg"
        await self.pages[who].screenshot(path=picture, full_page=True, type="jpeg", quality=70)

    async def act(self, who: str, path: str, button: str, *, binds: bool = False, **typed: str) -> None:
        """Open the case, go to an act that it offers there, fill in its form and do it.

        What is typed is text, or the value of one of several choices; an act that binds is foretold first.
        """
        page, place = self.pages[who], f"/pengaduan/{self.number}"
        await page.goto(self.house + place)
        link = page.locator(f'main a[href="{place}/{path}"]').first
        if not await link.is_visible():
            await page.locator("summary", has_text="Tindakan lain").first.click()
        await link.click()
        for name, value in typed.items():
            fields = page.locator(f'main [name="{name}"]')
            if await fields.first.get_attribute("type") == "radio":
                await page.locator(f'main [name="{name}"][value="{value}"]').check()
            elif await fields.evaluate("field => field.tagName") == "SELECT":
                await fields.select_option(value)
            else:
                await fields.fill(value)
        if binds:
            await page.get_by_role("button", name="Lanjut: lihat yang akan terjadi").click()
            await expect(page.locator("main")).to_contain_text("Belum ada yang dicatat")
        await self.keep(who, path)
        await page.get_by_role("button", name=button, exact=True).click()
        await expect(page).to_have_url(f"{self.house}{place}?selesai={path}")
        await expect(page.get_by_role("status")).to_be_visible()

    async def own_case(self) -> Page:
        """Let the reporter read their case again."""
        await self.reporter.goto(f"{self.house}/lacak/pengaduan")
        await let_in(self.reporter)
        return self.reporter


async def let_in(page: Page) -> None:
    """Ask again while a session asks more often in a second than it may: no person is as fast."""
    while await page.get_by_text("Terlalu banyak permintaan", exact=True).count():
        await page.wait_for_timeout(300)
        await page.reload()


@pytest.fixture
async def life(system: LocalSystem, chromium: Browser) -> AsyncIterator[Life]:
    """Every officer logged in, and a reporter whom nobody knows."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    house = system.addresses["front"]
    async with AsyncExitStack() as stack:
        pages = {}
        for who in ("reporter", *OFFICERS):
            profile = await stack.enter_async_context(browsing(chromium, java_script_enabled=False))
            pages[who] = await profile.new_page()
        for who, name in OFFICERS.items():
            await log_in(pages[who], f"{house}/pengaduan", name)
        yield Life(house, pages)


async def reported_and_tracked(life: Life) -> None:
    page = life.reporter
    await page.goto(f"{life.house}/lapor")
    await page.get_by_label("Unit yang diadukan", exact=True).select_option(f"unit:{UNIT}")
    await page.get_by_role("textbox", name="Isi pengaduan").fill(STORY)
    await page.locator('[name="name"]').fill(REPORTER)
    await life.keep("reporter", "melapor")
    await page.get_by_role("button", name="Kirim pengaduan").click()
    life.receipt = await page.locator("#tanda-terima").inner_text()
    life.number = await page.locator("#nomor-lacak").inner_text()
    for only_with_script in ("#salin", "#cetak"):
        await expect(page.locator(only_with_script)).to_be_hidden()
    await life.keep("reporter", "tanda-terima")
    async with page.expect_navigation():  # whoever goes back before it began is left without a page
        await page.get_by_role("button", name="Saya sudah menyimpan kode").click()
    await page.go_back()
    assert life.receipt not in await page.content()
    await page.goto(f"{life.house}/lacak")
    await page.get_by_label("Kode tanda terima").fill(life.receipt)
    await page.get_by_role("button", name="Lihat pengaduan").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Pengaduan {life.number}")
    await expect(page.locator("main")).to_contain_text("Menunggu petugas memeriksa pengaduan")


async def handed_out_and_completed(life: Life) -> None:
    await life.act(
        "officer", "verifikasi", "Verifikasi", stream="masyarakat", case_class="normatif", unit_id=UNIT
    )
    await life.act("supervisor", "disposisi", "Tunjuk penangan", handler=HANDLER)
    await life.act(
        "handler", "tindak-lanjut", "Catat tindak lanjut", text="Loket ditinjau.", evidence="BA-6/2026"
    )
    await life.act("handler", "minta-kelengkapan", "Kirim permintaan", binds=True, missing=MISSING)
    page = await life.own_case()
    await expect(page.locator("main")).to_contain_text(MISSING)
    await life.keep("reporter", "diminta-melengkapi")
    await page.get_by_role("textbox", name="Kelengkapan").fill(FACTS)
    await page.get_by_role("button", name="Kirim kelengkapan").click()
    await expect(page.locator("main")).to_contain_text("Pengaduan Anda sedang ditangani")


async def answered(life: Life, answer: str, evidence: str) -> None:
    """Let the handler draft an answer, and another person give it to the reporter."""
    await life.act(
        "handler", "tanggapan", "Ajukan untuk disetujui",
        outcome="terbukti", text=answer, evidence=evidence,
    )  # fmt: skip
    own = life.pages["handler"].locator(f'a[href="/pengaduan/{life.number}/setujui-tanggapan"]')
    await expect(own).to_have_count(0)
    assert answer not in await (await life.own_case()).content()
    await life.act("approver", "setujui-tanggapan", "Setujui dan berikan", binds=True)


async def objected(life: Life) -> None:
    page = await life.own_case()
    await expect(page.locator("main")).to_contain_text(FIRST_ANSWER)
    await page.get_by_role("link", name="Ajukan keberatan").click()
    await page.get_by_label("Alasan keberatan").fill(OBJECTION)
    await life.keep("reporter", "keberatan")
    await page.get_by_role("button", name="Kirim keberatan").click()
    await expect(page.locator("main")).to_contain_text("Pengaduan Anda sedang ditangani")


async def accepted(life: Life) -> None:
    page = await life.own_case()
    await expect(page.locator("main")).to_contain_text(LAST_ANSWER)
    await page.get_by_role("link", name="Terima tanggapan").click()
    await page.get_by_role("button", name="Terima dan tutup pengaduan").click()
    await expect(page.locator("main")).to_contain_text("Pengaduan selesai karena Anda menerima tanggapannya")
    await life.keep("reporter", "selesai")


async def printed(life: Life) -> str:
    """Print the proof of filing; return the address on it that anybody may check."""
    page = await life.own_case()
    async with page.expect_navigation():  # paper asked for meanwhile would keep it from coming
        await page.get_by_role("link", name="Bukti penerimaan").click()
    await let_in(page)
    await page.emulate_media(media="print")
    for left_out in (".menu", ".account", ".actions", "footer a", ".skip"):
        for one in await page.locator(left_out).all():
            await expect(one).to_be_hidden()
    address = await page.locator("main .code a").inner_text()
    assert dark_modules(await page.locator(".qr-box svg").screenshot(), address) == modules_of(address)
    await life.keep("reporter", "bukti-tercetak")
    paper = await page.pdf(path=PICTURES / "bukti.pdf", format="A4")
    [sheet] = PdfReader(io.BytesIO(paper)).pages
    words = re.sub(r"\s", "", sheet.extract_text())
    for told in (life.number, address, "Diterima"):
        assert told in words
    for secret in (STORY, REPORTER, life.receipt, "Kembalikepengaduan", "Masuk"):
        assert re.sub(r"\s", "", secret) not in words
    await page.emulate_media(media="screen")
    return address


def modules_of(address: str) -> list[list[bool]]:
    """Return the dark modules of the QR code of an address, row by row."""
    return [[bool(module) for module in row] for row in segno.make_qr(address, error="l").matrix]


def dark_modules(picture: bytes, address: str) -> list[list[bool]]:
    """Return which modules are dark in a picture of a QR code, looked at in the middle of each."""
    seen, count = Image.open(io.BytesIO(picture)).convert("L"), len(modules_of(address))
    module = seen.width / (count + 2 * QUIET_ZONE)
    places = [round((QUIET_ZONE + place + 0.5) * module) for place in range(count)]
    return [[int(seen.getpixel((x, y))) < 128 for x in places] for y in places]  # type: ignore[arg-type]


async def checked_by_anybody(life: Life, chromium: Browser, address: str) -> None:
    async with browsing(chromium, java_script_enabled=False) as profile:
        page = await profile.new_page()
        await page.goto(f"{life.house}/keaslian")
        await page.get_by_label("Kode atau alamat bukti").fill(address)
        await page.get_by_role("button", name="Periksa").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Asli: pengaduan ini benar")
        await expect(page.locator("main")).to_contain_text(life.number)
        await page.goto(address)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Asli: pengaduan ini benar")
        await page.goto(f"{address[:-1]}{'A' if address[-1] != 'A' else 'B'}")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Tidak asli")


async def test_a_complaint_lives_from_the_report_to_its_acceptance_without_javascript(
    life: Life, chromium: Browser
) -> None:
    await reported_and_tracked(life)
    await handed_out_and_completed(life)
    await answered(life, FIRST_ANSWER, "BA-7/2026")
    await objected(life)
    await answered(life, LAST_ANSWER, "BA-8/2026")
    await accepted(life)
    await checked_by_anybody(life, chromium, await printed(life))
    page = life.pages["supervisor"]
    await page.goto(f"{life.house}/pengaduan/{life.number}")
    await expect(page.locator(f'main a[href^="/pengaduan/{life.number}/setujui"]')).to_have_count(0)
    await life.keep("supervisor", "ditutup")
