"""The calendar on pages: what is missing, drafts looked at first, a unit's own, when something is due."""

import html
import re
from collections.abc import Awaitable, Callable
from datetime import date

import httpx2
import pytest
from fastapi import FastAPI, Response

from services.complaints.deadlines.data import announced
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.jobs import Upkeep
from shared.calendar.days_off import DayOff
from shared.db import Database
from shared.http.state import state_of
from shared.security import Principal, Scope
from tests.integration.complaints.acting import BROWSER
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.engine import without
from tests.integration.complaints.test_calendar_years import settle
from tests.support.forms import filled

NATIONAL = Scope("national")
UNIT_1 = Scope("unit", units=frozenset({"u-1"}))
ADDED = DayOff(date(2026, 1, 7), "cuti_bersama", "Cuti Bersama Contoh")
CHANGE = {
    "decree": "SKB 7/2026",
    "date_1": "2026-01-07",
    "name_1": "Cuti Bersama Contoh",
    "kind_1": "cuti_bersama",
}


@pytest.fixture
def engine(engine: DeadlineEngine) -> DeadlineEngine:
    """Give a new case one clock alone, that of verification."""
    return without(engine, "D6C.1")


class Officer:
    """A browser in which somebody is logged in."""

    def __init__(self, client: httpx2.AsyncClient, cookie: str) -> None:
        self._client = client
        self._headers = BROWSER | {"Cookie": cookie}

    async def get(self, path: str) -> httpx2.Response:
        return await self._client.get(path, headers=self._headers)

    async def send(self, page: httpx2.Response, action: str, **fields: str | list[str]) -> httpx2.Response:
        """Send the form of a page as its browser would, with these fields changed."""
        form = filled(page.text, action)
        assert form is not None, action
        return await self._client.post(action, data=form | fields, headers=self._headers)


LogIn = Callable[[str, Scope], Awaitable[Officer]]


@pytest.fixture
def logged_in(app: FastAPI, client: httpx2.AsyncClient) -> LogIn:
    async def log_in(role: str, scope: Scope) -> Officer:
        answer = Response()
        person = Principal(f"test-{role}", frozenset({role}), scope)
        await state_of(app).sessions.open(answer, person, "Petugas Contoh")
        return Officer(client, answer.headers["set-cookie"].partition(";")[0])

    return log_in


@pytest.fixture
async def admin(logged_in: LogIn) -> Officer:
    return await logged_in("admin", NATIONAL)


@pytest.fixture
async def supervisor(logged_in: LogIn) -> Officer:
    return await logged_in("complaint_supervisor", UNIT_1)


def told(answer: httpx2.Response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


async def test_the_first_sentence_says_which_years_count_and_how_many_clocks_wait(
    admin: Officer, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 12, 30))
    await filer.submit()  # three working days reach 2027, which nobody confirmed
    page = await admin.get("/kalender")
    assert "Kalender 2026 dikukuhkan, 2027 belum dikukuhkan; 1 tenggat masih sementara." in told(page)
    assert 'href="/kalender/2027"' in page.text
    year = told(await admin.get("/kalender/2027"))
    assert "1 tenggat masih sementara" in year
    assert "SKB 1205/2026" in year


async def test_a_year_that_nobody_entered_is_told_as_missing_with_what_hangs_on_it(
    admin: Officer, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2027, 12, 30))
    await filer.submit()
    assert "1 tenggat mencapai 2028 dan dihitung tanpa hari liburnya" in told(await admin.get("/kalender"))
    assert "Kalender 2028 belum dimuat." in told(await admin.get("/kalender/2028"))


async def test_a_change_is_looked_at_before_a_person_confirms_it_with_the_decree(
    admin: Officer, filer: Filer, clock: MovedClock, db: Database
) -> None:
    made = await filer.submit()  # Monday 5 January; D1 ends with Thursday the 8th
    form = await admin.get("/kalender/2026/ubah")
    sent = await admin.send(form, "/kalender/2026/ubah", **CHANGE)
    assert (sent.status_code, sent.headers["location"]) == (303, "/kalender/2026/usulan")
    page = await admin.get("/kalender/2026/usulan")
    assert "1 perubahan menunggu; 1 tenggat akan bergeser." in told(page)
    assert "1 menjadi lebih lambat, 0 lebih awal" in told(page)
    assert "8 Januari 2026 pukul 24.00 WIB" in told(page)
    assert "9 Januari 2026 pukul 24.00 WIB" in told(page)
    assert f"/pengaduan/{made.case.id}" not in page.text, "an administrator may not open cases"
    assert "#D1.1" in page.text

    wrong = await admin.send(page, "/kalender/2026/kukuhkan", decree="SKB 8/2026")
    assert (wrong.status_code, "periksa nomor SKB" in told(wrong)) == (422, True)
    done = await admin.send(page, "/kalender/2026/kukuhkan", decree="SKB 7/2026")
    assert (done.status_code, done.headers["location"]) == (303, "/kalender/2026?selesai=kukuh")
    assert "Cuti Bersama Contoh" in told(await admin.get("/kalender/2026?selesai=kukuh"))
    await settle(Upkeep(db, filer.engine))
    [due] = await filer.rows("SELECT due_at FROM deadline WHERE kind <> 'canary'")
    assert due.due_at == wib(2026, 1, 10, 0)
    again = await admin.send(page, "/kalender/2026/kukuhkan", decree="SKB 7/2026")
    assert again.status_code == 303, "pressed twice it is confirmed once"


async def test_no_draft_is_confirmed_but_the_one_that_was_looked_at(
    admin: Officer, clock: MovedClock
) -> None:
    form = await admin.get("/kalender/2026/ubah")
    await admin.send(form, "/kalender/2026/ubah", **CHANGE)
    page = await admin.get("/kalender/2026/usulan")
    await clock.forward(minutes=1)
    more = await admin.get("/kalender/2026/ubah")
    another = CHANGE | {"date_1": "2026-01-08"}
    assert (await admin.send(more, "/kalender/2026/ubah", **another)).status_code == 303
    refused = await admin.send(page, "/kalender/2026/kukuhkan", decree="SKB 7/2026")
    assert (refused.status_code, "diganti sesudah Anda melihatnya" in told(refused)) == (409, True)
    assert "2 perubahan menunggu" in told(refused)


async def test_a_draft_that_came_after_the_page_is_not_confirmed_unseen(
    admin: Officer, clock: MovedClock
) -> None:
    page = await admin.get("/kalender/2027/usulan")
    assert "Tidak ada perubahan yang menunggu." in told(page)
    decree = {"decree": "SKB 1205/2026, 3/2026, 2/2026"}
    form = await admin.get("/kalender/2027/ubah")
    change = CHANGE | decree | {"date_1": "2027-12-27"}
    assert (await admin.send(form, "/kalender/2027/ubah", **change)).status_code == 303
    refused = await admin.send(page, "/kalender/2027/kukuhkan", **decree)
    assert (refused.status_code, "belum Anda lihat" in told(refused)) == (409, True)
    assert "1 perubahan menunggu" in told(refused)
    without = await admin.send(page, "/kalender/2027/kukuhkan", **decree, seen="")
    assert (without.status_code, "Muat ulang halaman ini" in told(without)) == (422, True)
    done = await admin.send(refused, "/kalender/2027/kukuhkan", **decree)
    assert done.headers["location"] == "/kalender/2027?selesai=kukuh"


async def test_a_draft_is_discarded_only_from_the_page_that_says_what_that_means(admin: Officer) -> None:
    form = await admin.get("/kalender/2026/ubah")
    await admin.send(form, "/kalender/2026/ubah", **CHANGE)
    page = await admin.get("/kalender/2026/buang")
    assert "Usulan dengan 1 hari ditambah dan 0 dihapus tidak dapat dikembalikan" in told(page)
    done = await admin.send(page, "/kalender/2026/buang")
    assert done.headers["location"] == "/kalender/2026?selesai=buang"
    assert "Tidak ada usulan yang menunggu." in told(await admin.get("/kalender/2026/usulan"))


async def test_a_year_comes_from_the_package_as_a_draft(
    admin: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announced, "announced", lambda _: [ADDED])
    page = await admin.get("/kalender/2026")
    sent = await admin.send(page, "/kalender/2026/impor")
    assert sent.headers["location"] == "/kalender/2026/usulan"
    shown = told(await admin.get("/kalender/2026/usulan"))
    assert "ditambah Rabu, 7 Januari 2026 Cuti Bersama Contoh cuti bersama" in shown
    assert "1 hari cuti bersama dalam setahun" in shown


async def test_what_is_typed_wrong_is_said_at_its_field_and_nothing_typed_is_lost(admin: Officer) -> None:
    form = await admin.get("/kalender/2026/ubah")
    half = await admin.send(form, "/kalender/2026/ubah", decree="SKB 7/2026", date_2="2026-01-07")
    assert (half.status_code, "Isi namanya." in half.text, "Pilih jenisnya." in half.text) == (
        422,
        True,
        True,
    )
    assert 'value="SKB 7/2026"' in half.text
    twice = await admin.send(form, "/kalender/2026/ubah", **CHANGE | {"date_1": "2026-01-01"})
    assert (twice.status_code, 'href="#f-date_1"' in twice.text) == (422, True)
    nothing = await admin.send(form, "/kalender/2026/ubah", decree="SKB 7/2026")
    assert "Tidak ada hari yang ditambahkan atau dihapus." in told(nothing)
    open_end = await admin.send(
        form, "/kalender/2026/ubah", decree="SKB 7/2026", ramadan_2_first="2026-12-01"
    )
    assert "Isi kedua tanggalnya." in told(open_end)


async def test_a_zone_has_days_of_its_own(admin: Officer) -> None:
    form = await admin.get("/kalender/2026/ubah?zona=WITA")
    sent = await admin.send(
        form, "/kalender/2026/ubah?zona=WITA", **CHANGE | {"kind_1": "local", "name_1": "Galungan"}
    )
    assert sent.headers["location"] == "/kalender/2026/usulan?zona=WITA"
    page = await admin.get("/kalender/2026/usulan?zona=WITA")
    await admin.send(page, "/kalender/2026/kukuhkan?zona=WITA", decree="SKB 7/2026")
    assert "1 hari libur hanya di zona WITA" in told(await admin.get("/kalender/2026?zona=WITA"))
    assert "Galungan" not in told(await admin.get("/kalender/2026"))


async def test_a_supervisor_sees_what_a_day_off_moves_and_opens_the_case_before_it_is_set(
    supervisor: Officer, filer: Filer, clock: MovedClock
) -> None:
    made = await filer.submit()
    await filer.submit(unit_id="u-2")
    form = await supervisor.get("/kalender/unit/u-1/libur")
    change = CHANGE | {"kind_1": "local"}
    asked = await supervisor.send(form, "/kalender/unit/u-1/libur", **change)
    assert "1 tenggat akan bergeser. Simpan?" in told(asked)
    assert f'href="/pengaduan/{made.case.id}"' in asked.text
    assert "Belum ada. Hari libur daerah" in told(await supervisor.get("/kalender/unit/u-1"))
    done = await supervisor.send(asked, "/kalender/unit/u-1/libur")
    assert done.headers["location"] == "/kalender/unit/u-1?selesai=libur"
    again = await supervisor.send(asked, "/kalender/unit/u-1/libur")
    assert again.status_code == 303, "pressed twice it is set once"
    assert "dengan 1 hari libur sendiri." in told(await supervisor.get("/kalender/unit/u-1"))
    back = await supervisor.get("/kalender/unit/u-1/libur")
    asked = await supervisor.send(back, "/kalender/unit/u-1/libur", decree="SK 9", removes=["2026-01-07"])
    assert "Tidak lagi libur: Rabu, 7 Januari 2026." in told(asked)


async def test_a_unit_chooses_a_week_of_six_days_from_tomorrow_on(
    supervisor: Officer, filer: Filer, clock: MovedClock
) -> None:
    await filer.submit(received_at=wib(2026, 1, 5))
    form = await supervisor.get("/kalender/unit/u-1/pekan")
    assert 'value="2026-01-06"' in form.text
    assert 'value="07.30-12.00, 13.00-16.00"' in form.text
    five = await supervisor.send(form, "/kalender/unit/u-1/pekan", days="6")
    assert (five.status_code, "Jam layanan harus diisi untuk hari 1 sampai 6" in told(five)) == (422, True)
    hours = {"days": "6", "hours_6": "08.00-12.00", "ramadan_6": "08.00-11.00"}
    backwards = await supervisor.send(form, "/kalender/unit/u-1/pekan", **hours | {"hours_6": "12.00-08.00"})
    assert "Jam tutup harus sesudah jam buka." in told(backwards)
    unread = await supervisor.send(form, "/kalender/unit/u-1/pekan", **hours | {"hours_6": "pagi"})
    assert "Tulis jam seperti 07.30-12.00, 13.00-16.00." in told(unread)
    parts = ", ".join(f"{hour:02}.00-{hour:02}.30" for hour in range(8, 13))
    many = await supervisor.send(form, "/kalender/unit/u-1/pekan", **hours | {"hours_1": parts})
    assert "Paling banyak 4 rentang jam sehari." in told(many)
    today = await supervisor.send(form, "/kalender/unit/u-1/pekan", **hours | {"first": "2026-01-05"})
    assert 'href="#f-first"' in today.text
    asked = await supervisor.send(form, "/kalender/unit/u-1/pekan", **hours)
    assert "Sejak Selasa, 6 Januari 2026: 6 hari kerja seminggu." in told(asked)
    assert "Sabtu 08.00-12.00" in told(asked)
    done = await supervisor.send(asked, "/kalender/unit/u-1/pekan")
    assert done.headers["location"] == "/kalender/unit/u-1?selesai=pekan"
    shown = told(await supervisor.get("/kalender/unit/u-1"))
    assert "Berlaku mulai 6 Januari 2026: 6 hari" in shown


async def test_nobody_sees_or_sets_what_is_not_theirs(supervisor: Officer, logged_in: LogIn) -> None:
    assert (await supervisor.get("/kalender/unit/u-2")).status_code == 404
    assert (await supervisor.get("/kalender/unit/u-2/libur")).status_code == 404
    assert (await supervisor.get("/kalender/2026/usulan")).status_code == 403
    assert "Ubah menurut keputusan" not in told(await supervisor.get("/kalender/2026"))
    assert "Kantor Dua" not in told(await supervisor.get("/kalender?cari=kantor"))
    officer = await logged_in("complaint_officer", UNIT_1)
    page = await officer.get("/kalender/unit/u-1")
    assert (page.status_code, "Ubah pekan dan jam" in page.text) == (200, False)
    assert (await officer.get("/kalender/unit/u-1/pekan")).status_code == 403


async def test_a_unit_is_found_by_a_word_of_its_name(admin: Officer) -> None:
    assert 'href="/kalender/unit/u-2"' in (await admin.get("/kalender?cari=dua+kantor")).text
    assert "Tidak ada unit yang cocok" in told(await admin.get("/kalender?cari=seratus%25"))


@pytest.mark.parametrize(
    ("query", "answer", "reasons"),
    [
        (
            "tanggal=2026-03-12&lama=5",
            "Jatuh tempo Kamis, 26 Maret 2026.",
            ["Jumat, 13 Maret 2026 hari ke-1", "Kamis, 26 Maret 2026 hari ke-5, jatuh tempo"],
        ),
        ("tanggal=2026-03-12&lama=5&pekan=6", "Jatuh tempo Rabu, 25 Maret 2026.", []),
        ("tanggal=2026-03-02&lama=60&satuan=cd", "Jatuh tempo Jumat, 1 Mei 2026.", []),
        (
            "tanggal=2026-03-02&lama=60&satuan=cd&geser=true",
            "Jatuh tempo Senin, 4 Mei 2026.",
            ["Sabtu, 2 Mei 2026 bukan hari kerja", "Senin, 4 Mei 2026 hari ke-60, jatuh tempo"],
        ),
        (
            "tanggal=2026-04-16&pukul=15:00&lama=3&satuan=wh",
            "Jatuh tempo Jumat, 17 April 2026.",
            [],
        ),
        ("tanggal=2026-12-23&lama=5", "Jatuh tempo Senin, 4 Januari 2027.", ["sementara"]),
        ("tanggal=2026-03-12&lama=5&unit=u-2", "Jatuh tempo Kamis, 26 Maret 2026.", ["waktu WITA"]),
    ],
)
async def test_a_due_day_is_told_with_each_day_that_is_counted_or_passed_over(
    admin: Officer, query: str, answer: str, reasons: list[str]
) -> None:
    """Source: the table of complaints.md section 6."""
    page = await admin.get(f"/kalender/hitung?{query}")
    shown = told(page)
    assert page.status_code == 200, shown
    assert answer in shown
    for reason in reasons:
        assert reason in shown


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("tanggal=besok&lama=5", 422, "#f-tanggal"),
        ("tanggal=2026-03-12&lama=0", 422, "#f-lama"),
        ("tanggal=2026-03-12&lama=5&unit=u-9", 404, "#f-unit"),
        ("tanggal=2031-03-12&lama=5", 422, "Kalender tahun 2031 belum dimuat"),
        ("tanggal=2026-03-12&lama=5&satuan=wh&pekan=6", 422, "#f-pekan"),
    ],
)
async def test_what_cannot_be_counted_is_said_at_its_field(
    admin: Officer, query: str, status: int, said: str
) -> None:
    page = await admin.get(f"/kalender/hitung?{query}")
    assert (page.status_code, said in page.text) == (status, True)


async def test_a_day_off_is_marked_in_the_picture_and_named_in_the_table_beside_it(admin: Officer) -> None:
    page = await admin.get("/kalender/2026")
    assert 'aria-label="Januari 2026: libur tanggal 1, 16"' in page.text
    assert "Kamis, 1 Januari Tahun Baru Masehi" in told(page)
    assert 'href="/kalender/2025"' in page.text
