"""Where units stand in their agency: parents, regions, and units merged into others."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from services.planning.units.tree import MOST_LEVELS
from tests.support.planning import PDF, YEAR, Planning


async def change(planning: Planning, unit: str, version: int = 1, **fields: Any) -> httpx2.Response:
    return await planning.call(
        "PATCH", f"/units/{unit}", "admin", unit, json=fields, headers={"If-Match": f'"{version}"'}
    )


async def merge(planning: Planning, unit: str, into: str, version: int = 1) -> httpx2.Response:
    return await planning.call(
        "POST", f"/units/{unit}/merge", "admin", unit, json={"into": into},
        headers={"If-Match": f'"{version}"'},
    )  # fmt: skip


async def unmerge(planning: Planning, unit: str, version: int) -> httpx2.Response:
    headers = {"If-Match": f'"{version}"'}
    return await planning.call("POST", f"/units/{unit}/unmerge", "admin", unit, headers=headers)


async def agency() -> str:
    return f"a-{uuid4().hex[:8]}"


async def test_region_and_parent_are_told_and_can_be_emptied(planning: Planning) -> None:
    parent = await planning.unit()
    unit = await planning.unit(region="Jawa Tengah", parent_id=parent)
    changed = await change(planning, unit, region=None, parent_id=None, name=None)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["region"], changed.json()["parent_id"]) == (None, None)
    assert changed.json()["name"] == "Kantor Contoh"
    rows = await planning.rows(
        "SELECT convert_from(payload, 'UTF8')::json ->> 'parent_id' FROM outbox WHERE record_key = :unit "
        "ORDER BY position",
        unit=unit,
    )
    assert [row[0] for row in rows] == [parent, None]


async def test_a_parent_is_another_unit_of_the_same_agency(planning: Planning) -> None:
    unit, other = await planning.unit(), await planning.unit(agency="a2")
    for parent in ("nobody", other):
        refused = await change(planning, unit, parent_id=parent)
        assert (refused.status_code, refused.json()["code"]) == (422, "parent_refused")
        assert parent not in refused.text
        assert refused.json()["field"] == "parent_id"
    body = {"unit_id": f"u-{uuid4().hex}", "name": "Baru", "parent_id": other}
    refused = await planning.call("POST", "/units", "admin", unit, json=body)
    assert refused.json()["code"] == "parent_refused"


async def test_no_unit_stands_above_itself_or_too_deep(planning: Planning) -> None:
    units = [await planning.unit()]
    for _ in range(1, MOST_LEVELS):
        units.append(await planning.unit(parent_id=units[-1]))
    for parent in (units[0], units[-1]):
        assert (await change(planning, units[0], parent_id=parent)).json()["code"] == "parent_refused"
    top = await planning.unit()
    refused = await change(planning, units[0], parent_id=top)
    assert refused.json()["code"] == "parent_refused", "what stands below would be too deep"


async def test_a_unit_with_ties_does_not_change_its_agency(planning: Planning) -> None:
    parent = await planning.unit()
    unit = await planning.unit(parent_id=parent)
    wide = planning.issuer.headers("admin", level="agency", agencies=["a1", "a2"])
    for tied in (parent, unit):
        moved = await planning.client.patch(
            f"/units/{tied}", json={"agency_id": "a2"}, headers=wide | {"If-Match": '"1"'}
        )
        assert moved.json()["code"] == "parent_refused"


async def test_a_merged_unit_keeps_its_history_and_takes_no_new_work(planning: Planning) -> None:
    unit, into = await planning.programme(), await planning.unit(name="Kantor Penerus")
    planned = await planning.call(
        "POST", "/activities", "unit_operator", unit,
        json={"unit_id": unit, "year": YEAR, "indicator_code": "A.I.1.i", "title": "Rapat"},
    )  # fmt: skip
    assert (await planning.answer(unit, {"item_code": "A.I.1.i.a", "letter": "Ya"})).status_code == 200
    merged = await merge(planning, unit, into)
    assert merged.status_code == 200, merged.text
    assert (merged.json()["merged_into"], merged.json()["is_active"]) == (into, False)
    assert (await planning.events(unit))[-1] == ("unit.changed.v1", 2)

    sheet = await planning.worksheet(unit)
    assert next(item for item in sheet["items"] if item["item_code"] == "A.I.1.i.a")["unit"]["letter"] == "Ya"
    found = await planning.call("GET", f"/units/{unit}/programmes/{YEAR}", "unit_operator", unit)
    assert found.status_code == 200

    body = {"unit_id": unit, "year": YEAR + 1, "target": "WBK"}
    activity = planned.json()["activity_id"]
    refused = [
        await planning.call("POST", "/programmes", "admin", unit, json=body),
        await planning.call(
            "POST", "/activities", "unit_operator", unit,
            json={"unit_id": unit, "year": YEAR, "indicator_code": "A.I.1.i", "title": "Rapat"},
        ),
        await planning.call(
            "POST", f"/activities/{activity}/complete", "unit_operator", unit, json={},
            headers={"If-Match": '"1"'},
        ),
        await planning.upload(unit, "a.pdf", PDF),
        await planning.answer(unit, {"item_code": "A.I.1.i.a", "letter": "Tidak"}),
        await change(planning, unit, version=2, name="Nama Lain"),
        await merge(planning, unit, into, version=2),
    ]  # fmt: skip
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (409, "unit_merged"), answer.text
        assert f"Kantor Penerus ({into})" in answer.json()["detail"]
        assert answer.json()["merged_into"] == into


async def test_a_merger_is_undone(planning: Planning) -> None:
    unit, into = await planning.programme(), await planning.unit()
    await merge(planning, unit, into)
    assert (await unmerge(planning, unit, 1)).status_code == 412
    apart = await unmerge(planning, unit, 2)
    assert (apart.json()["merged_into"], apart.json()["is_active"], apart.json()["version"]) == (
        None,
        True,
        3,
    )
    assert (await planning.answer(unit, {"item_code": "A.I.1.i.a", "letter": "Ya"})).status_code == 200
    again = await unmerge(planning, unit, 3)
    assert (again.status_code, again.json()["code"]) == (409, "unit_not_merged")


async def test_the_refusal_names_the_unit_at_the_end_of_all_mergers(planning: Planning) -> None:
    first, second, last = await planning.programme(), await planning.unit(), await planning.unit(name="Akhir")
    assert (await merge(planning, first, second)).status_code == 200
    assert (await merge(planning, second, last)).status_code == 200
    refused = await planning.answer(first, {"item_code": "A.I.1.i.a", "letter": "Ya"})
    assert f"Akhir ({last})" in refused.json()["detail"]
    circle = await merge(planning, last, first)
    assert (circle.json()["code"], last in circle.json()["detail"]) == ("merge_refused", True)


async def test_a_unit_that_others_were_merged_into_is_not_closed(planning: Planning) -> None:
    unit, into = await planning.unit(name="Kantor Lama"), await planning.unit()
    await merge(planning, unit, into)
    refused = await change(planning, into, version=1, is_active=False)
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_needed")
    assert f"Kantor Lama ({unit})" in refused.json()["detail"]
    await unmerge(planning, unit, 2)
    assert (await change(planning, into, version=1, is_active=False)).status_code == 200


async def test_a_merged_unit_below_ties_nobody_to_an_agency(planning: Planning) -> None:
    top, into = await planning.unit(), await planning.unit()
    unit = await planning.unit(parent_id=top)
    await merge(planning, unit, into)
    headers = planning.issuer.headers("admin", level="national") | {"If-Match": '"1"'}
    moved = await planning.client.patch(f"/units/{top}", json={"agency_id": "a2"}, headers=headers)
    assert (moved.status_code, moved.json()["agency_id"]) == (200, "a2")
    apart = await unmerge(planning, unit, 2)
    assert (apart.status_code, apart.json()["parent_id"]) == (200, None)


async def test_advice_on_a_merged_parent_names_the_end_of_its_mergers(planning: Planning) -> None:
    first, second = await planning.unit(), await planning.unit()
    last, other = await planning.unit(name="Akhir"), await planning.unit()
    await merge(planning, first, second)
    await merge(planning, second, last)
    refused = await change(planning, other, version=1, parent_id=first)
    assert f"Akhir ({last})" in refused.json()["detail"]
    own = await change(planning, last, version=1, parent_id=first)
    assert (own.json()["code"], "unit ini sendiri" in own.json()["detail"]) == ("parent_refused", True)


@pytest.mark.parametrize("case", ["itself", "nobody", "elsewhere", "inactive", "parent", "closed"])
async def test_a_merger_that_makes_no_sense_is_refused(planning: Planning, case: str) -> None:
    unit, into = await planning.unit(), await planning.unit()
    match case:
        case "itself":
            into = unit
        case "nobody":
            into = "nobody"
        case "elsewhere":
            into = await planning.unit(agency="a2")
        case "inactive":
            await change(planning, into, is_active=False)
        case "parent":
            await planning.unit(parent_id=unit)
        case "closed":
            await change(planning, unit, is_active=False)
    refused = await merge(planning, unit, into, version=2 if case == "closed" else 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "merge_refused")
    assert await planning.events(unit) == [("unit.registered.v1", 1)] + [("unit.changed.v1", 2)] * (
        case == "closed"
    )


async def test_no_unit_is_placed_below_a_merged_one_and_one_taken_apart_lets_go_of_it(
    planning: Planning,
) -> None:
    parent, heir = await planning.unit(), await planning.unit()
    unit = await planning.unit(parent_id=parent)
    assert (await merge(planning, unit, heir)).status_code == 200
    assert (await merge(planning, parent, heir)).status_code == 200, "what stood below it is merged too"
    other = await planning.unit()
    refused = await change(planning, other, parent_id=parent)
    assert (refused.json()["code"], heir in refused.json()["detail"]) == ("parent_refused", True)
    assert (await unmerge(planning, unit, 2)).json()["parent_id"] is None


async def test_units_are_found_by_what_their_id_name_or_region_holds(planning: Planning) -> None:
    mark = uuid4().hex[:8]
    by_id = await planning.unit(unit_id=f"u-{mark}")
    by_name = await planning.unit(name=f"Kantor {mark.upper()}")
    by_region = await planning.unit(region=f"Wilayah {mark}")
    await planning.unit()
    found = await planning.call("GET", "/units", "admin", "none", params={"search": f" {mark} "})
    assert {row["unit_id"] for row in found.json()["items"]} == {by_id, by_name, by_region}
    none = await planning.call("GET", "/units", "admin", "none", params={"search": "%"})
    assert none.json()["items"] == []


async def test_a_name_stands_on_one_line(planning: Planning) -> None:
    body = {"unit_id": f"u-{uuid4().hex}", "name": "Kantor\nA"}
    refused = await planning.call("POST", "/units", "admin", "none", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "name")
