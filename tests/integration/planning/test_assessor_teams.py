"""Teams of assessors over HTTP: who is in them, what they are given, and within which limits."""

from tests.support.planning import YEAR, Planning
from tests.support.stages import act, assign, give, lead_to

YA = {"item_code": "A.I.1.i.a", "letter": "Ya"}


async def test_a_team_takes_no_fifteenth_unit(planning: Planning) -> None:
    units = [await planning.programme() for _ in range(15)]
    team = await give(planning, units[0], "anggota-1", "anggota-2")
    for unit in units[1:14]:
        assert (await assign(planning, unit, team)).status_code == 200
    full = await assign(planning, units[14], team)
    assert (full.status_code, full.json()["code"], full.json()["units"], full.json()["limit"]) == (
        409, "team_full", 14, 14,
    )  # fmt: skip
    assert (await assign(planning, units[3], team)).status_code == 200, "one it has already"
    loads = (await planning.call("GET", f"/assessor-workload?year={YEAR}&limit=200", "tpi", units[0])).json()
    (load,) = [one for one in loads["items"] if one["team_id"] == team]
    assert (load["units"], load["unit_limit"], load["minutes"]) == (14, 14, 14 * 390)
    assert [(one["units"], one["minutes"]) for one in load["members"]] == [(14, 14 * 195)] * 2


async def test_a_unit_takes_no_more_than_its_minutes(planning: Planning) -> None:
    unit = await planning.programme()
    team = await give(planning, unit, "anggota-3", "anggota-4")
    rows = (await planning.call("GET", f"/assessors?team_id={team}", "admin", unit)).json()["items"]
    ids = [row["assessor_id"] for row in rows]
    shares = [{"assessor_id": id_, "areas": [2, 1], "minutes": 195} for id_ in ids]
    done_ = await assign(planning, unit, team, members=shares)
    assert (done_.status_code, done_.json()["members"][0]["areas"]) == (200, [1, 2])
    over = await assign(planning, unit, team, members=[shares[0], shares[1] | {"minutes": 196}])
    assert (over.status_code, over.json()["code"], over.json()["minutes"], over.json()["limit"]) == (
        422, "minutes_over_limit", 391, 390,
    )  # fmt: skip
    twice = await assign(planning, unit, team, members=[shares[0], shares[0]])
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (422, "duplicate")


async def test_an_assessor_has_an_organisation(planning: Planning) -> None:
    """Source: requirements.md R-020."""
    unit = await planning.programme()
    team = await give(planning, unit, "anggota-5")
    for body in ({}, {"organisation": "  "}):
        refused = await planning.call(
            "POST", "/assessors", "admin", unit, json={"team_id": team, "subject": "x", **body}
        )
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "organisation")


async def test_nobody_is_given_the_unit_they_work_for(planning: Planning) -> None:
    unit = await planning.programme()
    await planning.answer(unit, YA, subject="penulis")
    team = await give(planning, await planning.programme(), "penulis", "tetangga")
    rows = (await planning.call("GET", f"/assessors?team_id={team}", "admin", unit)).json()["items"]
    by_subject = {row["subject"]: row for row in rows}
    changed = await planning.call(
        "PATCH",
        f"/assessors/{by_subject['tetangga']['assessor_id']}",
        "admin",
        unit,
        json={"unit_id": unit},
        headers={"If-Match": '"1"'},
    )
    assert (changed.status_code, changed.json()["unit_id"]) == (200, unit)
    refused = await assign(planning, unit, team)
    assert (refused.status_code, refused.json()["code"], len(refused.json()["errors"])) == (
        403, "own_assessment", 2,
    )  # fmt: skip


async def test_a_team_is_of_the_unit_s_agency_and_of_people_who_still_assess(planning: Planning) -> None:
    unit, far = await planning.programme(), await planning.programme(agency="a-far")
    team = await give(planning, unit, "anggota-6")
    headers = planning.issuer.headers("admin", level="national") | {"If-Match": "*"}
    refused = await planning.client.put(
        f"/units/{far}/stages/{YEAR}/team", json={"team_id": team}, headers=headers
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "team_unknown")
    (row,) = (await planning.call("GET", f"/assessors?team_id={team}", "admin", unit)).json()["items"]
    gone = await planning.call(
        "PATCH",
        f"/assessors/{row['assessor_id']}",
        "admin",
        unit,
        json={"is_active": False},
        headers={"If-Match": '"1"'},
    )
    assert gone.status_code == 200
    await lead_to(planning, unit, "penilaian_tpi", "other")
    stopped = await planning.answer(unit, YA, layer="tpi", subject="anggota-6")
    assert stopped.json()["code"] == "not_assigned"
    refused = await assign(planning, unit, team)
    assert (refused.status_code, refused.json()["code"]) == (422, "assessor_unknown")


async def test_a_national_team_is_a_national_administrator_s(planning: Planning) -> None:
    unit = await planning.programme()
    body = {"team_id": f"tpn-{unit}", "layer": "tpn", "name": "Tim nasional"}
    refused = await planning.call("POST", "/assessor-teams", "admin", unit, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    headers = planning.issuer.headers("admin", level="national")
    made = await planning.client.post("/assessor-teams", json=body, headers=headers)
    assert (made.status_code, made.json()["agency_id"]) == (201, None)
    again = await planning.client.post("/assessor-teams", json=body, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "team_exists")


async def test_tpi_writes_what_it_was_given_alone(planning: Planning) -> None:
    unit = await planning.programme()
    await lead_to(planning, unit, "penilaian_tpi", "somebody-else")
    refused = await planning.answer(unit, YA, layer="tpi")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_assigned")
    for name in ("return", "finish_round"):
        refused = await act(planning, unit, name, "tpi", reason="x")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_assigned")
    assert (await planning.answer(unit, YA, layer="tpi", subject="somebody-else")).status_code == 200
