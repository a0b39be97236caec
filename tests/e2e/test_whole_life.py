"""A worksheet's whole life through the pages of the real system, from the first answer to the decree.

Each step is done by whoever does it in an agency, in a browser of their own; most of the answers, who
assesses and what is told of preconditions come through the interface for programs. Pictures of the way lie in
`test-output/life`.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser, Page, expect

from deploy.local.demo.agency import AGENCY_ID
from deploy.local.demo.nominating import UNIT_FACTS
from deploy.local.demo.reviewing import TEAM
from tests.support.browser import ROOT, browsing, log_in
from tests.support.nominating import tell
from tests.support.planning import PDF
from tests.support.stages import whole_sheet
from tests.support.system import LocalSystem

PICTURES = ROOT / "test-output" / "life"
UNIT, YEAR = "contoh-cempaka", datetime.now(UTC).year
SHOWN = {"mengisi": "worksheet", "penilaian-tpi": "review", "usulan": "proposal"}
"""Pictures that the documents show, by what they are called there."""
PEOPLE = {
    "operator": "Sari Lestari",
    "tpi": "Yusuf Maulana",
    "head": "Wulan Anggraini",
    "tpn": "Maria Situmorang",
}
USERS = {"admin": "ratna", "operator": "sari", "tpi": "yusuf", "head": "wulan", "tpn": "maria"}
SHEET, PROPOSAL = f"/lembar-kerja/{UNIT}/{YEAR}", f"/usulan/{AGENCY_ID}/{YEAR}"
FIRST, SECOND, THIRD = "A.I.1.i.a", "A.I.1.i.b", "A.I.1.ii.a"
LOWERED = "A.I.1.ii.b"


async def saved(page: Page) -> None:
    """Wait until nothing that was typed waits in the browser any more."""
    await page.wait_for_function(
        "() => !Object.keys(localStorage).some((key) => key.startsWith('zi-lembar/'))"
    )
    await expect(page.locator("#simpan")).to_contain_text("Semua tersimpan")


@dataclass
class Life:
    """The people of an assessment, each before a page of their own."""

    house: str
    planning: str
    tokens: Mapping[str, str]
    pages: Mapping[str, Page]
    taken: list[str] = field(default_factory=list)

    async def open(self, who: str, *place: str) -> Page:
        page = self.pages[who]
        await page.goto(self.house + "/".join((SHEET, *place)))
        return page

    async def keep(self, who: str, name: str) -> None:
        """Keep a picture of what somebody sees."""
        self.taken.append(name)
        picture = PICTURES / f"{len(self.taken):02}-{name}.jpeg"
        await self.pages[who].screenshot(path=picture, full_page=True, type="jpeg", quality=70)
        if os.environ.get("ZI_UPDATE_IMAGES") and name in SHOWN:
            shown = ROOT / "docs" / "images" / f"{SHOWN[name]}-1280.jpeg"
            await self.pages[who].screenshot(path=shown, type="jpeg", quality=70)

    async def act(self, who: str, slug: str, button: str, reason: str = "") -> None:
        """Go to the way of the assessment, choose an act there and do it."""
        page = await self.open(who, "tahap")
        await page.locator(f'a[href="{SHEET}/tahap/{slug}"]').click()
        if reason:
            await page.locator('textarea[name="reason"]').fill(reason)
        await self.keep(who, slug)
        await page.get_by_role("button", name=button).click()
        await expect(page).to_have_url(f"{self.house}{SHEET}/tahap?selesai={slug}")
        await expect(page.get_by_role("status")).to_be_visible()

    async def call(self, method: str, path: str, who: str, **options: Any) -> dict[str, Any]:
        """Use the interface for programs."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "If-Match": "*"}
        headers |= options.pop("headers", {})
        async with httpx2.AsyncClient(base_url=self.planning, timeout=60) as http:
            answer = await http.request(method, path, headers=headers, **options)
        assert answer.is_success, (path, answer.text)
        return {**answer.json(), "etag": answer.headers.get("etag", "")}

    async def write(self, who: str, layer: str, *answers: Mapping[str, Any]) -> None:
        body = {"layer": layer, "answers": list(answers)}
        await self.call("POST", f"/units/{UNIT}/worksheets/{YEAR}/answers", who, json=body)


@pytest.fixture
async def life(system: LocalSystem, chromium: Browser) -> AsyncIterator[Life]:
    """Everybody logged in."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    tokens = {}
    for who, user in USERS.items():
        answer = httpx2.post(f"{system.addresses['idp']}/dev/token", data={"user": user}, timeout=60)
        tokens[who] = str(answer.raise_for_status().json()["access_token"])
    async with AsyncExitStack() as stack:
        pages = {}
        for who, name in PEOPLE.items():
            profile = await stack.enter_async_context(browsing(chromium))
            pages[who] = await profile.new_page()
            await log_in(pages[who], f"{system.addresses['front']}{SHEET}", name)
        yield Life(system.addresses["front"], system.addresses["planning"], tokens, pages)


def good_sheet() -> list[dict[str, Any]]:
    """Return answers that meet every gate, but for those that are filled by hand."""
    return [
        one | ({"index": "3.9"} if "index" in one else {})
        for one in whole_sheet()
        if one["item_code"] not in {FIRST, SECOND, THIRD}
    ]


async def choose(page: Page, code: str, letter: str) -> None:
    """Choose a letter and see it saved."""
    await page.locator(f'[name="letter:{code}"][value="{letter}"]').check()
    await expect(page.locator(f'article[data-code="{code}"] .saved')).to_contain_text("Tersimpan")


async def filled_and_handed_in(life: Life) -> None:
    await life.write("operator", "unit", *good_sheet())
    page = await life.open("operator", "1")
    await page.locator(f'article[data-code="{FIRST}"]').focus()
    for code, key in ((FIRST, "1"), (SECOND, "a"), (THIRD, "1")):
        await page.keyboard.press(key)
        await expect(page.locator(f'[name="letter:{code}"]:checked')).to_have_count(1)
        await page.keyboard.press("j")
    await saved(page)
    await life.keep("operator", "mengisi")
    page = await life.open("operator", "bukti", FIRST)
    await page.locator("#f-file").set_input_files(
        {"name": "sk-tim.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    await page.get_by_role("button", name="Unggah dan pakai").click()
    await expect(page.locator(f'article[data-code="{FIRST}"]')).to_contain_text("sk-tim.pdf")
    await life.keep("operator", "berbukti")
    await life.act("operator", "serahkan", "Serahkan lembar kerja")


async def returned_and_answered(life: Life) -> None:
    await life.call("PUT", f"/units/{UNIT}/stages/{YEAR}/team", "admin", json={"team_id": TEAM})
    page = await life.open("tpi", "temuan", SECOND)
    await page.locator('textarea[name="finding"]').fill("SK tim kerja belum terlihat.")
    await page.get_by_role("button", name="Kirim temuan kepada unit").click()
    await expect(page.locator(f'article[data-code="{SECOND}"]')).to_contain_text("menunggu jawaban unit")
    await life.act("tpi", "kembalikan", "Kembalikan kepada unit", reason="Jawab temuan pada A.I.1.i.b.")
    page = await life.open("operator", "temuan")
    await expect(page.locator("h1")).to_contain_text("1 dari 1 temuan menunggu jawaban unit")
    await life.keep("operator", "temuan")
    await page.locator('textarea[name="answer"]').fill("SK nomor 3 dilampirkan.")
    await page.get_by_role("button", name="Kirim jawaban").click()
    await expect(page.locator("h1")).to_contain_text("Semua temuan sudah dijawab")
    page = await life.open("operator", "1")
    await choose(page, SECOND, "B")
    await life.act("operator", "serahkan-lagi", "Serahkan perbaikan")


async def assessed_by_tpi(life: Life) -> None:
    agreed = [one for one in good_sheet() if one["item_code"] != LOWERED]
    by_hand = {FIRST: "Ya", SECOND: "B", THIRD: "Ya"}
    own = [{"item_code": code, "letter": letter} for code, letter in by_hand.items()]
    await life.write("tpi", "tpi", *agreed, *own)
    page = await life.open("tpi", "penilaian", "tpi", "1")
    await page.locator(f'[name="letter:{LOWERED}"][value="B"]').check()
    await page.locator(f'[name="note:{LOWERED}"]').fill("Bukti hanya satu triwulan.")
    await saved(page)
    await life.keep("tpi", "penilaian-tpi")
    for _ in range(2):
        await life.act("tpi", "akhiri-putaran", "Akhiri putaran TPI")


async def proposed(life: Life) -> None:
    """Let the agency add the unit to its proposal and freeze the next package."""
    async with httpx2.AsyncClient(base_url=life.planning, timeout=60) as http:
        headers = {"Authorization": f"Bearer {life.tokens['admin']}"}
        told = await tell(http, headers, f"/units/{UNIT}/preconditions/{YEAR}", UNIT_FACTS)
        assert told.status_code == 200, told.text
    page = life.pages["head"]
    await page.goto(f"{life.house}{PROPOSAL}/calon?kategori=WBK")
    await page.locator(f'[name="chosen"][value="{UNIT}"]').check()
    await page.get_by_role("button", name="Tambahkan ke usulan").click()
    await expect(page).to_have_url(f"{life.house}{PROPOSAL}?selesai=usul")
    await page.get_by_role("link", name="Bekukan paket pengganti").click()
    await page.locator('textarea[name="reason"]').fill("Satu unit lagi selesai dinilai.")
    await life.keep("head", "membekukan")
    await page.get_by_role("button", name="Bekukan paket").click()
    await expect(page).to_have_url(f"{life.house}{PROPOSAL}?selesai=beku")
    await life.keep("head", "usulan")
    await life.open("head", "tahap")
    await life.keep("head", "diusulkan")


async def evaluated_and_decided(life: Life) -> None:
    await life.act("tpn", "terima", "Terima usulan")
    page = await life.open("tpn", "penilaian", "tpn", "1")
    await page.locator(f'[name="letter:{LOWERED}"][value="B"]').check()
    await saved(page)
    await life.keep("tpn", "penilaian-tpn")
    await life.act("tpn", "ke-lapangan", "Lanjutkan ke lapangan")
    await life.act("tpn", "buka-sanggah", "Buka masa sanggah")
    await life.act("head", "sanggah", "Ajukan sanggahan", reason="Nilai lapangan keliru.")
    again = await life.open("head", "tahap")
    await expect(again.locator(f'a[href="{SHEET}/tahap/sanggah"]')).to_have_count(0)
    await life.act("tpn", "tolak-sanggahan", "Tolak sanggahan", reason="Sudah sesuai.")
    await life.act("tpn", "ke-panel", "Bawa ke panel")
    page = await life.open("tpn", "tahap", "tetapkan")
    await page.locator('[name="is_awarded"][value="ya"]').check()
    for one in ("ombudsman", "kpk", "apip"):
        await page.locator(f'[name="cleared"][value="{one}"]').check()
    for name, value in (("number", "B/12"), ("on", f"{YEAR}-01-05"), ("signatory", "Menteri PANRB")):
        await page.locator(f'[name="decree_{name}"]').fill(value)
    await life.keep("tpn", "tetapkan")
    await page.get_by_role("button", name="Tetapkan hasil").click()
    await expect(page).to_have_url(f"{life.house}{SHEET}/tahap?selesai=tetapkan")
    await life.keep("tpn", "selesai")


async def test_a_worksheet_lives_from_the_first_answer_to_the_decree(life: Life) -> None:
    await filled_and_handed_in(life)
    await returned_and_answered(life)
    await assessed_by_tpi(life)
    await proposed(life)
    await evaluated_and_decided(life)
    end = await life.call("GET", f"/units/{UNIT}/stages/{YEAR}", "tpn")
    assert (end["stage"], end["is_awarded"], end["objection"], end["round"]) == (
        "ditetapkan", True, "answered", 2,
    )  # fmt: skip
    page = await life.open("operator", "1")
    await expect(page.locator("#lembar")).to_have_count(0)
    assert len(list(PICTURES.glob("*.jpeg"))) >= len(life.taken)
