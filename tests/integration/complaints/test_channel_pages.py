"""Pages of channels: the public reads which answer, a form sent twice does it once, refusals keep all."""

import re

import httpx2
import pytest
from fastapi import FastAPI

from tests.integration.complaints.acting import BROWSER, hidden
from tests.integration.complaints.conftest import Filer, MovedClock
from tests.integration.complaints.test_desk import UNIT_1, Desk

KP = "complaint_supervisor"
NEW = "/saluran/kelola/buka/baru"
PHONE = {"office": "unit:u-1", "kind": "telepon", "label": "Telepon pengaduan", "address": "+62 21 5550100"}


class Pages(Desk):
    """The pages as KP of the agency sees them."""

    async def show(self, path: str, role: str = KP) -> str:
        page = await self.get(path, role=role)
        assert page.status_code == 200, page.text
        return page.text

    async def send(self, path: str, role: str = KP, **fields: str) -> httpx2.Response:
        """Fill in the form of a page and send it."""
        page = await self.show(path, role)
        (form,) = re.findall(rf'<form[^>]*action="{re.escape(path)}".*?</form>', page, re.DOTALL)
        carried = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        return await self.post(path, carried | fields, role=role)

    async def made(self, **fields: str) -> str:
        answer = await self.send(NEW, **PHONE | fields)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def public(self, unit_id: str = "u-1") -> str:
        page = await self._client.get("/saluran", params={"unit": unit_id}, headers=BROWSER)
        assert page.status_code == 200
        return page.text


@pytest.fixture
def pages(app: FastAPI, client: httpx2.AsyncClient) -> Pages:
    return Pages(app, client)


@pytest.mark.usefixtures("clock")
async def test_the_public_reads_where_since_when_and_what_cannot_be_reached(pages: Pages) -> None:
    channel = await pages.made()
    await pages.send(f"{channel}/tempat", place_kind="poster", place="Ruang tunggu lantai 1")
    shown = await pages.public()
    for text in ("Telepon pengaduan", "+62 21 5550100", "5 Januari 2026", "Ruang tunggu lantai 1"):
        assert text in shown
    assert 'href="tel:+62215550100"' in shown
    assert "sedang tidak dapat dihubungi" not in shown
    for _ in range(3):
        assert (
            await pages.send(f"{channel}/uji", result="failed", note="Tidak diangkat.")
        ).status_code == 303
    assert "1 sedang tidak dapat dihubungi" in await pages.public()
    await pages.send(f"{channel}/uji", result="ok", note="Diangkat.")
    assert "sedang tidak dapat dihubungi" not in await pages.public()
    await pages.send(f"{channel}/tutup", reason="Nomornya dihentikan.")
    assert "+62 21 5550100" not in await pages.public()


@pytest.mark.usefixtures("clock")
async def test_a_unit_is_found_by_its_name_and_leads_to_its_channels(pages: Pages) -> None:
    found = await pages._client.get("/saluran", params={"cari": "kantor dua"}, headers=BROWSER)
    assert '<a href="/saluran?unit=u-2">Kantor Dua</a>' in found.text
    assert "Kantor Satu" not in found.text
    none = await pages._client.get("/saluran", params={"cari": "antah"}, headers=BROWSER)
    assert "Tidak ada unit dengan nama itu" in none.text
    assert "Isi formulir" in await pages.public("u-2")


@pytest.mark.usefixtures("clock")
async def test_the_form_of_a_unit_that_closed_its_web_form_is_not_offered(pages: Pages) -> None:
    link = {"kind": "web", "label": "Formulir", "address": "https://contoh.go.id/", "mark": "Lapor"}
    channel = await pages.made(**link)
    assert "Isi formulir" in await pages.public()
    await pages.send(f"{channel}/tutup", reason="Dialihkan ke loket.")
    assert "tidak menerima pengaduan lewat formulir web" in await pages.public()


@pytest.mark.usefixtures("clock")
async def test_a_form_sent_twice_opens_one_channel_and_notes_one_test(pages: Pages, filer: Filer) -> None:
    form = PHONE | {
        "key": hidden(await pages.show(NEW), "key"),
        "csrf": hidden(await pages.show(NEW), "csrf"),
    }
    answers = [await pages.post(NEW, form, role=KP) for _ in range(2)]
    [place] = {answer.headers["location"] for answer in answers}
    page = await pages.show(f"{place}/uji")
    test = {name: hidden(page, name) for name in ("key", "csrf")} | {"result": "ok", "note": "Diangkat."}
    assert [(await pages.post(f"{place}/uji", test, role=KP)).status_code for _ in range(2)] == [303, 303]
    [row] = await filer.rows(
        "SELECT (SELECT count(*) FROM channel) AS channels, (SELECT count(*) FROM channel_check) AS checks"
    )
    assert tuple(row) == (1, 1)


@pytest.mark.usefixtures("clock")
async def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_where(pages: Pages) -> None:
    refused = await pages.send(NEW, **PHONE | {"address": "hubungi kami"})
    assert refused.status_code == 422
    assert 'value="hubungi kami"' in refused.text
    assert 'value="Telepon pengaduan"' in refused.text
    assert re.search(r'id="e-address">[^<]*nomor', refused.text)
    channel = await pages.made()
    early = await pages.send(f"{channel}/tutup", reason="Nomor diganti.", closed_on="2025-12-31")
    assert (early.status_code, "Nomor diganti." in early.text) == (422, True)
    assert 'id="e-closed_on"' in early.text


@pytest.mark.usefixtures("clock")
async def test_a_channel_that_changed_meanwhile_is_not_closed_unseen(pages: Pages) -> None:
    channel = await pages.made()
    seen = await pages.show(f"{channel}/tutup")
    form = {name: hidden(seen, name) for name in ("key", "csrf", "version")} | {"reason": "Nomor diganti."}
    await pages.send(f"{channel}/ubah", label="Hotline", address="+62 21 5550111")
    stale = await pages.post(f"{channel}/tutup", form, role=KP)
    assert (stale.status_code, "Nomor diganti." in stale.text) == (412, True)
    again = form | {"version": hidden(stale.text, "version"), "key": hidden(stale.text, "key")}
    assert (await pages.post(f"{channel}/tutup", again, role=KP)).status_code == 303
    assert "Ditutup sejak" in await pages.show(channel)


async def test_the_register_says_first_what_needs_somebody(pages: Pages, clock: MovedClock) -> None:
    assert "Belum ada saluran yang dicatat." in await pages.show("/saluran/kelola")
    channel = await pages.made()
    assert "1 dari 1 saluran belum diumumkan" in await pages.show("/saluran/kelola")
    await pages.send(f"{channel}/tempat", place_kind="situs", place="https://contoh.go.id")
    assert "Tidak ada gangguan pada 1 saluran" in await pages.show("/saluran/kelola")
    for _ in range(3):
        await clock.forward(hours=1)
        await pages.send(f"{channel}/uji", result="failed", note="Tidak diangkat.")
    shown = await pages.show("/saluran/kelola?lihat=gangguan&unit=u-1")
    assert "1 dari 1 saluran sedang tidak dapat dihubungi" in shown
    assert "uji terakhir gagal" in shown
    assert "Telepon pengaduan" not in await pages.show("/saluran/kelola?lihat=gangguan&unit=u-2")
    assert "masih berlangsung" in await pages.show(channel)
    await pages.send(f"{channel}/uji", result="ok", note="Diangkat.")
    assert "(pulih)" in await pages.show(channel)
    await pages.send(f"{channel}/tutup", reason="Nomor dihentikan.")
    assert "Nomor dihentikan." in await pages.show(channel)
    assert "Telepon pengaduan" in await pages.show("/saluran/kelola?lihat=ditutup")
    assert "Telepon pengaduan" not in await pages.show("/saluran/kelola")


@pytest.mark.usefixtures("clock")
async def test_officers_note_tests_and_keep_nothing(pages: Pages) -> None:
    channel = await pages.made()
    shown = await pages.show(channel, role="complaint_officer")
    assert "Catat uji" in shown
    assert "Tutup saluran" not in shown
    assert (await pages.get(f"{channel}/tutup")).status_code == 403
    done = await pages.send(f"{channel}/uji", "complaint_officer", result="ok", note="Diangkat.")
    assert done.status_code == 303
    whole = await pages.made(office="agency:a-1", label="Pusat kontak")
    narrow = await pages.get(whole, scope=UNIT_1, role=KP)
    assert (narrow.status_code, "Tutup saluran" in narrow.text) == (200, False)
