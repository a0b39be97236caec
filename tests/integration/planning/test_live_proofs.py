"""What the handling of complaints proves: proposals of the worksheet, until a person accepts them."""

from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.base import EventData
from shared.contracts.complaints import CoiDeclared
from tests.integration.planning.test_live import freeze, letters, live, name, tell
from tests.support.planning import YEAR, Planning
from tests.support.scoring import AT, designated, evaluated, map_reviewed

PUBLIC, SERVICE, CONFLICTS = "A.I.5.iii.c", "A.I.6.iii.c", "A.I.5.v.d"
DESIGNATED, REVIEWED = "A.I.6.iii.b", "A.I.5.v.a"


@pytest.fixture
def agency() -> str:
    return f"a-{uuid4().hex[:12]}"


@pytest.fixture
async def unit(planning: Planning, agency: str) -> str:
    return await planning.programme(agency=agency)


async def test_an_evaluation_of_each_stream_proposes_the_item_that_asks_for_it(
    planning: Planning, unit: str
) -> None:
    await tell(
        planning,
        evaluated(unit, "masyarakat", f"{YEAR}-S1"),
        evaluated(unit, "masyarakat", f"{YEAR}-S2"),
        evaluated(unit, "masyarakat", f"{YEAR - 1}-S2"),
        evaluated(unit, "pelayanan", f"{YEAR}-Q1"),
        evaluated(unit, "pelayanan", f"{YEAR}-Q1", 2),
        evaluated(unit, "benturan_kepentingan", str(YEAR)),
    )
    assert await letters(planning, unit) == {PUBLIC: "A", SERVICE: "B", CONFLICTS: "B"}
    found = (await live(planning, unit))[PUBLIC]
    both = {f"{unit}:masyarakat:{YEAR}-S{half}": 1 for half in (1, 2)}
    assert (found.versions, found.at, sorted(one.told for one in found.proofs)) == (
        both,
        AT,
        [f"{YEAR}-S1", f"{YEAR}-S2"],
    )
    assert (await live(planning, unit))[SERVICE].versions == {f"{unit}:pelayanan:{YEAR}-Q1": 2}
    assert set(await live(planning, unit, YEAR - 1)) == {PUBLIC}


@pytest.mark.parametrize(
    ("extra", "letter"),
    [
        ({}, "B"),
        ({"unit_ids": ["its"]}, "A"),
        ({"unit_ids": ["other"]}, None),
        ({"unit_ids": ["its"], "streams": ["masyarakat"]}, None),
        ({"unit_ids": ["its"], "has_decree": False}, None),
        ({"unit_ids": ["its"], "valid_from": "2099-01-01"}, None),
        ({"unit_ids": ["its"], "valid_to": f"{YEAR - 1}-12-31"}, None),
        ({"unit_ids": ["its"], "ended_on": f"{YEAR - 1}-12-31"}, None),
        ({"unit_ids": ["its"], "valid_to": "2099-12-31", "ended_on": "2099-01-01"}, "A"),
    ],
)
async def test_r133_only_a_decree_in_force_that_serves_the_unit_proposes_its_handling_unit(
    planning: Planning, unit: str, agency: str, extra: dict[str, Any], letter: str | None
) -> None:
    if "unit_ids" in extra:
        extra = extra | {"unit_ids": [{"its": unit, "other": f"{unit}-2"}[one] for one in extra["unit_ids"]]}
    number = name("d")
    await tell(planning, designated(agency, number, **extra), designated(f"{agency}-2", name("d")))
    assert await letters(planning, unit) == ({DESIGNATED: letter} if letter else {})
    if letter:
        found = (await live(planning, unit))[DESIGNATED]
        assert (found.versions, [one.told for one in found.proofs]) == (
            {f"d-{number}": 1},
            ["unit" if letter == "A" else "agency"],
        )


async def test_a_decree_counts_in_the_years_in_which_it_was_in_force(
    planning: Planning, unit: str, agency: str
) -> None:
    ended: dict[str, Any] = {"valid_from": f"{YEAR - 2}-03-01", "valid_to": f"{YEAR - 1}-12-31"}
    await tell(planning, designated(agency, name("d"), unit_ids=[unit], **ended))
    assert set(await live(planning, unit, YEAR - 3)) == set()
    assert set(await live(planning, unit, YEAR - 2)) == {DESIGNATED}
    assert set(await live(planning, unit, YEAR - 1)) == {DESIGNATED}
    assert set(await live(planning, unit)) == set()


async def test_a_decree_of_the_agency_serves_a_unit_that_joins_it_later(
    planning: Planning, agency: str
) -> None:
    await tell(planning, designated(agency, name("d")))
    unit = await planning.programme(agency=agency)
    assert await letters(planning, unit) == {DESIGNATED: "B"}


async def test_a_reviewed_map_is_a_proposal_and_of_declarations_nothing_is_kept(
    planning: Planning, unit: str
) -> None:
    who = CoiDeclared(unit_id=unit, version=1, coi_id=name("k"), conflict_type="lain", period=str(YEAR))
    assert await tell(planning, who) == []
    assert await letters(planning, unit) == {}
    assert await planning.rows("SELECT 1 FROM live_review WHERE unit_id = :unit", unit=unit) == []
    await tell(planning, who, map_reviewed(unit, name("r")), map_reviewed(unit, name("r"), period="2019"))
    assert await letters(planning, unit) == {REVIEWED: "A"}
    assert await tell(planning, map_reviewed(unit, "x"), map_reviewed(f"{unit}-2", "x")) == [
        "payload_conflict"
    ]


async def test_what_handling_proves_never_becomes_an_answer_by_itself(
    planning: Planning, unit: str, agency: str
) -> None:
    proofs: list[EventData] = [
        *(
            evaluated(unit, stream, str(YEAR))
            for stream in ("masyarakat", "pelayanan", "benturan_kepentingan")
        ),
        designated(agency, name("d"), unit_ids=[unit]),
        map_reviewed(unit, name("r")),
    ]
    await tell(planning, *proofs)
    proposed = {PUBLIC: "B", SERVICE: "B", CONFLICTS: "B", DESIGNATED: "A", REVIEWED: "A"}
    assert await letters(planning, unit) == proposed
    assert not any(one.is_fact for one in (await live(planning, unit)).values())
    assert await freeze(planning, unit) == []
    for item, letter in proposed.items():
        assert (await planning.answer(unit, {"item_code": item, "letter": letter})).status_code == 200
    items = {one["item_code"]: one["unit"] for one in (await planning.worksheet(unit))["items"]}
    assert {item: items[item]["letter"] for item in proposed} == proposed
