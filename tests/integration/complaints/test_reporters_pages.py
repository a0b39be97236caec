"""Pages of reporters: the form, the receipt that opens the own case, and what is done there."""

import httpx2
import pytest

from tests.integration.complaints.acting import BROWSER, REPORT, Acting
from tests.integration.complaints.conftest import MovedClock
from tests.support.forms import carried


async def test_a_report_by_form_gives_a_receipt_that_opens_the_case(
    client: httpx2.AsyncClient, acting_of: Acting, clock: MovedClock
) -> None:
    page = await client.get("/lapor?unit=u-1", headers=BROWSER)
    key = _between(page.text, 'name="key" value="', '"')
    form = {"place": "unit:u-1", "text": REPORT["text"], "privacy_notice": "1", "key": key}
    receipts = set()
    for _ in range(2):
        sent = await client.post("/lapor", data=form, headers=BROWSER)
        assert (sent.status_code, sent.headers["location"][:22]) == (303, "/lapor/diterima?untuk=")
        told = await client.get(sent.headers["location"], headers=BROWSER)
        receipts.add(_between(told.text, 'id="tanda-terima">', "<"))
    [receipt] = receipts
    opened = await client.post("/lacak", data={"receipt": receipt}, headers=BROWSER)
    assert (opened.status_code, opened.headers["location"]) == (303, "/lacak/pengaduan")
    client.cookies.clear()
    cookie = opened.headers["set-cookie"]
    assert cookie.startswith("__Host-zi-complaints-receipt=")
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    shown = await client.get(
        "/lacak/pengaduan", headers=BROWSER | {"Cookie": cookie.split(";", maxsplit=1)[0]}
    )
    assert REPORT["text"] in shown.text
    due = "Menunggu petugas memeriksa pengaduan, paling lambat"
    assert due in shown.text
    assert "8 Januari 2026 pukul 24.00 WIB" in shown.text


async def test_a_faulty_form_keeps_what_was_typed(client: httpx2.AsyncClient) -> None:
    form = {"place": "unit:u-1", "text": "pendek", "privacy_notice": "1", "key": "k" * 32, "name": "Wulan"}
    answer = await client.post("/lapor", data=form, headers=BROWSER)
    assert answer.status_code == 422
    assert "Minimal 20 karakter; yang terlihat baru" in answer.text
    assert 'value="Wulan"' in answer.text
    assert "pendek" in answer.text


@pytest.mark.parametrize(
    "wrong", [{"text": "Loket tutup \x00 sebelum jam layanan."}, {"place": "unit:u!1"}, {"place": "unit:"}]
)
async def test_what_no_table_can_hold_is_refused_at_its_field(
    client: httpx2.AsyncClient, wrong: dict[str, str]
) -> None:
    form = {"place": "unit:u-1", "text": REPORT["text"], "privacy_notice": "1", "key": "k" * 32}
    answer = await client.post("/lapor", data=form | wrong, headers=BROWSER)
    assert answer.status_code == 422
    assert f'href="#f-{next(iter(wrong))}"' in answer.text
    assert (await client.post("/public/cases", json=REPORT | {"text": "\x00" * 30})).status_code == 422


async def test_the_reporter_accepts_on_the_page_after_being_told_what_it_means(acting_of: Acting) -> None:
    made = await acting_of.answered()
    opened = await acting_of.client.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
    browser = BROWSER | {"Cookie": opened.headers["set-cookie"].split(";", maxsplit=1)[0]}
    acting_of.client.cookies.clear()
    told = await acting_of.client.get("/lacak/pengaduan/terima", headers=browser)
    assert "tidak dapat dibatalkan" in told.text
    for wrong in ({}, {"csrf": ""}, {"csrf": "0" * 64}):
        refused = await acting_of.client.post("/lacak/pengaduan/terima", data=wrong, headers=browser)
        assert refused.status_code == 403
    form = carried(told.text, "/lacak/pengaduan/terima")
    done = await acting_of.client.post("/lacak/pengaduan/terima", data=form, headers=browser)
    assert done.status_code == 303
    shown = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    assert "Anda menerima tanggapannya" in shown.text
    again = await acting_of.client.post("/lacak/pengaduan/terima", data=form, headers=browser)
    assert (again.status_code, again.headers["location"]) == (303, "/lacak/pengaduan")
    other = form | {"key": "k" * 32}
    again = await acting_of.client.post("/lacak/pengaduan/terima", data=other, headers=browser)
    assert again.status_code == 409
    late = await acting_of.client.get("/lacak/pengaduan/terima", headers=browser)
    assert (late.status_code, late.headers["location"]) == (303, "/lacak/pengaduan")


async def test_the_reporter_completes_on_the_page(acting_of: Acting, clock: MovedClock) -> None:
    made = await acting_of.enter()
    asked = await acting_of.act(
        "complaint_officer", made["id"], "request-completion", 1, missing="Kapan kejadiannya?"
    )
    assert asked.json()["state"] == "MENUNGGU_KELENGKAPAN"
    opened = await acting_of.client.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
    browser = BROWSER | {"Cookie": opened.headers["set-cookie"].split(";", maxsplit=1)[0]}
    acting_of.client.cookies.clear()
    page = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    assert "Kapan kejadiannya?" in page.text
    form = {"text": "Tanggal 3."}
    for path in ("/lacak/pengaduan/lengkapi", "/lacak/keluar"):
        assert (await acting_of.client.post(path, data=form, headers=browser)).status_code == 403
    form |= carried(page.text, "/lacak/pengaduan/lengkapi")
    await acting_of.client.post("/lacak/pengaduan/lengkapi", data=form, headers=browser)
    shown = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    assert "Tanggal 3." in shown.text
    assert "sedang ditangani" in shown.text


async def test_pages_of_a_case_need_a_live_session(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/lacak/pengaduan", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/lacak")


def _between(text: str, before: str, after: str) -> str:
    return text.split(before, 1)[1].split(after, 1)[0]
