"""Export over HTTP: whole worksheets as files that come back as they were, and nothing written by it."""

from io import BytesIO
from typing import Any

import httpx2
import pytest
from openpyxl import load_workbook

from services.planning.worksheets.export.filling import ABOUT_SHEET
from services.planning.worksheets.workbook.portal import portal_sheet_name
from shared.db.database import count_statements
from shared.documents.rows import XLSX
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument
from tests.support.lke import case
from tests.support.planning import AGENCY, PDF, YEAR, Planning
from tests.support.planning_browser import log_in
from tests.support.wording import criteria_of, question_of, worded
from tests.support.workbook import workbook

CASE = case("06-kspstk-2024-answers")["answers"]
ITEM = "A.I.1.i.a"


async def send(planning: Planning, unit: str, content: bytes, **query: Any) -> dict[str, Any]:
    """Import a workbook as the unit's operator."""
    done = await planning.call(
        "POST",
        f"/units/{unit}/worksheets/{YEAR}/import",
        "unit_operator",
        unit,
        params={"layer": "unit", **query},
        files={"file": ("lke.xlsx", content, XLSX)},
        headers={"If-Match": "*"},
    )
    assert done.status_code == 200, done.text
    return dict(done.json())


async def exported(planning: Planning, unit: str, role: str = "tpi", **query: str) -> httpx2.Response:
    path = f"/units/{unit}/worksheets/{YEAR}/export"
    return await planning.call("GET", path, role, unit, params=query)


async def fill(planning: Planning, unit: str, template: bytes) -> httpx2.Response:
    path = f"/units/{unit}/worksheets/{YEAR}/export"
    return await planning.call("POST", path, "tpi", unit, files={"file": ("lke.xlsx", template, XLSX)})


async def filled_unit(planning: Planning) -> str:
    """Return a unit whose worksheet has answers, notes, and evidence in all three forms."""
    unit = await planning.programme()
    await send(
        planning, unit, workbook(CASE, {"O8": "SK 12/2026", "P9": "SK Tim", "Q9": "https://a.example/b"})
    )
    file = (await planning.upload(unit, "=sk.pdf", PDF)).json()["evidence_id"]
    note = "=1+1\n＋dua"
    sent = await planning.answer(
        unit,
        {"item_code": ITEM, "letter": "Ya", "note": note, "evidence_ids": [file]},
        {"item_code": "B.I.a", "index": "3.71", "note": "@survei"},
    )
    assert sent.status_code == 200, sent.text
    return unit


def answers_of(sheet: dict[str, Any]) -> dict[str, Any]:
    """Return letter, index, counts and note by item of the unit's layer."""
    names = ("letter", "index", "inputs", "note")
    return {
        item["item_code"]: [item["unit"][name] for name in names] for item in sheet["items"] if item["unit"]
    }


@pytest.mark.parametrize("kind", ["layout2021", "portalrb"])
async def test_what_is_exported_comes_back_as_it_was(planning: Planning, kind: str) -> None:
    unit = await filled_unit(planning)
    before = await planning.worksheet(unit)
    file = await exported(planning, unit, layer="unit", format=kind)
    assert (file.status_code, file.headers["etag"]) == (200, f'"{before["version"]}"')
    for mode in ("merge", "fill", "replace"):
        told = await send(planning, unit, file.content, mode=mode, reason="sama", dry_run=True)
        assert (told["is_accepted"], told["changes"]) == (True, [])
    other = await planning.programme()
    await send(planning, other, file.content)
    assert answers_of(await planning.worksheet(other)) == answers_of(before)


async def test_the_file_is_named_plainly_kept_by_browsers_and_the_same_each_time(planning: Planning) -> None:
    unit = await filled_unit(planning)
    first, again = [await exported(planning, unit, layer="tpn") for _ in range(2)]
    assert first.content == again.content
    assert first.headers["content-type"] == XLSX
    name = f"attachment; filename*=UTF-8''lke-{unit}-{YEAR}-tpn.xlsx"
    assert first.headers["content-disposition"] == name


@pytest.mark.parametrize(
    ("kind", "sheets"),
    [
        ("layout2021", ["LKE ZI", ABOUT_SHEET]),
        ("portalrb", [portal_sheet_name(), ABOUT_SHEET]),
        ("layers", ["Tiga lapis", ABOUT_SHEET]),
    ],
)
async def test_each_form_says_what_it_is(planning: Planning, kind: str, sheets: list[str]) -> None:
    unit = await filled_unit(planning)
    book = load_workbook(BytesIO((await exported(planning, unit, format=kind)).content))
    assert book.sheetnames == sheets
    told = {row[0]: row[1] for row in book[ABOUT_SHEET].iter_rows(values_only=True) if row[0]}
    version = (await planning.worksheet(unit))["version"]
    assert (told["Unit"], told["Versi lembar kerja"]) == (f"Kantor Contoh ({unit})", str(version))


async def test_an_export_costs_three_statements_whatever_is_in_the_worksheet(planning: Planning) -> None:
    unit = await filled_unit(planning)
    seen = count_statements(state_of(planning.app).db.engine)
    assert (await exported(planning, unit)).status_code == 200
    assert len([one for one in seen if "SELECT" in one.upper()]) <= 4


async def test_a_given_workbook_is_filled_and_nothing_is_kept(planning: Planning) -> None:
    unit = await filled_unit(planning)
    before = await planning.worksheet(unit)
    kept = await planning.rows("SELECT sha256 FROM stored_file ORDER BY sha256")
    template = (await exported(planning, await planning.programme())).content
    done = await fill(planning, unit, template)
    assert done.status_code == 200, done.text
    assert (await send(planning, unit, done.content, dry_run=True))["changes"] == []
    assert await planning.worksheet(unit) == before
    assert await planning.rows("SELECT sha256 FROM stored_file ORDER BY sha256") == kept


async def test_what_is_no_template_is_refused_by_its_cell(planning: Planning) -> None:
    unit = await filled_unit(planning)
    refused = await fill(planning, unit, workbook(CASE))
    assert refused.status_code == 422
    body = refused.json()
    assert body["code"] == "workbook_refused"
    assert {"sheet": "LKE ZI", "cell": "K128", "code": "formula_differs"}.items() <= body["errors"][0].items()


async def test_codes_of_no_text_in_a_workbook_are_kept_as_words(planning: Planning) -> None:
    unit = await planning.programme()
    await send(planning, unit, workbook({ITEM: "Ya"}, {"O8": "a_x0000_b_xD800_c_x000D_\nd"}))
    before = await planning.worksheet(unit)
    assert before["items"][0]["unit"]["note"] == "a_x0000_b_xD800_c\r\nd"
    again = await send(planning, unit, (await exported(planning, unit)).content, dry_run=True)
    assert again["changes"] == []


async def test_official_texts_stand_in_an_export_once_they_are_loaded(planning: Planning) -> None:
    unit = await planning.programme()
    loaded = await planning.client.post(
        "/instruments/lke/2026/wording",
        files={"file": ("lke.xlsx", worded("2026"), "application/octet-stream")},
        headers=planning.issuer.headers("admin", level="national", subject="pusat"),
    )
    assert loaded.status_code == 200, loaded.text
    sheet = load_workbook(BytesIO((await exported(planning, unit)).content))["LKE ZI"]
    question = lke_instrument().questions[ITEM]
    assert (sheet["G8"].value, sheet["I8"].value) == (question_of(ITEM), criteria_of(question))


async def test_the_page_of_a_worksheet_gives_it_as_a_file(planning: Planning) -> None:
    unit = await filled_unit(planning)
    browser = await log_in(planning, "tpi", "tpi-1", AGENCY)
    page = await browser.get(f"/lembar-kerja/{unit}/{YEAR}")
    assert f'href="/lembar-kerja/{unit}/{YEAR}/unduh?lapis=unit" download>Unduh buku kerja</a>' in page.text
    file = await browser.get(f"/lembar-kerja/{unit}/{YEAR}/unduh", lapis="unit")
    assert (file.status_code, file.headers["content-type"]) == (200, XLSX)
    assert file.content == (await exported(planning, unit)).content
