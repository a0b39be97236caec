"""Proposals as pages: the whole way of one, who sees what, and what a page says when."""

import re
from typing import Any
from uuid import uuid4

import pytest

from services.planning.nomination.domain.package import faults_of
from shared.db.database import count_statements
from shared.security import Scope
from shared.security.principal import Level
from tests.support.nominating import (
    AGENCY_FACTS,
    PAPER,
    UNIT_FACTS,
    local_government,
    paper,
)
from tests.support.planning import PDF, YEAR
from tests.support.planning_browser import Browser, log_in
from tests.support.proposal_pages import Agency
from tests.support.stages import announce, lead_to

SHA256 = re.compile(r"<code class=\"typed\">([0-9a-f]{64})</code>")


async def uploaded_and_handed_in(agency: Agency, head: Browser) -> None:
    """Upload letter and SPTJM on their page, choose both there and hand them in."""
    for kind in ("letter", "sptjm"):
        await head.get(agency.place("dokumen"))
        file = {"file": (f"{kind}.pdf", PDF, "application/pdf")}
        kept = await head.post(agency.place("dokumen"), file, kind=kind, **PAPER)
        assert kept.status_code == 303, kept.text
    page = (await head.get(agency.place("dokumen"))).text
    letters, sptjms = page.split('id="f-letter"')[1].split('id="f-sptjm"')
    (letter,), (sptjm,) = (re.findall(r'<option value="([0-9a-f-]{36})"', part) for part in (letters, sptjms))
    done = await head.post(agency.place("serahkan"), letter=letter, sptjm=sptjm)
    assert done.status_code == 303, done.text


async def test_the_whole_way_from_preconditions_to_a_withdrawal(
    agency: Agency, head: Browser, admin: Browser
) -> None:
    unit = await agency.unit(is_ready=False, name="Kantor Layanan Cendana")
    await local_government(agency.planning.client, agency.headers("admin"), agency.id)
    for path, facts in (
        (agency.place("prasyarat"), AGENCY_FACTS),
        (agency.place("prasyarat", unit), UNIT_FACTS),
    ):
        assert "0 dari" in (await admin.get(path)).text
        told = await admin.post(path, **{f"value-{code}": value for code, value in facts.items()})
        assert (told.status_code, told.headers["location"]) == (303, f"{path}?selesai=prasyarat")
        page = (await admin.get(path)).text
        assert f"{len(facts)} dari {len(facts)} prasyarat WBK terpenuhi<" in page
        assert "oleh Anda" in page

    page = (await head.get(agency.place())).text
    assert f"Usulan {YEAR} belum dibuat, hari terakhir 31 Desember 2099" in page
    page = (await head.get(agency.place("calon"), kategori="WBK")).text
    assert "1 dari 2 unit layak diusulkan WBK" in page
    assert page.count('name="chosen"') == 1
    await agency.proposed(head, unit)
    page = (await head.get(agency.place(), selesai="usul")).text
    assert f"Usulan {YEAR}: 1 unit; belum diserahkan dan belum dibekukan" in page
    assert "Unit terpilih sudah masuk usulan." in page
    assert "Surat usulan belum diserahkan." in page

    await uploaded_and_handed_in(agency, head)

    page = (await head.get(agency.place("bekukan"))).text
    assert "Bekukan paket 1?" in page
    assert "Alasan" not in page
    await agency.frozen(head)
    page = (await head.get(agency.place(), selesai="beku")).text
    assert f"Usulan {YEAR}: 1 unit; paket 1 sudah dibekukan" in page
    (link,) = re.findall(r'href="([^"]+/paket/[^"]+/1\.json)"', page)
    content = (await head.get(link)).content
    assert faults_of(content) == []
    assert SHA256.findall(page) == re.findall(r'"sha256":"([0-9a-f]{64})"}$', content.decode())

    assert "Alasan paket pengganti" in (await head.get(agency.place("bekukan"))).text
    refused = await head.post(agency.place("bekukan"))
    assert refused.status_code == 422
    assert 'id="e-reason"' in refused.text
    await agency.frozen(head, reason="Nama unit dibetulkan.")
    page = (await head.get(agency.place())).text
    assert "Nama unit dibetulkan." in page
    assert len(SHA256.findall(page)) == 2

    assert "tidak dapat dibuka lagi" in (await head.get(agency.place("tarik"))).text
    empty = await head.post(agency.place("tarik"), reason="")
    assert (empty.status_code, 'id="e-reason"' in empty.text) == (422, True)
    gone = await head.post(agency.place("tarik"), reason="Direorganisasi.")
    assert gone.status_code == 303, gone.text
    page = (await head.get(agency.place(), selesai="tarik")).text
    assert f"Usulan {YEAR} sudah ditarik" in page
    assert len(SHA256.findall(page)) == 2
    twice = await head.post(agency.place("tarik"), reason="Direorganisasi.", key="")
    assert twice.status_code == 409
    assert "Usulan ini sudah ditarik." in twice.text
    assert (await head.get(agency.place("bekukan"))).status_code == 409


async def test_whoever_has_one_agency_is_led_to_its_year_and_others_see_a_list(
    agency: Agency, head: Browser
) -> None:
    await agency.ready()
    unit = await agency.unit()
    led = await head.get("/usulan")
    assert led.headers["location"].startswith(f"/usulan/{agency.id}/")
    operator = await agency.person("unit_operator", "unit", unit)
    assert "Belum ada usulan" in (await operator.get("/usulan")).text
    assert (await operator.get(agency.place())).status_code == 404
    await agency.proposed(head, unit)
    assert f'href="{agency.place()}"' in (await operator.get("/usulan")).text
    national = await agency.person("tpn", "national")
    opened = await national.get("/usulan", instansi=agency.id, tahun=str(YEAR))
    assert opened.headers["location"] == agency.place()


@pytest.mark.parametrize("level", ["agency", "national"])
async def test_an_agency_that_is_none_is_refused_at_its_field(agency: Agency, level: Level) -> None:
    scope = Scope(level, agencies=frozenset({agency.id}))
    reader = await log_in(agency.planning, "agency_head", f"reader-of-{agency.id}", agency.id, scope)
    for typed in ("tidak-ada", "dua kata", "\u00ff"):
        answer = await reader.get("/usulan", instansi=typed)
        assert answer.status_code == 422
        assert "Instansi ini tidak dikenal" in answer.text


async def test_the_list_is_narrowed_goes_on_and_tells_of_an_unknown_agency(
    agency: Agency, head: Browser
) -> None:
    await agency.ready()
    await agency.proposed(head, await agency.unit())
    national = await agency.person("tpn", "national")
    await agency.planning.rows("UPDATE nomination SET state = 'withdrawn' WHERE agency_id <> :id RETURNING 1",
                               id=agency.id)  # fmt: skip
    other = Agency(agency.planning, f"a-{uuid4().hex[:10]}")
    await other.ready_with_units()
    newer = await other.person("agency_head")
    await other.proposed(newer, await other.unit())
    listed = re.findall(r'<th scope="row"><a href="([^"]+)"', (await national.get("/usulan")).text)
    assert listed[:2] == [other.place(), agency.place()]
    query = {"tahun": str(YEAR), "keadaan": "proposed"}
    page = (await national.get("/usulan", limit="1", **query)).text
    assert re.findall(r'<th scope="row"><a href="([^"]+)"', page) == [other.place()]
    assert '<option value="proposed" selected>' in page
    (more,) = re.findall(r'href="(/usulan[?][^"]+cursor=[^"]+)"', page)
    assert f"tahun={YEAR}&amp;keadaan=proposed&amp;cursor=" in more
    page = (await national.get(more.replace("&amp;", "&"))).text
    assert re.findall(r'<th scope="row"><a href="([^"]+)"', page) == [agency.place()]
    page = (await national.get("/usulan", keadaan="frozen")).text
    assert "Tidak ada usulan yang cocok" in page
    for typed in ("a-tidak-ada", "bukan kode"):
        unknown = await national.get("/usulan", instansi=typed, tahun="", keadaan="")
        assert (unknown.status_code, 'id="e-instansi"' in unknown.text) == (422, True)
        assert f'value="{typed}"' in unknown.text
    nobody = await agency.person("tpi", "unit", "u-0")
    assert "usulan yang memuat unit Anda" in (await nobody.get("/usulan")).text


async def test_each_page_is_shown_to_its_readers_and_refused_to_others(agency: Agency, head: Browser) -> None:
    await agency.ready()
    unit = await agency.unit()
    await agency.proposed(head, unit)
    operator = await agency.person("unit_operator", "unit", unit)
    national = await agency.person("tpn", "national")
    people = {"head": head, "admin": await agency.person("admin"), "tpn": national, "operator": operator}
    stranger = await log_in(agency.planning, "agency_head", "kepala-lain", "a-lain")
    everybody = set(people)
    readers = {
        agency.place(): everybody,
        agency.place("calon"): everybody,
        agency.place("unit", unit): {"head"},
        agency.place("kawasan"): {"head"},
        agency.place("prasyarat"): {"head", "admin", "tpn"},
        agency.place("prasyarat", unit): everybody,
        agency.place("dokumen"): {"head", "admin", "tpn"},
        agency.place("bekukan"): {"head", "tpn"},
        agency.place("tarik"): {"head"},
        f"/predikat/{unit}": everybody,
    }
    found = {
        path: {name for name, one in people.items() if (await one.get(path)).status_code == 200}
        for path in readers
    }
    assert found == readers
    assert {(await stranger.get(path)).status_code for path in readers} == {403, 404}
    page = (await national.get(agency.place("bekukan"))).text
    assert "<form" not in page.split("<main")[1]
    assert f'href="{agency.place("prasyarat")}"' in (await people["admin"].get(agency.place())).text
    page = (await operator.get(agency.place())).text
    assert "/dokumen" not in page.split("<main")[1]
    assert (await head.get(agency.place("unit", "u-tidak-ada"))).status_code == 404


async def statements_of(mine: Browser, page: str) -> tuple[int, int]:
    """Return how many statements a page takes, those that ask a unit's stage apart."""
    assert (await mine.get(page)).status_code == 200  # what is asked once is known now
    seen = count_statements(mine.planning.db.engine)
    assert (await mine.get(page)).status_code == 200
    asked = list(seen)
    of_stages = sum("FROM assignment_share JOIN assessor" in one for one in asked)
    return len(asked) - of_stages, of_stages


async def test_pages_read_the_sheets_of_many_units_in_as_many_statements_as_of_two(
    agency: Agency, head: Browser
) -> None:
    await agency.ready()
    units = [await agency.unit() for _ in range(2)]
    for unit in units:
        operator = agency.planning.issuer.headers(
            "unit_operator", level="unit", agencies=[agency.id], units=[unit]
        )
        client = agency.planning.client
        await lead_to(agency.planning, unit, "pengisian", agency=agency.id)
        kept = await client.post(
            f"/units/{unit}/evidence",
            params={"kind": "sk", "layer": "unit"},
            files={"file": ("sk.pdf", PDF, "application/pdf")},
            headers=operator,
        )
        assert kept.status_code == 201, kept.text
        answer = {"item_code": "A.I.1.i.a", "letter": "Ya", "evidence_ids": [kept.json()["evidence_id"]]}
        written = await client.post(
            f"/units/{unit}/worksheets/{YEAR}/answers",
            json={"layer": "unit", "answers": [answer]},
            headers=operator | {"If-Match": "*"},
        )
        assert written.status_code == 200, written.text
        await lead_to(agency.planning, unit, "pengusulan", agency=agency.id)
    await agency.proposed(head, *units)
    pages = (agency.place(), agency.place("bekukan"))
    few = [await statements_of(head, page) for page in pages]
    more = [await agency.unit() for _ in range(18)]
    await agency.proposed(head, *more)
    many = [await statements_of(head, page) for page in pages]
    assert [rest for rest, _ in many] == [rest for rest, _ in few]
    assert [of_stages for _, of_stages in few + many] == [2, 2, 20, 20]
    assert many[0][0] < 30


async def test_what_stands_in_the_way_is_shown_before_freezing_and_forbids_it(
    agency: Agency, head: Browser
) -> None:
    await agency.ready()
    unit = await agency.unit(stage="penilaian_tpi", name="Kantor Jati")
    await agency.proposed(head, unit)
    page = (await head.get(agency.place("bekukan"))).text
    assert "Paket 1 belum dapat dibekukan" in page
    assert "SPTJM belum diserahkan." in page
    assert "Kantor Jati" in page
    assert 'name="version"' not in page
    page = (await head.get(agency.place())).text
    assert "1 hal menghalangi" in page
    assert "Pencanangan Zona Integritas instansi belum didokumentasikan." in page


async def announced(agency: Agency, **days: Any) -> None:
    """Move the days of proposals of this agency."""
    made = await announce(agency.planning, "pengusulan", agency=agency.id, reason="uji", **days)
    assert made.status_code == 200, made.text


DEAD_ENDS = ('/calon">Tambah unit', '/calon">Pilih unit', '/bekukan"', '/kawasan"', ">Ubah atau lepas<")
"""What a page offers while the days of proposals last."""


async def test_once_the_days_are_over_a_frozen_proposal_tells_what_became_of_its_units(
    agency: Agency, head: Browser
) -> None:
    await agency.ready()
    units = [await agency.unit() for _ in range(3)]
    await agency.packaged(head, *units)
    page = (await head.get(agency.place())).text
    assert page.count("Pra-evaluasi") == 3
    assert {end in page for end in DEAD_ENDS if "Pilih" not in end} == {True}
    await announced(agency, closes_on="2026-01-31")
    await lead_to(agency.planning, units[0], "desk", agency=agency.id)
    page = (await head.get(agency.place())).text
    assert f"Usulan {YEAR}: 3 unit dinilai TPN<" in page
    assert "menghalangi" not in page
    assert [end for end in DEAD_ENDS if end in page] == []
    assert "Evaluasi desk" in page
    assert f'href="{agency.place("tarik")}"' in page
    await agency.planning.rows(
        "UPDATE stage SET stage = 'ditetapkan', is_awarded = true WHERE unit_id = :unit RETURNING 1",
        unit=units[0],
    )
    page = (await head.get(agency.place())).text
    assert f"Usulan {YEAR}: 1 dari 3 unit berpredikat, 2 masih dinilai TPN<" in page
    assert "Ditetapkan berpredikat WBK" in page
    assert f'href="{agency.place("tarik")}"' not in page
    assert "tidak dapat ditarik lagi" in (await head.get(agency.place("tarik"))).text
    assert "<form" not in (await head.get(agency.place("tarik"))).text.split("<main")[1]
    decided, other = [(await head.get(agency.place("unit", unit))).text for unit in units[:2]]
    assert ('/lepas"' in decided, '/lepas"' in other) == (False, True)
    assert 'name="category"' not in decided + other


async def test_beside_the_days_of_proposals_nothing_is_offered_that_cannot_work(
    agency: Agency, head: Browser
) -> None:
    await agency.ready()
    await announced(agency, opens_on="2098-01-01", closes_on="2099-12-31")
    await agency.proposed(head, await agency.unit(), await agency.unit())
    await agency.handed_in(head)
    page = (await head.get(agency.place())).text
    assert "Tidak ada yang menghalangi. Pembekuan mulai 1 Januari 2098." in page
    assert '/bekukan"' not in page
    assert "menghalangi</span>" not in page
    await announced(agency, closes_on="2026-01-31")
    page = (await head.get(agency.place())).text
    assert "masa pengusulan berakhir 31 Januari 2026" in page
    assert "jadi unitnya tidak dinilai TPN" in page
    assert "menghalangi" not in page
    await agency.unit()
    page = (await head.get(agency.place("calon"))).text
    assert 'name="chosen"' not in page
    assert "Masa pengusulan berakhir 31 Januari 2026" in page
    assert "/serahkan" not in (await head.get(agency.place("dokumen"))).text
    page = (await head.get(agency.place("bekukan"))).text
    assert page.count("Masa pengusulan") == 1
    assert [end for end in DEAD_ENDS if end in page] == []
    await head.get(agency.place("tarik"))
    assert (await head.post(agency.place("tarik"), reason="Lewat waktu.")).status_code == 303
    page = (await head.get(agency.place())).text
    assert "Paketnya tetap dapat dibaca" not in page
    assert [end for end in DEAD_ENDS if end in page] == []


async def test_whoever_reads_one_unit_sees_nothing_more_of_its_agency(agency: Agency, admin: Browser) -> None:
    await agency.ready()
    unit = await agency.unit()
    client, who = agency.planning.client, agency.headers("admin")
    number, on = "RAHASIA-7", "2026-05-18"
    proof = (await paper(client, who, agency.id, "proof", number=number, dated_on=on))["document_id"]
    letter = (await paper(client, who, agency.id, "letter", number=number, dated_on=on))["document_id"]
    sptjm = (await paper(client, who, agency.id, "sptjm", number=number, dated_on=on))["document_id"]
    for path in (agency.place("prasyarat"), agency.place("prasyarat", unit)):
        await admin.get(path)
        code, value = ("spip", "4.75") if path == agency.place("prasyarat") else ("lama_zi", "2.5")
        fields = {f"value-{code}": value, f"proof-{code}": [proof]}
        assert (await admin.post(path, **fields)).status_code == 303  # type: ignore[arg-type]
    here = f"/predikat/{unit}"
    decree = {"number": "SK-1", "dated_on": "2024-12-10", "signatory": "Menteri", "document": proof}
    await admin.get(here)
    assert (await admin.post(here, predicate="WBK", giver="tpn", **decree)).status_code == 303
    head = await agency.person("agency_head")
    await agency.proposed(head, unit)
    await head.get(agency.place("dokumen"))
    assert (await head.post(agency.place("serahkan"), letter=letter, sptjm=sptjm)).status_code == 303
    operator = await agency.person("unit_operator", "unit", unit)
    seen = {
        path: ((await head.get(path)).text, (await operator.get(path)).text)
        for path in (agency.place("calon"), agency.place(), here, agency.place("prasyarat", unit))
    }
    for path, (whole, own) in seen.items():
        assert "RAHASIA-7" in whole or "proof.pdf" in whole, path
        assert "RAHASIA-7" not in own, path
        assert "proof.pdf" not in own, path
        assert "/dokumen/" not in own, path
    whole, own = seen[agency.place("calon")]
    assert ("4,75" in whole, "4,75" in own) == (True, False)
    assert ("2,5<" in whole, "2,5<" in own) == (True, True)
    assert "1 dokumen" in own


async def test_a_package_is_found_below_its_own_proposal_alone(agency: Agency, head: Browser) -> None:
    await agency.ready()
    await agency.packaged(head, await agency.unit())
    (link,) = re.findall(r'href="([^"]+/paket/[^"]+/1\.json)"', (await head.get(agency.place())).text)
    assert (await head.get(link.replace(f"/{YEAR}/", f"/{YEAR - 1}/"))).status_code == 404
    assert (await head.get(link.replace("/1.json", "/2.json"))).status_code == 404
