"""Imports on pages: a file is brought, its columns are said, the trial is looked at, the run is watched."""

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI

from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.db import Database
from shared.http.addresses import IMPORTS
from shared.security import Scope
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.importing import HEAD, Importing, a_row, csv_of, open_channels
from tests.integration.complaints.officers import Office, Officer, words
from tests.support.forms import carried

SAID = {"agency": "a-1", "source": "sp4n", "stream": "masyarakat", "case_class": "normatif"}
UNIT = Scope("unit", agencies=frozenset({"a-1"}), units=frozenset({"u-1"}))


class Desk:
    """The supervisor's browser, with files."""

    def __init__(self, officer: Officer, client: httpx2.AsyncClient) -> None:
        self.officer = officer
        self.client = client

    async def bring(self, content: bytes, **said: str) -> httpx2.Response:
        fields = carried((await self.officer.get(IMPORTS)).text, IMPORTS) | SAID | said
        return await self.client.post(
            IMPORTS,
            data=fields,
            files={"file": ("laporan.csv", content, "text/csv")},
            headers=await self.officer._headers(),
        )

    async def press(self, path: str, act: str, **said: str) -> httpx2.Response:
        fields = carried((await self.officer.get(path)).text, f"{path}/{act}") | said
        return await self.officer.post(f"{path}/{act}", fields)


@pytest.fixture
async def desk(
    office: Office, client: httpx2.AsyncClient, clock: MovedClock, one_owner: asyncpg.Connection
) -> Desk:
    await open_channels(one_owner)
    await clock.set(wib(2026, 1, 7))
    return Desk(office("complaint_supervisor"), client)


async def test_a_file_is_mapped_tried_run_and_told(
    desk: Desk, acting_of: Acting, app: FastAPI, db: Database, engine: DeadlineEngine, filer: Filer
) -> None:
    content = csv_of([a_row(), a_row("1.23E+07")], ("Kode", *HEAD[1:]))
    answer = await desk.bring(content)
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    assert "Kolom yang wajib belum ditemukan" in words((await desk.officer.get(path)).text)
    numbers = {"text": "2", "forwarded_at": "3", "source_updated_at": "4", "foreign_state": "5", "unit": "6"}
    assert (await desk.press(path, "kolom", external_ref="1", **numbers)).status_code == 303
    tried = words((await desk.officer.get(path)).text)
    assert "1 perkara baru, 0 diperbarui, 1 baris salah" in tried
    assert "Nomor dibulatkan" in tried
    assert await filer.rows("SELECT 1 FROM case_file") == []
    fields = carried((await desk.officer.get(path)).text, f"{path}/jalankan")
    for _ in range(2):  # a double click
        assert (await desk.officer.post(f"{path}/jalankan", fields)).status_code == 303
    assert "0 dari 2 baris" in words((await desk.officer.get(path)).text)
    await Importing(acting_of, app, db, engine).drain()
    assert "Selesai: 1 perkara baru, 1 baris salah" in words((await desk.officer.get(path)).text)
    result = (await desk.officer.get(f"{path}/hasil.csv")).text
    assert "perkara baru" in result.splitlines()[1]
    [case] = await filer.rows("SELECT tracking_id FROM case_file")
    page = words((await desk.officer.get(f"/pengaduan/{case.tracking_id}")).text)
    assert "SP4N-LAPOR!" in page
    assert "Belum ditindaklanjuti" in page
    states = await desk.officer.get(f"{IMPORTS}/status.csv?source=sp4n&first=2026-01-01&last=2026-01-31")
    assert "7001" in states.text


async def test_a_form_sent_twice_keeps_one_file(desk: Desk, filer: Filer) -> None:
    fields = carried((await desk.officer.get(IMPORTS)).text, IMPORTS) | SAID
    headers = await desk.officer._headers()
    places = set()
    for _ in range(2):
        files = {"file": ("laporan.csv", csv_of([a_row()]), "text/csv")}
        answer = await desk.client.post(IMPORTS, data=fields, files=files, headers=headers)
        places.add(answer.headers["location"])
    assert len(places) == len(await filer.rows("SELECT 1 FROM case_import")) == 1


async def test_a_refused_file_is_said_at_its_field_and_nothing_chosen_is_lost(
    desk: Desk, filer: Filer
) -> None:
    answer = await desk.bring(b"PK\x03\x04 no csv", case_class="ringan")
    assert answer.status_code == 415
    assert "Berkas bukan CSV" in words(answer.text)
    assert '<option value="ringan" selected>' in answer.text
    assert await filer.rows("SELECT 1 FROM case_import") == []


async def test_an_officer_of_a_unit_alone_has_no_imports(office: Office, clock: MovedClock) -> None:
    await clock.set(wib(2026, 1, 7))
    officer = office("complaint_officer", scope=UNIT)
    assert (await officer.get(IMPORTS)).status_code == 403
    assert IMPORTS not in (await officer.get("/pengaduan")).text
