"""Preconditions, papers and predicates as pages: what is told, by which proof, and who may read it."""

import re

import pytest

from services.planning.pages.nomination import papers, preconditions, predicates
from tests.support.nominating import (
    UNIT_FACTS,
    paper,
)
from tests.support.planning import PDF, YEAR
from tests.support.planning_browser import Browser
from tests.support.proposal_pages import Agency


async def test_preconditions_tell_only_what_changed_with_its_proof(agency: Agency, admin: Browser) -> None:
    unit = await agency.unit(is_ready=False)
    proof = await paper(agency.planning.client, agency.headers("admin"), agency.id, "proof")
    path = agency.place("prasyarat", unit)
    await admin.get(path)
    nothing = await admin.post(path)
    assert (nothing.status_code, "Belum ada yang diubah." in nothing.text) == (422, True)
    refused = await admin.post(path, **{"value-tlhp": "101", "value-sakip_unit": "BB"})
    assert refused.status_code == 422
    assert 'id="e-value-tlhp"' in refused.text
    assert 'href="#f-value-tlhp"' in refused.text
    assert 'value="101"' in refused.text
    assert '<option value="BB" selected>' in refused.text
    fields = {"value-tlhp": "99,5", "proof-tlhp": [proof["document_id"]]}
    done = await admin.post(path, **fields)  # type: ignore[arg-type]
    assert done.status_code == 303, done.text
    rows = await agency.planning.rows(
        "SELECT code, value FROM precondition WHERE subject_id = :unit ORDER BY version", unit=unit
    )
    assert [tuple(row) for row in rows] == [("tlhp", "99.5")]
    stale = await admin.post(path, key="", **{"value-lama_zi": "2", "value-tlhp": ""})
    assert stale.status_code == 412
    assert 'name="value-lama_zi" value="2"' in stale.text
    assert 'name="value-tlhp" value="99,5"' in stale.text
    whole = {"value-lama_zi": "2", "value-tlhp": "99,5", "proof-tlhp": [proof["document_id"]]}
    assert (await admin.post(path, **whole)).status_code == 303  # type: ignore[arg-type]
    rows = await agency.planning.rows("SELECT code FROM precondition WHERE subject_id = :unit", unit=unit)
    assert sorted(row[0] for row in rows) == ["lama_zi", "tlhp"]
    page = (await admin.get(path)).text
    assert f'href="{agency.place("dokumen", proof["document_id"])}"' in page
    assert (await admin.get(agency.place("dokumen", proof["document_id"]))).content == PDF


async def test_the_verdict_on_preconditions_counts_what_is_met(agency: Agency, admin: Browser) -> None:
    unit = await agency.unit(is_ready=False)
    await agency.told(f"/units/{unit}/preconditions/{YEAR}", UNIT_FACTS | {"tlhp": "99"})
    page = (await admin.get(agency.place("prasyarat", unit))).text
    assert "5 dari 6 prasyarat WBK terpenuhi<" in page
    page = (await admin.get(agency.place("prasyarat"))).text
    assert "0 dari 5 prasyarat WBK terpenuhi; 5 belum diketahui" in page


async def test_a_precondition_offers_the_newest_proofs_and_its_own(
    agency: Agency, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preconditions, "MOST_PROOFS", 2)
    unit = await agency.unit(is_ready=False)
    client, who = agency.planning.client, agency.headers("admin")
    proofs = [(await paper(client, who, agency.id, "proof"))["document_id"] for _ in range(4)]
    decree = (await paper(client, who, agency.id, "decree"))["document_id"]
    path = agency.place("prasyarat", unit)
    await admin.get(path)
    fields = {"value-tlhp": "100", "proof-tlhp": [proofs[0], decree]}
    assert (await admin.post(path, **fields)).status_code == 303  # type: ignore[arg-type]
    await admin.get(path)
    fields = {"value-tlhp": "", "value-lama_zi": "101", "proof-lama_zi": [proofs[1]]}
    for page, picked in (
        ((await admin.get(path)).text, []),
        ((await admin.post(path, **fields)).text, [proofs[1]]),  # type: ignore[arg-type]
    ):
        newest = {proofs[2], proofs[3]}
        offered = {code: set(re.findall(f'name="proof-{code}" value="([^"]+)"', page)) for code in UNIT_FACTS}
        assert offered == dict.fromkeys(UNIT_FACTS, newest) | {
            "tlhp": {proofs[0], decree} | newest,
            "lama_zi": {*picked} | newest,
        }
        assert re.search(r'name="value-lama_zi"[^>]* aria-describedby="h-value-lama_zi', page)
        assert 'id="h-value-lama_zi"' in page


async def test_a_paper_needs_its_file_and_keeps_what_was_typed(agency: Agency, head: Browser) -> None:
    path = agency.place("dokumen")
    page = (await head.get(path)).text
    assert f"Usulan {YEAR} belum dibuat; dokumennya dapat disiapkan" in page
    assert "Surat usulan dan SPTJM belum diunggah" in page
    file = {"file": ("a.pdf", b"", "application/pdf")}
    refused = await head.post(path, file, kind="letter", number="800/1", dated_on="2026-02-31")
    assert refused.status_code == 422
    assert {'id="e-file"' in refused.text, 'id="e-dated_on"' in refused.text} == {True}
    assert 'value="800/1"' in refused.text
    odd = {"file": ("a.exe", b"MZ\x90\x00", "application/octet-stream")}
    refused = await head.post(path, odd, kind="letter")
    assert (refused.status_code, 'id="e-file"' in refused.text) == (415, True)


async def test_what_was_handed_in_stays_chosen_and_the_choices_are_the_newest_of_their_kind(
    agency: Agency, head: Browser, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (papers, predicates):
        monkeypatch.setattr(module, "MOST_CHOICES", 2)
    await agency.ready()
    path = agency.place("dokumen")
    old = await agency.papers()
    unit = await agency.unit()
    await agency.proposed(head, unit)
    page = (await head.get(path)).text
    assert f"Surat usulan dan SPTJM {YEAR} belum diserahkan" in page  # though both were brought
    assert (await head.post(agency.place("serahkan"), letter=old[0], sptjm=old[1])).status_code == 303
    decree = await paper(agency.planning.client, agency.headers("admin"), agency.id, "decree")
    for _ in range(3):
        await paper(agency.planning.client, agency.headers("admin"), agency.id, "proof")
    newer = [await agency.papers() for _ in range(2)]
    refused = await head.post(path, {"file": ("a.pdf", b"", "application/pdf")}, kind="proof")
    assert refused.status_code == 422
    for page in ((await head.get(path)).text, refused.text):
        assert f"Surat usulan dan SPTJM {YEAR} sudah diserahkan" in page
        letters, sptjms = page.split('id="f-letter"')[1].split("<h2>Dokumen")[0].split('id="f-sptjm"')
        for place, choices in enumerate((letters, sptjms)):
            assert f'<option value="{old[place]}" selected>' in choices
            offered = re.findall(r'<option value="([0-9a-f-]{36})"', choices)
            assert offered == [newer[1][place], newer[0][place], old[place]]
    page = (await admin.get(f"/predikat/{unit}")).text
    assert re.findall(r'<option value="([0-9a-f-]{36})"', page) == [decree["document_id"]]


async def test_an_undated_paper_is_not_handed_in(agency: Agency, head: Browser) -> None:
    await agency.ready()
    await agency.proposed(head, await agency.unit())
    client, who = agency.planning.client, agency.headers("agency_head")
    letter = await paper(client, who, agency.id, "letter")
    undated = await paper(client, who, agency.id, "sptjm", number="7")
    await head.get(agency.place("dokumen"))
    sent = {"letter": letter["document_id"], "sptjm": undated["document_id"]}
    refused = await head.post(agency.place("serahkan"), **sent)
    assert refused.status_code == 422
    assert "SPTJM belum bernomor atau bertanggal." in refused.text
    assert f'<option value="{undated["document_id"]}" selected>' in refused.text


async def test_predicates_are_entered_and_revoked_with_their_decrees(agency: Agency, admin: Browser) -> None:
    unit = await agency.unit(name="Kantor Jati")
    path = f"/predikat/{unit}"
    assert "Kantor Jati belum berpredikat" in (await admin.get(path)).text
    decree = {"number": "SK-1", "dated_on": "2024-12-10", "signatory": "Menteri PANRB"}
    late = await admin.post(path, predicate="WBK", giver="tpn", **(decree | {"dated_on": "2099-01-01"}))
    assert (late.status_code, 'id="e-dated_on"' in late.text) == (422, True)
    assert 'value="SK-1"' in late.text
    assert (await admin.post(path, predicate="WBK", giver="tpn", **decree)).status_code == 303
    again = await admin.post(path, predicate="WBK", giver="tpn", key="", **decree)
    assert (again.status_code, 'id="e-number"' in again.text) == (409, True)
    page = (await admin.get(path)).text
    assert "Kantor Jati: WBK sejak 10 Desember 2024" in page
    (revoke,) = re.findall(r'href="([^"]+/cabut)"', page)
    assert "Unit menunggu 2 tahun" in (await admin.get(revoke)).text
    no_reason = await admin.post(revoke, **(decree | {"number": "SK-2"}))
    assert (no_reason.status_code, 'id="e-reason"' in no_reason.text) == (422, True)
    early = decree | {"number": "SK-2", "dated_on": "2020-01-01", "reason": "Pelanggaran."}
    refused = await admin.post(revoke, **early)
    assert (refused.status_code, 'id="e-dated_on"' in refused.text) == (422, True)
    assert ">Pelanggaran.</textarea>" in refused.text
    sent = early | {"dated_on": "2025-01-31"}
    assert (await admin.post(revoke, **sent)).status_code == 303
    assert (await admin.post(revoke, key="", **sent)).status_code == 412
    page = (await admin.get(path)).text
    assert "predikatnya sudah dicabut" in page
    assert "Alasan: Pelanggaran." in page
    elsewhere = revoke.replace(unit, (await agency.unit()))
    assert (await admin.get(elsewhere)).status_code == 404
