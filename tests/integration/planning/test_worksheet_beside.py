"""What stands beside the answers on a worksheet's pages: facts, documents, official wording, a submission."""

from collections.abc import AsyncIterator
from functools import partial
from types import SimpleNamespace

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning import pages
from services.planning.live.domain import Proof
from services.planning.pages.worksheets.facts import Beside, Official
from services.planning.worksheets.whole import SheetHead
from shared.instruments.lke import Answer
from shared.security import Scope
from tests.support.planning import AGENCY, Planning
from tests.support.planning_browser import log_in
from tests.support.worksheet_pages import AT, Told
from tests.support.worksheet_window import Window, window

COMPLAINTS, PROPOSED = "A.II.5.ii.a", "A.I.5.iii.c"
PROPOSAL = Told(
    Answer(letter="A"),
    is_fact=False,
    check="Pastikan laporan monev ada.",
    proofs=[Proof("u:masyarakat:2026-S1", 1, AT, "evaluation", "masyarakat", "2026-S1")],
)
FACT = Told(Answer(inputs={"n1": 48, "n2": 13, "n3": 35}))


@pytest.fixture(autouse=True)
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts of two items, one document, one wording, and a submission at the second version."""

    async def told(_: AsyncSession, __: SheetHead) -> Beside:
        return Beside(
            live={COMPLAINTS: FACT, PROPOSED: PROPOSAL},
            documents=lambda code: (
                [SimpleNamespace(key="laporan", text="Laporan penanganan")] if code == COMPLAINTS else []
            ),
            wording={COMPLAINTS: Official("Berapa pengaduan yang selesai?", "Dihitung setahun.")},
            submitted=2,
        )

    monkeypatch.setattr(pages, "router", partial(pages.router, beside=told))


@pytest.fixture
async def mine(planning: Planning, chromium: Browser) -> AsyncIterator[Window]:
    """An operator's window before a worksheet that differs from the facts."""
    unit = await planning.programme()
    scope = Scope("unit", agencies=frozenset({AGENCY}), units=frozenset({unit}))
    cookie = (await log_in(planning, "unit_operator", "operator-1", AGENCY, scope)).cookie
    await planning.answer(unit, {"item_code": COMPLAINTS, "inputs": {"n1": 48, "n2": 12, "n3": 36}})
    async with window(chromium, planning, unit, cookie) as found:
        yield found


async def test_a_fact_is_taken_over_by_one_press(mine: Window) -> None:
    await mine.open("5")
    item = mine.item(COMPLAINTS)
    await expect(item).to_contain_text("Beda dengan fakta")
    await expect(item).to_contain_text("Jumlah pengaduan yang selesai ditindaklanjuti: 35 (2,19 poin)")
    await expect(mine.item(PROPOSED)).to_contain_text("Usul belum dihitung sebelum Anda menerimanya")
    await expect(mine.item(PROPOSED)).to_contain_text("Dasarnya: evaluasi penanganan 2026-S1.")
    await expect(mine.item(PROPOSED)).to_contain_text("Pastikan laporan monev ada.")
    await item.get_by_role("button", name="Pakai fakta").click()
    await mine.sees(COMPLAINTS, "Tersimpan pukul")
    await mine.item(PROPOSED).get_by_role("button", name="Pakai fakta").click()
    await mine.sees(PROPOSED, "Tersimpan pukul")
    assert (await mine.stored(COMPLAINTS))["inputs"] == FACT.answer.inputs
    assert (await mine.stored(PROPOSED))["letter"] == "A"
    await mine.page.reload()
    await expect(item).to_contain_text("Sama dengan fakta")


async def test_documents_wording_and_what_changed_since_a_submission_are_shown(mine: Window) -> None:
    await mine.open("5")
    item = mine.item(COMPLAINTS)
    await item.locator("summary", has_text="Dokumen yang biasa ditunjukkan").click()
    await expect(item.locator(".documents")).to_have_text("○ belum ada Laporan penanganan")
    await item.locator("summary", has_text="Rumusan resmi").click()
    await expect(item).to_contain_text("Berapa pengaduan yang selesai?")
    await expect(mine.page.locator("#n-berubah")).to_have_text("0")
    await mine.choose("A.I.5.i.a", "A")
    await mine.choose("A.I.5.i.b", "A")
    await expect(mine.page.locator("#n-berubah")).to_have_text("1")
    await mine.open("5?saring=berubah")
    await expect(mine.page.locator("article[data-code]")).to_have_count(1)


async def test_a_fact_is_taken_over_without_javascript(
    planning: Planning, chromium: Browser, mine: Window
) -> None:
    async with window(chromium, planning, mine.unit, mine.cookie, java_script_enabled=False) as plain:
        await plain.open("5")
        await plain.item(COMPLAINTS).get_by_role("button", name="Pakai fakta").click()
        await expect(plain.page.get_by_role("status")).to_contain_text("1 jawaban tersimpan")
    assert (await mine.stored(COMPLAINTS))["inputs"] == FACT.answer.inputs
