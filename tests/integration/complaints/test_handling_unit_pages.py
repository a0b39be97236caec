"""Pages of handling units: who sees how they stand, and who enters, changes and ends them."""

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI

from services.complaints.decrees.jobs import Designations
from shared.security import Scope
from tests.integration.complaints.conftest import Filer
from tests.integration.complaints.test_desk import Desk, words
from tests.support.appointing import TEAM as EVERYBODYS
from tests.support.forms import carried

PATH = "/pengaduan/unit-pengelola"
NEW = f"{PATH}/baru"
TEAM = f"{PATH}/{EVERYBODYS}"
KP = "complaint_supervisor"
FORM = {
    "name": "Tim Kantor Satu", "decree_number": "SK-8/2026", "decreed_on": "2026-01-02",
    "valid_from": "2026-01-02", "streams": "keduanya", "units": "u-1",
    "members": "putu ketua\n\nsari\nwati penanggung jawab",
}  # fmt: skip
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def desk(app: FastAPI, client: httpx2.AsyncClient) -> Desk:
    return Desk(app, client)


async def test_a_handling_unit_is_entered_once_and_stands_with_its_members(desk: Desk, filer: Filer) -> None:
    form = carried((await desk.get(NEW, role=KP)).text, NEW) | FORM
    for _ in range(2):
        sent = await desk.post(NEW, form, role=KP)
        assert sent.status_code == 303, sent.text
    rows = await filer.rows(
        "SELECT id, decree_number, unit_ids, streams FROM handling_unit WHERE name = :name", name=FORM["name"]
    )
    assert [tuple(row)[1:] for row in rows] == [("SK-8/2026", ["u-1"], ["masyarakat", "pelayanan"])]
    members = await filer.rows(
        "SELECT subject, role FROM handling_member WHERE handling_unit_id = :id ORDER BY subject",
        id=rows[0].id,
    )
    assert [tuple(row) for row in members] == [
        ("putu", "ketua"), ("sari", "anggota"), ("wati", "penanggung_jawab"),
    ]  # fmt: skip
    listed = words((await desk.get(PATH)).text)
    assert "2 unit penanganan; tidak ada surat keputusan yang kurang." in listed
    assert "Kantor Satu" in listed
    shown = words((await desk.get(f"{PATH}/{rows[0].id}")).text)
    assert "wati penanggung jawab" in shown
    assert "Masukkan unit penanganan" not in listed, "an officer reads and enters nothing"
    assert "Ubah" not in shown


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"members": "sari\nputu kepala"}, "Baris 2: peran “kepala” tidak dikenal"),
        ({"members": ""}, "Wajib"),
        ({"decree_number": ""}, "Nomor surat keputusan wajib diisi."),
        ({"decreed_on": "2099-01-01"}, "tidak boleh setelah hari ini"),
        ({"valid_to": "2025-01-01"}, "tidak boleh sebelum hari pertama"),
        ({"members": "sari\nsari"}, "hanya dapat dicantumkan sekali"),
        ({"units": "u-77"}, "tidak ditemukan dalam wewenang"),
        ({"units": "u-1 u-77"}, "Unit tidak dikenal di instansi ini."),
        ({"units": ""}, "tidak ditemukan dalam wewenang"),
    ],
)
async def test_what_a_decree_cannot_say_is_refused_at_its_field_and_nothing_typed_is_lost(
    desk: Desk, filer: Filer, changed: dict[str, str], told: str
) -> None:
    form = carried((await desk.get(NEW, role=KP)).text, NEW) | FORM | changed
    sent = await desk.post(NEW, form, role=KP)
    assert (sent.status_code in (404, 422), told in sent.text) == (True, True), words(sent.text)
    kept = {
        name: value for name, value in form.items() if name not in ("csrf", *changed) and "\n" not in value
    }
    assert [name for name, value in kept.items() if value not in sent.text] == []
    assert len(await filer.rows("SELECT 1 FROM handling_unit")) == 1


async def test_a_changed_handling_unit_is_told_to_who_read_an_older_one(desk: Desk, filer: Filer) -> None:
    path = f"{TEAM}/ubah"
    form = carried((await desk.get(path, role=KP)).text, path) | FORM | {"units": "", "agency_id": "a-1"}
    assert (await desk.post(path, form | {"members": "sari"}, role=KP)).status_code == 303
    stale = await desk.post(path, form | {"key": "k" * 30, "name": "Tim Baru"}, role=KP)
    assert (stale.status_code, "Tim Baru" in stale.text, 'name="version" value="2"' in stale.text) == (
        412,
        True,
        True,
    )
    assert "Tercatat sekarang: sari" in words(stale.text), "what somebody else entered is shown beside it"
    again = carried(stale.text, path) | form | {"version": "2", "name": "Tim Baru", "key": "m" * 30}
    assert (await desk.post(path, again, role=KP)).status_code == 303
    [row] = await filer.rows("SELECT name, version FROM handling_unit")
    assert tuple(row) == ("Tim Baru", 3)


async def test_a_handling_unit_without_a_decree_is_warned_of(
    desk: Desk, one_owner: asyncpg.Connection
) -> None:
    await one_owner.execute(
        "UPDATE handling_unit SET decree_number = NULL, decreed_on = NULL, valid_to = '2026-03-31'"
    )
    listed = words((await desk.get(PATH, role=KP)).text)
    assert "1 dari 1 unit penanganan belum memasukkan surat keputusannya." in listed
    assert "surat keputusan belum dimasukkan; berlaku sementara sampai 31 Maret 2026" in listed
    shown = words((await desk.get(TEAM, role=KP)).text)
    assert "Masukkan surat keputusan" in shown


async def test_a_handling_unit_ends_after_a_page_that_says_what_that_does(desk: Desk, filer: Filer) -> None:
    path = f"{TEAM}/akhiri"
    asked = await desk.get(path, role=KP)
    assert "Tidak dapat dibatalkan" in asked.text
    form = carried(asked.text, path)
    short = await desk.post(path, form | {"reason": "x"}, role=KP)
    assert short.status_code == 422
    assert (await desk.post(path, form | {"reason": "Tim dibubarkan."}, role=KP)).status_code == 303
    shown = words((await desk.get(TEAM, role=KP)).text)
    assert "diakhiri" in shown
    assert "Akhiri" not in shown
    late = await desk.post(path, form | {"key": "k" * 30, "reason": "Sekali lagi."}, role=KP)
    assert late.status_code == 412
    await Designations(filer.db).step()
    events = await filer.rows("SELECT version FROM outbox WHERE aggregateid = :id", id=str(EVERYBODYS))
    assert [row.version for row in events] == [2], "it was told with the act"


async def test_a_handling_unit_that_serves_more_than_ones_scope_is_read_and_not_offered_to_be_changed(
    desk: Desk,
) -> None:
    unit = Scope("unit", units=frozenset({"u-1"}))
    shown = await desk.get(TEAM, unit, KP)
    assert shown.status_code == 200
    for path in (f"{TEAM}/ubah", f"{TEAM}/akhiri"):
        assert path not in shown.text
        assert (await desk.get(path, unit, KP)).status_code == 404
        assert path in (await desk.get(TEAM, role=KP)).text


async def test_whoever_only_reads_can_neither_enter_nor_end(desk: Desk) -> None:
    for path in (NEW, f"{TEAM}/ubah", f"{TEAM}/akhiri"):
        assert (await desk.get(path)).status_code == 403
        assert (await desk.post(path, {})).status_code == 403
