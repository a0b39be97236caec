"""The worksheet's pages over a database: read by all, saved by script and by button, nothing lost."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import event

from services.planning.worksheets.domain import MOST_EVIDENCE
from shared.http.crosssite import TOKEN_HEADER
from shared.security import Scope
from tests.support.forms import filled
from tests.support.planning import AGENCY, PDF, YEAR, Planning
from tests.support.planning_browser import BROWSER, Browser, log_in
from tests.support.stages import answer_as

COMPLAINTS = "A.II.5.ii.a"
JSON = {"Accept": "application/json"}


class Operator(Browser):
    """A unit's operator before one worksheet."""

    unit = ""

    @property
    def sheet(self) -> str:
        return f"/lembar-kerja/{self.unit}/{YEAR}"

    def typed(self, area: str) -> dict[str, str]:
        """Return what stands in the fields of the last page."""
        found = filled(self.pages[-1], f"{self.sheet}/{area}")
        assert found is not None
        return found

    async def save_by_button(
        self, area: str, changed: Mapping[str, str] = MappingProxyType({}), *, without: Sequence[str] = ()
    ) -> httpx2.Response:
        """Post the last page's form with these fields in place of what it shows."""
        sent = self.typed(area) | dict(changed)
        answer = await self.planning.client.post(
            f"{self.sheet}/{area}",
            data={name: value for name, value in sent.items() if name not in without},
            headers=BROWSER | {"Cookie": self.cookie},
        )
        if answer.status_code != 303:
            self.pages.append(answer.text)
        return answer

    async def save_by_script(self, seen: int, *answers: dict[str, Any], **headers: str) -> httpx2.Response:
        """Save as the page's script does."""
        token = re.findall(r'name="csrf" value="([^"]+)"', self.pages[-1])[0]
        own = {"Cookie": self.cookie, "If-Match": f'"{seen}"', TOKEN_HEADER: token}
        return await self.planning.client.post(
            f"{self.sheet}/jawaban",
            json={"answers": list(answers)},
            headers=BROWSER | JSON | own | headers,
        )


async def operator(planning: Planning, unit: str, subject: str = "operator-1") -> Operator:
    scope = Scope("unit", agencies=frozenset({AGENCY}), units=frozenset({unit}))
    found = await log_in(planning, "unit_operator", subject, AGENCY, scope)
    mine = Operator(found.planning, found.agency, found.cookie)
    mine.unit = unit
    return mine


async def reader(planning: Planning, unit: str, role: str = "unit_leader") -> Operator:
    scope = Scope("unit", agencies=frozenset({AGENCY}), units=frozenset({unit}))
    found = await log_in(planning, role, f"{role}-1", AGENCY, scope)
    mine = Operator(found.planning, found.agency, found.cookie)
    mine.unit = unit
    return mine


async def stored(planning: Planning, unit: str, code: str) -> dict[str, Any]:
    items = (await planning.worksheet(unit))["items"]
    (found,) = [item["unit"] for item in items if item["item_code"] == code]
    return dict(found)


@pytest.fixture
async def unit(planning: Planning) -> str:
    return await planning.programme()


async def test_who_has_one_worksheet_is_led_there_and_others_choose(planning: Planning, unit: str) -> None:
    mine = await operator(planning, unit)
    led = await mine.get("/lembar-kerja")
    assert (led.status_code, led.headers["location"]) == (303, mine.sheet)
    await planning.answer(unit, {"item_code": "A.I.1.i.a", "letter": "Ya"})
    await planning.another_programme(unit, YEAR - 1)
    page = (await mine.get("/lembar-kerja")).text
    years = re.findall(rf'href="/lembar-kerja/{unit}/(\d+)"', page)
    assert years == [str(YEAR), str(YEAR - 1)]
    assert re.findall(r"(\d+)/113", page) == ["1", "0"]
    assert "Tidak ada lembar kerja yang cocok" in (await mine.get("/lembar-kerja", cari="zzz")).text


async def test_the_list_goes_on_page_by_page(planning: Planning) -> None:
    agency = f"a-{uuid4().hex[:8]}"
    units = sorted([await planning.programme(agency=agency) for _ in range(3)])
    head = await log_in(planning, "agency_head", "head-1", agency)
    first = (await head.get("/lembar-kerja", limit="2")).text
    cursor = re.findall(r"cursor=([^\"]+)", first)[0]
    rest = (await head.get("/lembar-kerja", limit="2", cursor=cursor)).text
    found = [re.findall(r'href="/lembar-kerja/([^/"]+)/', page) for page in (first, rest)]
    assert found == [units[:2], units[2:]]


async def test_nobody_sees_a_worksheet_outside_their_scope(planning: Planning, unit: str) -> None:
    other = await planning.programme()
    stranger = await operator(planning, other)
    for path in ("", "/5", "/ringkas.json", "/bukti/A.I.1.i.a"):
        assert (await stranger.get(f"/lembar-kerja/{unit}/{YEAR}{path}")).status_code == 404
    assert (await stranger.get(f"/lembar-kerja/{other}/{YEAR - 1}")).status_code == 404


async def test_the_first_sentence_and_the_filters_follow_what_is_stored(
    planning: Planning, unit: str
) -> None:
    mine = await operator(planning, unit)
    assert "Belum ada yang diisi: 113 butir" in (await mine.get(mine.sheet)).text
    await planning.answer(
        unit, {"item_code": "A.I.5.i.a", "letter": "B"}, {"item_code": COMPLAINTS, "inputs": {"n1": 4}}
    )
    made = await answer_as(planning, unit, {"item_code": "A.I.5.i.a", "letter": "C"}, layer="tpi", seen="*")
    assert made.status_code == 200, made.text
    page = (await mine.get(f"{mine.sheet}/5", saring="belum-lengkap")).text
    assert "Tinggal 111 dari 113 butir kosong, 1 butir belum lengkap dan 2 butir belum berbukti." in page
    assert re.findall(r'<article class="question" id="([^"]+)"', page) == [COMPLAINTS]
    assert "Belum ada: Jumlah pengaduan yang sedang diproses" in page
    differing = (await mine.get(f"{mine.sheet}/5", saring="beda-tpi")).text
    assert re.findall(r'<article class="question" id="([^"]+)"', differing) == ["A.I.5.i.a"]
    assert "TPI menilai C" in differing
    assert "Berubah sejak" not in page  # nothing was ever submitted


async def test_an_area_is_read_in_three_statements(planning: Planning, unit: str) -> None:
    mine = await operator(planning, unit)
    proof = (await planning.upload(unit, "sk.pdf", PDF)).json()["evidence_id"]
    await planning.answer(unit, {"item_code": "A.I.5.i.a", "letter": "B", "evidence_ids": [proof]})
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM answer" in statement or "FROM evidence" in statement or "FROM worksheet" in statement:
            asked.append(statement)

    engine = planning.db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        page = await mine.get(f"{mine.sheet}/5")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert page.status_code == 200
    assert "sk.pdf" in page.text
    assert len(asked) == 3  # answers, evidence, and where the assessment stands


async def test_others_read_the_same_page_without_fields(planning: Planning, unit: str) -> None:
    await planning.answer(unit, {"item_code": "A.I.5.i.a", "letter": "B", "note": "Baru dua loket."})
    await planning.answer(unit, {"item_code": COMPLAINTS, "inputs": {"n1": 4, "n2": 1, "n3": 3}})
    leader = await reader(planning, unit)
    page = (await leader.get(f"{leader.sheet}/5")).text
    assert "Baru dua loket." in page
    assert "3 : 4 = 75,00 persen" in page
    assert 'class="chosen"' in page
    assert "<textarea" not in page
    assert "worksheet.js" not in page
    refused = await leader.planning.client.post(
        f"{leader.sheet}/5", data={"version": "1"}, headers=BROWSER | {"Cookie": leader.cookie}
    )
    assert refused.status_code == 403
    assert (await leader.get(f"{leader.sheet}/bukti/A.I.5.i.a")).text.count("<form") <= 1  # to log out


async def test_the_button_saves_what_was_changed_and_nothing_else(planning: Planning, unit: str) -> None:
    await planning.answer(unit, {"item_code": "A.I.5.i.a", "letter": "B", "note": "Lama"})
    mine = await operator(planning, unit)
    await mine.get(f"{mine.sheet}/5")
    done = await mine.save_by_button(
        "5",
        {
            f"n1:{COMPLAINTS}": "48",
            f"n2:{COMPLAINTS}": "12",
            f"n3:{COMPLAINTS}": "36",
            "note:A.I.5.i.b": "Menunggu SK",
        },
    )
    assert (done.status_code, done.headers["location"]) == (303, f"{mine.sheet}/5?tersimpan=2")
    assert "2 jawaban tersimpan" in (await mine.get(done.headers["location"])).text
    assert (await planning.worksheet(unit))["version"] == 3
    assert (await stored(planning, unit, COMPLAINTS))["inputs"] == {"n1": 48, "n2": 12, "n3": 36}
    note_alone = await stored(planning, unit, "A.I.5.i.b")
    assert (note_alone["letter"], note_alone["note"]) == (None, "Menunggu SK")
    assert (await stored(planning, unit, "A.I.5.i.a"))["version"] == 1


async def test_a_refusal_keeps_all_that_was_typed_and_names_the_fields(planning: Planning, unit: str) -> None:
    mine = await operator(planning, unit)
    await mine.get(f"{mine.sheet}/5")
    refused = await mine.save_by_button(
        "5",
        {
            f"n1:{COMPLAINTS}": "1.234",
            f"n3:{COMPLAINTS}": "-1",
            "letter:A.I.5.i.a": "A",
            "note:A.I.5.i.b": "Catatan yang tetap ada",
        },
    )
    page = refused.text
    assert refused.status_code == 422
    assert "Belum tersimpan; semua isian Anda masih ada" in page
    assert f'<a href="#{COMPLAINTS}">{COMPLAINTS}</a>: &#34;1.234&#34; bermakna ganda' in page
    assert page.count('aria-invalid="true"') == 2
    kept = mine.typed("5")
    assert (kept[f"n1:{COMPLAINTS}"], kept[f"n3:{COMPLAINTS}"]) == ("1.234", "-1")
    assert (kept["letter:A.I.5.i.a"], kept["note:A.I.5.i.b"]) == ("A", "Catatan yang tetap ada")
    assert (await planning.worksheet(unit))["version"] == 0
    done = await mine.save_by_button("5", {f"n1:{COMPLAINTS}": "4", f"n3:{COMPLAINTS}": "3"})
    assert done.status_code == 303
    assert (await planning.worksheet(unit))["version"] == 3


async def test_emptying_an_answer_asks_for_a_reason(planning: Planning, unit: str) -> None:
    await planning.answer(
        unit,
        {"item_code": "A.I.5.i.a", "letter": "B"},
        {"item_code": COMPLAINTS, "inputs": {"n1": 4}},
    )
    mine = await operator(planning, unit)
    await mine.get(f"{mine.sheet}/5")
    refused = await mine.save_by_button("5", {"blank:A.I.5.i.a": "1", f"n1:{COMPLAINTS}": ""})
    assert refused.status_code == 422
    assert "Tulis alasan mengosongkan" in refused.text
    reasons = {
        "reason:A.I.5.i.a": "Salah butir",
        f"blank:{COMPLAINTS}": "1",
        f"reason:{COMPLAINTS}": "Keliru",
    }
    done = await mine.save_by_button("5", reasons)
    assert done.status_code == 303, done.text
    blank = await stored(planning, unit, "A.I.5.i.a")
    assert (blank["letter"], blank["reason"]) == (None, "Salah butir")
    assert (await stored(planning, unit, COMPLAINTS))["inputs"] is None


async def test_two_versions_are_shown_side_by_side_and_neither_is_lost(planning: Planning, unit: str) -> None:
    mine = await operator(planning, unit)
    await mine.get(f"{mine.sheet}/5")
    await planning.answer(
        unit,
        {"item_code": "A.I.5.i.a", "letter": "C", "note": "Baru tiga loket."},
        {"item_code": "A.I.5.i.b", "letter": "A"},
    )
    stale = await mine.save_by_button("5", {"letter:A.I.5.i.a": "B", "note:A.I.5.i.a": "Semua loket."})
    assert stale.status_code == 412
    assert stale.text.count("Dua orang mengubah butir ini") == 1  # what others changed alone is no matter
    assert "«Baru tiga loket.»" in stale.text
    assert mine.typed("5")["note:A.I.5.i.a"] == "Semua loket."
    assert (await stored(planning, unit, "A.I.5.i.a"))["letter"] == "C"

    unchosen = await mine.save_by_button("5")
    assert (unchosen.status_code, unchosen.text.count("Dua orang mengubah")) == (412, 1)
    done = await mine.save_by_button("5", {"pick:A.I.5.i.a": "mine"})
    assert done.status_code == 303, done.text
    assert (await stored(planning, unit, "A.I.5.i.a"))["note"] == "Semua loket."
    assert (await stored(planning, unit, "A.I.5.i.b"))["letter"] == "A"


async def test_the_other_version_may_be_chosen(planning: Planning, unit: str) -> None:
    mine = await operator(planning, unit)
    await mine.get(f"{mine.sheet}/5")
    await planning.answer(unit, {"item_code": "A.I.5.i.a", "letter": "C"})
    await mine.save_by_button("5", {"letter:A.I.5.i.a": "B"})
    done = await mine.save_by_button("5", {"pick:A.I.5.i.a": "theirs"})
    assert done.headers["location"].endswith("tersimpan=0")
    assert (await stored(planning, unit, "A.I.5.i.a"))["letter"] == "C"


async def test_the_script_saves_several_answers_once_however_often_it_sends_them(
    planning: Planning, unit: str
) -> None:
    mine = await operator(planning, unit)
    await mine.get(f"{mine.sheet}/5")
    answers: list[dict[str, Any]] = [
        {"item_code": "A.I.5.i.a", "letter": "B", "note": "Dua loket."},
        {"item_code": COMPLAINTS, "inputs": {"n1": "4", "n2": "1", "n3": "2"}},
    ]
    key = {"Idempotency-Key": "k" * 32}
    first = await mine.save_by_script(0, *answers, **key)
    again = await mine.save_by_script(0, *answers, **key)
    assert (first.status_code, first.json()) == (200, again.json())
    assert first.json()["version"] == 2
    told = first.json()["items"][COMPLAINTS]
    assert told == {
        "sum": "2 : 4 = 50,00 persen; 1,50 dari 3,00.",
        "warnings": ["Diproses 1 ditambah selesai 2 tidak sama dengan 4."],
    }
    assert (await planning.worksheet(unit))["version"] == 2


async def test_a_stale_save_is_told_what_stands_there_now(planning: Planning, unit: str) -> None:
    mine = await operator(planning, unit)
    await mine.get(f"{mine.sheet}/5")
    await planning.answer(unit, {"item_code": "A.I.5.i.a", "letter": "C", "note": "Baru tiga."})
    stale = await mine.save_by_script(
        0, {"item_code": "A.I.5.i.a", "letter": "B"}, {"item_code": "A.I.5.i.b", "letter": "A"}
    )
    assert stale.status_code == 412
    (code,) = stale.json()["items"]
    theirs = stale.json()["theirs"][code]
    assert (code, theirs["letter"], theirs["note"], theirs["version"]) == ("A.I.5.i.a", "C", "Baru tiga.", 1)
    assert theirs["by"].endswith("oleh rekan Anda")


async def test_what_the_script_sends_is_refused_at_its_field(planning: Planning, unit: str) -> None:
    mine = await operator(planning, unit)
    await mine.get(f"{mine.sheet}/5")
    refused = await mine.save_by_script(0, {"item_code": COMPLAINTS, "inputs": {"n1": "-4"}})
    assert refused.json()["errors"][0]["field"] == "answers.0.inputs.n1"
    outside = await mine.planning.client.post(
        f"{mine.sheet}/jawaban", json={"answers": []}, headers=JSON | {"Sec-Fetch-Site": "same-origin"}
    )
    assert (outside.status_code, outside.headers["content-type"]) == (401, "application/problem+json")


async def test_the_sums_are_told_after_a_save(planning: Planning, unit: str) -> None:
    mine = await operator(planning, unit)
    await mine.get(f"{mine.sheet}/5")
    await mine.save_by_script(0, {"item_code": "A.I.5.i.a", "letter": "A"})
    texts = (await mine.get(f"{mine.sheet}/ringkas.json", area="5")).json()["texts"]
    assert (texts["n-kosong"], texts["a-5"], texts["p-5"]) == ("21", "▲ 1/22", "0,75")


async def test_an_item_is_proved_by_what_is_there_by_words_and_by_a_file(
    planning: Planning, unit: str
) -> None:
    proof = (await planning.upload(unit, "sk.pdf", PDF)).json()["evidence_id"]
    await planning.answer(unit, {"item_code": "A.I.5.i.a", "letter": "B", "note": "Dua loket."})
    await planning.answer(unit, {"item_code": "A.I.5.i.b", "letter": "A", "evidence_ids": [proof]})
    mine = await operator(planning, unit)
    place = f"{mine.sheet}/bukti/A.I.5.i.a"
    page = (await mine.get(place)).text
    assert "dipakai pada A.I.5.i.b" in page
    picked = await mine.post(place, evidence=proof)
    assert (picked.status_code, picked.headers["location"]) == (303, f"{mine.sheet}/5?tersimpan=1#A.I.5.i.a")
    words = {"title": "Berita", "kind": "lainnya", "form": "address", "body": "https://contoh.go.id/sk"}
    assert (await mine.post(f"{place}/tulis", **words)).status_code == 303
    sent = await mine.post(f"{place}/berkas", files={"file": ("notula.pdf", PDF + b"2", "application/pdf")})
    assert sent.status_code == 303
    now = await stored(planning, unit, "A.I.5.i.a")
    assert (now["letter"], now["note"], len(now["evidence_ids"])) == ("B", "Dua loket.", 3)
    area = (await mine.get(f"{mine.sheet}/5")).text
    assert "dipakai juga pada A.I.5.i.b" in area
    assert "notula.pdf" in area


async def test_evidence_that_is_refused_says_so_at_its_field_and_keeps_what_was_typed(
    planning: Planning, unit: str
) -> None:
    await planning.upload(unit, "sk.pdf", PDF)
    mine = await operator(planning, unit)
    place = f"{mine.sheet}/bukti/A.I.5.i.a"
    await mine.get(place)
    nothing = await mine.post(place)
    assert (nothing.status_code, "Pilih paling sedikit satu bukti." in nothing.text) == (422, True)
    unknown = await mine.post(place, evidence=str(uuid4()))
    assert (unknown.status_code, "tidak dikenal" in unknown.text) == (422, True)
    words = {"title": "Berita", "kind": "lainnya", "form": "address", "body": "javascript:x"}
    refused = await mine.post(f"{place}/tulis", **words)
    assert refused.status_code == 422
    assert "Alamat harus diawali" in refused.text
    assert 'value="Berita"' in refused.text
    bad = await mine.post(
        f"{place}/berkas", files={"file": ("a.exe", b"MZ\0\0", "application/x")}, file_title="Judul"
    )
    assert bad.status_code == 415
    assert 'value="Judul"' in bad.text
    empty = await mine.post(f"{place}/berkas", files={"file": ("a.pdf", b"", "application/pdf")})
    assert (empty.status_code, "Pilih berkas yang berisi." in empty.text) == (422, True)
    assert (await mine.get(f"{mine.sheet}/bukti/A.I.9")).status_code == 404
    assert (await planning.worksheet(unit))["version"] == 0


async def test_an_item_has_fifty_evidences_at_most(planning: Planning, unit: str) -> None:
    made = [
        await planning.call(
            "POST",
            f"/units/{unit}/evidence/references",
            "unit_operator",
            unit,
            json={"title": f"Bukti {number}", "kind": "lainnya", "form": "text", "body": "Lemari"},
        )
        for number in range(MOST_EVIDENCE + 1)
    ]
    *first, last = [one.json()["evidence_id"] for one in made]
    await planning.answer(unit, {"item_code": "A.I.5.i.a", "letter": "B", "evidence_ids": first})
    mine = await operator(planning, unit)
    place = f"{mine.sheet}/bukti/A.I.5.i.a"
    await mine.get(place)
    refused = await mine.post(place, evidence=last)
    assert (refused.status_code, "sudah punya 50 bukti" in refused.text) == (409, True)
    assert (await mine.post(place, evidence=first[0])).status_code == 303  # it is there already
    assert (await planning.worksheet(unit))["version"] == 1


async def test_evidence_is_let_go_by_its_mark_and_the_way_to_more_saves_first(
    planning: Planning, unit: str
) -> None:
    proof = (await planning.upload(unit, "sk.pdf", PDF)).json()["evidence_id"]
    await planning.answer(unit, {"item_code": "A.I.5.i.a", "letter": "B", "evidence_ids": [proof]})
    mine = await operator(planning, unit)
    await mine.get(f"{mine.sheet}/5")
    led = await mine.save_by_button(
        "5", {"letter:A.I.5.i.b": "A", "bukti": "A.I.5.i.b"}, without=("evidence:A.I.5.i.a",)
    )
    assert led.headers["location"] == f"{mine.sheet}/bukti/A.I.5.i.b"
    assert (await stored(planning, unit, "A.I.5.i.a"))["evidence_ids"] == []
    assert (await stored(planning, unit, "A.I.5.i.b"))["letter"] == "A"


async def test_a_merged_unit_s_worksheet_is_only_read(planning: Planning, unit: str) -> None:
    other = await planning.unit()
    merged = await planning.call(
        "POST", f"/units/{unit}/merge", "admin", unit, json={"into": other}, headers={"If-Match": '"1"'}
    )
    assert merged.status_code == 200, merged.text
    mine = await operator(planning, unit)
    assert "<textarea" not in (await mine.get(f"{mine.sheet}/5")).text
