"""Forms of a proposal: sent twice they do it once, and what is refused keeps what was typed."""

import asyncio
import re
from typing import Any

import pytest

from services.planning.pages.nomination import candidates
from tests.support.planning import YEAR
from tests.support.planning_browser import Browser
from tests.support.proposal_pages import Agency
from tests.support.stages import lead_to

SHA256 = re.compile(r"<code class=\"typed\">([0-9a-f]{64})</code>")


async def clicked_twice(mine: Browser, page: str, path: str = "", **fields: Any) -> None:
    """Open a page and send its form twice at once, then a third time: each is led to the same place."""
    assert (await mine.get(page)).status_code == 200
    both = await asyncio.gather(*(mine.post(path or page, **fields) for _ in range(2)))
    replies = [*both, await mine.post(path or page, **fields)]
    assert [one.status_code for one in replies] == [303, 303, 303], [one.text for one in replies]
    assert len({one.headers["location"] for one in replies}) == 1


async def test_every_form_sent_twice_does_it_once_and_never_ends_on_a_refusal(
    agency: Agency, head: Browser, admin: Browser
) -> None:
    await agency.ready()
    units = [await agency.unit() for _ in range(3)]
    letter, sptjm = await agency.papers()
    await clicked_twice(admin, agency.place("prasyarat", units[0]), **{"value-tlhp": "100,0"})
    decree = {"number": "SK-1", "dated_on": "2020-12-10", "signatory": "Menteri"}
    here = f"/predikat/{units[0]}"
    await clicked_twice(admin, here, predicate="WBK", giver="tpn", **decree)
    (revoke,) = re.findall(r'href="([^"]+/cabut)"', (await admin.get(here)).text)
    await clicked_twice(admin, revoke, **(decree | {"number": "SK-2", "reason": "Pelanggaran."}))
    await clicked_twice(head, agency.place("calon"), chosen=units)
    await clicked_twice(head, agency.place("dokumen"), agency.place("serahkan"), letter=letter, sptjm=sptjm)
    group = {"kawasan": "Pelabuhan", "integration": "7"}
    await clicked_twice(head, agency.place("kawasan"), **group, member=units[:2])
    await clicked_twice(head, agency.place("kawasan") + "?nama=Pelabuhan", agency.place("kawasan"), **group)
    unit = agency.place("unit", units[0])
    await clicked_twice(head, unit, category="WBK")
    await clicked_twice(head, agency.place("bekukan"))
    await clicked_twice(head, unit, f"{unit}/lepas", reason="Digabung.")
    await clicked_twice(head, agency.place("bekukan"), reason="Satu unit dilepas.")
    await clicked_twice(head, agency.place("tarik"), reason="Direorganisasi.")
    assert len(SHA256.findall((await head.get(agency.place())).text)) == 2
    told = "SELECT count(*) FROM precondition WHERE subject_id = :unit AND value = '100.0'"
    assert [tuple(row) for row in await agency.planning.rows(told, unit=units[0])] == [(1,)]


async def test_a_group_that_was_not_shown_is_shown_before_it_is_replaced(
    agency: Agency, head: Browser
) -> None:
    await agency.ready()
    units = [await agency.unit() for _ in range(4)]
    await agency.proposed(head, *units)
    path = agency.place("kawasan")
    await head.get(path)
    made = await head.post(path, kawasan="Pelabuhan", integration="7", member=units[:2])
    assert made.status_code == 303, made.text
    await head.get(path)
    refused = await head.post(path, kawasan="Pelabuhan", integration="8", member=units[2:])
    assert (refused.status_code, 'id="e-kawasan"' in refused.text) == (422, True)
    assert refused.text.count(" checked") == 4
    assert 'value="8"' in refused.text
    assert (await head.post(path, kawasan="Pelabuhan", integration="8", member=units[:3])).status_code == 303
    assert (await head.get(agency.place())).text.count("Kawasan Pelabuhan") == 3


async def test_a_second_form_proposes_and_freezes_nothing_more(agency: Agency, head: Browser) -> None:
    await agency.ready()
    unit, other = await agency.unit(), await agency.unit()
    calon = agency.place("calon")
    await agency.proposed(head, unit)
    again = await head.post(calon, chosen=[unit], key="")
    assert again.status_code == 409
    assert "sudah punya usulan" in again.text
    await head.get(agency.place("calon"), kategori="WBK")
    await agency.handed_in(head)
    stale = await head.post(calon, chosen=[other], version="1", key="")
    assert stale.status_code == 412
    assert "Data sudah diubah orang lain" in stale.text
    assert f'value="{other}" checked' in stale.text
    await head.get(agency.place("bekukan"))
    version = head.fields(agency.place("bekukan"))["version"]
    assert (await head.post(agency.place("bekukan"))).status_code == 303
    twice = await head.post(agency.place("bekukan"), version=version, key="")
    assert twice.status_code == 412
    assert len(SHA256.findall((await head.get(agency.place())).text)) == 1


async def test_a_proposal_holds_no_more_units_than_programs_may_send(
    agency: Agency, head: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MOST_UNITS", 2)
    await agency.ready()
    units = [await agency.unit() for _ in range(3)]
    await agency.proposed(head, *units[:2])
    await head.get(agency.place("calon"), kategori="WBK")
    refused = await head.post(agency.place("calon"), chosen=units[2:])
    assert (refused.status_code, 'id="e-chosen"' in refused.text) == (422, True)
    assert "paling banyak 2 unit; dengan pilihan ini 3" in refused.text
    assert f'value="{units[2]}" checked' in refused.text


async def test_a_unit_changes_its_category_joins_a_group_and_is_released(
    agency: Agency, head: Browser
) -> None:
    await agency.ready()
    units = [await agency.unit(unit_type="rsud") for _ in range(3)]
    await agency.proposed(head, *units)
    path = agency.place("unit", units[0])
    page = (await head.get(path)).text
    assert 'value="WBK" checked' in page
    refused = await head.post(path, category="WBBM")
    assert refused.status_code == 422
    assert "WBBM memerlukan WBK yang sudah ditetapkan" in refused.text
    assert 'value="WBBM" checked' in refused.text
    assert (await head.post(path, category="WBK-AFIRMASI")).status_code == 303

    group = agency.place("kawasan")
    await head.get(group)
    low = await head.post(group, kawasan="Pelabuhan", integration="6,4", member=units[:2])
    assert low.status_code == 422
    assert "Nilai integrasi kawasan Pelabuhan kurang 0,1 dari syarat WBK 6,5" in low.text
    assert 'value="6,4"' in low.text
    assert low.text.count(" checked") == 2
    alone = await head.post(group, kawasan="Pelabuhan", integration="7", member=units[:1])
    assert (alone.status_code, 'id="e-member"' in alone.text) == (422, True)
    assert "Kawasan Pelabuhan terdiri atas paling sedikit 2 unit." in alone.text
    odd = await head.post(group, kawasan="Pelabuhan", integration="11", member=units[:2])
    assert (odd.status_code, 'id="e-integration"' in odd.text) == (422, True)
    nobody = await head.post(group, kawasan="Pelabuhan", integration="7")
    assert (nobody.status_code, 'id="e-member"' in nobody.text) == (422, True)
    made = await head.post(group, kawasan="Pelabuhan", integration="6,5", member=units[:2])
    assert made.status_code == 303, made.text
    page = (await head.get(agency.place())).text
    assert page.count("Kawasan Pelabuhan") == 2
    page = (await head.get(group, nama="Pelabuhan")).text
    assert page.count(" checked") == 2
    gone = await head.post(group, kawasan="Pelabuhan", integration="", member=[])
    assert gone.status_code == 303, gone.text
    assert "Pelabuhan" not in (await head.get(agency.place())).text

    await head.get(path)
    assert (await head.post(f"{path}/lepas")).status_code == 303
    assert f"Usulan {YEAR}: 2 unit" in (await head.get(agency.place(), selesai="lepas")).text


async def test_past_pre_evaluation_no_form_offers_another_category(agency: Agency, head: Browser) -> None:
    await agency.ready()
    unit, fellow = await agency.unit(), await agency.unit()
    await agency.packaged(head, unit, fellow)
    path = agency.place("unit", unit)
    assert 'name="category"' in (await head.get(path)).text
    await lead_to(agency.planning, unit, "desk", agency=agency.id)
    page = (await head.get(path)).text
    assert 'name="category"' not in page
    assert "tidak dapat diubah lagi: unit ini sudah melewati pra-evaluasi." in page
    assert 'name="category"' in (await head.get(agency.place("unit", fellow))).text


async def test_a_unit_leaves_a_package_for_a_reason_and_the_last_one_never(
    agency: Agency, head: Browser
) -> None:
    await agency.ready()
    unit, other = await agency.unit(), await agency.unit()
    await agency.packaged(head, unit, other)
    path = agency.place("unit", unit)
    assert "Tidak dapat dibatalkan" in (await head.get(path)).text
    refused = await head.post(f"{path}/lepas")
    assert (refused.status_code, 'id="e-reason"' in refused.text) == (422, True)
    assert (await head.post(f"{path}/lepas", reason="Digabung.")).status_code == 303
    page = (await head.get(agency.place())).text
    assert "berubah sesudah paket 1, belum dibekukan lagi" in page
    last = agency.place("unit", other)
    await head.get(last)
    refused = await head.post(f"{last}/lepas", reason="Juga.")
    assert refused.status_code == 409
    assert "paling sedikit satu unit" in refused.text
    assert ">Juga.</textarea>" in refused.text


async def test_a_typed_reason_outlives_a_refusal_to_freeze(agency: Agency, head: Browser) -> None:
    await agency.ready()
    unit, other = await agency.unit(), await agency.unit()
    await agency.packaged(head, unit)
    await agency.proposed(head, other)
    await head.get(agency.place("bekukan"))
    await lead_to(agency.planning, other, "penilaian_tpi", agency=agency.id)
    refused = await head.post(agency.place("bekukan"), reason="Satu unit menyusul.")
    assert refused.status_code == 422
    assert "Yang menghalangi" in refused.text
    assert ">Satu unit menyusul.</textarea>" in refused.text
    await lead_to(agency.planning, other, "pengusulan", agency=agency.id)
    assert (await head.post(agency.place("bekukan"), reason="Satu unit menyusul.")).status_code == 303
