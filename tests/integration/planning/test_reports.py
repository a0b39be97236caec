"""Reports over HTTP: a draft while an assessment runs, after the decree what was judged and nothing since."""

import html
import io
import re
from typing import Any
from uuid import uuid4

import docx
import httpx2
import pytest
from pypdf import PdfReader

from tests.support import nominating, stages
from tests.support.planning import PDF, YEAR, Planning
from tests.support.planning_browser import log_in

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CLEAR = {"is_awarded": True, "cleared": ["ombudsman", "kpk", "apip"]}
DECREE = {"number": "B/12/2026", "dated_on": "2026-01-05", "signatory": "Menteri PANRB"}


async def report(
    planning: Planning, unit: str, role: str = "unit_leader", *, agency: str = "a1", **asked: str
) -> httpx2.Response:
    headers = planning.headers(role, unit, agency=agency)
    path = f"/units/{unit}/worksheets/{YEAR}/report"
    return await planning.client.get(path, params=asked, headers=headers)


def text_of(answer: httpx2.Response) -> str:
    """Return what a report says, without spaces: lines break where a page ends them."""
    assert answer.status_code == 200, answer.text
    if answer.headers["content-type"] == DOCX:
        read = docx.Document(io.BytesIO(answer.content))
        cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
        return "".join("".join([*(one.text for one in read.paragraphs), *cells]).split())
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize(
    ("kind", "form", "media_type", "name"),
    [
        ("lhe", "pdf", "application/pdf", "lhe-{unit}-2026-draf.pdf"),
        ("lhe", "docx", DOCX, "lhe-{unit}-2026-draf.docx"),
        ("worksheet", "pdf", "application/pdf", "lembar-kerja-{unit}-2026-draf.pdf"),
        ("worksheet", "docx", DOCX, "lembar-kerja-{unit}-2026-draf.docx"),
    ],
)
async def test_a_report_is_a_file_to_keep_under_a_plain_name(
    planning: Planning, kind: str, form: str, media_type: str, name: str
) -> None:
    unit = await planning.programme()
    answer = await report(planning, unit, kind=kind, format=form)
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"] == (f"attachment; filename*=UTF-8''{name.format(unit=unit)}")
    told = text_of(answer)
    assert "DRAF:tahappengisian" in told or form == "docx"
    assert unit in told


async def test_its_tag_names_its_bytes(planning: Planning) -> None:
    unit = await planning.programme()
    first, again = await report(planning, unit), await report(planning, unit)
    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"]
    assert first.headers["etag"].startswith('"'), "a strong one"
    known = planning.headers("unit_leader", unit) | {"If-None-Match": first.headers["etag"]}
    path = f"/units/{unit}/worksheets/{YEAR}/report"
    same = await planning.client.get(path, headers=known)
    assert (same.status_code, same.content) == (304, b"")
    await planning.answer(unit, {"item_code": "A.I.1.i.a", "letter": "Ya"})
    changed = await planning.client.get(path, headers=known)
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_a_draft_tells_the_stage_and_the_open_worksheet(planning: Planning) -> None:
    unit = await planning.programme()
    empty = text_of(await report(planning, unit))
    assert "Belumadajawaban:lembarkerjamasihkosong." in empty
    await planning.answer(unit, {"item_code": "A.I.1.i.a", "letter": "Ya", "note": "#set *tim* $ada$"})
    told = text_of(await report(planning, unit, kind="worksheet", layer="unit"))
    assert "Draf:penilaianberadapadatahappengisian" in told
    assert "Unit:#set*tim*$ada$" in told
    assert "lembarkerjayangmasihterbuka;1dari113" in told


async def test_who_may_not_see_the_unit_sees_no_report_of_it(planning: Planning) -> None:
    unit, other = await planning.programme(), await planning.programme()
    answer = await planning.client.get(
        f"/units/{unit}/worksheets/{YEAR}/report", headers=planning.headers("unit_operator", other)
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_year_without_a_worksheet_has_no_report(planning: Planning) -> None:
    unit = await planning.unit()
    answer = await report(planning, unit)
    assert (answer.status_code, answer.json()["code"]) == (404, "programme_missing")


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"kind": "sk"}, "kind"), ({"format": "odt"}, "format"), ({"layer": "tim"}, "layer")],
)
async def test_what_there_is_no_report_of_is_named(
    planning: Planning, asked: dict[str, str], field: str
) -> None:
    unit = await planning.programme()
    answer = await report(planning, unit, **asked)
    assert answer.status_code == 422
    assert field in answer.text


async def test_a_layer_of_an_lhe_is_refused(planning: Planning) -> None:
    unit = await planning.programme()
    answer = await report(planning, unit, layer="tpi")
    assert (answer.status_code, answer.json()["code"]) == (422, "layer_unused")


@pytest.mark.parametrize("below", ["", "/penilaian/tpi"])
async def test_the_pages_link_to_reports_and_a_browser_downloads_them(planning: Planning, below: str) -> None:
    unit = await planning.programme()
    place = f"/lembar-kerja/{unit}/{YEAR}"
    browser = await log_in(planning, "tpi", agency="a1")
    shown = await browser.get(place + below)
    links = re.findall(r'href="([^"]+/laporan/[^"]+)"', shown.text)
    assert len(links) == 4
    assert all(("lapis=tpi" in link) is ("worksheet" in link and below != "") for link in links)
    for link in links:
        answer = await browser.get(html.unescape(link))
        assert answer.headers["content-disposition"].startswith("attachment")
        assert unit in text_of(answer)


def sheet(**changes: str) -> list[dict[str, Any]]:
    """Return the best answers with indexes that meet every gate; changes are letters by code with `_`."""
    found = [one | ({"index": "4"} if "index" in one else {}) for one in stages.whole_sheet()]
    told = {code.replace("_", "."): letter for code, letter in changes.items()}
    return [
        {"item_code": one["item_code"], "letter": told[one["item_code"]], "note": "Tidak ada SK."}
        if one["item_code"] in told
        else one
        for one in found
    ]


async def test_after_the_decree_a_report_is_read_from_what_was_judged(planning: Planning) -> None:
    agency = f"a-{uuid4().hex[:8]}"
    unit = await planning.programme(agency=agency)
    people = {role: planning.headers(role, unit, agency=agency) | {"If-Match": "*"}
              for role in ("unit_operator", "tpi", "tpn", "agency_head")}  # fmt: skip

    async def good(path: str, role: str, **options: Any) -> httpx2.Response:
        answer = await planning.client.post(path, headers=people[role], **options)
        assert answer.status_code in {200, 201}, (path, answer.text)
        return answer

    async def act(name: str, role: str, **body: Any) -> None:
        await good(f"/units/{unit}/stages/{YEAR}/acts/{name}", role, json=body)

    async def write(layer: str, role: str, answers: list[dict[str, Any]]) -> None:
        body = {"layer": layer, "answers": answers}
        await good(f"/units/{unit}/worksheets/{YEAR}/answers", role, json=body)

    proof = await good(
        f"/units/{unit}/evidence",
        "unit_operator",
        params={"kind": "sk", "title": "SK tim"},
        files={"file": ("sk.pdf", PDF, "application/pdf")},
    )
    ids = {"evidence_ids": [proof.json()["evidence_id"]]}
    await write("unit", "unit_operator", [one | ids if one["item_code"] == "A.I.1.i.a" else one
                                          for one in sheet()])  # fmt: skip
    await act("submit", "unit_operator")
    await stages.lead_to(planning, unit, "penilaian_tpi", agency=agency)
    await write("tpi", "tpi", sheet(A_I_1_i_a="Tidak"))
    draft = text_of(await report(planning, unit, "tpi", agency=agency))
    assert "DRAF:tahappenilaianTPI" in draft
    assert "TPI:TidakadaSK." in draft
    await act("finish_round", "tpi")
    await act("finish_round", "tpi")

    async def waits() -> None:
        await stages.let_propose(planning, agency)

    await nominating.frozen(planning.client, planning.issuer, agency, unit, YEAR, lead=waits)
    await act("accept", "tpn")
    await write("tpn", "tpn", [{"item_code": "A.I.1.i.b", "letter": "B", "note": "Belum seluruhnya."}])
    await act("open_objection", "tpn")
    await act("to_panel", "tpn")
    await act("decide", "tpn", decree=DECREE, **CLEAR)

    final = await report(planning, unit, agency=agency)
    told = text_of(final)
    assert "DRAF" not in told
    assert f"PredikatWBKditetapkandenganSK{DECREE['number']}tanggal5Januari2026." in told
    assert "putaran2,dibekukan" in told
    assert "TPN:Belumseluruhnya." in told
    assert "paketusulanversi1" in told
    assert "lhe-" in final.headers["content-disposition"]
    assert "draf" not in final.headers["content-disposition"]

    await planning.rows(
        "INSERT INTO answer (unit_id, year, layer, version, item_code, letter, evidence_ids, origin,"
        " written_by) SELECT unit_id, year, layer, version + 1000, item_code, 'Ya', '{}', origin, written_by"
        " FROM answer WHERE unit_id = :unit AND layer = 'tpi' AND item_code = 'A.I.1.i.a' RETURNING 1",
        unit=unit,
    )
    after = await report(planning, unit, agency=agency)
    assert after.content == final.content, "nothing that came later is in it"
    side_by_side = text_of(await report(planning, unit, agency=agency, kind="worksheet", format="docx"))
    row = side_by_side.partition("A.I.1.i.aTim")[2][:80]
    assert "Ya0,25Tidak0,00–0,00TPI:TidakadaSK.Unit:SKtim" in row
