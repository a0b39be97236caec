"""Pages of duties: what is offered is taken, why a day is the due day, and the reporter's own data."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI

from services.complaints.duties.pages.words import BY_SLUG, STEPS
from services.complaints.duties.store.readers import OFFICES
from services.complaints.secrecy.usecases.keeping import Identities
from shared.security import Scope
from shared.security.keys.transit import TransitKeys
from tests.integration.complaints.acting import BROWSER, Acting, hidden
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.test_integrity_pages import House, Window, words
from tests.support.key_service import key_service, token_file
from tests.support.tokens import TestIssuer

AGENCY = Scope("agency", agencies=frozenset({"a-1"}))
MY_DATA = "/lacak/pengaduan/data"
WRITTEN = {
    "permintaan-data": {
        "office": "u-1",
        "wish": "akses",
        "text": "Minta salinan data saya.",
        "name": "Wulan Pemohon",
        "contact": "0812-7654-3210",
        "received_on": "2026-01-09",
        "received_clock": "15:30",
    },
    "insiden-data": {
        "office": "u-1",
        "detected_on": "2026-01-09",
        "detected_clock": "08:15",
        "summary": "Daftar hadir terkirim ke alamat lain.",
    },
    "lhp": {
        "office": "u-1",
        "number": "LHP-7/2026",
        "issued_on": "2026-01-05",
        "received_on": "2026-01-06",
        "actions": "Perbaiki jadwal loket.\nUmumkan standar layanan.",
    },
}
ROLE = {
    "permintaan-data": "privacy_officer",
    "insiden-data": "privacy_officer",
    "lhp": "complaint_supervisor",
}
GIVEN = {
    "jawab": {"outcome": "dikabulkan", "text": "Salinan terlampir."},
    "minta-bukti": {"proof": "Foto KTP."},
    "cabut": {"note": "Surat 10 Januari."},
    "nilai": {"data_kinds": "Nama dan alamat.", "people_count": "12", "happened": "Salah ketik."},
    "beri-tahu": {"people_told": "Lewat surat.", "letter_number": "S-1", "letter_on": "2026-01-09"},
    "bukan-insiden": {"reason": "Data uji belaka."},
    "catat-lagi": {"number": "2", "is_done": "false", "note": "Masih dibahas."},
    "catat-tindakan": {"number": "1", "is_done": "true", "evidence": "BA-7"},
    "laporkan": {"letter_number": "S-9", "letter_on": "2026-01-09"},
}


@pytest.fixture
def house(app: FastAPI, acting_of: Acting) -> House:
    return House(app, acting_of.client)


async def test_without_the_keys_the_pages_of_a_request_say_so_and_lose_nothing_that_was_typed(
    app: FastAPI, house: House, filer: Filer, clock: MovedClock, tmp_path: Path
) -> None:
    await clock.set(wib(2026, 1, 9, 17))
    officer, slug, why = await house.window("dwi", "privacy_officer"), "permintaan-data", "Mengirim jawaban."
    async with key_service() as service:
        keys = TransitKeys(service.address, token_file(tmp_path), try_seconds=0.2, monotonic=lambda: 0.0)
        app.state.identities = Identities(keys)
        made = await entered(officer, slug)
        service.misbehave("sealed")
        refused = await officer.send(f"/kewajiban/baru/{slug}", **WRITTEN[slug])
        closed = await officer.send(f"{made}/pemohon", reason=why)
    for page, kept in ((refused, WRITTEN[slug]["text"]), (closed, why)):
        assert page.status_code == 503
        assert "penyimpan kunci tidak dapat dihubungi" in words(page.text)
        assert kept in page.text
    assert len(await filer.rows("SELECT 1 FROM data_request")) == 1
    assert await filer.rows("SELECT 1 FROM identity_read") == []


async def entered(window: Window, slug: str) -> str:
    answer = await window.send(f"/kewajiban/baru/{slug}", **WRITTEN[slug])
    assert answer.status_code == 303, words(answer.text)
    return str(answer.headers["location"])


@pytest.mark.parametrize("slug", list(BY_SLUG))
async def test_a_duty_whose_form_is_sent_twice_is_entered_once_and_says_why_it_is_due_then(
    house: House, filer: Filer, clock: MovedClock, slug: str
) -> None:
    await clock.set(wib(2026, 1, 9, 17))
    officer = await house.window("dwi", ROLE[slug])
    form = await officer.form(f"/kewajiban/baru/{slug}", **WRITTEN[slug])
    first, second = [await officer.post(f"/kewajiban/baru/{slug}", form) for _ in range(2)]
    assert first.status_code == second.status_code == 303, words(first.text)
    assert first.headers["location"] == second.headers["location"]
    assert len(await filer.rows("SELECT 1 FROM dossier")) == 1
    shown = (await officer.get(first.headers["location"])).text
    page = words(shown)
    rules = await officer.get("/pengaduan/aturan")
    assert ("/pengaduan/aturan" in shown) == (rules.status_code == 200)
    assert ("UU 27/2022" in page) == (slug != "lhp")
    due, start, counting = {
        "permintaan-data": (
            "12 Januari 2026 pukul 15.30 WIB",
            "Mulai 9 Januari 2026 pukul 15.30 WIB, saat permintaan diterima.",
            "Yang dihitung setiap jam, siang dan malam.",
        ),
        "insiden-data": (
            "12 Januari 2026 pukul 08.15 WIB",
            "Mulai 9 Januari 2026 pukul 08.15 WIB, saat insiden ditemukan.",
            "Yang dihitung setiap jam, siang dan malam.",
        ),
        "lhp": (
            "20 Februari 2026 pukul 24.00 WIB",
            "saat LHP diterima; hitungan mulai hari berikutnya.",
            "Yang dihitung hari kerja",
        ),
    }[slug]
    assert f"paling lambat {due}" in page
    assert start in page
    assert counting in page
    assert "Wulan" not in page
    assert "0812" not in page


WAYS: dict[str, list[list[str]]] = {
    "permintaan-data": [[], ["jawab"], ["jawab", "tutup"]],
    "insiden-data": [[], ["nilai"], ["nilai", "beri-tahu"]],
    "lhp": [[], ["catat-tindakan", "catat-lagi"], ["catat-tindakan", "catat-lagi", "laporkan"]],
}
"""Acts that lead to each state of a kind."""


async def act(window: Window, place: str, step: str, slug: str) -> tuple[int, str]:
    """Send the form of an act; return the status and the words of the answer."""
    given = GIVEN.get(step, {"measures": "Diperiksa."} if slug == "insiden-data" else {"note": "Sudah."})
    path = f"{place}/{'catat-tindakan' if step == 'catat-lagi' else step}"
    answer = await window.send(path, **given)
    return answer.status_code, words(answer.text)


@pytest.mark.parametrize("role", ["privacy_officer", "complaint_supervisor", "agency_head", "inspector"])
@pytest.mark.parametrize(("slug", "way"), [(slug, way) for slug, ways in WAYS.items() for way in ways])
async def test_exactly_the_acts_that_a_page_offers_are_taken(
    house: House, filer: Filer, clock: MovedClock, slug: str, way: list[str], role: str
) -> None:
    await clock.set(wib(2026, 1, 9, 17))
    officer, reader = await house.window("dwi", ROLE[slug]), await house.window("eka", role, AGENCY)

    async def reached() -> str:
        place = await entered(officer, slug)
        for step in way:
            assert (await act(officer, place, step, slug))[0] == 303
        return place

    place = await reached()
    page = await reader.get(place)
    if role not in OFFICES[BY_SLUG[slug]]:
        assert page.status_code == 404
        return
    steps = [step.slug for step in STEPS[BY_SLUG[slug]]]
    offered = [step for step in steps if f'href="{place}/{step}"' in page.text]
    for step in set(steps) - set(offered):
        status, told = await act(reader, place, step, slug)
        assert status in (403, 409), (step, told)
    [row] = await filer.rows("SELECT version FROM dossier")
    assert row.version == 1 + len(way)
    for step in offered:
        status, told = await act(reader, await reached(), step, slug)
        assert status == 303, (step, told)


async def test_a_refused_form_says_what_is_wrong_at_the_field_and_keeps_what_was_typed(
    house: House, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 9, 17))
    chief = await house.window("agus", "complaint_supervisor")
    many = "\n".join(f"Tindakan nomor {number}." for number in range(51))
    for actions in ("Perbaiki jadwal.\nx", many):
        refused = await chief.send("/kewajiban/baru/lhp", **WRITTEN["lhp"] | {"actions": actions})
        assert refused.status_code == 422
        assert 'id="e-actions"' in refused.text
        assert actions.splitlines()[0] in refused.text
        assert 'value="LHP-7/2026"' in refused.text
    officer = await house.window("dwi", "privacy_officer")
    later = WRITTEN["insiden-data"] | {"detected_clock": "17:01"}
    refused = await officer.send("/kewajiban/baru/insiden-data", **later)
    assert (refused.status_code, 'id="e-detected_on"' in refused.text) == (422, True)
    assert "Waktu ini belum tiba." in refused.text
    assert await filer.rows("SELECT 1 FROM dossier") == []


async def test_nobody_is_offered_or_shown_a_form_of_a_kind_that_they_do_not_enter(
    house: House, clock: MovedClock
) -> None:
    officer = await house.window("dwi", "privacy_officer")
    page = (await officer.get("/kewajiban")).text
    assert "/kewajiban/baru/lhp" not in page
    assert "/kewajiban/baru/insiden-data" in page
    assert (await officer.get("/kewajiban/baru/lhp")).status_code == 404
    assert (await officer.get("/kewajiban/baru/lain")).status_code == 404


async def test_the_list_holds_every_kind_that_its_reader_sees_what_burns_first(
    house: House, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 9, 17))
    officer, chief = (
        await house.window("dwi", "privacy_officer"),
        await house.window("agus", "complaint_supervisor"),
    )
    request, breach = await entered(officer, "permintaan-data"), await entered(officer, "insiden-data")
    report = await entered(chief, "lhp")
    head = await house.window("wulan", "agency_head", AGENCY)
    page = (await head.get("/kewajiban")).text
    assert re.findall(r'href="(/kewajiban/[0-9a-f-]{36})"', page) == [breach, request, report]
    assert "3 kewajiban masih terbuka." in words(page)
    only = (await head.get("/kewajiban?jenis=lhp")).text
    assert re.findall(r'href="(/kewajiban/[0-9a-f-]{36})"', only) == [report]
    assert re.findall(r'href="(/kewajiban/[0-9a-f-]{36})"', (await chief.get("/kewajiban")).text) == [report]
    assert (await chief.get(request)).status_code == 404


async def test_the_page_of_the_own_case_leads_to_the_own_data_and_a_request_sent_twice_asks_once(
    house: House, acting_of: Acting, issuer: TestIssuer, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 9, 17))
    case = await acting_of.enter()
    client = acting_of.client
    await client.post("/lacak", data={"receipt": case["receipt"]}, headers=BROWSER)
    assert f'href="{MY_DATA}"' in (await client.get("/lacak/pengaduan")).text
    page = (await client.get(MY_DATA)).text
    assert "Belum ada permintaan" in page
    form = {name: hidden(page, name) for name in ("csrf", "case", "key")}
    form |= {"wish": "penghapusan", "text": "Hapus nomor telepon saya."}
    for _ in range(2):
        sent = await client.post(MY_DATA, data=form, headers=BROWSER)
        assert (sent.status_code, sent.headers.get("location")) == (303, MY_DATA), words(sent.text)
    assert len(await filer.rows("SELECT 1 FROM dossier")) == 1
    page = (await client.get(MY_DATA)).text
    assert "Menunggu jawaban, paling lambat 12 Januari 2026 pukul 17.00 WIB" in words(page)
    again = form | {"key": "k" * 30, "text": "Hapus juga alamat saya."}
    refused = await client.post(MY_DATA, data=again, headers=BROWSER)
    assert (refused.status_code, "Hapus juga alamat saya." in refused.text) == (409, True)
    [duty] = await filer.rows("SELECT id FROM dossier")
    officer = await house.window("dwi", "privacy_officer")
    refusal = {"outcome": "ditolak", "ground": "membahayakan", "text": "Nomor itu dipakai memanggil saksi."}
    assert (await officer.send(f"/kewajiban/{duty.id}/jawab", **refusal)).status_code == 303
    told = words((await client.get(MY_DATA)).text)
    assert "Ditolak" in told
    assert "Membahayakan keamanan" in told
    assert "Nomor itu dipakai memanggil saksi." in told


async def test_taking_a_request_back_is_asked_first_and_ends_it(
    acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    case, client = await acting_of.enter(), acting_of.client
    await client.post("/lacak", data={"receipt": case["receipt"]}, headers=BROWSER)
    page = (await client.get(MY_DATA)).text
    form = {name: hidden(page, name) for name in ("csrf", "case", "key")}
    asked = form | {"wish": "akses", "text": "Minta salinan."}
    assert (await client.post(MY_DATA, data=asked, headers=BROWSER)).status_code == 303
    [ask] = re.findall(rf'href="({MY_DATA}/[^"]+/cabut)"', (await client.get(MY_DATA)).text)
    before = (await client.get(ask)).text
    assert "Cabut permintaan ini?" in before
    sure = {name: hidden(before, name) for name in ("csrf", "case", "key")}
    assert (await client.post(ask, data=sure, headers=BROWSER)).status_code == 303
    assert [row.state for row in await filer.rows("SELECT state FROM dossier")] == ["DICABUT"]
    assert (await client.get(ask)).headers.get("location") == MY_DATA
    other = sure | {"case": "another", "key": "o" * 30}
    assert (await client.post(ask, data=other, headers=BROWSER)).status_code == 409
