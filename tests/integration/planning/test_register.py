"""Units, programmes and work plans over HTTP."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.planning.plan.store import count_overdue
from shared.db.clock import database_now
from shared.http.api.paging import encode_cursor
from shared.kernel import UNASSIGNED_UNIT, YEARS_AHEAD, YEARS_BACK, Zone
from tests.support.newer_rules import EDITION, POLICIES, RULES, newer_rules
from tests.support.planning import YEAR, Planning


async def test_a_unit_needs_only_id_and_name_and_is_published(planning: Planning) -> None:
    unit = await planning.unit(unit_id="kantor-a", name="Kantor A")
    found = await planning.call("GET", f"/units/{unit}", "unit_operator", unit)
    assert found.headers["etag"] == '"1"'
    assert found.json() == {
        "unit_id": "kantor-a",
        "agency_id": "a1",
        "name": "Kantor A",
        "unit_type": "kantor_pelayanan",
        "echelon": "III",
        "has_service_function": True,
        "zone": "WIB",
        "is_active": True,
        "is_demo": False,
        "region": None,
        "parent_id": None,
        "merged_into": None,
        "version": 1,
    }
    assert await planning.events(unit) == [("unit.registered.v1", 1)]


async def test_a_unit_id_is_taken_once(planning: Planning) -> None:
    unit = await planning.unit()
    again = await planning.call("POST", "/units", "admin", unit, json={"unit_id": unit, "name": "Lain"})
    assert (again.status_code, again.json()["code"]) == (409, "unit_exists")


async def test_no_unit_takes_the_id_that_stands_for_an_unknown_unit(planning: Planning) -> None:
    body = {"unit_id": UNASSIGNED_UNIT, "name": "Kantor"}
    refused = await planning.call("POST", "/units", "admin", UNASSIGNED_UNIT, json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "unit_reserved")
    assert await planning.events(UNASSIGNED_UNIT) == []


async def test_a_unit_of_another_agency_cannot_be_registered(planning: Planning) -> None:
    body = {"unit_id": "elsewhere", "name": "Lain", "agency_id": "a2"}
    refused = await planning.call("POST", "/units", "admin", "elsewhere", json=body)
    assert refused.status_code == 403


async def test_changing_a_unit_raises_its_version_and_needs_the_present_one(planning: Planning) -> None:
    unit = await planning.unit()

    async def patch(**headers: str) -> int:
        body = {"zone": "WIT"}
        answer = await planning.call("PATCH", f"/units/{unit}", "admin", unit, json=body, headers=headers)
        return answer.status_code

    assert await patch() == 428
    assert await patch(**{"If-Match": '"1"'}) == 200
    assert await patch(**{"If-Match": '"1"'}) == 412
    assert await patch(**{"If-Match": '"2"'}) == 200, "the same content again is no new version"
    assert await planning.events(unit) == [("unit.registered.v1", 1), ("unit.changed.v1", 2)]


async def test_units_are_listed_by_id_and_only_within_scope(planning: Planning) -> None:
    units = sorted([await planning.unit() for _ in range(3)])
    seen = await planning.call("GET", "/units", "unit_operator", units[1])
    assert [row["unit_id"] for row in seen.json()["items"]] == [units[1]]
    first = await planning.call("GET", "/units", "admin", "none", params={"limit": 1})
    second = await planning.call(
        "GET", "/units", "admin", "none", params={"limit": 1, "cursor": first.json()["next"]}
    )
    assert first.json()["items"][0]["unit_id"] < second.json()["items"][0]["unit_id"]


@pytest.mark.parametrize(
    ("year", "edition"), [(2024, "2021"), (2025, "2021"), (2026, "2026"), (2027, "2026")]
)
async def test_a_programme_pins_the_edition_of_its_year(planning: Planning, year: int, edition: str) -> None:
    unit = await planning.programme(year=year)
    found = (await planning.call("GET", f"/units/{unit}/programmes/{year}", "unit_operator", unit)).json()
    assert (found["edition"], found["rule_set"][:5], found["version"]) == (edition, "panrb", 1)
    assert (await planning.events(unit))[-1] == ("programme.created.v1", 1)


async def test_a_programme_keeps_what_it_pinned_and_only_one_opened_later_pins_what_is_newer(
    planning: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await planning.programme()

    async def pinned(unit: str) -> Mapping[str, Any]:
        asked = await planning.call("GET", f"/units/{unit}/programmes/{YEAR}", "unit_operator", unit)
        return dict(asked.json())

    before, events = await pinned(old), await planning.events(old)
    with newer_rules(monkeypatch):
        assert await pinned(old) == before
        assert await planning.events(old) == events
        later = await pinned(await planning.programme())
    names = ("edition", "rule_set", "policies")
    assert [before[name] for name in names] == ["2026", "panrb-90-2021", "undefined-1"]
    assert [later[name] for name in names] == [EDITION, RULES, POLICIES]


async def test_a_programme_is_of_a_year_near_the_present_one(planning: Planning) -> None:
    unit = await planning.unit()
    async with planning.db.reading() as session:
        present = (await database_now(session)).astimezone(Zone.WIB.tz).year
    for year, status in (
        (present - YEARS_BACK - 1, 422), (present + YEARS_AHEAD + 1, 422), (2094, 422),
        (present - YEARS_BACK, 201), (present + YEARS_AHEAD, 201),
    ):  # fmt: skip
        body = {"unit_id": unit, "year": year, "target": "WBK"}
        answer = await planning.call("POST", "/programmes", "admin", unit, json=body)
        assert answer.status_code == status, answer.text
        if status == 422:
            assert (answer.json()["code"], answer.json()["field"]) == ("year_out_of_reach", "year")


async def test_a_second_programme_of_a_unit_and_year_is_a_conflict(planning: Planning) -> None:
    unit = await planning.programme()
    body = {"unit_id": unit, "year": YEAR, "target": "WBBM"}
    again = await planning.call("POST", "/programmes", "admin", unit, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "programme_exists")


async def test_a_target_other_than_the_two_predicates_is_refused(planning: Planning) -> None:
    unit = await planning.unit()
    body = {"unit_id": unit, "year": YEAR, "target": "WBBK"}
    refused = await planning.call("POST", "/programmes", "admin", unit, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "target")


async def test_what_lies_outside_the_scope_is_as_if_missing(planning: Planning) -> None:
    unit = await planning.programme()
    for path in (f"/units/{unit}", f"/units/{unit}/programmes/{YEAR}", f"/units/{unit}/worksheets/{YEAR}"):
        answer = await planning.call("GET", path, "unit_operator", "another-unit")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


async def test_a_year_without_a_programme_says_so(planning: Planning) -> None:
    unit = await planning.unit()
    answer = await planning.call("GET", f"/units/{unit}/worksheets/{YEAR}", "unit_operator", unit)
    assert (answer.status_code, answer.json()["code"]) == (404, "programme_missing")


async def plan(planning: Planning, unit: str, **fields: object) -> dict[str, object]:
    body = {"unit_id": unit, "year": YEAR, "indicator_code": "A.I.1.i", "title": "Rapat", **fields}
    made = await planning.call("POST", "/activities", "unit_operator", unit, json=body)
    return {"status": made.status_code, **made.json()}


@pytest.mark.parametrize("code", ["A.I.1.i", "A.II.6.ii", "B.I.a"])
async def test_an_activity_serves_an_indicator_or_a_result(planning: Planning, code: str) -> None:
    unit = await planning.programme()
    assert (await plan(planning, unit, indicator_code=code))["status"] == 201
    assert (await planning.events(unit))[-1] == ("activity.planned.v1", 1)


@pytest.mark.parametrize("code", ["A.I.1.x", "A.I.1.i.a", "A.I.1", "TOTAL"])
async def test_an_activity_for_anything_else_is_refused(planning: Planning, code: str) -> None:
    unit = await planning.programme()
    refused = await plan(planning, unit, indicator_code=code)
    assert (refused["status"], refused["code"]) == (422, "unknown_indicator")


async def test_completing_names_the_missing_kinds_and_publishes_nothing(planning: Planning) -> None:
    unit = await planning.programme()
    activity = await plan(planning, unit, evidence_kinds=["notulen", "undangan", "daftar_hadir"])
    minutes = (await planning.upload(unit, "notulen.pdf", b"%PDF-1.4\n%%EOF\n")).json()["evidence_id"]
    path = f"/activities/{activity['activity_id']}/complete"

    async def complete(*evidence: str) -> tuple[int, object]:
        answer = await planning.call(
            "POST",
            path,
            "unit_operator",
            unit,
            json={"evidence_ids": list(evidence)},
            headers={"If-Match": '"1"'},
        )
        body = answer.json()
        return answer.status_code, body.get("missing_kinds") or body.get("state") or body["code"]

    before = await planning.events(unit)
    assert await complete(minutes) == (409, ["daftar_hadir", "undangan"])
    assert await planning.events(unit) == before
    others = [
        (await planning.upload(unit, f"{kind}.pdf", b"%PDF-1.4\n%%EOF\n", kind=kind)).json()["evidence_id"]
        for kind in ("undangan", "daftar_hadir")
    ]
    assert await complete(minutes, *others) == (200, "done")
    assert (await planning.events(unit))[-1] == ("activity.completed.v1", 2)
    assert await complete(minutes, *others) == (412, "stale_version")


async def test_evidence_of_another_unit_completes_nothing(planning: Planning) -> None:
    unit, other = await planning.programme(), await planning.programme()
    activity = await plan(planning, unit, evidence_kinds=["notulen"])
    foreign = (await planning.upload(other, "notulen.pdf", b"%PDF-1.4\n%%EOF\n")).json()["evidence_id"]
    answer = await planning.call(
        "POST",
        f"/activities/{activity['activity_id']}/complete",
        "unit_operator",
        unit,
        json={"evidence_ids": [foreign]},
        headers={"If-Match": '"1"'},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "evidence_unknown")


@pytest.mark.parametrize("key", [["\x00"], ["not-a-uuid"], [1], [-1], [2**63], ["a", "b"]])
async def test_a_cursor_that_we_never_gave_out_is_refused(planning: Planning, key: list[str | int]) -> None:
    unit = await planning.programme()
    worksheet = f"/units/{unit}/worksheets/{YEAR}/answers/unit/A.I.1.i.a"
    for path in ("/programmes", f"/units/{unit}/evidence", worksheet):
        if key == [1] and path == worksheet:
            continue
        answer = await planning.call("GET", path, "tpi", unit, params={"cursor": encode_cursor(key)})
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid"), path
    if key == ["\x00"]:
        answer = await planning.call("GET", "/units", "tpi", unit, params={"cursor": encode_cursor(key)})
        assert answer.status_code == 422


async def test_activities_past_their_day_in_the_zone_of_the_unit_are_counted(planning: Planning) -> None:
    unit = await planning.programme()
    before = await overdue(planning)
    for due_on in ("2020-01-01", "2099-12-31", None):
        await plan(planning, unit, due_on=due_on)
    assert await overdue(planning) == before + 1


async def overdue(planning: Planning) -> int:
    async with planning.db.reading() as session:
        return await count_overdue(session)
