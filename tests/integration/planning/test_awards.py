"""A decision enters the register of predicates, a revocation takes it back, and a kawasan stands together."""

import json
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.support.planning import YEAR, Planning
from tests.support.stages import act, lead_to

DECREE = {"number": "B/12/2026", "dated_on": "2026-01-05", "signatory": "Menteri PANRB"}
TAKEN = {"number": "B/3/2026", "dated_on": "2026-02-05", "signatory": "Menteri PANRB"}
ALL_CLEAR: dict[str, Any] = {"is_awarded": True, "cleared": ["ombudsman", "kpk", "apip"], "decree": DECREE}
_PROPOSAL = """
    INSERT INTO nomination (nomination_id, agency_id, year, state, kawasan, version, package_version)
    VALUES (:id, :agency, :year, 'frozen', '[]', 3, 1) RETURNING 1
"""
_PACKAGE = """
    WITH package AS (
        INSERT INTO nomination_package (nomination_id, version, sha256, manifest, frozen_by, frozen_at)
        VALUES (:id, 1, repeat('0', 64), '', 'wulan', now()) RETURNING nomination_id
    )
    INSERT INTO nomination_part (nomination_id, version, name, content)
    VALUES (:id, 1, 'proposal', convert_to(:content, 'UTF8')) RETURNING 1
"""
_PLACE = """
    INSERT INTO candidacy (
        candidacy_id, nomination_id, unit_id, place, category, kawasan, state, package_version, version
    )
    VALUES (:candidacy, :id, :unit, :place, :category, 'Pelabuhan', 'frozen', 1, 1) RETURNING 1
"""


@pytest.fixture
async def kawasan(planning: Planning) -> tuple[str, ...]:
    """Three units of a kawasan whose package was frozen, all before the panel."""
    agency, proposal = f"a-{uuid4().hex[:8]}", uuid4()
    units = [await planning.programme(agency=agency) for _ in range(3)]
    await planning.rows(_PROPOSAL, id=proposal, agency=agency, year=YEAR)
    packaged = [{"id": one, "kategori": "WBK-AFIRMASI", "kawasan": "Pelabuhan"} for one in units]
    await planning.rows(_PACKAGE, id=proposal, content=json.dumps({"units": packaged}))
    for place, unit in enumerate(units):
        about = {"candidacy": uuid4(), "unit": unit, "place": place, "category": "WBK-AFIRMASI"}
        await planning.rows(_PLACE, id=proposal, **about)
        await lead_to(planning, unit, "panel", agency=agency)
    return tuple(units)


async def register(planning: Planning, unit: str) -> list[dict[str, Any]]:
    found = await planning.call("GET", f"/units/{unit}/predicates", "tpn", unit)
    return [entry for entries in found.json()["years"].values() for entry in entries]


def refused(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_decision_enters_the_predicate_that_was_proposed_with_its_decree(
    planning: Planning, kawasan: tuple[str, ...]
) -> None:
    unit, *_ = kawasan
    decided = await act(planning, unit, "decide", "tpn", **ALL_CLEAR)
    assert decided.status_code == 200, decided.text
    (entry,) = await register(planning, unit)
    assert (entry["predicate"], entry["giver"]) == ("WBK", "tpn"), "afirmasi proposes for WBK"
    assert entry["decree"] == DECREE | {"document_id": None}
    gone = await act(planning, unit, "revoke", "tpn", reason="Tidak lagi memenuhi.", decree=TAKEN)
    assert gone.json()["stage"] == "dicabut"
    (entry,) = await register(planning, unit)
    assert (entry["revoked"]["number"], entry["reason"]) == (TAKEN["number"], "Tidak lagi memenuhi.")


async def test_a_unit_that_is_not_awarded_enters_nothing(
    planning: Planning, kawasan: tuple[str, ...]
) -> None:
    decided = await act(planning, kawasan[0], "decide", "tpn", is_awarded=False)
    assert decided.status_code == 200
    assert await register(planning, kawasan[0]) == []


async def entered(planning: Planning, unit: str, giver: str = "tpn", **decree: str) -> dict[str, Any]:
    body = {"predicate": "WBK", "giver": giver, "decree": DECREE | decree}
    national = planning.issuer.headers("admin", level="national")
    made = await planning.client.post(f"/units/{unit}/predicates", json=body, headers=national)
    assert made.status_code == 201, made.text
    return dict(made.json())


@pytest.mark.parametrize(
    "typed", [{}, {"dated_on": "2026-01-15"}, {"giver": "mandiri"}, {"signatory": "Seseorang"}]
)
async def test_what_somebody_entered_of_the_decree_becomes_what_the_decision_says(
    planning: Planning, kawasan: tuple[str, ...], typed: dict[str, str]
) -> None:
    unit, *_ = kawasan
    await entered(planning, unit, **typed)
    decided = await act(planning, unit, "decide", "tpn", **ALL_CLEAR)
    assert decided.status_code == 200, decided.text
    (entry,) = await register(planning, unit)
    assert (entry["decree"], entry["giver"], entry["assessed_year"], entry["version"]) == (
        DECREE | {"document_id": None}, "tpn", YEAR, 2,
    )  # fmt: skip


async def test_a_decree_that_was_revoked_awards_nobody(planning: Planning, kawasan: tuple[str, ...]) -> None:
    unit, *_ = kawasan
    known = await entered(planning, unit)
    national = planning.issuer.headers("admin", level="national") | {"If-Match": '"1"'}
    gone = await planning.client.post(
        f"/predicates/{known['predicate_id']}/revoke", json={"decree": TAKEN, "reason": "x"}, headers=national
    )
    assert gone.status_code == 200, gone.text
    assert refused(await act(planning, unit, "decide", "tpn", **ALL_CLEAR)) == (409, "predicate_revoked")


async def test_what_an_assessment_gave_is_taken_back_on_its_way_alone(
    planning: Planning, kawasan: tuple[str, ...]
) -> None:
    unit, *_ = kawasan
    earlier = await entered(planning, unit, number="SK-1", dated_on="2024-12-10")
    await act(planning, unit, "decide", "tpn", **ALL_CLEAR)
    given = next(one for one in await register(planning, unit) if one["assessed_year"] == YEAR)
    national = planning.issuer.headers("admin", level="national") | {"If-Match": '"1"'}
    past = await planning.client.post(
        f"/predicates/{given['predicate_id']}/revoke", json={"decree": TAKEN, "reason": "x"}, headers=national
    )
    assert refused(past) == (409, "predicate_of_assessment")
    gone = await act(planning, unit, "revoke", "tpn", reason="Tidak lagi memenuhi.", decree=TAKEN)
    assert gone.status_code == 200, gone.text
    standing = {one["predicate_id"]: one["revoked"] for one in await register(planning, unit)}
    assert standing[earlier["predicate_id"]] is None, "what another decree gave stays"
    assert standing[given["predicate_id"]]["number"] == TAKEN["number"]


async def test_what_counts_is_what_was_frozen(planning: Planning, kawasan: tuple[str, ...]) -> None:
    unit, fellow, _ = kawasan
    changed = "UPDATE candidacy SET category = 'WBBM', kawasan = NULL WHERE unit_id = :u RETURNING 1"
    await planning.rows(changed, u=unit)
    await planning.rows("UPDATE stage SET stage = 'ditolak' WHERE unit_id = :u RETURNING 1", u=fellow)
    assert refused(await act(planning, unit, "decide", "tpn", **ALL_CLEAR)) == (409, "kawasan_lost")
    await planning.rows("UPDATE stage SET stage = 'panel' WHERE unit_id = :u RETURNING 1", u=fellow)
    assert (await act(planning, unit, "decide", "tpn", **ALL_CLEAR)).status_code == 200
    assert [one["predicate"] for one in await register(planning, unit)] == ["WBK"]


async def test_a_fellow_that_was_released_is_missed_all_the_same(
    planning: Planning, kawasan: tuple[str, ...]
) -> None:
    unit, fellow, third = kawasan
    await planning.rows("UPDATE stage SET stage = 'ditolak' WHERE unit_id = :u RETURNING 1", u=fellow)
    (row,) = await planning.rows(
        "SELECT nomination_id, agency_id FROM nomination JOIN candidacy USING (nomination_id)"
        " WHERE unit_id = :u",
        u=unit,
    )
    body = {
        "units": [
            {"unit_id": one, "category": "WBK-AFIRMASI", "kawasan": "Pelabuhan"} for one in (unit, third)
        ],
        "kawasan": [{"name": "Pelabuhan", "integration": "7"}],
        "reason": "Gagal.",
    }
    await planning.rows(
        'UPDATE nomination SET kawasan = \'[{"name": "Pelabuhan", "integration": "7"}]\''
        " WHERE nomination_id = :n RETURNING 1",
        n=row.nomination_id,
    )
    head = planning.headers("agency_head", unit, agency=row.agency_id) | {"If-Match": '"3"'}
    released = await planning.client.put(f"/nominations/{row.nomination_id}", json=body, headers=head)
    assert released.status_code == 200, released.text
    assert refused(await act(planning, unit, "decide", "tpn", **ALL_CLEAR)) == (409, "kawasan_lost")


async def test_a_decree_of_the_future_decides_nothing(planning: Planning, kawasan: tuple[str, ...]) -> None:
    unit, *_ = kawasan
    later = ALL_CLEAR | {"decree": DECREE | {"dated_on": "2099-01-05"}}
    answer = await act(planning, unit, "decide", "tpn", **later)
    assert refused(answer) == (422, "decree_date")
    shown = await planning.call("GET", f"/units/{unit}/stages/{YEAR}", "tpn", unit)
    assert shown.json()["stage"] == "panel"
    assert await register(planning, unit) == []


async def test_a_decree_or_a_revocation_without_its_papers_is_refused_by_field(
    planning: Planning, kawasan: tuple[str, ...]
) -> None:
    unit, *_ = kawasan
    bare = await act(planning, unit, "decide", "tpn", is_awarded=True, cleared=ALL_CLEAR["cleared"])
    assert bare.json()["errors"][0]["field"] == "decree"
    await act(planning, unit, "decide", "tpn", **ALL_CLEAR)
    bare = await act(planning, unit, "revoke", "tpn", reason="Tidak lagi memenuhi.")
    assert bare.json()["errors"][0]["field"] == "decree"
    early = TAKEN | {"dated_on": "2025-12-31"}
    assert refused(await act(planning, unit, "revoke", "tpn", reason="x", decree=early)) == (
        422,
        "decree_date",
    )


async def test_what_the_register_does_not_hold_is_not_taken_back(
    planning: Planning, kawasan: tuple[str, ...]
) -> None:
    unit, *_ = kawasan
    await planning.rows(
        "UPDATE stage SET stage = 'ditetapkan', is_awarded = true WHERE unit_id = :u RETURNING 1", u=unit
    )
    answer = await act(planning, unit, "revoke", "tpn", reason="x", decree=TAKEN)
    assert refused(answer) == (409, "predicate_missing")


@pytest.mark.parametrize(("end", "is_awarded"), [("ditolak", None), ("ditarik", None), ("ditetapkan", False)])
async def test_nobody_of_a_kawasan_is_awarded_once_a_fellow_is_out(
    planning: Planning, kawasan: tuple[str, ...], end: str, *, is_awarded: bool | None
) -> None:
    unit, fellow, _ = kawasan
    await planning.rows(
        "UPDATE stage SET stage = :end, is_awarded = :a WHERE unit_id = :u RETURNING 1",
        end=end, a=is_awarded, u=fellow,
    )  # fmt: skip
    answer = await act(planning, unit, "decide", "tpn", **ALL_CLEAR)
    assert (*refused(answer), answer.json()["units"]) == (409, "kawasan_lost", [fellow])
    assert (await act(planning, unit, "decide", "tpn", is_awarded=False)).status_code == 200


async def test_nobody_of_a_kawasan_is_accepted_once_a_fellow_is_out(
    planning: Planning, kawasan: tuple[str, ...]
) -> None:
    unit, fellow, _ = kawasan
    await planning.rows("UPDATE stage SET stage = 'ditolak' WHERE unit_id = :u RETURNING 1", u=fellow)
    shown = await planning.call("GET", f"/units/{unit}/pre-evaluation/{YEAR}", "tpn", unit)
    said = [one["message"] for one in shown.json()["reasons"] if one["code"] == "kawasan_fellow"]
    assert [fellow in one for one in said] == [True]
