"""Reviews of units in PortalRB as they are mirrored here, over a real database."""

import asyncio

import asyncpg
import pytest

from services.planning.portal.usecases.watching import CLOSING, Watched, watch
from shared.db.bootstrap import ServiceDatabase
from tests.support.planning import YEAR, Planning
from tests.support.planning_browser import Browser
from tests.support.portal import freeze_units, let_in, review, say, write
from tests.support.proposal_pages import Agency
from tests.support.stages import announce, whole_sheet


async def rename(agency: Agency, unit: str, name: str) -> None:
    """Give a unit another name in the register."""
    path, headers = f"/units/{unit}", agency.headers("admin")
    etag = (await agency.planning.client.get(path, headers=headers)).headers["etag"]
    made = await agency.planning.client.patch(path, json={"name": name}, headers=headers | {"If-Match": etag})
    assert made.status_code == 200, made.text


async def test_only_a_person_finds_a_unit_in_order_and_only_after_a_pull(
    agency: Agency, head: Browser, planning: Planning
) -> None:
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    early = await say(agency, unit)
    assert (early.status_code, early.json()["code"]) == (409, "portal_unpulled")
    await (await let_in(agency)).answers(unit)
    found = await review(agency, unit)
    assert (found["state"], found["cause"], found["pulls"]) == ("pending", "pulled", 1)
    done = await say(agency, unit, role="admin")
    assert (done.json()["state"], done.json()["said_by"]) == ("sesuai", f"api-admin-{agency.id}")
    again = await say(agency, unit, role="admin")
    assert again.json()["version"] == done.json()["version"], "said already"
    acts = await planning.rows(
        "SELECT actor, changes ->> 'state' FROM audit"
        " WHERE operation = 'set_portal_review' AND entity_id LIKE :it",
        it=f"%:{unit}",
    )
    assert [tuple(row) for row in acts] == [(f"api-admin-{agency.id}", "sesuai")]


async def test_a_pull_of_one_unit_leaves_the_other(agency: Agency, head: Browser) -> None:
    first, second = await agency.unit(), await agency.unit()
    await freeze_units(agency, head, first, second)
    portal = await let_in(agency)
    for unit in (first, second):
        await portal.answers(unit)
        assert (await say(agency, unit)).status_code == 200
    await portal.answers(first)
    await portal.get("/portalrb/pengusulan/unit-wbk")
    assert [(await review(agency, unit))["state"] for unit in (first, second)] == ["pending", "sesuai"]


async def test_a_refused_pull_leaves_a_review(agency: Agency, head: Browser) -> None:
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    portal = await let_in(agency)
    await portal.answers(unit)
    assert (await say(agency, unit)).status_code == 200
    for _ in range(20):
        refused = (await portal.get("/portalrb/lke/jawaban-unit/u-unknown")).status_code
    assert refused in {404, 429}
    assert (await review(agency, unit))["state"] == "sesuai"


async def test_a_new_name_in_the_next_package_takes_the_review_back_and_the_page_warns_before(
    agency: Agency, head: Browser
) -> None:
    first, second = await agency.unit(name="Kantor Satu"), await agency.unit(name="Kantor Dua")
    await freeze_units(agency, head, first, second)
    portal = await let_in(agency)
    for unit in (first, second):
        await portal.answers(unit)
        assert (await say(agency, unit)).status_code == 200
    assert "kembali menunggu" not in (await head.get(agency.place("bekukan"))).text
    await rename(agency, first, "Kantor Satu Atap")
    assert (await review(agency, first))["state"] == "sesuai", "the package still has the old name"
    page = (await head.get(agency.place("bekukan"))).text
    assert "Tinjauan di PortalRB kembali menunggu" in page
    assert "Kantor Satu Atap" in page.split("Tinjauan di PortalRB")[1].split("</ul>")[0]
    assert "Kantor Dua" not in page.split("Tinjauan di PortalRB")[1].split("</ul>")[0]
    await agency.frozen(head, reason="Nama dibetulkan.")
    found = [await review(agency, unit) for unit in (first, second)]
    assert [(one["state"], one["cause"]) for one in found] == [("pending", "renamed"), ("sesuai", "said")]


async def test_nobody_speaks_of_what_they_have_not_seen(agency: Agency, head: Browser) -> None:
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    portal = await let_in(agency)
    await portal.answers(unit)
    seen = (await review(agency, unit))["version"]
    await portal.answers(unit)
    assert (await say(agency, unit, seen=seen)).status_code == 412
    assert (await say(agency, unit)).status_code == 200


async def test_of_two_who_speak_at_once_one_is_told_to_look_again(agency: Agency, head: Browser) -> None:
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    await (await let_in(agency)).answers(unit)
    seen = (await review(agency, unit))["version"]
    both = await asyncio.gather(
        *(say(agency, unit, seen=seen, role=role) for role in ("admin", "agency_head"))
    )
    assert sorted(one.status_code for one in both) == [200, 412]


async def test_a_unit_is_ready_once_it_is_complete_and_in_order(agency: Agency, head: Browser) -> None:
    unit = await agency.unit()
    await write(agency, unit, "unit", *whole_sheet())
    blank = await agency.unit()
    await freeze_units(agency, head, unit, blank)
    portal = await let_in(agency)
    for one in (unit, blank):
        await portal.answers(one)
        assert (await say(agency, one)).status_code == 200
    full, bare = await review(agency, unit), await review(agency, blank)
    assert (full["is_ready"], full["blank_unit"], full["blank_tpi"]) == (True, 0, 127)
    assert (bare["is_ready"], bare["blank_unit"]) == (False, 127)


async def test_the_metrics_tell_what_is_pending_and_what_will_be_left_out_when_the_days_end(
    agency: Agency, head: Browser, planning: Planning, planning_database: ServiceDatabase
) -> None:
    owner = await asyncpg.connect(planning_database.owner_url)
    await owner.execute("UPDATE nomination SET state = 'withdrawn'; DELETE FROM portal_pull")
    await owner.close()
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    assert await planning.db.read(watch) == Watched(pending=1, closing=0, last_pull_at=None)
    today = (await planning.rows("SELECT (zi_now() AT TIME ZONE 'Asia/Jakarta')::date"))[0][0]
    closes = (today + CLOSING).isoformat()
    shut = await announce(planning, "pengusulan", agency=agency.id, closes_on=closes, reason="Sudah dekat.")
    assert shut.status_code == 200, shut.text
    assert (await planning.db.read(watch)).closing == 1
    await (await let_in(agency)).answers(unit)
    await say(agency, unit)
    found = await planning.db.read(watch)
    assert (found.pending, found.closing) == (0, 1), "in order, and blank"
    assert found.last_pull_at is not None


@pytest.mark.parametrize("role", ["tpi", "tpn", "verifier"])
async def test_who_assesses_reads_reviews_and_says_nothing(agency: Agency, head: Browser, role: str) -> None:
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    path = f"/agencies/{agency.id}/portal-reviews/{YEAR}"
    headers = agency.planning.issuer.headers(role, level="agency", agencies=[agency.id])
    assert (await agency.planning.client.get(path, headers=headers)).status_code == 200
    body = {"state": "sesuai"}
    refused = await agency.planning.client.put(
        f"{path}/{unit}", json=body, headers=headers | {"If-Match": '"1"'}
    )
    assert refused.status_code == 403
