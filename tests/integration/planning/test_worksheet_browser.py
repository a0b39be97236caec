"""The worksheet in a browser: it saves by itself, loses nothing, and is filled by the keyboard alone."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Dialog, expect

from shared.security import Scope
from tests.support.planning import AGENCY, Planning
from tests.support.planning_browser import log_in
from tests.support.polling import until
from tests.support.worksheet_window import Window, window

COMPLAINTS = "A.II.5.ii.a"


async def cookie_of(planning: Planning, unit: str, subject: str = "operator-1") -> str:
    scope = Scope("unit", agencies=frozenset({AGENCY}), units=frozenset({unit}))
    return (await log_in(planning, "unit_operator", subject, AGENCY, scope)).cookie


@pytest.fixture
async def mine(planning: Planning, chromium: Browser) -> AsyncIterator[Window]:
    """The window of a unit's operator, in an empty worksheet."""
    unit = await planning.programme()
    async with window(chromium, planning, unit, await cookie_of(planning, unit)) as found:
        yield found


async def test_each_change_is_saved_at_once_and_the_sums_follow(mine: Window) -> None:
    await mine.open("5")
    await expect(mine.page.get_by_role("button", name="Simpan area ini")).to_be_hidden()
    await mine.choose("A.I.5.i.a", "B")
    await mine.sees("A.I.5.i.a", "Tersimpan pukul")
    await mine.says("Semua tersimpan")
    await mine.field("note", "A.I.5.i.a").fill("Dua loket.")
    for key, count in (("n1", "48"), ("n2", "12"), ("n3", "36")):
        await mine.field(key, COMPLAINTS).fill(count)
    await mine.sees(COMPLAINTS, "Tersimpan")
    await expect(mine.item(COMPLAINTS).locator(".sum")).to_have_text(
        "36 : 48 = 75,00 persen; 2,25 dari 3,00."
    )
    await expect(mine.page.locator("#n-kosong")).to_have_text("20")
    await expect(mine.page.locator("#jawab")).to_contain_text("111 dari 113 butir kosong")
    assert (await mine.stored("A.I.5.i.a"))["note"] == "Dua loket."
    assert await mine.kept() == []


async def test_one_save_is_under_way_at_a_time_and_what_comes_meanwhile_goes_together(mine: Window) -> None:
    await mine.open("5")
    mine.gate.clear()
    codes = ["A.I.5.i.a", "A.I.5.i.b", "A.I.5.ii.a", "A.I.5.ii.b"]

    async def is_on_its_way() -> bool:
        return len(mine.saved) == 1

    for code in codes:
        await mine.page.locator(f'[name="letter:{code}"]').first.check()
        await until(is_on_its_way)
    mine.gate.set()
    for code in codes:
        await mine.sees(code, "Tersimpan")
    assert [[one["item_code"] for one in batch] for batch in mine.saved] == [codes[:1], codes[1:]]
    assert mine.at_once == 1


async def test_a_fault_stands_at_its_field_until_it_is_mended(mine: Window) -> None:
    await mine.open("5")
    await mine.field("n1", COMPLAINTS).fill("-4")
    await expect(mine.item(COMPLAINTS).locator(".error")).to_contain_text("bukan bilangan bulat")
    await expect(mine.field("n1", COMPLAINTS)).to_have_attribute("aria-invalid", "true")
    await mine.says("1 butir belum diterima")
    await mine.choose("A.I.5.i.a", "A")
    await mine.sees("A.I.5.i.a", "Tersimpan")  # one fault holds nothing else back
    await mine.field("n1", COMPLAINTS).fill("4")
    await mine.sees(COMPLAINTS, "Tersimpan")
    await expect(mine.item(COMPLAINTS).locator(".sum")).to_contain_text(
        "Belum ada: Jumlah pengaduan yang sedang"
    )
    await expect(mine.field("n1", COMPLAINTS)).not_to_have_attribute("aria-invalid", "true")


async def test_an_answer_is_emptied_for_a_reason(mine: Window) -> None:
    await mine.planning.answer(mine.unit, {"item_code": "A.I.5.i.a", "letter": "B"})
    await mine.open("5")
    await mine.item("A.I.5.i.a").locator("summary", has_text="Kosongkan").click()
    await mine.field("blank", "A.I.5.i.a").check()
    await expect(mine.item("A.I.5.i.a").locator(".error")).to_have_text(
        "Tulis alasan mengosongkan jawaban ini."
    )
    assert mine.saved == []
    await mine.field("reason", "A.I.5.i.a").fill("Salah butir")
    await mine.sees("A.I.5.i.a", "Tersimpan")
    await expect(mine.page.locator('[name="letter:A.I.5.i.a"]:checked')).to_have_count(0)
    now = await mine.stored("A.I.5.i.a")
    assert (now["letter"], now["reason"]) == (None, "Salah butir")


async def test_of_two_versions_both_are_shown_and_one_is_chosen(mine: Window) -> None:
    await mine.open("5")
    await mine.planning.answer(
        mine.unit,
        {"item_code": "A.I.5.i.a", "letter": "C", "note": "Baru tiga loket."},
        {"item_code": "A.I.5.i.b", "letter": "C"},
    )
    mine.gate.clear()
    await mine.choose("A.I.5.ii.a", "A")
    await mine.choose("A.I.5.i.a", "B")
    await mine.choose("A.I.5.i.b", "B")
    mine.gate.set()
    for code in ("A.I.5.i.a", "A.I.5.i.b"):
        await expect(mine.item(code).locator(".two-versions")).to_contain_text("Dua orang mengubah butir ini")
    await expect(mine.item("A.I.5.i.a").locator("[data-theirs]")).to_have_text("C «Baru tiga loket.»")
    await mine.sees("A.I.5.ii.a", "Tersimpan")
    assert (await mine.stored("A.I.5.i.a"))["letter"] == "C"
    await mine.item("A.I.5.i.a").get_by_role("button", name="Pakai jawaban Anda").click()
    await mine.sees("A.I.5.i.a", "Tersimpan")
    assert (await mine.stored("A.I.5.i.a"))["letter"] == "B"
    await mine.item("A.I.5.i.b").get_by_role("button", name="Pakai jawaban itu").click()
    await expect(mine.page.locator('[name="letter:A.I.5.i.b"]:checked')).to_have_value("C")
    assert await mine.kept() == []


async def test_what_another_window_of_mine_saved_alike_is_no_conflict(mine: Window) -> None:
    await mine.open("5")
    await mine.planning.answer(mine.unit, {"item_code": "A.I.5.i.a", "letter": "B"})
    await mine.choose("A.I.5.i.a", "B")
    await mine.sees("A.I.5.i.a", "Tersimpan")
    await expect(mine.item("A.I.5.i.a").locator(".two-versions")).to_have_count(0)


async def test_nothing_is_lost_on_a_dead_network_also_after_a_reload(mine: Window) -> None:
    await mine.open("5")
    mine.is_dead = True
    await mine.choose("A.I.5.i.a", "B")
    await mine.field("note", "A.I.5.i.b").fill("Menunggu SK")
    await mine.says("Jaringan putus. 2 jawaban aman di perangkat ini")
    await mine.page.reload()
    await expect(mine.page.locator('[name="letter:A.I.5.i.a"]:checked')).to_have_value("B")
    await expect(mine.field("note", "A.I.5.i.b")).to_have_value("Menunggu SK")
    await mine.says("Jaringan putus")
    assert await mine.kept() == ["A.I.5.i.a", "A.I.5.i.b"]
    mine.is_dead = False
    await mine.page.evaluate("window.dispatchEvent(new Event('online'))")
    await mine.says("Semua tersimpan")
    assert (await mine.stored("A.I.5.i.b"))["note"] == "Menunggu SK"
    assert await mine.kept() == []


async def test_what_waits_is_sent_from_another_area_and_a_later_version_is_not_overwritten(
    mine: Window,
) -> None:
    await mine.open("5")
    mine.is_dead = True
    await mine.choose("A.I.5.i.a", "B")
    await mine.choose("A.I.5.i.b", "B")
    await mine.says("Jaringan putus. 2 jawaban")
    await mine.planning.answer(mine.unit, {"item_code": "A.I.5.i.b", "letter": "C"})
    mine.is_dead = False
    await mine.open("4")
    await mine.says("1 butir diubah dua orang")

    async def is_saved() -> bool:
        return (await mine.stored("A.I.5.i.a")).get("letter") == "B"

    await until(is_saved)
    assert (await mine.stored("A.I.5.i.b"))["letter"] == "C"
    await mine.page.locator("#simpan a").click()
    await expect(mine.item("A.I.5.i.b").locator("[data-mine]")).to_have_text("B")


async def test_an_expired_session_keeps_what_was_typed_and_the_next_one_sends_it(mine: Window) -> None:
    await mine.open("5")
    before, mine.cookie = mine.cookie, "__Host-zi-planning=gone"
    await mine.choose("A.I.5.i.a", "B")
    await mine.says("Sesi Anda berakhir. 1 jawaban aman di perangkat ini.")
    await expect(mine.page.locator("#simpan a")).to_have_attribute("href", re.compile("masuk.*next="))
    mine.cookie = await cookie_of(mine.planning, mine.unit)
    assert mine.cookie != before
    await mine.page.evaluate("window.dispatchEvent(new Event('focus'))")
    await mine.sees("A.I.5.i.a", "Tersimpan")


async def test_on_a_shared_computer_nobody_sends_or_sees_what_another_typed(
    mine: Window, planning: Planning
) -> None:
    await mine.open("5")
    mine.is_dead = True
    await mine.choose("A.I.5.i.a", "B")
    await mine.says("Jaringan putus")
    mine.is_dead, mine.cookie = False, await cookie_of(planning, mine.unit, "operator-2")
    await mine.page.evaluate("window.dispatchEvent(new Event('online'))")
    await mine.says("Formulir ini dibuka sebelum sesi Anda yang sekarang")
    sent = len(mine.saved)
    await mine.open("5")
    await expect(mine.page.locator('[name="letter:A.I.5.i.a"]:checked')).to_have_count(0)
    await mine.choose("A.I.5.i.b", "A")
    await mine.sees("A.I.5.i.b", "Tersimpan")
    assert [one["item_code"] for batch in mine.saved[sent:] for one in batch] == ["A.I.5.i.b"]
    assert await mine.stored("A.I.5.i.a") == {}


async def test_log_out_asks_before_it_forgets_what_was_not_sent(mine: Window) -> None:
    asked: list[str] = []

    async def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await dialog.dismiss()

    await mine.open("5")
    mine.is_dead = True
    await mine.choose("A.I.5.i.a", "B")
    await mine.says("Jaringan putus")
    mine.page.once("dialog", refuse)
    await mine.page.locator(".account summary").click()
    await mine.page.get_by_role("button", name="Keluar").click()
    assert asked == ["1 jawaban lembar kerja belum terkirim. Keluar menghapusnya dari perangkat ini. Keluar?"]
    assert await mine.kept() == ["A.I.5.i.a"]
    stay = "document.querySelector('.account form').addEventListener('submit', (one) => one.preventDefault())"
    await mine.page.evaluate(stay)
    mine.page.once("dialog", lambda dialog: dialog.accept())
    await mine.page.get_by_role("button", name="Keluar").click()
    assert await mine.kept() == []


async def test_an_area_is_filled_by_the_keyboard_alone_without_waiting(mine: Window) -> None:
    await mine.open("5")
    codes = await mine.page.locator("article[data-code]").evaluate_all(
        "all => all.map(one => one.dataset.code)"
    )
    keys = mine.page.keyboard
    for code in codes:
        await keys.press("j")
        await expect(mine.item(code)).to_be_focused()
        counts = await mine.item(code).locator("[inputmode=numeric]").count()
        for number in range(counts):
            await keys.press("2" if number == 0 else "Tab")
            if number:
                await keys.type("2")
        await keys.press("Escape" if counts else "1")
    await keys.press("k")
    await keys.press("n")
    await expect(mine.field("note", codes[-2])).to_be_focused()
    await keys.type("jkn123")
    await keys.press("Escape")
    await expect(mine.item(codes[-2])).to_be_focused()
    await expect(mine.page.locator("#n-kosong")).to_have_text("0")
    await mine.says("Semua tersimpan")
    assert (await mine.stored(codes[0]))["letter"] == "A"
    assert (await mine.stored(codes[-2]))["note"] == "jkn123"
    assert (await mine.stored(COMPLAINTS))["inputs"] == {"n1": 2, "n2": 2, "n3": 2}
    assert mine.at_once == 1
    assert len(mine.saved) < len(codes) * 2


async def test_the_keys_can_be_switched_off(mine: Window) -> None:
    await mine.open("5")
    await mine.item("A.I.5.i.a").focus()
    await mine.page.keyboard.press("b")
    await expect(mine.page.locator('[name="letter:A.I.5.i.a"]:checked')).to_have_value("B")
    await mine.page.get_by_label("Tombol cepat").uncheck()
    await mine.item("A.I.5.i.a").focus()
    await mine.page.keyboard.press("c")
    await mine.page.keyboard.press("j")
    await expect(mine.item("A.I.5.i.a")).to_be_focused()
    await expect(mine.page.locator('[name="letter:A.I.5.i.a"]:checked')).to_have_value("B")
    await mine.page.reload()
    await expect(mine.page.get_by_label("Tombol cepat")).not_to_be_checked()


async def test_without_javascript_the_button_saves_and_a_fault_keeps_what_was_typed(
    planning: Planning, chromium: Browser
) -> None:
    unit = await planning.programme()
    cookie = await cookie_of(planning, unit)
    async with window(chromium, planning, unit, cookie, java_script_enabled=False) as mine:
        await mine.open("5")
        await mine.choose("A.I.5.i.a", "B")
        await mine.field("n1", COMPLAINTS).fill("1.234")
        await mine.page.get_by_role("button", name="Simpan area ini").click()
        await expect(mine.page).to_have_title(re.compile("^Galat: "))
        await expect(mine.page.get_by_role("alert")).to_contain_text("bermakna ganda")
        await expect(mine.field("n1", COMPLAINTS)).to_have_value("1.234")
        await expect(mine.page.locator('[name="letter:A.I.5.i.a"]:checked')).to_have_value("B")
        await mine.field("n1", COMPLAINTS).fill("1234")
        await mine.page.get_by_role("button", name="Simpan area ini").click()
        await expect(mine.page.get_by_role("status")).to_contain_text("2 jawaban tersimpan")
        assert (await mine.stored(COMPLAINTS))["inputs"] == {"n1": 1234}
