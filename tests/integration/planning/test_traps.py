"""Rows of lke.md sections 14 and 15 that speak of worksheets as they are written, by their own names."""

from typing import Any

import pytest

from shared.http.crosssite import TOKEN_HEADER
from shared.instruments.lke import lke_instrument
from shared.security import Scope
from tests.support.forms import filled
from tests.support.planning import AGENCY, YEAR, Planning
from tests.support.planning_browser import BROWSER, log_in
from tests.support.stages import act, answer_as, fill, lead_to, whole_sheet

YA = {"item_code": "A.I.1.i.a", "letter": "Ya"}
CLEARED = {"item_code": "A.I.1.i.a", "reason": "Salah butir."}
COMPUTED = ["value", "weight", "score", "points", "percent"]


@pytest.fixture
async def unit(planning: Planning) -> str:
    return await planning.programme()


async def nothing_is_stored(planning: Planning, unit: str) -> bool:
    told = [kind for kind, _ in await planning.events(unit)]
    return (await planning.worksheet(unit))["version"] == 0 and "worksheet.answered.v1" not in told


@pytest.mark.parametrize("layer", ["unit", "tpi", "tpn"])
@pytest.mark.parametrize("field", COMPUTED)
async def test_weight_from_the_client(planning: Planning, unit: str, field: str, layer: str) -> None:
    """What we compute is taken from nobody, in no layer; the refusal names the field."""
    refused = await answer_as(planning, unit, YA | {field: "1"}, layer=layer)
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["field"], error["code"]) == (
        422, f"answers.0.{field}", "extra_forbidden",
    )  # fmt: skip
    assert await nothing_is_stored(planning, unit)


@pytest.mark.parametrize("key", COMPUTED)
async def test_ready_percentage_from_the_client(planning: Planning, unit: str, key: str) -> None:
    """A % item is its counts."""
    refused = await planning.answer(unit, {"item_code": "A.II.4.i.a", "inputs": {key: 100}})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == f"answers.0.inputs.{key}"
    assert await nothing_is_stored(planning, unit)


async def test_weight_from_a_page(planning: Planning, unit: str) -> None:
    """The page's own save refuses it as the interface for programs does, and its form has no place for it."""
    own_unit = Scope("unit", agencies=frozenset({AGENCY}), units=frozenset({unit}))
    mine = await log_in(planning, "unit_operator", f"op-{unit}", AGENCY, own_unit)
    sheet = f"/lembar-kerja/{unit}/{YEAR}"
    page = (await mine.get(f"{sheet}/1")).text
    typed = filled(page, f"{sheet}/1")
    assert typed is not None
    own = {"Cookie": mine.cookie, "If-Match": '"0"', "Accept": "application/json"}
    refused = await planning.client.post(
        f"{sheet}/jawaban",
        json={"answers": [YA | {"weight": "2"}]},
        headers=BROWSER | own | {TOKEN_HEADER: typed["csrf"]},
    )
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "answers.0.weight")
    sent = await planning.client.post(
        f"{sheet}/1",
        data=typed | {"weight:A.I.1.i.a": "2", "score": "90"},
        headers=BROWSER | {"Cookie": mine.cookie},
    )
    assert sent.headers["location"].endswith("tersimpan=0")
    assert await nothing_is_stored(planning, unit)


@pytest.mark.parametrize("field", ["score", "points", "sha256", "stage"])
async def test_score_with_an_act(planning: Planning, unit: str, field: str) -> None:
    """Whoever hands in says nothing of what was reached: it is computed from the answers."""
    await fill(planning, unit)
    body: dict[str, Any] = {field: "100"}
    refused = await act(planning, unit, "submit", "unit_operator", **body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert await planning.rows("SELECT 1 FROM stage WHERE unit_id = :u", u=unit) == []


async def test_bulk_approval_has_a_record_per_item(planning: Planning, unit: str) -> None:
    """Who agrees with a whole sheet leaves 113 answers of their own: author, time, version and event each."""
    await fill(planning, unit, subject="operator")
    await lead_to(planning, unit, "penilaian_tpi", "tim")
    made = await planning.answer(unit, *whole_sheet(), layer="tpi", subject="tim")
    assert made.status_code == 200, made.text
    rows = await planning.rows(
        "SELECT item_code, version, written_by, written_at FROM answer"
        " WHERE unit_id = :u AND layer = 'tpi' ORDER BY version",
        u=unit,
    )
    items = len(lke_instrument().questions)
    assert [row.version for row in rows] == list(range(items + 1, 2 * items + 1))
    assert {row.item_code for row in rows} == set(lke_instrument().questions)
    assert {row.written_by for row in rows} == {"tim"}
    assert all(row.written_at for row in rows)
    told = [version for kind, version in await planning.events(unit) if kind == "worksheet.answered.v1"]
    assert told == list(range(1, 2 * items + 1))


@pytest.mark.parametrize(("stage", "layer"), [("penilaian_tpi", "tpi"), ("sanggah", "tpn")])
async def test_bulk_approval_by_an_act(planning: Planning, unit: str, stage: str, layer: str) -> None:
    """Ending a review answers nothing in the reviewer's name: what nobody looked at stays unanswered."""
    await fill(planning, unit, subject="operator")
    await lead_to(planning, unit, stage, "tim")
    if layer == "tpi":
        made = await planning.answer(unit, YA, layer="tpi", subject="tim")
        assert made.status_code == 200, made.text
        ended = await act(planning, unit, "finish_round", "tpi", subject="tim")
    else:
        ended = await act(planning, unit, "to_panel", "tpn")
    assert ended.status_code == 200, ended.text
    rows = await planning.rows(
        "SELECT item_code FROM answer WHERE unit_id = :u AND layer = :layer", u=unit, layer=layer
    )
    assert [row.item_code for row in rows] == (["A.I.1.i.a"] if layer == "tpi" else [])


async def test_blank_in_a_batch_needs_its_own_reason(planning: Planning, unit: str) -> None:
    """Several items are cleared by several reasons: one for all of them would explain none."""
    other = {"item_code": "A.I.1.i.b", "letter": "A"}
    await planning.answer(unit, YA, other)
    refused = await planning.answer(unit, CLEARED, {"item_code": "A.I.1.i.b"})
    assert [error["field"] for error in refused.json()["errors"]] == ["answers.1.reason"]
    assert (await planning.worksheet(unit))["version"] == 2


@pytest.mark.parametrize(
    ("layer", "stage"), [("unit", "pengisian"), ("tpi", "penilaian_tpi"), ("tpn", "desk")]
)
async def test_closed_window(planning: Planning, layer: str, stage: str) -> None:
    """A layer waits for nobody after its window, and the refusal says which days it had."""
    agency = f"a-closed-{layer}"
    unit = await planning.programme(agency=agency)
    await lead_to(planning, unit, stage, agency=agency)
    admin = planning.issuer.headers("admin", level="national")
    made = await planning.client.put(
        f"/windows/{YEAR}/{stage}",
        params={"agency_id": agency},
        json={"closes_on": "2020-01-01"},
        headers=admin | {"If-Match": "*"},
    )
    assert made.status_code == 200, made.text
    role = {"unit": "unit_operator"}.get(layer, layer)
    refused = await planning.client.post(
        f"/units/{unit}/worksheets/{YEAR}/answers",
        json={"layer": layer, "answers": [YA]},
        headers=planning.headers(role, unit, agency=agency) | {"If-Match": "*"},
    )
    body: dict[str, Any] = refused.json()
    assert (refused.status_code, body["code"], body["closes_on"]) == (409, "closed_window", "2020-01-01")
    assert await nothing_is_stored(planning, unit)


async def test_stale_version_and_none_sent(planning: Planning, unit: str) -> None:
    await planning.answer(unit, YA)
    stale = await planning.answer(unit, YA, seen='"0"')
    assert (stale.status_code, stale.json()["code"], stale.json()["items"]) == (
        412, "stale_version", ["A.I.1.i.a"],
    )  # fmt: skip
    silent = await planning.call(
        "POST",
        f"/units/{unit}/worksheets/{YEAR}/answers",
        "unit_operator",
        unit,
        json={"layer": "unit", "answers": [YA]},
    )
    assert silent.status_code == 428
    assert (await planning.worksheet(unit))["version"] == 1


async def test_unit_outside_the_scope(planning: Planning, unit: str) -> None:
    """Who may not see a unit learns nothing of it: its worksheet is as if missing, to read and to write."""
    other = await planning.programme()
    path = f"/units/{unit}/worksheets/{YEAR}"
    headers = planning.headers("unit_operator", other)
    read = await planning.client.get(path, headers=headers)
    written = await planning.client.post(
        f"{path}/answers",
        json={"layer": "unit", "answers": [YA]},
        headers=headers | {"If-Match": "*"},
    )
    nowhere = await planning.client.get(f"/units/u-nowhere/worksheets/{YEAR}", headers=headers)
    assert [one.status_code for one in (read, written, nowhere)] == [404] * 3
    assert read.json()["detail"] == nowhere.json()["detail"]


async def test_layers_mixed_into_one_set(planning: Planning, unit: str) -> None:
    """The counts of a % item are of one layer: an assessor's lone count borrows none of the unit's."""
    code = "A.II.4.i.a"
    await planning.answer(unit, {"item_code": code, "inputs": {"n1": 4, "n2": 3}})
    made = await answer_as(planning, unit, {"item_code": code, "inputs": {"n2": 2}}, layer="tpi")
    assert [(one["item_code"], one["code"]) for one in made.json()["warnings"]] == [(code, "partial")]
    (found,) = [one for one in (await planning.worksheet(unit))["items"] if one["item_code"] == code]
    assert (found["unit"]["inputs"], found["tpi"]["inputs"]) == ({"n1": 4, "n2": 3}, {"n2": 2})
