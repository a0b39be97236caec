"""A new receipt is shown to whoever sent the form, in the tab of that form, and no more once it was noted."""

from dataclasses import replace

import httpx2
import pytest

from services.complaints.intake import limits
from services.complaints.intake.data import intake_rules
from services.complaints.intake.new_receipts import COOKIE, MOST
from shared.http.limits.waiting import Wait
from tests.integration.complaints.acting import BROWSER, FORM, hidden, receipt_on, try_receipt
from tests.support.forms import carried


async def test_a_receipt_is_gone_from_a_shared_computer_when_its_reporter_has_noted_it(
    client: httpx2.AsyncClient,
) -> None:
    page = await client.get("/lapor", headers=BROWSER)
    form = FORM | {"key": hidden(page.text, "key")}
    for _ in range(2):  # the first answer may get lost on its way
        sent = await client.post("/lapor", data=form, headers=BROWSER)
        assert sent.status_code == 303
    shown = await client.get(sent.headers["location"], headers=BROWSER)
    receipt = receipt_on(shown.text)
    assert receipt not in str(client.cookies)
    done = await client.post("/lapor/selesai", data=carried(shown.text, "/lapor/selesai"), headers=BROWSER)
    assert done.headers["clear-site-data"] == '"cache"'
    for behind_back in (
        await client.get(sent.headers["location"], headers=BROWSER),
        await client.post("/lapor", data=form, headers=BROWSER),
        await client.post("/lapor", data=form | {"place": ""}, headers=BROWSER),
        await client.post("/lapor", data=form | {"find": "1"}, headers=BROWSER),
        await client.post("/lapor", data=form | {"text": f"{form['text']} Kemarin."}, headers=BROWSER),
    ):
        assert (behind_back.status_code, behind_back.headers["cache-control"]) == (200, "no-store")
        assert "hanya ditampilkan sekali" in behind_back.text
        assert form["text"] not in behind_back.text
        assert receipt not in behind_back.text
    assert await try_receipt(client, receipt) == 201


async def test_a_receipt_that_nobody_noted_in_time_is_shown_no_more(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await client.get("/lapor", headers=BROWSER)
    form = FORM | {"key": hidden(page.text, "key")}
    with monkeypatch.context() as patch:
        patch.setattr("services.complaints.intake.new_receipts.SHOWN_SECONDS", -1)
        sent = await client.post("/lapor", data=form, headers=BROWSER)
    assert sent.status_code == 303
    for behind_back in (
        await client.get(sent.headers["location"], headers=BROWSER),
        await client.post("/lapor", data=form, headers=BROWSER),
    ):
        assert (behind_back.status_code, 'id="tanda-terima"' in behind_back.text) == (200, False)
        assert "hanya ditampilkan sekali" in behind_back.text


async def test_a_receipt_is_noted_where_its_cookie_is_gone(client: httpx2.AsyncClient) -> None:
    page = await client.get("/lapor", headers=BROWSER)
    form = FORM | {"key": hidden(page.text, "key")}
    sent = await client.post("/lapor", data=form, headers=BROWSER)
    shown = await client.get(sent.headers["location"], headers=BROWSER)
    client.cookies.clear()
    await client.post("/lapor/selesai", data=carried(shown.text, "/lapor/selesai"), headers=BROWSER)
    again = await client.post("/lapor", data=form, headers=BROWSER)
    assert receipt_on(shown.text) not in again.text
    assert "hanya ditampilkan sekali" in again.text
    odd = await client.post("/lapor/selesai", data={"untuk": "a; Domain=x"}, headers=BROWSER)
    assert (odd.status_code, odd.headers.get("set-cookie")) == (303, None)


async def test_receipts_of_several_tabs_are_each_shown_until_noted(client: httpx2.AsyncClient) -> None:
    pages = [await client.get("/lapor", headers=BROWSER) for _ in "12"]
    sent = [
        await client.post("/lapor", data=FORM | {"key": hidden(page.text, "key")}, headers=BROWSER)
        for page in pages
    ]
    await client.get("/lapor", headers=BROWSER)
    shown = [await client.get(one.headers["location"], headers=BROWSER) for one in sent]
    first, second = (receipt_on(page.text) for page in shown)
    assert first != second
    await client.post("/lapor/selesai", data=carried(shown[0].text, "/lapor/selesai"), headers=BROWSER)
    noted, kept = [await client.get(one.headers["location"], headers=BROWSER) for one in sent]
    assert "hanya ditampilkan sekali" in noted.text
    assert receipt_on(kept.text) == second
    await client.post("/lapor/selesai", headers=BROWSER)
    assert second not in (await client.get(sent[1].headers["location"], headers=BROWSER)).text


async def test_a_browser_keeps_few_forms_and_each_of_them_gets_its_receipt(
    client: httpx2.AsyncClient,
) -> None:
    pages = [await client.get("/lapor", headers=BROWSER) for _ in range(MOST + 3)]
    assert len(client.cookies) == MOST
    oldest, newest = [
        await client.post("/lapor", data=FORM | {"key": hidden(page.text, "key")}, headers=BROWSER)
        for page in (pages[0], pages[-1])
    ]
    assert 'id="tanda-terima"' in oldest.text
    assert newest.status_code == 303


async def test_a_receipt_not_yet_noted_outlives_any_number_of_opened_forms(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_RULES", replace(intake_rules(), wait=Wait(0, 0, 0)))
    page = await client.get("/lapor", headers=BROWSER)
    first = await client.post("/lapor", data=FORM | {"key": hidden(page.text, "key")}, headers=BROWSER)
    for _ in range(MOST + 2):
        await client.get("/lapor", headers=BROWSER)
    kept = await client.get(first.headers["location"], headers=BROWSER)
    assert 'id="tanda-terima"' in kept.text
    for _ in range(MOST + 2):
        page = await client.get("/lapor", headers=BROWSER)
        sent = await client.post("/lapor", data=FORM | {"key": hidden(page.text, "key")}, headers=BROWSER)
        shown = await client.get(sent.headers["location"], headers=BROWSER)
        assert 'id="tanda-terima"' in shown.text
        assert len(client.cookies) <= MOST
        assert sum(len(name) + len(value or "") for name, value in client.cookies.items()) < 3000


@pytest.mark.parametrize("value", ["", ".", "x" * 40, "AAAA", "%%%"])
async def test_a_made_up_receipt_cookie_shows_nothing(client: httpx2.AsyncClient, value: str) -> None:
    cookie = {"Cookie": f"{COOKIE}-0={value}"}
    answer = await client.get("/lapor/diterima?untuk=0", headers=BROWSER | cookie)
    assert (answer.status_code, "hanya ditampilkan sekali" in answer.text) == (200, True)


async def test_where_no_report_was_sent_the_receipts_page_leads_to_the_form(
    client: httpx2.AsyncClient,
) -> None:
    page = await client.get("/lapor", headers=BROWSER)
    mark = page.headers["set-cookie"].partition("=")[0].rpartition("-")[2]
    for address in ("/lapor/diterima", f"/lapor/diterima?untuk={mark}"):
        answer = await client.get(address, headers=BROWSER)
        assert (answer.status_code, answer.headers["location"]) == (303, "/lapor")


async def test_cookies_of_other_names_are_left_alone(client: httpx2.AsyncClient) -> None:
    odd = "; ".join(f"{COOKIE}-({number})=-" for number in range(MOST + 1))
    headers = BROWSER | {"Cookie": odd}
    assert (await client.get("/lapor", headers=headers)).status_code == 200
    done = await client.post("/lapor/selesai", headers=headers)
    assert (done.status_code, done.headers.get("set-cookie")) == (303, None)
