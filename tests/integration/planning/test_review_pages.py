"""The assessors' pages over a database: read by all, saved by script and by button, as stages let."""

import re
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect

from shared.http.crosssite import TOKEN_HEADER
from tests.support.forms import filled
from tests.support.planning import AGENCY, PDF, YEAR, Planning
from tests.support.planning_browser import BROWSER, Browser, log_in
from tests.support.stages import act, answer_as, lead_to
from tests.support.worksheet_window import window

CONTROL, PLAN, COMPLAINTS = "A.II.5.i.a", "A.I.5.i.a", "A.II.5.ii.a"
ASSESSOR = "tpi-of-{unit}"


class Assessor(Browser):
    """An assessor before one unit's worksheet."""

    unit = ""
    layer = "tpi"

    @property
    def here(self) -> str:
        return f"/lembar-kerja/{self.unit}/{YEAR}/penilaian/{self.layer}"

    async def save_by_button(self, path: str, **changed: str) -> httpx2.Response:
        """Post the last page's form with these fields in place of what it shows; `__` stands for a colon."""
        form = filled(self.pages[-1], path)
        assert form is not None
        sent = form | {name.replace("__", ":").replace("_", "."): value for name, value in changed.items()}
        answer = await self.planning.client.post(path, data=sent, headers=BROWSER | {"Cookie": self.cookie})
        self.pages.append(answer.text)
        return answer

    async def save_by_script(self, seen: int, *answers: dict[str, Any]) -> httpx2.Response:
        """Save as the page's script does."""
        token = re.findall(r'name="csrf" value="([^"]+)"', self.pages[-1])[0]
        own = {"Cookie": self.cookie, "If-Match": f'"{seen}"', TOKEN_HEADER: token}
        return await self.planning.client.post(
            f"{self.here}/jawaban",
            json={"answers": list(answers)},
            headers=BROWSER | {"Accept": "application/json"} | own,
        )


async def assessor(planning: Planning, unit: str, role: str = "tpi", subject: str = "") -> Assessor:
    found = await log_in(planning, role, subject or ASSESSOR.format(unit=unit), AGENCY)
    mine = Assessor(found.planning, found.agency, found.cookie)
    mine.unit = unit
    return mine


@pytest.fixture
async def unit(planning: Planning) -> str:
    """A unit with two answers, one with evidence, handed to its assessor."""
    unit = await planning.programme()
    made = await planning.answer(
        unit,
        {"item_code": CONTROL, "letter": "A", "note": "Semua layanan."},
        {"item_code": PLAN, "letter": "B"},
    )
    assert made.status_code == 200, made.text
    await lead_to(planning, unit, "penilaian_tpi")
    return unit


async def stored(planning: Planning, unit: str, code: str) -> dict[str, Any]:
    items = (await planning.worksheet(unit))["items"]
    (found,) = [item["tpi"] for item in items if item["item_code"] == code]
    return dict(found or {})


async def test_the_page_answers_what_changed_and_what_it_does(planning: Planning, unit: str) -> None:
    mine = await assessor(planning, unit)
    page = (await mine.get(mine.here)).text
    assert "TPI belum menilai: 113 butir menunggu" in page
    await mine.get(f"{mine.here}/5")
    saved = await mine.save_by_script(2, {"item_code": CONTROL, "letter": "C"})
    assert saved.status_code == 200, saved.text
    page = (await mine.get(mine.here)).text
    assert "TPI berbeda pada 1 dari 1 butir yang sudah dinilai" in page
    assert "112 butir belum dinilai, 1 perbedaan belum beralasan." in page
    assert "-1,25" in page
    assert f'id="{CONTROL}"' in page
    assert f'id="{PLAN}"' not in page
    texts = (await mine.get(f"{mine.here}/ringkas.json", area="5")).json()["texts"]
    assert texts["n-tanpa-alasan"] == "1"
    assert texts[f"r-{CONTROL}"].startswith("■ Tulis alasan")


async def test_agreeing_takes_one_press_also_without_javascript(planning: Planning, unit: str) -> None:
    mine = await assessor(planning, unit)
    area = f"{mine.here}/5"
    await mine.get(area)
    answer = await mine.save_by_button(f"{area}?saring=semua", fakta=CONTROL)
    assert answer.status_code == 303, answer.text
    assert (await stored(planning, unit, CONTROL))["letter"] == "A"
    await mine.get(area)
    answer = await mine.save_by_button(
        f"{area}?saring=semua", **{f"letter__{PLAN}": "C", f"note__{PLAN}": "Baru satu layanan."}
    )
    assert answer.status_code == 303, answer.text
    kept = await stored(planning, unit, PLAN)
    assert (kept["letter"], kept["note"]) == ("C", "Baru satu layanan.")


async def test_two_assessors_see_both_versions(planning: Planning, unit: str) -> None:
    await lead_to(planning, unit, "penilaian_tpi", "rekan-1", ASSESSOR.format(unit=unit))
    mine, other = await assessor(planning, unit), await assessor(planning, unit, subject="rekan-1")
    area = f"{mine.here}/5"
    await mine.get(area)
    await other.get(area)
    done = await other.save_by_script(2, {"item_code": CONTROL, "letter": "C", "note": "Sebagian."})
    assert done.status_code == 200, done.text
    late = await mine.save_by_script(2, {"item_code": CONTROL, "letter": "B"})
    assert late.status_code == 412
    assert late.json()["theirs"][CONTROL]["letter"] == "C"
    refused = await mine.save_by_button(f"{area}?saring=semua", **{f"letter__{CONTROL}": "B"})
    assert refused.status_code == 412
    assert "Dua orang mengubah butir ini" in refused.text
    chosen = await mine.save_by_button(f"{area}?saring=semua", **{f"pick__{CONTROL}": "mine"})
    assert chosen.status_code == 303, chosen.text
    assert (await stored(planning, unit, CONTROL))["letter"] == "B"


async def test_a_refusal_keeps_what_was_typed(planning: Planning, unit: str) -> None:
    mine = await assessor(planning, unit)
    area = f"{mine.here}/5"
    await mine.get(area)
    refused = await mine.save_by_button(
        f"{area}?saring=semua", **{"n1__A.II.5.ii.a": "-4", f"note__{PLAN}": "Tetap ada."}
    )
    assert refused.status_code == 422
    assert "Belum tersimpan; semua isian Anda masih ada" in refused.text
    assert "Tetap ada." in refused.text
    assert 'value="-4"' in refused.text
    assert await stored(planning, unit, PLAN) == {}


@pytest.mark.parametrize(
    ("role", "subject", "said"),
    [
        ("tpi", "orang-lain", "Unit ini tidak ditugaskan kepada Anda."),
        ("unit_leader", "pimpinan-1", "Peran Anda tidak boleh mengisi lapis tpi."),
    ],
)
async def test_who_may_not_assess_reads_and_hears_why(
    planning: Planning, unit: str, role: str, subject: str, said: str
) -> None:
    reader = await assessor(planning, unit, role, subject)
    page = (await reader.get(f"{reader.here}/5")).text
    assert said in page
    assert 'id="lembar"' not in page
    assert "Semua layanan." in page


async def test_a_frozen_layer_is_read_only(planning: Planning, unit: str) -> None:
    await lead_to(planning, unit, "pengusulan")
    mine = await assessor(planning, unit)
    page = (await mine.get(mine.here)).text
    assert "Lapis tpi tidak dapat diubah pada tahap pengusulan." in page


async def test_evidence_of_the_unit_opens_from_the_page(planning: Planning, unit: str) -> None:
    made = await planning.upload(unit, "sk.pdf", PDF)
    evidence_id = made.json()["evidence_id"]
    await answer_as(planning, unit, {"item_code": CONTROL, "letter": "A", "evidence_ids": [evidence_id]},
                    layer="unit")  # fmt: skip
    await lead_to(planning, unit, "penilaian_tpi")
    mine = await assessor(planning, unit)
    page = (await mine.get(f"{mine.here}/5")).text
    (path,) = re.findall(r'href="([^"]+/dokumen/[^"]+)"', page)
    opened = await mine.get(path)
    assert opened.status_code == 200
    assert opened.headers["content-disposition"].startswith("attachment")
    other = await planning.programme()
    assert (await mine.get(path.replace(unit, other))).status_code == 404


async def test_a_round_ends_when_every_difference_has_a_reason(planning: Planning, unit: str) -> None:
    mine = await assessor(planning, unit)
    await mine.get(f"{mine.here}/5")
    await mine.save_by_script(2, {"item_code": CONTROL, "letter": "C"})
    refused = await act(planning, unit, "finish_round", "tpi")
    assert (refused.status_code, refused.json()["code"]) == (409, "differences_unexplained")
    assert refused.json()["items"] == [CONTROL]
    await mine.save_by_script(3, {"item_code": CONTROL, "letter": "C", "note": "Dua layanan manual."})
    done = await act(planning, unit, "finish_round", "tpi")
    assert done.status_code == 200, done.text


async def test_an_assessor_reviews_in_a_browser(planning: Planning, unit: str, chromium: Chromium) -> None:
    mine = await assessor(planning, unit)
    async with window(chromium, planning, unit, mine.cookie) as mine_window:
        page = mine_window.page
        await mine_window.open("penilaian/tpi/5")
        await mine_window.choose(CONTROL, "C")
        await mine_window.sees(CONTROL, "Tersimpan pukul")
        await expect(page.locator(f'[id="r-{CONTROL}"]')).to_contain_text("Tulis alasan")
        await expect(page.locator(f'[id="d-{CONTROL}"]')).to_contain_text("-1,25")
        await mine_window.field("note", CONTROL).fill("Dua layanan manual.")
        await expect(page.locator(f'[id="r-{CONTROL}"]')).to_be_empty()
        await expect(page.locator("#jawab")).to_contain_text("TPI berbeda pada 1 dari 1 butir")
        await mine_window.item(CONTROL).get_by_role("button", name="Setuju dengan unit").click()
        await expect(page.locator("#jawab")).to_contain_text("TPI setuju pada semua 1 butir")
        assert (await stored(planning, unit, CONTROL))["letter"] == "A"
        mine_window.is_dead = True
        await mine_window.field("note", PLAN).fill("Menunggu SK.")
        await mine_window.says("Jaringan putus")
        mine_window.is_dead = False
        await page.reload()
        await mine_window.says("Semua tersimpan")
        assert (await stored(planning, unit, PLAN))["note"] == "Menunggu SK."


async def test_the_mark_of_an_item_comes_with_what_saves_it(
    planning: Planning, unit: str, chromium: Chromium
) -> None:
    """Sums are told again later, and not at all while the network is busy: the mark is the item's own."""
    mine = await assessor(planning, unit)
    async with window(chromium, planning, unit, mine.cookie) as found:
        await found.page.route("**/ringkas.json*", lambda route: route.abort())
        await found.open("penilaian/tpi/5")
        mark = found.page.locator(f'[id="d-{CONTROL}"]')
        await expect(mark).to_have_text("○ belum dinilai")
        await found.choose(CONTROL, "C")
        await expect(mark).to_have_text("■ -1,25")
        await expect(mark).to_have_class("status bad")
        await expect(found.page.locator(f'[id="r-{CONTROL}"]')).to_contain_text("Tulis alasan")
        await found.item(CONTROL).get_by_role("button", name="Setuju dengan unit").click()
        await expect(mark).to_have_text("● setuju")
        partial = found.page.locator(f'[id="d-{COMPLAINTS}"]')
        await found.field("n1", COMPLAINTS).fill("9")
        await expect(partial).to_have_text("▲ belum lengkap")


@pytest.mark.parametrize("layer", ["tpi", "tpn"])
async def test_a_mark_that_comes_with_a_save_is_that_of_the_page(
    planning: Planning, unit: str, layer: str
) -> None:
    given: list[dict[str, Any]] = [{"item_code": CONTROL, "letter": "C"}, {"item_code": PLAN, "letter": "B"},
             {"item_code": COMPLAINTS, "inputs": {"n1": 4}}]  # fmt: skip
    if layer == "tpn":
        subject = ASSESSOR.format(unit=unit)
        assert (await planning.answer(unit, *given, layer="tpi", subject=subject)).status_code == 200
        await lead_to(planning, unit, "desk")
    mine = await assessor(planning, unit, layer)
    mine.layer = layer
    await mine.get(mine.here)
    saved = await mine.save_by_script((await planning.worksheet(unit))["version"], *given)
    assert saved.status_code == 200, saved.text
    told = (await mine.get(f"{mine.here}/ringkas.json")).json()["texts"]
    items = saved.json()["items"]
    assert set(items) == {one["item_code"] for one in given}
    for item in items.values():
        assert item["texts"].items() <= told.items()
        assert len(item["texts"]) == 4
