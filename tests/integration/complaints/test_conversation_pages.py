"""Pages on which reporter and officers write each other."""

import httpx2

from tests.integration.complaints.acting import BROWSER, Acting, hidden
from tests.integration.complaints.officers import Office
from tests.integration.complaints.talking import OFFICER, Both, browser_of, photo, upload
from tests.support.planning import PDF


async def test_the_reporters_form_sends_once_and_keeps_its_text_when_a_file_is_refused(both: Both) -> None:
    browser = await browser_of(both)
    page = await both.client.get("/lacak/pengaduan/pesan", headers=browser)
    form = {name: hidden(page.text, name) for name in ("case", "key", "question", "csrf")}
    form["text"] = "Ini fotonya, Pak."
    refused = await both.client.post(
        "/lacak/pengaduan/pesan", data=form, files=upload(("a.exe", b"MZ")), headers=browser
    )
    assert refused.status_code == 415
    assert "Ini fotonya, Pak." in refused.text
    assert 'id="e-files"' in refused.text
    form["key"] = hidden(refused.text, "key")
    for _ in range(2):
        sent = await both.client.post(
            "/lacak/pengaduan/pesan", data=form, files=upload(("a.jpg", photo())), headers=browser
        )
        assert (sent.status_code, sent.headers["location"]) == (303, "/lacak/pengaduan#percakapan")
    shown = (await both.client.get("/lacak/pengaduan", headers=browser)).text
    assert shown.count("Ini fotonya, Pak.") == 1
    place = shown.partition('href="/lacak/pengaduan/berkas/')[2].partition('"')[0]
    file = await both.client.get(f"/lacak/pengaduan/berkas/{place}", headers=browser)
    assert file.headers["content-disposition"].startswith("attachment")


async def test_an_empty_form_of_a_message_says_what_is_missing(both: Both) -> None:
    browser = await browser_of(both)
    page = await both.client.get("/lacak/pengaduan/pesan", headers=browser)
    form = {name: hidden(page.text, name) for name in ("case", "key", "question", "csrf")}
    answer = await both.client.post("/lacak/pengaduan/pesan", data=form, headers=browser)
    assert answer.status_code == 422
    assert "Tulis pesan." in answer.text
    nothing = [("files", ("", b"", "application/octet-stream"))]
    answer = await both.client.post("/lacak/pengaduan/pesan", data=form, files=nothing, headers=browser)
    assert answer.status_code == 422
    assert "Tidak ada berkas yang terkirim." in answer.text


async def test_a_message_goes_with_its_files_whichever_button_is_pressed_or_is_kept(both: Both) -> None:
    place, text = "/lacak/pengaduan/pesan", "Ini foto loketnya."
    browser = await browser_of(both)
    page = (await both.client.get(place, headers=browser)).text
    form = {name: hidden(page, name) for name in ("case", "key", "question", "csrf")} | {"text": text}
    assert page.count(f'action="{place}"') == 1
    named = await both.client.post(place, data=form | {"files": "foto.jpg"}, headers=browser)
    assert (named.status_code, "tidak membawa berkas" in named.text, text in named.text) == (422, True, True)
    nothing = [("files", ("", b"", "application/octet-stream"))]
    none = await both.client.post(place, data=form, files=nothing, headers=browser)
    assert (none.status_code, "Tidak ada berkas" in none.text, text in none.text) == (422, True, True)
    empty = await both.client.post(place, data=form | {"files": ""}, headers=browser)
    assert empty.status_code == 303
    form["key"] = hidden((await both.client.get(place, headers=browser)).text, "key")
    sent = await both.client.post(place, data=form, files=upload(("a.jpg", photo())), headers=browser)
    assert sent.status_code == 303
    told = (await both.mine("GET", "/messages")).json()["items"]
    assert [(one["text"], len(one["attachments"])) for one in told[-2:]] == [(text, 0), (text, 1)]


async def test_what_was_typed_is_given_back_when_the_session_is_over(both: Both, office: Office) -> None:
    text = "Loketnya nomor tiga, di lantai dua."
    browser = await browser_of(both)
    page = (await both.client.get("/lacak/pengaduan/pesan", headers=browser)).text
    form = {name: hidden(page, name) for name in ("case", "key", "question", "csrf")}
    over = BROWSER | {"Cookie": f"__Host-zi-complaints-receipt={'t' * 43}"}
    answer = await both.client.post("/lacak/pengaduan/pesan", data=form | {"text": text}, headers=over)
    assert answer.status_code in (403, 404)
    assert text in answer.text
    place = f"/pengaduan/{both.made['tracking_id']}/percakapan"
    shown = (await office(OFFICER).get(place)).text
    for one in (page, shown):  # what is sent with files is read only of whom it is let in
        around = one.partition("<textarea")[0].rpartition("<form")[2]
        assert "multipart" not in around
        assert one.count("multipart/form-data") == 1
    answer = await both.client.post(
        place, data=await office(OFFICER).form(place) | {"text": text}, headers=BROWSER
    )
    assert answer.status_code != 303
    assert text in answer.text


async def test_an_officer_reads_the_conversation_on_its_page_and_writes_there_once(
    both: Both, office: Office
) -> None:
    place, officer = f"/pengaduan/{both.made['tracking_id']}/percakapan", office(OFFICER)
    empty = await officer.get(place)
    assert empty.status_code == 200
    assert "tampil di sini" in empty.text
    sent = await both.mine(
        "POST", "/attachments", files=upload(("a.pdf", PDF)), data={"text": "Ini suratnya."}
    )
    form = await officer.form(place) | {"text": "Kami baca."}
    for _ in range(2):
        assert (await officer.post(place, form)).status_code == 303
    page = await officer.get(place)
    assert page.status_code == 200
    assert "Ini suratnya." in page.text
    assert f"/berkas/{sent.json()['attachments'][0]['id']}" in page.text
    assert page.text.count("Kami baca.") == 1


async def test_a_form_of_another_case_changes_nothing(both: Both, acting_of: Acting) -> None:
    browser = await browser_of(both)
    page = await both.client.get("/lacak/pengaduan/pesan", headers=browser)
    form = {name: hidden(page.text, name) for name in ("key", "question", "csrf")}
    other = await Both.about(acting_of)
    form |= {"case": other.made["id"], "text": "Untuk perkara lain."}
    answer = await both.client.post("/lacak/pengaduan/pesan", data=form, headers=browser)
    assert answer.status_code == 409
    assert (await other.mine("GET", "/messages")).json()["items"] == []


async def test_after_the_report_its_receipt_leads_on_to_files(client: httpx2.AsyncClient) -> None:
    from tests.integration.complaints.acting import FORM

    page = await client.get("/lapor")
    sent = await client.post("/lapor", data=FORM | {"key": hidden(page.text, "key")}, headers=BROWSER)
    place = sent.headers["location"]
    shown = await client.get(place)
    form = {"untuk": hidden(shown.text, "untuk"), "lanjut": "berkas"}
    on = await client.post("/lapor/selesai", data=form, headers=BROWSER)
    assert on.headers["location"] == "/lacak/pengaduan/pesan"
    assert "Kirim pesan atau berkas" in (await client.get(on.headers["location"])).text
    assert "tidak ditampilkan lagi" in (await client.get(place)).text
