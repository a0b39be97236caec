"""Officers' pages: what burns first, filters in the address, a case with its clocks, nothing out of sight."""

import csv
import io
import re

import httpx2
import pytest
from fastapi import FastAPI, Response

from shared.http.state import state_of
from shared.security import Principal, Scope
from tests.integration.complaints.acting import BROWSER, Acting
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.support.tokens import TestIssuer

AGENCY = Scope("agency", agencies=frozenset({"a-1"}))
UNIT_1 = Scope("unit", units=frozenset({"u-1"}))
UNIT_2 = Scope("unit", units=frozenset({"u-2"}))
SECRET_TEXT = "Loket tutup sebelum jam layanan berakhir."


class Desk:
    """A browser in which one officer after another is logged in."""

    def __init__(self, app: FastAPI, client: httpx2.AsyncClient) -> None:
        self._app = app
        self._client = client
        self._browsers: dict[Principal, dict[str, str]] = {}

    async def get(
        self, path: str, scope: Scope = AGENCY, role: str = "complaint_officer", subject: str = "petugas"
    ) -> httpx2.Response:
        return await self._client.get(path, headers=await self._browser(scope, role, subject))

    async def _browser(self, scope: Scope, role: str, subject: str) -> dict[str, str]:
        person = Principal(subject, frozenset({role}), scope)
        if person not in self._browsers:
            answer = Response()
            await state_of(self._app).sessions.open(answer, person, "Petugas Contoh")
            cookie = answer.headers["set-cookie"].partition(";")[0]
            self._browsers[person] = BROWSER | {"Cookie": cookie}
        return self._browsers[person]

    async def post(
        self, path: str, form: dict[str, str], scope: Scope = AGENCY, role: str = "complaint_officer"
    ) -> httpx2.Response:
        """Send a form in the browser of one log-in for each role."""
        return await self._client.post(path, data=form, headers=await self._browser(scope, role, "petugas"))

    async def numbers(self, path: str, scope: Scope = AGENCY, **who: str) -> list[str]:
        """Return the tracking ids that a list shows, in its order."""
        page = await self.get(path, scope, **who)
        assert page.status_code == 200, page.text
        return list(dict.fromkeys(re.findall(r'href="/pengaduan/(\d{12})"', page.text)))


@pytest.fixture
def desk(app: FastAPI, client: httpx2.AsyncClient) -> Desk:
    return Desk(app, client)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_what_burns_first_comes_first_and_the_page_says_how_many_burn(
    desk: Desk, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 8))
    newest = await filer.submit(unit_id="u-2")
    oldest = await filer.submit(received_at=wib(2026, 1, 7, 9))
    assert await desk.numbers("/pengaduan") == [oldest.tracking_id, newest.tracking_id]
    page = words((await desk.get("/pengaduan")).text)
    assert "Terbuka 2, di antaranya 2 menunggu Anda." in page
    assert "Petugas pengaduan: memeriksa dan menetapkan jenisnya" in page


async def test_pages_follow_each_other_without_a_gap_and_the_file_is_what_is_shown(
    desk: Desk, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 8))
    made = {(await filer.submit(received_at=wib(2026, 1, 7, 9, minute))).tracking_id for minute in range(5)}
    path, seen = "/pengaduan?limit=2&stream=masyarakat", list[str]()
    for _ in range(3):
        page = await desk.get(path)
        seen += re.findall(r'href="/pengaduan/(\d{12})"', page.text)
        file = re.search(r'href="(/pengaduan/daftar\.csv[^"]*)"', page.text)
        assert file is not None
        rows = await desk.get(file[1].replace("&amp;", "&"))
        assert rows.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        lines = list(csv.reader(io.StringIO(rows.text.removeprefix("\ufeff")), delimiter=";"))
        assert [line[2] for line in lines[1:]] == seen[-len(lines) + 1 :]
        following = re.search(r'href="(/pengaduan\?[^"]*cursor=[^"]*)"', page.text)
        path = "" if following is None else following[1].replace("&amp;", "&") + "&limit=2"
    assert (path, len(seen), set(seen)) == ("", 5, made)


async def test_filters_stand_in_the_address(
    desk: Desk, filer: Filer, acting_of: Acting, issuer: TestIssuer
) -> None:
    one, two = await filer.submit(), await filer.submit(unit_id="u-2")
    closed = await acting_of.answered()
    opened = await acting_of.client.post("/public/receipt-sessions", json={"receipt": closed["receipt"]})
    session = {"X-Receipt-Session": opened.json()["token"]}
    await acting_of.client.post("/public/my-case/accept", headers=session)
    assert await desk.numbers("/pengaduan?unit=u-2") == [two.tracking_id]
    assert await desk.numbers("/pengaduan?state=open&unit=&stream=masyarakat&late=") == [
        two.tracking_id,  # its day ends an hour earlier
        one.tracking_id,
    ]
    assert await desk.numbers("/pengaduan?stream=pelayanan") == []
    assert await desk.numbers("/pengaduan?late=1") == []
    assert await desk.numbers("/pengaduan?state=closed") == [closed["tracking_id"]]
    assert "Longgarkan saringan" in (await desk.get("/pengaduan?late=1")).text
    for odd in ("state=x", "unit=%27", "stream=wbs", "late=2", "cursor=x"):
        assert (await desk.get(f"/pengaduan?{odd}")).status_code == 422


async def test_officers_see_the_cases_of_their_scope_and_handlers_their_own(
    desk: Desk, filer: Filer, acting_of: Acting
) -> None:
    other = await filer.submit(unit_id="u-2")
    nobodys = await filer.submit(unit_id=None)
    handled = await acting_of.answered()
    assert set(await desk.numbers("/pengaduan")) == {
        other.tracking_id,
        nobodys.tracking_id,
        handled["tracking_id"],
    }
    assert await desk.numbers("/pengaduan", UNIT_2) == [other.tracking_id]
    assert await desk.numbers("/pengaduan?unit=u-1", UNIT_2) == []
    assert await desk.numbers("/pengaduan", Scope("agency", agencies=frozenset({"a-9"}))) == []
    own = {"role": "case_handler", "subject": "test-case_handler"}
    assert await desk.numbers("/pengaduan", UNIT_1, **own) == [handled["tracking_id"]]
    assert await desk.numbers("/pengaduan", UNIT_1, role="case_handler", subject="lain") == []


@pytest.mark.parametrize("role", ["admin", "agency_head", "survey_operator", "unit_leader", "custodian"])
async def test_who_is_no_officer_is_refused(desk: Desk, filer: Filer, role: str) -> None:
    made = await filer.submit()
    for path in ("/pengaduan", "/pengaduan/daftar.csv", f"/pengaduan/{made.tracking_id}"):
        answer = await desk.get(path, role=role)
        assert (answer.status_code, SECRET_TEXT in answer.text) == (403, False)


async def test_a_case_out_of_sight_is_as_one_that_is_not_there(desk: Desk, acting_of: Acting) -> None:
    made = await acting_of.answered()
    strangers = [
        (made["tracking_id"], UNIT_2, "complaint_officer"),
        (made["tracking_id"], Scope("agency", agencies=frozenset({"a-9"})), "complaint_officer"),
        (made["tracking_id"], UNIT_1, "case_handler"),
        ("000000000000", AGENCY, "complaint_officer"),
        (made["id"], UNIT_2, "complaint_officer"),
        (made["id"], UNIT_1, "case_handler"),
        ("%27%20OR%201", AGENCY, "complaint_officer"),
    ]
    answers = [await desk.get(f"/pengaduan/{number}", scope, role) for number, scope, role in strangers]
    assert {answer.status_code for answer in answers} == {404}
    assert all("Loket ditinjau" not in answer.text for answer in answers)
    assert len({words(answer.text) for answer in answers[:2]}) == 1


async def test_a_case_is_found_by_the_id_that_events_carry_which_opens_nothing_to_the_public(
    desk: Desk, acting_of: Acting
) -> None:
    made = await acting_of.answered()
    by_number = await desk.get(f"/pengaduan/{made['tracking_id']}", AGENCY)
    by_id = await desk.get(f"/pengaduan/{made['id']}", AGENCY)
    assert (by_id.status_code, words(by_id.text)) == (200, words(by_number.text))
    for named, status in ((made["tracking_id"], 200), (made["id"], 404)):
        assert (await acting_of.client.get(f"/public/cases/{named}")).status_code == status


async def test_a_case_says_whose_turn_it_is_and_why_it_is_due_then(
    desk: Desk, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 3, 12))
    made = await filer.submit()
    page = words((await desk.get(f"/pengaduan/{made.tracking_id}")).text)
    assert "Petugas pengaduan harus memeriksa dan menetapkan jenisnya." in page
    assert "Verifikasi, 3 hari kerja." in page
    assert (
        "Mulai 12 Maret 2026 pukul 09.00 WIB, saat pengaduan diterima; hitungan mulai hari berikutnya."
        in page
    )
    assert "Aturan D1 versi D1.1, untuk semua instansi: 3 hari kerja." in page
    assert "Angkanya belum dikonfirmasi" in page
    assert "Yang dihitung hari kerja, Senin sampai Jumat" in page
    assert "Jatuh tempo 17 Maret 2026 pukul 24.00 WIB" in page
    assert SECRET_TEXT in page


async def test_days_off_and_pauses_are_named(desk: Desk, acting_of: Acting, clock: MovedClock) -> None:
    await clock.set(wib(2026, 3, 13))
    made = await acting_of.enter()
    asked = await acting_of.act(
        "complaint_officer", made["id"], "request-completion", made["version"], missing="Tanggal kejadian?"
    )
    assert asked.status_code == 200
    page = words((await desk.get(f"/pengaduan/{made['tracking_id']}")).text)
    assert "Menunggu pelapor melengkapi." in page
    assert "Berhenti sejak 13 Maret 2026 pukul 09.00 WIB sampai sekarang" in page
    await clock.set(wib(2026, 3, 17))
    done = await acting_of.act(
        "complaint_officer", made["id"], "complete", asked.json()["version"], text="Tanggal 2 Maret."
    )
    assert done.status_code == 200
    page = words((await desk.get(f"/pengaduan/{made['tracking_id']}")).text)
    assert "sampai 17 Maret 2026 pukul 09.00 WIB, karena menunggu pelapor" in page
    assert "Semula 25 Maret 2026 pukul 24.00 WIB; berjalan lagi sesudah berhenti, menjadi 26 Maret" in page
    assert "Libur yang tidak dihitung: 18 Maret 2026 (" in page
    assert "tidak menggeser hari" not in page


async def test_a_pause_that_is_too_short_to_move_a_day_says_so(
    desk: Desk, acting_of: Acting, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 5, 23))
    made = await acting_of.enter()
    asked = await acting_of.act(
        "complaint_officer", made["id"], "request-completion", made["version"], missing="Tanggal kejadian?"
    )
    await clock.set(wib(2026, 1, 6, 1))
    await acting_of.act(
        "complaint_officer", made["id"], "complete", asked.json()["version"], text="Tanggal 2 Maret."
    )
    page = words((await desk.get(f"/pengaduan/{made['tracking_id']}")).text)
    assert "karena menunggu pelapor; kurang dari satu hari layanan, jadi tidak menggeser hari." in page


async def test_a_reporters_time_that_ends_on_a_day_off_says_why_it_stays_there(
    desk: Desk, acting_of: Acting, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 4, 1))
    made = await acting_of.enter()
    await acting_of.act(
        "complaint_officer", made["id"], "request-completion", made["version"], missing="Tanggal kejadian?"
    )
    page = words((await desk.get(f"/pengaduan/{made['tracking_id']}")).text)
    assert "Jatuh tempo 1 Mei 2026 pukul 24.00 WIB" in page
    assert "hari terakhirnya tetap hari libur, karena batas seluruh permintaan" in page


async def test_a_finished_case_shows_its_answer_and_its_history(desk: Desk, acting_of: Acting) -> None:
    made = await acting_of.answered()
    page = words((await desk.get(f"/pengaduan/{made['tracking_id']}", role="inspector")).text)
    assert "Menunggu pelapor menyatakan sikap." in page
    assert "Jadwal diperbaiki." in page
    assert "tanggapan: terbukti" in page
    assert "Penangan ditunjuk" in page
    assert "Bukti: BA-6" in page


async def test_a_desk_without_cases_says_what_it_is_for(desk: Desk) -> None:
    page = (await desk.get("/pengaduan")).text
    assert "Tidak ada pengaduan terbuka." in page
    assert "Pengaduan masuk dari" in page
    assert "Belum ada pengaduan yang ditutup" in (await desk.get("/pengaduan?state=closed")).text


@pytest.mark.parametrize(
    ("role", "sight", "calls"),
    [
        ("information_officer", "memuat permintaan informasi.", "permintaan informasi yang belum dijawab."),
        ("case_handler", "memuat pengaduan yang ditugaskan kepada Anda.", "ditugaskan kepada Anda dan belum"),
        ("case_approver", "memuat semua pengaduan dalam wewenang Anda.", "rancangan tanggapan dan usul yang"),
    ],
)
async def test_an_empty_list_says_what_its_reader_sees_and_what_would_wait_for_them(
    desk: Desk, role: str, sight: str, calls: str
) -> None:
    assert sight in words((await desk.get("/pengaduan", role=role, subject="pembaca")).text)
    own = words((await desk.get("/pengaduan?giliran=saya", role=role, subject="pembaca")).text)
    assert "Tidak ada yang menunggu Anda" in own
    assert calls in own
    assert "Tidak ada pengaduan dengan saringan ini" not in own


async def test_the_desk_names_the_readers_next_act_and_shows_its_case_beside_the_urgent_ones(
    desk: Desk, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 8))
    await filer.submit(unit_id="u-2")
    first = await filer.submit(received_at=wib(2026, 1, 7, 9))
    page = await desk.get("/pengaduan")
    told = words(page.text)
    assert f"Langkah Anda berikutnya: verifikasi pengaduan {first.tracking_id} sebelum 12 Januari" in told
    assert "Terbuka 2, di antaranya 2 menunggu Anda." in told
    assert f'href="/pengaduan/{first.tracking_id}/verifikasi" data-act' in page.text
    others = words((await desk.get("/pengaduan", role="case_approver", subject="at")).text)
    assert "Tidak ada yang menunggu Anda." in others


async def test_lists_show_whose_turn_it_is(desk: Desk, filer: Filer, acting_of: Acting) -> None:
    mine = await filer.submit()
    answered = await acting_of.answered()
    assert await desk.numbers("/pengaduan?giliran=saya&unit=") == [mine.tracking_id]
    assert await desk.numbers("/pengaduan?giliran=pelapor&unit=") == [answered["tracking_id"]]
    assert await desk.numbers("/pengaduan?giliran=saya", role="case_approver", subject="at") == []


async def test_urgent_cases_stand_under_when_their_time_ends(
    desk: Desk, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 5))
    await filer.submit()
    for moment, heading in (
        (wib(2026, 1, 6), "Pekan ini"),
        (wib(2026, 1, 7), "Besok"),
        (wib(2026, 1, 8, 20), "Hari ini"),
        (wib(2026, 1, 9, 1), "Lewat tenggat"),
    ):
        await clock.set(moment)
        assert f"<h2>{heading}</h2>" in (await desk.get("/pengaduan")).text
