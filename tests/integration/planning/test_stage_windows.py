"""Windows of stages over HTTP: who announces them, and what they close."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.planning.stages.domain.stage import Window
from shared.db.bootstrap import ServiceDatabase
from tests.support.clock import run_by, stand_still
from tests.support.planning import AGENCY, YEAR, Planning
from tests.support.stages import act, announce, lead_to, stage_of

YA = {"item_code": "A.I.1.i.a", "letter": "Ya"}


@pytest.mark.parametrize(("zone", "hours"), [("WIB", 7), ("WITA", 8), ("WIT", 9)])
async def test_last_day_cut(
    planning: Planning, planning_database: ServiceDatabase, zone: str, hours: int
) -> None:
    """23:59:59 of the last day in the unit's zone is within, 00:00 is not; the database's clock decides."""
    agency = f"a-{zone.lower()}"
    unit = await planning.unit(zone=zone, agency=agency)
    await planning.another_programme(unit, YEAR, agency=agency)
    headers = planning.issuer.headers("admin", level="agency", agencies=[agency])
    made = await planning.client.put(
        f"/windows/{YEAR}/pengisian",
        params={"agency_id": agency},
        json={"opens_on": "2026-03-01", "closes_on": "2026-03-31"},
        headers=headers | {"If-Match": '"0"'},
    )
    assert made.status_code == 200, made.text
    owner = await asyncpg.connect(planning_database.owner_url)
    try:
        midnight = datetime(2026, 4, 1, tzinfo=UTC) - timedelta(hours=hours)
        for moment, expected in (
            (datetime(2026, 3, 1, tzinfo=UTC) - timedelta(hours=hours, seconds=1), 409),
            (datetime(2026, 3, 1, tzinfo=UTC) - timedelta(hours=hours), 200),
            (midnight - timedelta(seconds=1), 200),
            (midnight, 409),
        ):
            await stand_still(owner, moment)
            answer = await planning.answer(unit, YA)
            assert answer.status_code == expected, (moment, answer.text)
            if expected == 409:
                assert answer.json()["code"] == "closed_window"
            shown = await planning.call("GET", f"/units/{unit}/stages/{YEAR}", "unit_operator", unit)
            assert shown.json()["writable"] == (["unit"] if expected == 200 else [])
        submitted = await act(planning, unit, "submit", "unit_operator")
        assert (submitted.status_code, submitted.json()["code"]) == (409, "closed_window")
    finally:
        await run_by(owner, "clock_timestamp()")
        await owner.close()


async def test_a_proposal_waits_for_nobody_after_31_may_unless_another_day_was_announced(
    unguarded: None, planning: Planning, planning_database: ServiceDatabase
) -> None:
    agency = "a-late"
    unit = await planning.programme(agency=agency)
    await lead_to(planning, unit, "pengusulan", agency=agency)
    head = planning.issuer.headers("agency_head", level="agency", agencies=[agency])
    path = f"/units/{unit}/stages/{YEAR}/acts/propose"
    owner = await asyncpg.connect(planning_database.owner_url)
    try:
        await stand_still(owner, datetime(2026, 5, 31, 17, tzinfo=UTC))
        late = await planning.client.post(path, json={}, headers=head | {"If-Match": "*"})
        assert (late.status_code, late.json()["code"], late.json()["closes_on"]) == (
            409, "closed_window", "2026-05-31",
        )  # fmt: skip
        for admin, status in (
            (planning.issuer.headers("admin", level="agency", agencies=[agency]), 403),
            (planning.issuer.headers("admin", level="national"), 200),
        ):
            moved = await planning.client.put(
                f"/windows/{YEAR}/pengusulan",
                params={"agency_id": agency},
                json={"closes_on": "2026-06-14"},
                headers=admin | {"If-Match": '"0"'},
            )
            assert moved.status_code == status, moved.text
        done_ = await planning.client.post(path, json={}, headers=head | {"If-Match": "*"})
        assert (done_.status_code, done_.json()["stage"]) == (200, "pra_evaluasi")
    finally:
        await run_by(owner, "clock_timestamp()")
        await owner.close()


async def test_a_window_is_announced_once_and_moved_with_a_reason(planning: Planning) -> None:
    made = await announce(planning, "desk", closes_on="2026-09-30", seen='"0"')
    assert (made.status_code, made.json()["version"]) == (200, 1)
    stale = await announce(planning, "desk", closes_on="2026-10-01", seen='"0"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    silent = await announce(planning, "desk", closes_on="2026-10-01", seen='"1"')
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "reason")
    moved = await announce(planning, "desk", closes_on="2026-10-01", seen='"1"', reason="Surat Menteri.")
    assert (moved.status_code, moved.json()["version"], moved.json()["closes_on"]) == (200, 2, "2026-10-01")
    everyone = await announce(planning, "desk", agency=None, closes_on="2026-12-01")
    assert everyone.status_code == 200
    unit = await planning.programme()
    days = {one["window"]: one["closes_on"] for one in (await stage_of(planning, unit))["windows"]}
    assert days["desk"] == "2026-10-01", "the agency's own beats everybody's"
    rows = (await planning.call("GET", f"/windows?year={YEAR}", "unit_operator", unit)).json()["items"]
    assert {(one["agency_id"], one["closes_on"]) for one in rows if one["window"] == "desk"} == {
        (AGENCY, "2026-10-01"), (None, "2026-12-01"),
    }  # fmt: skip
    audited = await planning.rows("SELECT audit::text FROM audit WHERE operation = 'announce_window'")
    assert audited
    assert not [row for row in audited if "Menteri" in row[0]]


async def test_windows_for_all_are_a_national_administrator_s_and_others_one_s_own(
    planning: Planning,
) -> None:
    headers = planning.issuer.headers("admin", level="agency", agencies=[AGENCY]) | {"If-Match": "*"}
    body = {"closes_on": "2026-10-01"}
    for query in ({}, {"agency_id": "a2"}):
        path = f"/windows/{YEAR}/pengisian"
        refused = await planning.client.put(path, params=query, json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("name", list(Window))
async def test_an_agency_announces_what_it_does_itself_and_no_day_of_the_national_team(
    planning: Planning, name: Window
) -> None:
    agency = f"a-{name.value.replace('_', '-')}"
    made = await planning.client.put(
        f"/windows/{YEAR}/{name.value}",
        params={"agency_id": agency},
        json={"closes_on": "2026-10-01"},
        headers=planning.issuer.headers("admin", level="agency", agencies=[agency]) | {"If-Match": "*"},
    )
    its_own = {Window.PENGISIAN, Window.PENILAIAN_PENDAHULUAN, Window.PENILAIAN_TPI}
    assert made.status_code == (200 if name in its_own else 403), made.text


@pytest.mark.parametrize("body", [{}, {"opens_on": "2026-03-02", "closes_on": "2026-03-01"}])
async def test_days_that_are_no_window_are_refused(planning: Planning, body: dict[str, Any]) -> None:
    refused = await announce(planning, "panel", **body)
    assert (refused.status_code, refused.json()["code"]) == (422, "window_invalid")


async def test_an_objection_after_its_window_is_refused(planning: Planning) -> None:
    agency = "a-objecting"
    unit = await planning.programme(agency=agency)
    await lead_to(planning, unit, "sanggah", agency=agency)
    closed = await announce(planning, "sanggah", agency=agency, closes_on="2020-01-01")
    assert closed.status_code == 200, closed.text
    head = planning.issuer.headers("agency_head", level="agency", agencies=[agency])
    late = await planning.client.post(
        f"/units/{unit}/stages/{YEAR}/acts/object", json={"reason": "x"}, headers=head | {"If-Match": "*"}
    )
    assert (late.status_code, late.json()["code"]) == (409, "closed_window")
