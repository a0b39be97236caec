"""Proposals as pages: the whole way of one, who sees what, what is refused and what a refusal keeps."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from services.planning.nomination.domain.package import faults_of
from services.planning.pages.nomination import candidates, papers, preconditions, predicates
from shared.db.database import count_statements
from shared.security import Scope
from shared.security.principal import Level
from tests.support.nominating import (
    AGENCY_FACTS,
    PAPER,
    UNIT_FACTS,
    local_government,
    paper,
    tell,
)
from tests.support.planning import PDF, YEAR, Planning
from tests.support.planning_browser import Browser, log_in
from tests.support.stages import announce, lead_to, let_propose

SHA256 = re.compile(r"<code class=\"typed\">([0-9a-f]{64})</code>")


@dataclass(frozen=True)
class Agency:
    """An agency whose people sit before its pages."""

    planning: Planning
    id: str

    def place(self, *more: str) -> str:
        return "/".join(("/usulan", self.id, str(YEAR), *more))

    async def person(self, role: str, level: str = "agency", *units: str) -> Browser:
        scopes = {
            "unit": Scope("unit", agencies=frozenset({self.id}), units=frozenset(units)),
            "agency": Scope("agency", agencies=frozenset({self.id})),
            "national": Scope("national"),
        }
        return await log_in(self.planning, role, f"{role}-{self.id}", self.id, scopes[level])

    def headers(self, role: str) -> dict[str, str]:
        return self.planning.headers(role, "nobody", agency=self.id, subject=f"api-{role}-{self.id}")

    async def unit(self, *, is_ready: bool = True, stage: str = "pengusulan", **fields: Any) -> str:
        """Register a unit with a programme that meets everything and waits to be proposed."""
        unit = await self.planning.unit(agency=self.id, **fields)
        await self.planning.another_programme(unit, YEAR, agency=self.id)
        if is_ready:
            await self.told(f"/units/{unit}/preconditions/{YEAR}", UNIT_FACTS)
        await lead_to(self.planning, unit, stage, agency=self.id)
        return unit

    async def told(self, path: str, facts: dict[str, str]) -> None:
        made = await tell(self.planning.client, self.headers("admin"), path, facts)
        assert made.status_code == 200, made.text

    async def ready(self) -> None:
        """Let the agency meet all that is asked of itself."""
        await local_government(self.planning.client, self.headers("admin"), self.id)
        await self.told(f"/agencies/{self.id}/preconditions/{YEAR}", AGENCY_FACTS)

    async def ready_with_units(self) -> None:
        """Let another agency be known, meet all that is asked and have its days."""
        await self.planning.unit(agency=self.id, name="Kantor Lain")
        await let_propose(self.planning, self.id)
        await self.ready()

    async def papers(self) -> tuple[str, str]:
        """Bring a letter and an SPTJM; return their ids."""
        head = self.headers("agency_head")
        letter = await paper(self.planning.client, head, self.id, "letter")
        sptjm = await paper(self.planning.client, head, self.id, "sptjm")
        return letter["document_id"], sptjm["document_id"]

    async def proposed(self, head: Browser, *units: str) -> None:
        """Propose units on the page of candidates."""
        await head.get(self.place("calon"), kategori="WBK")
        made = await head.post(self.place("calon"), chosen=list(units))
        assert made.status_code == 303, made.text

    async def handed_in(self, head: Browser) -> None:
        letter, sptjm = await self.papers()
        await head.get(self.place("dokumen"))
        done = await head.post(self.place("serahkan"), letter=letter, sptjm=sptjm)
        assert done.status_code == 303, done.text

    async def frozen(self, head: Browser, **fields: str) -> None:
        await head.get(self.place("bekukan"))
        done = await head.post(self.place("bekukan"), **fields)
        assert done.status_code == 303, done.text


@pytest.fixture
async def agency(planning: Planning) -> Agency:
    made = Agency(planning, f"a-{uuid4().hex[:10]}")
    await planning.unit(agency=made.id, name="Kantor Lain")
    await let_propose(planning, made.id)
    return made


@pytest.fixture
async def head(agency: Agency) -> Browser:
    return await agency.person("agency_head")


@pytest.fixture
async def admin(agency: Agency) -> Browser:
    return await agency.person("admin")


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
    await agency.proposed(head, *units)
    await agency.handed_in(head)
    await agency.frozen(head)
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


async def test_a_unit_leaves_a_package_for_a_reason_and_the_last_one_never(
    agency: Agency, head: Browser
) -> None:
    await agency.ready()
    unit, other = await agency.unit(), await agency.unit()
    await agency.proposed(head, unit, other)
    await agency.handed_in(head)
    await agency.frozen(head)
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


async def test_a_typed_reason_outlives_a_refusal_to_freeze(agency: Agency, head: Browser) -> None:
    await agency.ready()
    unit, other = await agency.unit(), await agency.unit()
    await agency.proposed(head, unit)
    await agency.handed_in(head)
    await agency.frozen(head)
    await agency.proposed(head, other)
    await head.get(agency.place("bekukan"))
    await lead_to(agency.planning, other, "penilaian_tpi", agency=agency.id)
    refused = await head.post(agency.place("bekukan"), reason="Satu unit menyusul.")
    assert refused.status_code == 422
    assert "Yang menghalangi" in refused.text
    assert ">Satu unit menyusul.</textarea>" in refused.text
    await lead_to(agency.planning, other, "pengusulan", agency=agency.id)
    assert (await head.post(agency.place("bekukan"), reason="Satu unit menyusul.")).status_code == 303


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


async def test_a_package_is_found_below_its_own_proposal_alone(agency: Agency, head: Browser) -> None:
    await agency.ready()
    await agency.proposed(head, await agency.unit())
    await agency.handed_in(head)
    await agency.frozen(head)
    (link,) = re.findall(r'href="([^"]+/paket/[^"]+/1\.json)"', (await head.get(agency.place())).text)
    assert (await head.get(link.replace(f"/{YEAR}/", f"/{YEAR - 1}/"))).status_code == 404
    assert (await head.get(link.replace("/1.json", "/2.json"))).status_code == 404
