"""Pages of gifts and conflicts: sent twice a form does it once, a refusal keeps what was typed."""

import re
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Response

from shared.http.state import state_of
from shared.security import Principal, Scope
from tests.integration.complaints.acting import BROWSER
from tests.integration.complaints.conftest import Filer, MovedClock, wib

UNIT_1 = Scope("unit", units=frozenset({"u-1"}))
GIFT = {
    "office": "u-1",
    "direction": "terima",
    "received_on": "2026-02-02",
    "place": "Ruang tamu kantor",
    "object_kind": "barang",
    "estimate": "Rp1.750.000",
    "occasion": "ulang_tahun",
    "giver_relation": "rekan_kerja",
    "giver": "Bambang Pemberi",
}
DECLARATION = {
    "office": "u-1",
    "activity": "Pengadaan alat tulis",
    "position": "Pejabat pengadaan",
    "conflict_type": "hubungan_keluarga",
    "decision": "Penetapan pemenang pengadaan.",
}
ENTRY = {
    "office": "u-1",
    "activity": "Perizinan",
    "position": "Pemeriksa berkas",
    "conflict_type": "hubungan_keluarga",
    "control": "Diperiksa petugas lain.",
}
ENTRY_SAID = {name: value for name, value in ENTRY.items() if name != "office"}


class Window:
    """A browser in which one person is logged in."""

    def __init__(self, client: httpx2.AsyncClient, cookie: str) -> None:
        self._client = client
        self._headers = BROWSER | {"Cookie": cookie}

    async def get(self, path: str) -> httpx2.Response:
        return await self._client.get(path, headers=self._headers)

    async def form(self, path: str, **fields: str) -> dict[str, str]:
        """Return the hidden fields of the form on a page, with these filled in."""
        page = (await self.get(path)).text
        (found,) = re.findall(rf'<form[^>]*action="{re.escape(path)}".*?</form>', page, re.DOTALL)
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found)) | fields

    async def post(self, path: str, form: dict[str, str]) -> httpx2.Response:
        return await self._client.post(path, data=form, headers=self._headers)

    async def send(self, path: str, **fields: str) -> httpx2.Response:
        return await self.post(path, await self.form(path, **fields))


class House:
    """Gives each person a window."""

    def __init__(self, app: FastAPI, client: httpx2.AsyncClient) -> None:
        self._app = app
        self._client = client

    async def window(self, subject: str, role: str) -> Window:
        answer = Response()
        person = Principal(subject, frozenset({role}), UNIT_1)
        await state_of(self._app).sessions.open(answer, person, "Orang Contoh")
        return Window(self._client, answer.headers["set-cookie"].partition(";")[0])


@pytest.fixture
def house(app: FastAPI, client: httpx2.AsyncClient) -> House:
    return House(app, client)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_a_report_that_is_sent_twice_is_reported_once_and_leads_to_its_page(
    house: House, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff = await house.window("sari", "unit_operator")
    form = await staff.form("/gratifikasi/lapor", **GIFT)
    first, second = [await staff.post("/gratifikasi/lapor", form) for _ in range(2)]
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert len(await filer.rows("SELECT 1 FROM dossier")) == 1
    page = words((await staff.get(first.headers["location"])).text)
    assert "Barang senilai Rp1.750.000" in page
    assert "Di atas batas sesama rekan kerja Rp500.000 tiap pemberian" in page
    assert "Bambang" not in page


async def test_a_refused_report_says_what_is_wrong_at_the_field_and_keeps_what_was_typed(
    house: House, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff = await house.window("sari", "unit_operator")
    answer = await staff.send("/gratifikasi/lapor", **(GIFT | {"received_on": "2026-02-05"}))
    assert answer.status_code == 422
    assert 'id="e-received_on"' in answer.text
    assert 'value="Ruang tamu kantor"' in answer.text
    fractional = await staff.send("/gratifikasi/lapor", **(GIFT | {"estimate": "1,5"}))
    assert fractional.status_code == 422
    assert 'id="e-estimate"' in fractional.text


async def test_the_gratification_unit_leads_a_report_to_its_end_on_pages(
    house: House, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, upg = (
        await house.window("sari", "unit_operator"),
        await house.window("upg", "gratification_officer"),
    )
    place = (await staff.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    steps: list[tuple[Window, str, dict[str, str]]] = [
        (upg, "minta-data", {"missing": "Foto barang."}),
        (staff, "lengkapi", {"note": "Foto dilampirkan."}),
        (upg, "teruskan", {}),
        (upg, "tetapkan", {"ownership": "milik_negara"}),
        (upg, "selesai", {"handed_over_on": "2026-02-04"}),
    ]
    for window, slug, fields in steps:
        assert f'href="{place}/{slug}"' in (await window.get(place)).text
        answer = await window.send(f"{place}/{slug}", **fields)
        assert (answer.status_code, answer.headers.get("location")) == (303, place), answer.text
    assert "Sudah selesai" in words((await staff.get(place)).text)
    assert [row.state for row in await filer.rows("SELECT state FROM dossier")] == ["SELESAI"]


async def test_a_page_offers_nobody_an_act_that_would_be_refused(house: House, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 4))
    upg, other = (
        await house.window("upg", "gratification_officer"),
        await house.window("rina", "gratification_officer"),
    )
    place = (await upg.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    assert f"{place}/teruskan" not in (await upg.get(place)).text
    assert f"{place}/teruskan" in (await other.get(place)).text
    refused = await upg.send(f"{place}/teruskan")
    assert refused.status_code == 403
    assert "keputusan ada pada orang lain" in words(refused.text)


async def test_who_gave_is_shown_once_for_a_reason(house: House, filer: Filer, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, upg = (
        await house.window("sari", "unit_operator"),
        await house.window("upg", "gratification_officer"),
    )
    place = (await staff.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    shown = await upg.send(f"{place}/pemberi", reason="Mengisi formulir KPK.")
    assert "Pemberinya: Bambang Pemberi" in shown.text
    assert "no-store" in shown.headers["cache-control"]
    assert len(await filer.rows("SELECT 1 FROM audit WHERE operation = 'show_giver'")) == 1
    assert (await staff.get(f"{place}/pemberi")).status_code == 403


async def test_a_nil_return_that_cannot_be_links_to_the_reports_of_its_period(
    house: House, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 7, 2))
    staff, upg = (
        await house.window("sari", "unit_operator"),
        await house.window("upg", "gratification_officer"),
    )
    place = (await staff.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    refused = await upg.send("/gratifikasi/nihil", office="u-1", period="2026-S1")
    assert refused.status_code == 409
    assert f'href="{place}"' in refused.text
    assert (await upg.send("/gratifikasi/nihil", office="u-1", period="2025-S2")).status_code == 303
    assert "Semester 2 tahun 2025" in (await staff.get("/gratifikasi/nihil")).text


async def test_a_declaration_says_that_the_decision_is_suspended_until_a_superior_decides(
    house: House, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, leader = await house.window("sari", "unit_operator"), await house.window("kepala", "unit_leader")
    place = (await staff.send("/benturan-kepentingan/deklarasi", **DECLARATION)).headers["location"]
    assert "Keputusan ditunda sampai atasan memutuskan." in (await staff.get(place)).text
    assert (await leader.send(f"{place}/nilai", note="Diperiksa.")).status_code == 303
    bare = await leader.send(f"{place}/putuskan", is_conflict="true", reason="Ada hubungan keluarga.")
    assert (bare.status_code, 'id="e-control"' in bare.text, "Ada hubungan keluarga." in bare.text) == (
        *(422, True),
        True,
    )
    decided = await leader.send(
        f"{place}/putuskan", is_conflict="true", reason="Ada hubungan.", control="Digantikan pejabat lain."
    )
    assert decided.status_code == 303
    assert "Ada benturan kepentingan, dan dikendalikan." in (await staff.get(place)).text


async def test_a_map_is_kept_and_its_year_is_declared_reviewed_on_pages(
    house: House, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, leader = await house.window("sari", "unit_operator"), await house.window("kepala", "unit_leader")
    form = await staff.form("/benturan-kepentingan/peta/baru", **ENTRY)
    assert [(await staff.post("/benturan-kepentingan/peta/baru", form)).status_code for _ in range(2)] == [
        *(303, 303)
    ]
    page = (await staff.get("/benturan-kepentingan/peta")).text
    (entry,) = re.findall(r'href="(/benturan-kepentingan/peta/butir/[^"]+)"', page)
    changed = await staff.send(entry, **(ENTRY_SAID | {"act": "change", "control": "Diperiksa dua orang."}))
    assert changed.status_code == 303
    assert "Diperiksa dua orang." in (await staff.get("/benturan-kepentingan/peta")).text
    assert (await leader.send("/benturan-kepentingan/peta")).status_code == 303
    assert "Peta tahun 2026 sudah ditinjau." in (await leader.get("/benturan-kepentingan/peta")).text
    states = await filer.rows("SELECT state FROM dossier WHERE kind = 'peta_benturan'")
    assert [row.state for row in states] == ["SELESAI"]


async def test_an_unknown_act_is_no_page(house: House, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 4))
    staff = await house.window("sari", "unit_operator")
    place = (await staff.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    assert (await staff.get(f"{place}/hapus")).status_code == 404


@pytest.mark.parametrize("kind", ["gratifikasi", "benturan_kepentingan", "peta_benturan"])
async def test_the_page_of_rules_shows_the_deadlines_of_every_kind(
    house: House, clock: MovedClock, kind: str
) -> None:
    await clock.set(wib(2026, 2, 4))
    officer = await house.window("petugas", "complaint_officer")
    page = await officer.get(f"/pengaduan/aturan?jenis={kind}")
    assert page.status_code == 200
    told: dict[str, Any] = {
        "gratifikasi": "D11c.2",
        "benturan_kepentingan": "D12a.1",
        "peta_benturan": "D12b.1",
    }
    assert told[kind] in page.text
    assert (await officer.get("/pengaduan/aturan?jenis=keluhan")).status_code == 422
