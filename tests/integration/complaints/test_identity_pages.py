"""The door to who reported, as pages: what opening means, who may, the name once, and what reporters see."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from services.complaints.secrecy.usecases.keeping import Identities
from shared.http.addresses import IDENTITIES, case_page, identity_page
from shared.security import Principal, Scope
from shared.security.keys.transit import TransitKeys
from tests.integration.complaints.acting import BROWSER, Acting
from tests.integration.complaints.conftest import OFFICER, SUPERVISOR, Filer, MovedClock
from tests.integration.complaints.officers import Officer
from tests.support.key_service import KeyService, key_service, token_file

NAMED = {"name": "Wulan Contoh", "contact": "wulan@contoh.example"}
WHY = "Memastikan bukti lewat telepon."
CUSTODIAN = Principal("kustodian", frozenset({"custodian"}), Scope("agency", agencies=frozenset({"a-1"})))
OTHERS = Principal("kustodian-lain", frozenset({"custodian"}), Scope("agency", agencies=frozenset({"a-2"})))


@pytest.fixture
async def service() -> AsyncIterator[KeyService]:
    async with key_service() as running:
        yield running


Office = Callable[[Principal], Officer]


@pytest.fixture
def office(app: FastAPI, client: httpx2.AsyncClient) -> Office:
    """Give `office(principal)`: the browser of one person."""
    return partial(Officer, app, client)


async def sent(officer: Officer, door: str, reason: str) -> httpx2.Response:
    """Fill in the form of a door and send it."""
    return await officer.post(door, await officer.form(door) | {"reason": reason})


async def test_the_page_of_a_case_leads_to_the_door_and_the_name_is_told_after_the_reason(
    office: Office, acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    made = await acting_of.enter(**NAMED)
    door, officer = identity_page(made["tracking_id"]), office(OFFICER)
    assert f'href="{door}"' in (await officer.get(case_page(made["tracking_id"]))).text
    before = await officer.get(door)
    assert "dicatat lebih dahulu" in before.text
    assert NAMED["name"] not in before.text
    refused = await sent(officer, door, "")
    assert (refused.status_code, NAMED["name"] in refused.text) == (422, False)
    assert await filer.rows("SELECT 1 FROM identity_read") == []
    shown = await sent(officer, door, WHY)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert NAMED["name"] in shown.text
    assert NAMED["contact"] in shown.text
    assert len(await filer.rows("SELECT 1 FROM identity_read")) == 1
    after = await officer.get(door)
    assert (WHY in after.text, NAMED["name"] in after.text) == (True, False)
    assert "Sudah dibuka 1 kali" in (await officer.get(case_page(made["tracking_id"]))).text


async def test_whoever_may_not_open_it_is_offered_no_door_and_told_who_may(
    office: Office, acting_of: Acting, clock: MovedClock
) -> None:
    hidden = await acting_of.enter(**NAMED, is_name_hidden=True)
    door, officer = identity_page(hidden["tracking_id"]), office(OFFICER)
    assert f'href="{door}"' not in (await officer.get(case_page(hidden["tracking_id"]))).text
    assert "hanya kustodian identitas" in (await officer.get(door)).text
    nameless = await acting_of.enter()
    told = (await officer.get(identity_page(nameless["tracking_id"]))).text
    assert "Pelapor tidak menyebut nama maupun kontak" in told
    named = await acting_of.enter(**NAMED)
    supervisor = office(SUPERVISOR)
    assert "Buka identitas" not in (await supervisor.get(case_page(named["tracking_id"]))).text
    assert (await supervisor.get(identity_page(named["tracking_id"]))).status_code == 403


async def test_a_custodian_finds_a_case_by_its_number_and_sees_no_word_of_it(
    office: Office, acting_of: Acting, clock: MovedClock
) -> None:
    made = await acting_of.enter(**NAMED, is_name_hidden=True, text="Loket tiga meminta uang kopi.")
    door, custodian = identity_page(made["tracking_id"]), office(CUSTODIAN)
    found = await custodian.get(f"{IDENTITIES}?nomor={made['tracking_id']}")
    assert (found.status_code, found.headers["location"]) == (303, door)
    assert "uang kopi" not in (await custodian.get(door)).text
    shown = await sent(custodian, door, WHY)
    assert NAMED["name"] in shown.text
    assert "uang kopi" not in shown.text
    missing = await custodian.get(f"{IDENTITIES}?nomor=000000000000")
    assert (missing.status_code, "Pengaduan tidak ditemukan" in missing.text) == (404, True)
    assert (await custodian.get(case_page(made["tracking_id"]))).status_code == 403
    others = office(OTHERS)
    assert (await others.get(f"{IDENTITIES}?nomor={made['tracking_id']}")).status_code == 404
    assert (await others.get(door)).status_code == 404


async def test_without_the_keys_the_page_says_so_and_keeps_the_reason(
    app: FastAPI, office: Office, acting_of: Acting, clock: MovedClock, service: KeyService, tmp_path: Path
) -> None:
    app.state.identities = Identities(TransitKeys(service.address, token_file(tmp_path), try_seconds=0.2))
    made = await acting_of.enter(**NAMED)
    service.misbehave("sealed")
    answer = await sent(office(OFFICER), identity_page(made["tracking_id"]), WHY)
    assert (answer.status_code, NAMED["name"] in answer.text) == (503, False)
    assert WHY in answer.text
    assert "penyimpan kunci tidak dapat dihubungi" in answer.text


async def test_reporters_read_how_often_they_were_opened_and_the_nameless_read_nothing_of_it(
    office: Office, acting_of: Acting, clock: MovedClock
) -> None:
    named, nameless = await acting_of.enter(**NAMED), await acting_of.enter()
    pages = {}
    for made in (named, nameless):
        async with httpx2.AsyncClient(
            transport=acting_of.client._transport, base_url=acting_of.client.base_url
        ) as browser:
            await browser.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
            first = (await browser.get("/lacak/pengaduan")).text
            await sent(office(OFFICER), identity_page(named["tracking_id"]), WHY)
            pages[made["id"]] = first, (await browser.get("/lacak/pengaduan")).text
    before, after = pages[named["id"]]
    assert "Belum pernah dibuka oleh petugas" in before
    assert "Dibuka 1 kali oleh petugas" in after
    assert not any("Identitas Anda" in page for page in pages[nameless["id"]])
