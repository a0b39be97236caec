"""The scoreboard in its orders, filters and files."""

import csv
import io
import re
from datetime import datetime

import httpx2
import pytest
from openpyxl import load_workbook

from shared.contracts.base import EventData
from shared.db import Database
from shared.db.database import count_statements
from shared.instruments.lke import Answer
from shared.kernel import Zone
from tests.integration.scoring.test_pages import ready, sample, words
from tests.support import lke
from tests.support.scoring import (
    YEAR,
    answered,
    fold_all,
    programme,
    proposed,
    registered,
    staged,
    threshold,
)
from tests.support.tokens import TestIssuer

ROW = re.compile(r'<th scope="row"><a href="/nilai/([^?"]+)')


def crowd() -> list[EventData]:
    """Units in every state: ready, without survey, near, far, empty, without programme."""
    return [
        *ready("u1", willing=30),
        *ready("u2"),
        *sample("u3"),
        registered("u4", name="=HYPERLINK(1)", region="Jawa"),
        programme("u4", target="WBBM"),
        answered("u4", 1, "B.I.b", "B"),
        registered("u5", name="Balai Ulin", region="Kalimantan"),
        programme("u5"),
        registered("u6", name="Kantor Baru"),
        threshold("u4", "s-u4", willing=3, finished=3),
    ]


def units(page: str) -> list[str]:
    return ROW.findall(page)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("total", ["u1", "u2", "u3", "u4", "u5", "u6"]),
        ("name", ["u4", "u5", "u6", "u1", "u2", "u3"]),
        ("gate", ["u1", "u2", "u3", "u4", "u5", "u6"]),
        ("completeness", ["u1", "u2", "u3", "u4", "u5", "u6"]),
    ],
)
async def test_each_order_pages_by_key_without_a_gap(
    leader: httpx2.AsyncClient, db: Database, sort: str, expected: list[str]
) -> None:
    await fold_all(db, crowd())
    assert units((await leader.get(f"/nilai?sort={sort}")).text) == expected
    address, seen = f"/nilai?sort={sort}&limit=2", []
    for _ in range(3):
        page = (await leader.get(address)).text
        seen += units(page)
        found = re.search(r'href="(/nilai\?[^"]*cursor=[^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert (seen, address) == (expected, "")


async def test_of_equal_totals_the_higher_pengungkit_stands_first_and_then_the_unit_id(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    """1.25 points each: in the results, in pengungkit, and in the results once more."""
    reform = Answer(inputs={"n1": 1, "n2": 1})
    given: dict[str, tuple[str, Answer | str]] = {
        "u3": ("B.I.b", "D"), "u2": ("A.II.6.i.b", reform), "u1": ("B.I.b", "D"),
    }  # fmt: skip
    for unit, (item, answer) in given.items():
        await fold_all(db, [registered(unit), programme(unit), answered(unit, 1, item, answer)])
    for _ in range(2):
        assert units((await leader.get("/nilai?sort=total")).text) == ["u2", "u1", "u3"]


async def test_who_lacks_only_the_survey_is_nearest_on_every_page(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, crowd())
    for query in ("", "?sort=name&limit=2", "?target=WBBM"):
        text = words((await leader.get(f"/nilai{query}")).text)
        assert "Paling dekat ke predikat: Kantor u2 , syarat nilai terpenuhi; belum ada survei ." in text


async def test_a_merged_unit_leads_to_its_heir(leader: httpx2.AsyncClient, db: Database) -> None:
    heir, gone = registered("u1", name="Kantor Pewaris"), registered("u2", name="Balai Lama")
    merged = registered("u2", version=2, name="Balai Lama", is_active=False, merged_into="u1")
    await fold_all(db, [heir, gone, registered("u3", is_active=False)])
    assert "digabung" not in words((await leader.get("/nilai")).text)
    await fold_all(db, [merged])
    board, page = [(await leader.get(path)).text for path in ("/nilai", "/nilai/u2")]
    assert units(board) == ["u1"]
    assert "1 unit sudah digabung ke unit lain Balai Lama ke Kantor Pewaris" in words(board)
    assert "Unit ini sudah digabung ke Kantor Pewaris ;" in words(page)
    assert re.search(r'<a href="/nilai/u1\?year=\d+">Kantor Pewaris</a>', page)
    assert "Unit ini tidak aktif lagi." in words((await leader.get("/nilai/u3")).text)


async def test_fewer_missed_gates_are_nearer_than_a_smaller_gap(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    sheet = enumerate(lke.best(B_I_a="3.599", B_II_a="1").items(), 1)
    answers = [answered("u4", version, code, answer) for version, (code, answer) in sheet]
    await fold_all(db, [*sample("u3"), registered("u4"), programme("u4"), *answers])
    page = (await leader.get("/nilai?sort=gate")).text
    assert units(page) == ["u4", "u3"]
    assert "Paling dekat ke predikat: Kantor u3 , IPAK 3,55 dari 3,60 ." in words(page)


async def test_a_blank_agency_has_no_nearest_unit(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, [registered("u5"), programme("u5")])
    assert "Paling dekat ke predikat:" not in words((await leader.get("/nilai")).text)
    assert "Belum ada unit dengan program pada tahun 2019." in words(
        (await leader.get("/nilai?year=2019")).text
    )


async def test_every_chip_counts_what_its_list_shows(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, crowd())
    page = (await leader.get("/nilai")).text
    chips = re.findall(r'<a href="(/nilai[^"]*)"[^>]*>[^<]* <span>(\d+)</span>', page)
    assert len(chips) == 5
    for address, count in chips:
        assert len(units((await leader.get(address.replace("&amp;", "&"))).text)) == int(count)


async def test_the_nearest_missed_gate_is_named_with_its_floor(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, [event for event in crowd() if event.unit_id != "u2"])
    text = words((await leader.get("/nilai")).text)
    assert "Paling dekat ke predikat: Kantor u3 , IPAK 3,55 dari 3,60 ." in text
    assert "■ 11 dari 12 IPAK 3,55 dari 3,60" in text
    assert "● 12 dari 12" in text
    await fold_all(db, [answered("u3", 990, "B.I.a", lke.answers({"B.I.a": "3.5951"})["B.I.a"])])
    assert "IPAK 3,595 dari 3,600" in words((await leader.get("/nilai")).text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=ready", ["u1"]),
        ("status=unmet", ["u2", "u3", "u4", "u5"]),
        ("target=WBBM", ["u4"]),
        ("region=Kalimantan", ["u5"]),
        ("region=&status=&target=", ["u1", "u2", "u3", "u4", "u5", "u6"]),
    ],
)
async def test_filters_stand_in_the_address_and_hold_for_page_and_file(
    leader: httpx2.AsyncClient, db: Database, query: str, expected: list[str]
) -> None:
    await fold_all(db, crowd())
    assert units((await leader.get(f"/nilai?{query}")).text) == expected
    answer = await leader.get(f"/nilai?{query}&format=csv")
    assert [row["ID unit"] for row in rows_of(answer)] == expected


def rows_of(answer: httpx2.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


async def test_a_file_holds_all_pages_in_the_order_shown_and_no_formula(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    many: list[EventData] = [
        event for number in range(250) for event in (registered(f"m{number:03}"), programme(f"m{number:03}"))
    ]
    await fold_all(db, [*crowd(), *many])
    asked = count_statements(db.engine)
    rows = rows_of(await leader.get(f"/nilai?year={YEAR}&sort=name&format=csv"))
    assert sum("AS nearest" in statement for statement in asked) == 1
    names = [row["Unit"] for row in rows]
    assert names[1:] == sorted(names[1:])
    assert len({row["ID unit"] for row in rows}) == len(rows) == 256
    (formula,) = [row for row in rows if row["ID unit"] == "u4"]
    assert formula["Unit"] == "'=HYPERLINK(1)"
    (empty,) = [row for row in rows if row["ID unit"] == "u5"]
    assert empty["Syarat terdekat yang kurang"] == "Belum mengisi lembar kerja"
    (near,) = [row for row in rows if row["ID unit"] == "u3"]
    assert near["Syarat terdekat yang kurang"] == "IPAK 3,55 dari 3,60"
    assert (near["Syarat terpenuhi"], near["Butir terisi"]) == ("11", "113")
    book = load_workbook(io.BytesIO((await leader.get("/nilai?sort=name&format=xlsx")).content))
    sheet = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(sheet) == 257
    assert [str(row[1]) for row in sheet[1:]] == [row["ID unit"] for row in rows]
    (cells,) = [row for row in sheet if row[1] == "u4"]
    assert cells[0] == "'=HYPERLINK(1)"


async def test_a_cursor_of_another_order_is_refused(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, crowd())
    page = (await leader.get("/nilai?sort=name&limit=2")).text
    found = re.search(r"cursor=([^\"&]+)", page)
    assert found is not None
    assert (await leader.get(f"/nilai?sort=gate&cursor={found[1]}")).status_code == 422
    page = (await leader.get("/nilai?sort=total&limit=2")).text
    found = re.search(r"cursor=([^\"&]+)", page)
    assert found is not None
    assert (await leader.get(f"/nilai?sort=total&cursor={found[1]}")).status_code == 200
    assert (await leader.get(f"/nilai?sort=gate&cursor={found[1]}")).status_code == 422
    assert (await leader.get("/nilai?sort=name&cursor=WyJcdTAwMDAiLCJ1MSJd")).status_code == 422


@pytest.mark.parametrize("letter", ["\N{GRINNING FACE}", "\x01", '"'])
async def test_the_longest_name_of_a_unit_fits_into_a_cursor(
    leader: httpx2.AsyncClient, db: Database, letter: str
) -> None:
    long = [registered(f"{number}-{'u' * 62}", name=letter * 200) for number in range(2)]
    await fold_all(db, long)
    address, seen = "/nilai?sort=name&limit=1", []
    for _ in range(2):
        page = (await leader.get(address)).text
        seen += units(page)
        found = re.search(r'href="(/nilai\?[^"]*cursor=[^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert (seen, address) == ([event.unit_id for event in long], "")


async def test_a_region_of_another_agency_is_not_offered(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, [*crowd(), registered("x", agency_id="other", region="Papua")])
    page = (await leader.get("/nilai")).text
    assert "Kalimantan" in page
    assert "Papua" not in page


async def test_a_unit_that_was_closed_stays_on_the_boards_of_years_that_are_over(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    present = datetime.now(Zone.WIB.tz).year
    years = [programme(unit, year) for unit in ("u1", "u2") for year in (present, present - 1)]
    merged = registered("u2", version=2, is_active=False)
    await fold_all(
        db, [registered("u1"), registered("u2"), *years, merged, registered("u3", is_active=False)]
    )
    for year, expected in ((present, ["u1"]), (present - 1, ["u1", "u2"])):
        page = (await leader.get(f"/nilai?year={year}")).text
        assert units(page) == expected
        assert f"0 dari {len(expected)} unit memenuhi" in page
        answer = await leader.get(f"/nilai?year={year}&format=csv")
        assert [row["ID unit"] for row in rows_of(answer)] == expected
    assert "Unit ini tidak aktif lagi" in (await leader.get("/nilai/u2")).text
    assert "Unit ini tidak aktif lagi" not in (await leader.get("/nilai/u1")).text


async def test_a_ranking_shows_proposed_units_alone_in_the_stated_order(
    client: httpx2.AsyncClient, db: Database, issuer: TestIssuer
) -> None:
    """The monitor shows all; whoever was withdrawn or is proposed for another predicate is not ranked."""
    await fold_all(
        db,
        [
            *ready("b"),
            *ready("a"),
            *sample("c"),
            *sample("d"),
            *ready("e"),
            *ready("w"),
            registered("x", agency_id="agency-2"),
            programme("x"),
            *(proposed(unit) for unit in ("a", "b", "c", "e", "x")),
            proposed("e", "withdrawn", 2),
            proposed("w", predicate="WBBM"),
        ],
    )
    headers = issuer.headers("verifier", level="national")

    async def ranking(**query: str) -> list[str]:
        found = await client.get("/rankings", params={"year": YEAR, **query}, headers=headers)
        assert found.status_code == 200
        return [row["unit"] for row in found.json()["items"]]

    assert await ranking(target="WBK") == ["a", "b", "c", "x"]
    assert await ranking(target="WBK", agency="agency-1") == ["a", "b", "c"]
    assert await ranking(target="WBBM") == ["w"]
    every = await client.get("/units", params={"year": YEAR}, headers=headers)
    assert {row["unit"] for row in every.json()["items"]} == {"a", "b", "c", "d", "e", "w", "x"}
    pages: list[str] = []
    query = {"year": str(YEAR), "target": "WBK", "limit": "2"}
    while query.get("cursor") != "":
        answer = (await client.get("/rankings", params=query, headers=headers)).json()
        pages += [row["unit"] for row in answer["items"]]
        query["cursor"] = answer["next"] or ""
    assert pages == ["a", "b", "c", "x"]


async def test_filters_stand_in_the_address_and_are_said(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(
        db, [*sample("a"), *sample("b"), *ready("c"), staged("a", "desk"), proposed("a"), staged("c", "desk")]
    )
    page = (
        await leader.get(
            f"/nilai?year={YEAR}&stage=desk&missed=B.I.a&survey=not_met&filled=full&proposed=yes"
        )
    ).text
    told = words(page)
    assert "Kantor a WBK · evaluasi desk" in told
    assert units(page) == ["a"]
    assert (
        "Saringan lain: kurang Indeks persepsi anti korupsi (IPAK), butir lengkap, ambang survei belum "
        "terpenuhi, evaluasi desk, diusulkan"
    ) in told
    file = (await leader.get(f"/nilai?year={YEAR}&stage=desk&proposed=yes&format=csv")).text
    assert file.count("\n") == 2
    assert ";evaluasi desk;ya;" in file
    none = words((await leader.get(f"/nilai?year={YEAR}&stage=panel")).text)
    assert "tampilkan semua unit" in none


@pytest.mark.parametrize("query", ["stage=foo", "missed=A.*.9", "filled=half", "survey=maybe", "proposed=1"])
async def test_a_filter_that_cannot_be_is_refused(
    leader: httpx2.AsyncClient, db: Database, query: str
) -> None:
    await fold_all(db, sample("a"))
    assert (await leader.get(f"/nilai?year={YEAR}&{query}")).status_code == 422
