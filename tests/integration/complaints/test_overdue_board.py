"""The overdue board: which deadlines ran out, in which unit, since when, and who has been told."""

import csv
import io

import pytest

from services.complaints.deadlines.jobs import DeadlinePoller
from shared.security import Scope
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.engine import drain
from tests.integration.complaints.officers import Office, words

BOARD = "/pengaduan/lewat-waktu"


@pytest.fixture
async def late(filer: Filer, clock: MovedClock, poller: DeadlinePoller) -> dict[str, str]:
    """Return the numbers of two cases whose verification is overdue, by unit: u-1 since a week, u-2 a day."""
    await clock.set(wib(2026, 1, 5))
    old = await filer.submit()
    await clock.set(wib(2026, 1, 12))
    await drain(poller)
    new = await filer.submit(unit_id="u-2")
    await clock.set(wib(2026, 1, 16, 12))
    await drain(poller)
    return {"u-1": old.tracking_id, "u-2": new.tracking_id}


async def test_the_board_counts_by_unit_and_shows_the_oldest_first(
    office: Office, late: dict[str, str]
) -> None:
    page = (await office("complaint_supervisor").get(BOARD)).text
    told = words(page)
    assert "2 tenggat terlewati di 2 unit." in told
    assert page.index(f"/pengaduan/{late['u-1']}") < page.index(f"/pengaduan/{late['u-2']}")
    assert "Verifikasi" in told


async def test_the_board_narrows_to_unit_age_and_rung_in_its_address(
    office: Office, late: dict[str, str]
) -> None:
    chief = office("complaint_supervisor")
    for query, shown in (
        ("unit=u-2", {"u-2"}),
        ("umur=1", {"u-1"}),
        ("umur=30", set()),
        ("jenjang=plus3", {"u-1"}),
        ("jenjang=due", {"u-2"}),
        ("jenjang=again", set()),
    ):
        page = (await chief.get(f"{BOARD}?{query}")).text
        assert {unit for unit, number in late.items() if number in page} == shown, query
    for odd in ("umur=2", "jenjang=x", "unit=%27"):
        assert (await chief.get(f"{BOARD}?{odd}")).status_code == 422


async def test_the_file_of_the_board_is_what_it_shows(office: Office, late: dict[str, str]) -> None:
    answer = await office("complaint_supervisor").get(f"{BOARD}/daftar.csv?unit=u-1")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert [row[2] for row in rows] == ["Nomor lacak", late["u-1"]]


async def test_an_agencys_head_sees_all_that_is_overdue_but_no_number_that_opens_a_case(
    office: Office, late: dict[str, str]
) -> None:
    head = office("agency_head")
    page = (await head.get(BOARD)).text
    assert "2 tenggat terlewati di 2 unit." in words(page)
    sheet = (await head.get(f"{BOARD}/daftar.csv")).text
    for number in late.values():
        assert number not in page
        assert number not in sheet
    assert sheet.count("Verifikasi") == 2
    assert "Nomor lacak" not in page + sheet
    assert (await head.get(f"/pengaduan/{late['u-1']}")).status_code == 403


async def test_the_board_is_of_the_readers_scope(office: Office, late: dict[str, str]) -> None:
    elsewhere = office("complaint_supervisor", "jauh", Scope("unit", units=frozenset({"u-2"})))
    page = (await elsewhere.get(BOARD)).text
    assert late["u-1"] not in page
    assert late["u-2"] in page
    assert "Tidak ada tenggat yang terlewati." in (await office("case_handler", "lain").get(BOARD)).text
