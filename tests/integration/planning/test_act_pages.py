"""Acts and findings as pages: offered to whoever may do them, what lacks is named, nothing typed is lost."""

import re

import pytest

from services.planning.pages.way.act_words import ACTS, BY_SLUG, HOLDERS
from services.planning.stages.domain.acts import Act
from services.planning.stages.domain.stage import ENDS, Stage
from shared.security import Scope
from tests.support.nominating import paper
from tests.support.planning import AGENCY, YEAR, Planning
from tests.support.planning_browser import Browser, log_in
from tests.support.stages import fill, find, lead_to, let_propose

DECREE = {
    "decree_number": "B/12/2026",
    "decree_on": "2026-01-05",
    "decree_signatory": "Menteri PANRB",
}


async def person(planning: Planning, unit: str, role: str, subject: str, level: str = "unit") -> Browser:
    scopes = {
        "unit": Scope("unit", agencies=frozenset({AGENCY}), units=frozenset({unit})),
        "agency": Scope("agency", agencies=frozenset({AGENCY})),
        "national": Scope("national"),
    }
    return await log_in(planning, role, subject, AGENCY, scopes[level])


def place(unit: str, *more: str) -> str:
    return "/".join(("/lembar-kerja", unit, str(YEAR), *more))


@pytest.fixture
async def unit(planning: Planning) -> str:
    return await planning.programme()


def test_every_act_and_stage_has_its_words() -> None:
    assert ACTS.keys() == set(Act)
    assert len(BY_SLUG) == len(Act)
    assert set(HOLDERS) == set(Stage) - ENDS


async def test_what_lacks_is_named_with_links_before_it_is_refused(planning: Planning, unit: str) -> None:
    leader = await person(planning, unit, "unit_leader", "pimpinan-1")
    page = (await leader.get(place(unit, "tahap"))).text
    assert f'href="{place(unit, "tahap", "serahkan")}"' in page
    page = (await leader.get(place(unit, "tahap", "serahkan"))).text
    assert "113 hal masih kurang" in page
    assert f'href="{place(unit, "1")}#A.I.1.i.a"' in page
    assert "<textarea" not in page


async def test_a_sheet_goes_to_the_assessors_and_back(planning: Planning, unit: str) -> None:
    await fill(planning, unit)
    leader = await person(planning, unit, "unit_leader", "pimpinan-1")
    page = (await leader.get(place(unit, "tahap", "serahkan"))).text
    assert "Serahkan lembar kerja?" in page
    assert "giliran TPI yang ditugasi" in page
    sent = await leader.post(place(unit, "tahap", "serahkan"))
    assert (sent.status_code, sent.headers["location"]) == (303, f"{place(unit, 'tahap')}?selesai=serahkan")
    page = (await leader.get(place(unit, "tahap"), selesai="serahkan")).text
    assert "Penilaian TPI" in page
    assert "Oleh Anda, Pengisian → Penilaian TPI." in page
    assert "Tidak ada tindakan bagi Anda pada tahap ini." in page
    (frozen,) = re.findall(r'href="([^"]+/putaran/unit/1)"', page)
    assert "113 butir dibekukan" in (await leader.get(frozen)).text

    await lead_to(planning, unit, "penilaian_tpi", "penilai-1")
    tpi = await person(planning, unit, "tpi", "penilai-1", "agency")
    page = (await tpi.get(place(unit, "tahap"))).text
    assert [slug for slug in BY_SLUG if f'/tahap/{slug}"' in page] == ["kembalikan", "akhiri-putaran"]
    back = place(unit, "tahap", "kembalikan")
    await tpi.get(back)
    refused = await tpi.post(back, reason="")
    assert refused.status_code == 422
    assert "Alasan harus diisi." in refused.text
    done = await tpi.post(back, reason="Bukti area 5 belum ada.")
    assert done.status_code == 303, done.text
    page = (await leader.get(place(unit, "tahap"))).text
    assert "Alasan: «Bukti area 5 belum ada.»" in page
    assert f'href="{place(unit, "tahap", "serahkan-lagi")}"' in page


async def test_an_act_that_is_not_yours_is_not_offered_and_refused(planning: Planning, unit: str) -> None:
    await lead_to(planning, unit, "penilaian_tpi", "penilai-1")
    stranger = await person(planning, unit, "tpi", "penilai-9", "agency")
    page = (await stranger.get(place(unit, "tahap"))).text
    assert "Tidak ada tindakan bagi Anda" in page
    asked = await stranger.get(place(unit, "tahap", "akhiri-putaran"))
    assert asked.status_code == 409
    assert "belum dapat dilakukan" in asked.text
    assert (await stranger.get(place(unit, "tahap", "terbang"))).status_code == 404


async def test_a_refusal_keeps_what_was_typed(planning: Planning, unit: str) -> None:
    await lead_to(planning, unit, "panel")
    tpn = await person(planning, unit, "tpn", "nasional-1", "national")
    path = place(unit, "tahap", "tetapkan")
    await tpn.get(path)
    bare = await tpn.post(path, is_awarded="ya", reason="Nilai cukup.")
    assert bare.status_code == 422
    assert "Sebutkan nomor, tanggal, dan penanda tangan SK." in bare.text
    part = await tpn.post(path, is_awarded="ya", decree_number="B/12/2026")
    assert "Isi tanggal SK." in part.text
    assert 'value="B/12/2026"' in part.text
    refused = await tpn.post(path, is_awarded="ya", reason="Nilai cukup.", **DECREE)
    assert refused.status_code == 409
    assert "Belum ada pernyataan bersih dari ombudsman, kpk, apip." in refused.text
    assert ">Nilai cukup.</textarea>" in refused.text
    assert 'value="ya" checked' in refused.text
    stale = await tpn.post(path, is_awarded="tidak", version="0")
    assert stale.status_code == 412


async def test_a_decision_chooses_the_file_of_its_decree_among_the_agency_s(
    planning: Planning, unit: str
) -> None:
    await lead_to(planning, unit, "panel")
    head = planning.headers("agency_head", unit, agency=AGENCY)
    made = await paper(planning.client, head, AGENCY, "decree")
    await paper(planning.client, head, AGENCY, "proof")
    tpn = await person(planning, unit, "tpn", "nasional-1", "national")
    path = place(unit, "tahap", "tetapkan")
    page = (await tpn.get(path)).text
    offered = re.findall(r'<option value="([0-9a-f-]{36})"', page)
    assert made["document_id"] in offered
    cleared = ["ombudsman", "kpk", "apip"]
    chosen = {"decree_document": made["document_id"], "cleared": cleared}
    done = await tpn.post(path, is_awarded="ya", **DECREE, **chosen)
    assert done.status_code == 303, done.text
    shown = (await tpn.get(f"/predikat/{unit}")).text
    assert "decree.pdf" in shown
    assert f"Hasil penilaian {YEAR}" in shown
    assert "/cabut" not in shown


async def test_pre_evaluation_names_the_gates_that_fail(planning: Planning, unit: str) -> None:
    await lead_to(planning, unit, "pra_evaluasi")
    tpn = await person(planning, unit, "tpn", "nasional-1", "national")
    page = (await tpn.get(place(unit, "tahap", "tolak"))).text
    assert "Nilai total" in page
    assert "kurang 75,00" in page
    assert "<textarea" in page
    page = (await tpn.get(place(unit, "tahap", "terima"))).text
    assert "Terima usulan: belum dapat" in page
    assert "<textarea" not in page


async def test_a_unit_is_proposed_by_its_package_alone(planning: Planning, unit: str) -> None:
    await lead_to(planning, unit, "pengusulan")
    await let_propose(planning)
    head = await person(planning, unit, "agency_head", "kepala-1", "agency")
    page = (await head.get(place(unit, "tahap", "usulkan"))).text
    assert "Unit diusulkan dengan membekukan paket usulan instansinya." in page
    assert "<textarea" not in page


async def test_a_finding_is_raised_beside_the_note_and_answered_by_the_unit(
    planning: Planning, unit: str
) -> None:
    await lead_to(planning, unit, "penilaian_tpi", "penilai-1")
    tpi = await person(planning, unit, "tpi", "penilai-1", "agency")
    path = place(unit, "temuan", "A.I.1.i.a")
    await tpi.get(path)
    refused = await tpi.post(path, finding="")
    assert refused.status_code == 422
    raised = await tpi.post(path, finding="Mana SK tim?")
    assert raised.status_code == 303, raised.text
    assert "Temuan, menunggu jawaban unit" in (await tpi.get(place(unit, "penilaian", "tpi", "1"))).text

    operator = await person(planning, unit, "unit_operator", "operator-1")
    page = (await operator.get(place(unit))).text
    assert "1 temuan penilai menunggu jawaban unit" in page
    page = (await operator.get(place(unit, "temuan"))).text
    assert "1 dari 1 temuan menunggu jawaban unit" in page
    empty = await operator.post(place(unit, "temuan"), answer="")
    assert empty.status_code == 422
    done = await operator.post(place(unit, "temuan"), answer="SK dilampirkan.")
    assert done.status_code == 303, done.text
    assert "Semua temuan sudah dijawab" in (await operator.get(place(unit, "temuan"))).text


async def test_handing_in_again_names_open_findings(planning: Planning, unit: str) -> None:
    await lead_to(planning, unit, "penilaian_tpi")
    found = await find(planning, unit, "A.I.1.i.a")
    await lead_to(planning, unit, "pengisian", number=2)
    leader = await person(planning, unit, "unit_leader", "pimpinan-1")
    page = (await leader.get(place(unit, "tahap", "serahkan-lagi"))).text
    assert "114 hal masih kurang" in page
    assert f'href="{place(unit, "temuan")}#{found["finding_id"]}"' in page


async def test_the_worksheet_says_stage_and_whose_step_it_is(planning: Planning, unit: str) -> None:
    operator = await person(planning, unit, "unit_operator", "operator-1")
    page = (await operator.get(place(unit, "5"))).text
    assert "Giliran operator dan pimpinan unit" in page
    assert 'id="lembar"' in page
    await lead_to(planning, unit, "penilaian_tpi")
    page = (await operator.get(place(unit, "5"))).text
    assert "Giliran TPI yang ditugasi" in page
    assert 'id="lembar"' not in page
