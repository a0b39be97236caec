"""A decision enters the register of predicates, a revocation takes it back, and a kawasan stands together."""

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
_PLACE = """
    INSERT INTO candidacy (
        candidacy_id, nomination_id, unit_id, place, category, kawasan, state, package_version, version
    )
    VALUES (:candidacy, :id, :unit, :place, :category, 'Pelabuhan', 'frozen', 1, 1) RETURNING 1
"""


@pytest.fixture
async def kawasan(planning: Planning) -> tuple[str, str]:
    """Two units of a kawasan whose package was frozen, both before the panel."""
    agency, proposal = f"a-{uuid4().hex[:8]}", uuid4()
    units = [await planning.programme(agency=agency) for _ in range(2)]
    await planning.rows(_PROPOSAL, id=proposal, agency=agency, year=YEAR)
    for place, unit in enumerate(units):
        about = {"candidacy": uuid4(), "unit": unit, "place": place, "category": "WBK-AFIRMASI"}
        await planning.rows(_PLACE, id=proposal, **about)
        await lead_to(planning, unit, "panel", agency=agency)
    return units[0], units[1]


async def register(planning: Planning, unit: str) -> list[dict[str, Any]]:
    found = await planning.call("GET", f"/units/{unit}/predicates", "tpn", unit)
    return [entry for entries in found.json()["years"].values() for entry in entries]


def refused(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_decision_enters_the_predicate_that_was_proposed_with_its_decree(
    planning: Planning, kawasan: tuple[str, str]
) -> None:
    unit, _ = kawasan
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
    planning: Planning, kawasan: tuple[str, str]
) -> None:
    decided = await act(planning, kawasan[0], "decide", "tpn", is_awarded=False)
    assert decided.status_code == 200
    assert await register(planning, kawasan[0]) == []


async def test_a_decree_that_is_known_already_is_not_entered_twice(
    planning: Planning, kawasan: tuple[str, str]
) -> None:
    unit, _ = kawasan
    body = {"predicate": "WBK", "decree": DECREE}
    national = planning.issuer.headers("admin", level="national")
    known = await planning.client.post(f"/units/{unit}/predicates", json=body, headers=national)
    assert known.status_code == 201, known.text
    decided = await act(planning, unit, "decide", "tpn", **ALL_CLEAR)
    assert decided.status_code == 200, decided.text
    assert len(await register(planning, unit)) == 1


async def test_a_decree_of_the_future_decides_nothing(planning: Planning, kawasan: tuple[str, str]) -> None:
    unit, _ = kawasan
    later = ALL_CLEAR | {"decree": DECREE | {"dated_on": "2099-01-05"}}
    answer = await act(planning, unit, "decide", "tpn", **later)
    assert refused(answer) == (422, "decree_date")
    shown = await planning.call("GET", f"/units/{unit}/stages/{YEAR}", "tpn", unit)
    assert shown.json()["stage"] == "panel"
    assert await register(planning, unit) == []


async def test_a_decree_or_a_revocation_without_its_papers_is_refused_by_field(
    planning: Planning, kawasan: tuple[str, str]
) -> None:
    unit, _ = kawasan
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
    planning: Planning, kawasan: tuple[str, str]
) -> None:
    unit, _ = kawasan
    await planning.rows(
        "UPDATE stage SET stage = 'ditetapkan', is_awarded = true WHERE unit_id = :u RETURNING 1", u=unit
    )
    answer = await act(planning, unit, "revoke", "tpn", reason="x", decree=TAKEN)
    assert refused(answer) == (409, "predicate_missing")


@pytest.mark.parametrize(("end", "is_awarded"), [("ditolak", None), ("ditarik", None), ("ditetapkan", False)])
async def test_nobody_of_a_kawasan_is_awarded_once_a_fellow_is_out(
    planning: Planning, kawasan: tuple[str, str], end: str, *, is_awarded: bool | None
) -> None:
    unit, fellow = kawasan
    await planning.rows(
        "UPDATE stage SET stage = :end, is_awarded = :a WHERE unit_id = :u RETURNING 1",
        end=end, a=is_awarded, u=fellow,
    )  # fmt: skip
    answer = await act(planning, unit, "decide", "tpn", **ALL_CLEAR)
    assert (*refused(answer), answer.json()["units"]) == (409, "kawasan_lost", [fellow])
    assert (await act(planning, unit, "decide", "tpn", is_awarded=False)).status_code == 200


async def test_nobody_of_a_kawasan_is_accepted_once_a_fellow_is_out(
    planning: Planning, kawasan: tuple[str, str]
) -> None:
    unit, fellow = kawasan
    await planning.rows("UPDATE stage SET stage = 'ditolak' WHERE unit_id = :u RETURNING 1", u=fellow)
    shown = await planning.call("GET", f"/units/{unit}/pre-evaluation/{YEAR}", "tpn", unit)
    said = [one["message"] for one in shown.json()["reasons"] if one["code"] == "kawasan_fellow"]
    assert [fellow in one for one in said] == [True]
