"""A register of thousands of units: pages stay light, and a unit is found by a part of its name."""

import gzip
import re

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.complaints.intake.pages.places import MOST_UNITS
from tests.integration.complaints.acting import BROWSER, FORM, hidden
from tests.integration.complaints.conftest import Filer
from tests.integration.complaints.test_desk import Desk
from tests.support.looking import MOST_BYTES

MANY = 5000


@pytest.fixture
async def many(filer: Filer) -> Filer:
    async with filer.db.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO unit SELECT 'm-' || n, 'a-1', 'Kantor ' || md5(n::text), 'WIB', true, false, 1,"
                " '' FROM generate_series(1, :many) n"
            ),
            {"many": MANY},
        )
    return filer


def offered(page: str) -> list[str]:
    (found,) = re.findall(r'<select id="f-place".*?</select>', page, re.DOTALL)
    return re.findall(r'<option value="([^"]+)"', found)


async def test_a_long_list_of_units_is_searched_and_what_was_typed_stays(
    many: Filer, client: httpx2.AsyncClient
) -> None:
    page = (await client.get("/lapor?unit=u-2")).text
    assert offered(page) == ["unit:u-2", "agency:a-1"]
    assert len(gzip.compress(page.encode())) < MOST_BYTES / 10
    typed = FORM | {"key": hidden(page, "key"), "place": "", "find": "1"}
    for search, expected in (
        ("SATU kantor", ["unit:u-1", "agency:a-1"]),
        ("tidak ada", ["agency:a-1"]),
        ("100%", ["agency:a-1"]),
        ("kantor " * 20, ["agency:a-1"]),
    ):
        found = await client.post("/lapor", data=typed | {"search": search}, headers=BROWSER)
        assert (found.status_code, offered(found.text)) == (200, expected)
        assert FORM["text"] in found.text
        assert (hidden(found.text, "key"), f'value="{search.strip()}"' in found.text) == (typed["key"], True)
    found = await client.post("/lapor", data=typed | {"search": "kantor"}, headers=BROWSER)
    assert len(offered(found.text)) == MOST_UNITS + 1
    assert f"Lebih dari {MOST_UNITS} unit cocok" in found.text
    odd = await client.post("/lapor", data=typed | {"search": "\0", "place": "unit:\0"}, headers=BROWSER)
    assert odd.status_code < httpx2.codes.INTERNAL_SERVER_ERROR
    del typed["find"]
    sent = await client.post("/lapor", data=typed | {"place": "unit:u-1", "search": "x"}, headers=BROWSER)
    assert sent.headers["location"].startswith("/lapor/diterima")


async def test_a_short_list_is_read_and_not_searched(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/lapor")).text
    assert offered(page) == ["unit:u-2", "unit:u-1", "agency:a-1"]
    assert 'name="search"' not in page


async def test_a_desk_narrows_to_units_that_cases_are_about(
    many: Filer, app: FastAPI, client: httpx2.AsyncClient
) -> None:
    for unit in ("u-1", "u-2"):
        await many.submit(unit_id=unit)
    page = (await Desk(app, client).get("/pengaduan?unit=m-7")).text
    (found,) = re.findall(r'<select id="f-unit".*?</select>', page, re.DOTALL)
    assert sorted(re.findall(r'<option value="([^"]+)"', found)) == ["m-7", "u-1", "u-2"]


async def test_units_of_one_name_are_told_apart(filer: Filer, client: httpx2.AsyncClient) -> None:
    twins = "('p-1', 'a-1', 'Kantor Kembar'), ('p-2', 'a-1', 'Kantor Kembar'), ('p-3', 'a-1', 'Kantor Lain')"
    async with filer.db.transaction() as session:
        await session.execute(
            text(
                f"INSERT INTO unit SELECT id, agency, name, 'WIB', true, false, 1, '' "
                f"FROM (VALUES {twins}) AS twin(id, agency, name)"
            )
        )
    page = (await client.get("/lapor")).text
    labels = re.findall(r'<option value="unit:p-\d"[^>]*>([^<]+)', page)
    assert labels == ["Kantor Kembar (kode p-1)", "Kantor Kembar (kode p-2)", "Kantor Lain"]
