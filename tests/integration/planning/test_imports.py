"""Import of workbooks over HTTP: all or nothing, dry runs, originals kept."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from shared.db.database import count_statements
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument
from tests.support.lke import case, shared_workbooks
from tests.support.planning import YEAR, Planning
from tests.support.stages import answer_as, lead_to
from tests.support.workbook import linked_workbook, workbook

CASE = case("06-kspstk-2024-answers")["answers"]
FILLED: dict[str, Callable[[], bytes]] = {
    "06-kspstk-2024": lambda: workbook(CASE),
    **{path.stem: path.read_bytes for path in shared_workbooks()},
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def send(
    planning: Planning,
    unit: str,
    content: bytes,
    *,
    role: str = "unit_operator",
    layer: str = "unit",
    seen: str | None = "*",
    key: str | None = None,
    subject: str | None = None,
    **query: Any,
) -> httpx2.Response:
    headers = {"If-Match": seen, "Idempotency-Key": key}
    return await planning.call(
        "POST",
        f"/units/{unit}/worksheets/{YEAR}/import",
        role,
        unit,
        subject=subject,
        params={"layer": layer, **query},
        files={"file": ("lke.xlsx", content, XLSX)},
        headers={name: value for name, value in headers.items() if value is not None},
    )


async def test_a_workbook_fills_the_layer_and_names_cells_and_totals(planning: Planning) -> None:
    unit = await planning.programme()
    content = workbook(CASE, {"O8": "SK 12/2026"})
    done = await send(planning, unit, content)
    body = done.json()
    answered = sum(raw not in (None, "") for raw in CASE.values())
    assert (done.status_code, body["version"], len(body["changes"])) == (200, answered, answered)
    assert (body["is_written"], body["total"]["agrees"]) == (True, True)
    assert body["total"]["our_points"] == "92.436825609031"
    item = (await planning.worksheet(unit))["items"][0]["unit"]
    assert (item["letter"], item["note"], item["cell"], item["origin"]) == (
        "Ya",
        "SK 12/2026",
        "K8",
        "import",
    )
    facts = [version for kind, version in await planning.events(unit) if kind == "worksheet.answered.v1"]
    assert facts == list(range(1, answered + 1))
    sha = hashlib.sha256(content).hexdigest()
    assert (planning.settings.data_dir / "files" / sha[:2] / sha).read_bytes() == content
    kept = await planning.rows("SELECT sha256, version FROM worksheet_import WHERE unit_id = :u", u=unit)
    assert [tuple(row) for row in kept] == [(sha, answered)]


async def test_the_same_workbook_again_changes_nothing(planning: Planning) -> None:
    unit = await planning.programme()
    content = workbook({"A.I.1.i.a": "Ya"})
    first = (await send(planning, unit, content)).json()
    again = (await send(planning, unit, content)).json()
    assert (first["version"], again["version"], again["changes"]) == (1, 1, [])


async def test_a_dry_run_tells_everything_and_writes_nothing(planning: Planning) -> None:
    unit = await planning.programme()
    await planning.answer(unit, {"item_code": "A.I.1.i.b", "letter": "C"})
    content = workbook({"A.I.1.i.a": "Ya", "A.I.1.i.b": "A", "B.I.a": Decimal("3.71")})
    told = (await send(planning, unit, content, seen=None, dry_run=True)).json()
    assert [(c["item_code"], c["cell"], c["before"], c["after"]) for c in told["changes"]] == [
        ("A.I.1.i.a", "K8", None, "Ya"),
        ("A.I.1.i.b", "K9", "C", "A"),
        ("B.I.a", f"K{lke_instrument().questions['B.I.a'].place.workbook_row}", None, "3,71"),
    ]
    assert (told["is_accepted"], told["is_written"], told["version"]) == (True, False, 1)
    assert (await planning.worksheet(unit))["version"] == 1
    assert not [path for path in planning.settings.data_dir.rglob("*") if path.is_file()]


async def test_one_error_writes_nothing_and_every_error_is_named(planning: Planning) -> None:
    unit = await planning.programme()
    content = workbook({"A.I.1.i.b": "A"}, {"K58": "E", "K8": "Mungkin"})
    refused = await send(planning, unit, content)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "workbook_refused")
    assert [(e["field"], e["code"]) for e in problem["errors"]] == [
        ("LKE ZI!K8", "outside_scale"),
        ("LKE ZI!K58", "outside_scale"),
    ]
    assert problem["errors"][1]["message"] == 'LKE ZI!K58 (A.I.3.v.a): "E" bukan pilihan A/B/C/D'
    told_of = ("sheet", "cell", "row", "item_code", "value", "reason", "allowed")
    assert [problem["errors"][1][name] for name in told_of] == [
        "LKE ZI",
        "K58",
        58,
        "A.I.3.v.a",
        "E",
        "outside_scale",
        "A/B/C/D",
    ]
    assert (await planning.worksheet(unit))["version"] == 0
    told = (await send(planning, unit, content, seen=None, dry_run=True)).json()
    assert (told["is_accepted"], told["changes"], len(told["findings"])) == (False, [], 2)
    assert not [path for path in planning.settings.data_dir.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 cut"])
async def test_a_file_that_is_no_workbook_is_refused_whole(planning: Planning, content: bytes) -> None:
    unit = await planning.programme()
    refused = await send(planning, unit, content)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "file")


async def test_a_blank_cell_erases_only_in_replace_mode_with_a_reason(planning: Planning) -> None:
    unit = await planning.programme()
    await planning.answer(
        unit, {"item_code": "A.I.1.i.a", "letter": "Ya"}, {"item_code": "A.I.1.i.b", "letter": "A"}
    )
    content = workbook({"A.I.1.i.b": "B"})
    merged = (await send(planning, unit, content)).json()
    assert [c["item_code"] for c in merged["changes"]] == ["A.I.1.i.b"]
    refused = await send(planning, unit, content, replace=True)
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_missing")
    replaced = (await send(planning, unit, content, replace=True, reason="data baru")).json()
    assert [(c["item_code"], c["after"]) for c in replaced["changes"]] == [("A.I.1.i.a", None)]
    item = (await planning.worksheet(unit))["items"][0]["unit"]
    assert (item["letter"], item["reason"]) == (None, "data baru")


async def test_a_mode_says_what_a_workbook_does_to_what_is_stored(planning: Planning) -> None:
    unit = await planning.programme()
    await planning.answer(unit, {"item_code": "A.I.1.i.a", "letter": "Ya"})
    content = workbook({"A.I.1.i.a": "Tidak", "A.I.1.i.b": "B"})
    filled = (await send(planning, unit, content, mode="fill")).json()
    assert [c["item_code"] for c in filled["changes"]] == ["A.I.1.i.b"]
    assert [(k["item_code"], k["field"], k["value"]) for k in filled["kept"]] == [
        ("A.I.1.i.a", "value", "Ya")
    ]
    for unclear, code in (
        ({"mode": "fill", "replace": True}, "mode_unclear"),
        ({"mode": "replace"}, "reason_missing"),
    ):
        refused = await send(planning, unit, content, **unclear)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    blank = workbook({"A.I.1.i.b": "B"})
    replaced = (await send(planning, unit, blank, mode="replace", reason="ulang")).json()
    assert [(c["item_code"], c["after"]) for c in replaced["changes"]] == [("A.I.1.i.a", None)]
    merged = (await send(planning, unit, content, mode="merge")).json()
    assert [(c["item_code"], c["after"]) for c in merged["changes"]] == [("A.I.1.i.a", "Tidak")]


async def test_a_count_left_blank_is_kept_and_named_before_anything_is_written(planning: Planning) -> None:
    unit = await planning.programme()
    await planning.answer(unit, {"item_code": "A.II.1.i.a", "inputs": {"n1": 4, "n2": 3}})
    content = workbook({"A.II.1.i.a": {"n1": 5}})
    for is_dry in (True, False):
        told = (await send(planning, unit, content, dry_run=is_dry)).json()
        assert [(c["before"], c["after"]) for c in told["changes"]] == [("n1 = 4, n2 = 3", "n1 = 5, n2 = 3")]
        assert [(k["item_code"], k["field"], k["value"]) for k in told["kept"]] == [("A.II.1.i.a", "n2", "3")]
    items = {item["item_code"]: item["unit"] for item in (await planning.worksheet(unit))["items"]}
    assert items["A.II.1.i.a"]["inputs"] == {"n1": 5, "n2": 3}
    erased = (await send(planning, unit, content, replace=True, reason="salah isi")).json()
    assert ([c["after"] for c in erased["changes"]], erased["kept"]) == (["n1 = 5"], [])


async def test_an_import_says_what_it_has_seen(planning: Planning) -> None:
    unit = await planning.programme()
    content = workbook({"A.I.1.i.a": "Ya"})
    assert (await send(planning, unit, content, seen=None)).status_code == 428
    await planning.answer(unit, {"item_code": "A.I.1.i.a", "letter": "Tidak"})
    assert (await send(planning, unit, content, seen='"0"')).status_code == 412
    assert (await send(planning, unit, content, seen='"1"')).json()["version"] == 2


async def test_evidence_links_outlive_an_import(planning: Planning) -> None:
    unit = await planning.programme()
    evidence = (await planning.upload(unit, "sk.pdf", b"%PDF-1.4\n%%EOF\n")).json()["evidence_id"]
    await planning.answer(unit, {"item_code": "A.I.1.i.a", "letter": "Tidak", "evidence_ids": [evidence]})
    await send(planning, unit, workbook({"A.I.1.i.a": "Ya"}))
    item = (await planning.worksheet(unit))["items"][0]["unit"]
    assert (item["letter"], item["evidence_ids"]) == ("Ya", [evidence])


async def test_evidence_named_in_the_workbook_becomes_evidence_of_the_items(planning: Planning) -> None:
    unit = await planning.programme()
    own = (await planning.upload(unit, "sk.pdf", b"%PDF-1.4\n%%EOF\n")).json()["evidence_id"]
    await planning.answer(unit, {"item_code": "A.I.1.i.a", "letter": "Ya", "evidence_ids": [own]})
    link = "https://drive.contoh.example/berkas"
    raws = {"A.I.1.i.a": "Ya", "A.I.1.i.b": "A"}
    content = linked_workbook(
        raws, {"P8": "SK Tim", "Q8": "Buka", "P9": "SK Tim", "O9": "catatan"}, {"Q8": link}
    )
    told = (await send(planning, unit, content, dry_run=True)).json()
    assert {c["item_code"]: c["references"] for c in told["changes"]} == {
        "A.I.1.i.a": ["SK Tim", "Buka"], "A.I.1.i.b": ["SK Tim"],
    }  # fmt: skip
    assert await planning.rows("SELECT 1 FROM evidence WHERE form <> 'file' AND unit_id = :u", u=unit) == []
    for mode in ("merge", "fill"):
        again = (await send(planning, unit, content, mode=mode)).json()
        assert again["is_written"]
    assert again["changes"] == [], "the same workbook again changes nothing"
    items = {item["item_code"]: item["unit"] for item in (await planning.worksheet(unit))["items"]}
    first, second = items["A.I.1.i.a"], items["A.I.1.i.b"]
    assert (first["origin"], second["origin"]) == ("typed", "import")
    assert first["evidence_ids"][0] == own
    assert second["evidence_ids"] == [first["evidence_ids"][1]], "one evidence serves both items"
    listed = (await planning.call("GET", f"/units/{unit}/evidence", "tpi", unit)).json()["items"]
    assert {(one["title"], one["form"], one["body"]) for one in listed if one["form"] != "file"} == {
        ("SK Tim", "text", "SK Tim"), ("Buka", "address", link),
    }  # fmt: skip


async def test_a_repeated_import_with_its_key_gives_the_first_answer(planning: Planning) -> None:
    unit = await planning.programme()
    content = workbook({"A.I.1.i.a": "Ya"})
    first = await send(planning, unit, content, key="import-key-of-sixteen")
    await planning.answer(unit, {"item_code": "A.I.1.i.a", "letter": "Tidak"})
    again = await send(planning, unit, content, key="import-key-of-sixteen")
    assert again.json() == first.json()
    assert (await planning.worksheet(unit))["version"] == 2


async def test_an_import_costs_the_same_statements_for_one_item_and_for_all(planning: Planning) -> None:
    engine = state_of(planning.app).db.engine
    costs = []
    for raws in ({"A.I.1.i.a": "Ya"}, CASE):
        unit = await planning.programme()
        content = workbook(raws)
        seen = count_statements(engine)
        assert (await send(planning, unit, content)).status_code == 200
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 15


@pytest.mark.parametrize("workbook_name", FILLED)
async def test_filled_workbooks_come_in_with_their_own_total(planning: Planning, workbook_name: str) -> None:
    unit = await planning.programme()
    body = (await send(planning, unit, FILLED[workbook_name]())).json()
    assert (body["is_written"], body["total"]["agrees"]) == (True, True)


@pytest.mark.parametrize(
    ("first", "role", "layer"),
    [("unit", "tpi", "tpi"), ("tpi", "unit_operator", "unit"), ("tpn", "unit_operator", "unit")],
)
@pytest.mark.parametrize("path", ["import", "dry run"])
async def test_a_workbook_makes_nobody_assessor_of_their_own_answers(
    planning: Planning, first: str, role: str, layer: str, path: str
) -> None:
    unit = await planning.programme()
    answer = {"item_code": "A.I.1.i.a", "letter": "ya"}
    assert (await answer_as(planning, unit, answer, layer=first, subject="budi")).status_code == 200
    query = {"dry_run": "true"} if path == "dry run" else {}
    content = workbook({"A.I.1.i.b": "A"})
    refused = await send(planning, unit, content, role=role, layer=layer, subject="budi", **query)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_assessment")
    assert (await planning.worksheet(unit))["version"] == 1


async def test_an_import_counts_as_the_importer_s_answers(planning: Planning) -> None:
    unit = await planning.programme()
    content = workbook({"A.I.1.i.a": "Ya"})
    await lead_to(planning, unit, "penilaian_tpi", "budi")
    done = await send(planning, unit, content, role="tpi", layer="tpi", subject="budi")
    assert done.status_code == 200
    answer = {"item_code": "A.I.1.i.b", "letter": "A"}
    refused = await planning.answer(unit, answer, subject="budi")
    assert refused.json()["code"] == "own_assessment"
