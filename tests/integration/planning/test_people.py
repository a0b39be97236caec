"""The people of units: who they are lies apart, nobody is deleted, and who acts for whom is dated."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from shared.db import identity_role
from shared.db.bootstrap import ServiceDatabase
from tests.support.planning import Planning

PLH = {"kind": "plh", "decree_number": "PRIN-7/2026", "first": "2026-03-02", "last": "2026-03-06"}
IDENTITY = ("name", "employee_number", "position", "contact")


async def ask(
    planning: Planning, unit: str, method: str, path: str, body: Any = None, *, version: int = 1
) -> httpx2.Response:
    headers = {"If-Match": f'"{version}"'}
    return await planning.call(method, path, "admin", unit, json=body, headers=headers)


async def entered(planning: Planning, unit: str, **fields: Any) -> dict[str, Any]:
    """Enter a person with everything that must stay in the unit."""
    found = {"name": "Wulan Rahasia", "position": "Analis Pengaduan", "contact": "0812-555"}
    return await planning.person(unit, **(found | fields))


async def facts(planning: Planning, person_id: str) -> list[dict[str, Any]]:
    rows = await planning.rows(
        "SELECT type, record_key, payload FROM outbox WHERE aggregateid = :id ORDER BY position", id=person_id
    )
    assert {row.record_key for row in rows} <= {person_id}
    return [{"type": row.type.rpartition(".planning.")[2], **json.loads(row.payload)} for row in rows]


async def test_a_person_is_told_by_a_pseudonym_and_known_by_name_in_the_unit_alone(
    planning: Planning,
) -> None:
    unit = await planning.unit()
    made = await entered(planning, unit, subjects=[f"b-{unit}", f"a-{unit}"], echelon="IV")
    assert all(made[field] for field in IDENTITY)
    for role, seen in (("unit_operator", 200), ("unit_leader", 200), ("tpn", 403), ("verifier", 403)):
        shown = await planning.call("GET", f"/people/{made['person_id']}", role, unit)
        assert shown.status_code == seen, role
    far = await planning.call("GET", f"/people/{made['person_id']}", "unit_operator", "another-unit")
    assert (far.status_code, far.json()["code"]) == (404, "not_found")
    assert await facts(planning, made["person_id"]) == [
        {
            "type": "person.entered.v1",
            "unit_id": unit,
            "version": 1,
            "person_id": made["person_id"],
            "superior_id": None,
            "subjects": [f"a-{unit}", f"b-{unit}"],
            "is_leader": False,
            "active_from": "2025-01-02",
            "active_to": None,
            "substitutes": [],
        }
    ]


async def test_no_word_of_who_somebody_is_stands_outside_the_identities(planning: Planning) -> None:
    unit = await planning.unit()
    made = await entered(planning, unit)
    changed = await ask(
        planning, unit, "PATCH", f"/people/{made['person_id']}", {"name": "Wulan Rahasia Dua"}
    )
    assert changed.status_code == 200, changed.text
    for table in ("outbox", "audit", "person", "person_log_in", "substitution", "idempotency"):
        rows = await planning.rows(f"SELECT {table}::text AS row FROM {table}")
        told = "".join(row.row for row in rows)
        told += "".join(
            bytes(row.payload).decode() for row in await planning.rows("SELECT payload FROM outbox")
        )
        assert not [made[field] for field in IDENTITY if made[field] in told], table
    notes = await planning.rows(
        "SELECT changes FROM audit WHERE entity_id = :id AND operation = 'change_person'",
        id=made["person_id"],
    )
    assert [note.changes["of_identity"] for note in notes] == [["name"]]


async def test_names_are_read_under_the_identity_role_alone(planning: Planning) -> None:
    await entered(planning, await planning.unit())
    with pytest.raises(ProgrammingError, match="permission denied for schema identity"):
        await planning.rows("SELECT name FROM identity.person_identity")
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with planning.db.transaction() as session, identity_role(session, "planning"):
            await session.execute(text("DELETE FROM identity.person_identity"))


async def test_nobody_is_deleted_and_who_left_is_listed_by_the_day(
    planning: Planning, planning_database: ServiceDatabase
) -> None:
    unit = await planning.unit()
    stays, leaves = [await planning.person(unit) for _ in range(2)]
    left = await ask(
        planning, unit, "POST", f"/people/{leaves['person_id']}/leave", {"active_to": "2026-02-27"}
    )
    assert (left.status_code, left.json()["active_to"], left.json()["version"]) == (200, "2026-02-27", 2)
    assert [fact["active_to"] for fact in await facts(planning, leaves["person_id"])] == [None, "2026-02-27"]

    async def present_on(day: str) -> list[str]:
        found = await planning.call("GET", f"/people?unit={unit}&on={day}", "unit_operator", unit)
        return [one["person_id"] for one in found.json()["items"]]

    both = [stays["person_id"], leaves["person_id"]]
    assert await present_on("2026-02-27") == both, "the last day is worked"
    assert await present_on("2026-02-28") == both[:1]
    assert await present_on("2025-01-01") == [], "nobody was there yet"
    app = await asyncpg.connect(planning_database.app_url.replace("+asyncpg", ""))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("DELETE FROM person")
    await app.close()


async def test_a_list_goes_on_where_its_page_ended(planning: Planning) -> None:
    unit = await planning.unit()
    ids = [(await planning.person(unit))["person_id"] for _ in range(3)]
    first = (await planning.call("GET", f"/people?unit={unit}&limit=2", "admin", unit)).json()
    rest = (
        await planning.call("GET", f"/people?unit={unit}&limit=2&cursor={first['next']}", "admin", unit)
    ).json()
    assert [one["person_id"] for one in first["items"] + rest["items"]] == ids
    assert rest["next"] is None


async def test_days_are_in_order(planning: Planning) -> None:
    unit = await planning.unit()
    made = await planning.person(unit)
    refused = await ask(
        planning, unit, "POST", f"/people/{made['person_id']}/leave", {"active_to": "2025-01-01"}
    )
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
        422, "person_days", "active_to",
    )  # fmt: skip


async def test_no_chain_of_superiors_closes_a_circle(planning: Planning) -> None:
    unit = await planning.unit()
    top = await planning.person(unit)
    middle = await planning.person(unit, superior_id=top["person_id"])
    low = await planning.person(unit, superior_id=middle["person_id"])
    for above in (low["person_id"], top["person_id"]):
        refused = await ask(planning, unit, "PATCH", f"/people/{top['person_id']}", {"superior_id": above})
        assert (refused.status_code, refused.json()["code"]) == (422, "superior_refused")
        assert refused.json()["field"] == "superior_id"


async def test_two_moves_at_once_close_no_circle(planning: Planning) -> None:
    unit = await planning.unit()
    one, two = [await planning.person(unit) for _ in range(2)]
    moved = await asyncio.gather(
        ask(planning, unit, "PATCH", f"/people/{one['person_id']}", {"superior_id": two["person_id"]}),
        ask(planning, unit, "PATCH", f"/people/{two['person_id']}", {"superior_id": one["person_id"]}),
    )
    assert sorted(answer.status_code for answer in moved) == [200, 422]


async def test_superior_and_substitute_are_of_the_same_agency(planning: Planning) -> None:
    unit, far = await planning.unit(), await planning.unit(agency="a-far")
    made, stranger = await planning.person(unit), await planning.person(far, agency="a-far")
    path = f"/people/{made['person_id']}"
    refused = await ask(planning, unit, "PATCH", path, {"superior_id": stranger["person_id"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "superior_refused")
    body = PLH | {"substitute_id": stranger["person_id"]}
    refused = await ask(planning, unit, "POST", f"{path}/substitutes", body)
    assert (refused.status_code, refused.json()["field"]) == (422, "substitute_id")
    national = planning.issuer.headers("admin", level="national") | {"If-Match": '"1"'}
    moved = await planning.client.patch(path, json={"unit_id": far}, headers=national)
    assert (moved.status_code, moved.json()["code"]) == (422, "other_agency")


async def test_a_person_moves_within_the_agency_under_the_same_pseudonym(planning: Planning) -> None:
    unit, other = await planning.unit(), await planning.unit()
    made = await planning.person(unit)
    moved = await ask(planning, unit, "PATCH", f"/people/{made['person_id']}", {"unit_id": other})
    assert (moved.status_code, moved.json()["unit_id"]) == (200, other)
    assert [fact["unit_id"] for fact in await facts(planning, made["person_id"])] == [unit, other]
    listed = (await planning.call("GET", f"/people?unit={unit}", "admin", unit)).json()["items"]
    assert listed == [], "nobody is counted twice after a move"


async def test_an_account_belongs_to_one_person(planning: Planning) -> None:
    unit = await planning.unit()
    first = await planning.person(unit, subjects=[f"sari-{unit}"])
    second = await planning.person(unit)
    body = {"subjects": ["free", f"sari-{unit}"]}
    refused = await ask(planning, unit, "PATCH", f"/people/{second['person_id']}", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "log_in_taken")
    assert [error["field"] for error in refused.json()["errors"]] == ["subjects.1"]
    freed = await ask(planning, unit, "PATCH", f"/people/{first['person_id']}", {"subjects": []})
    assert (freed.status_code, freed.json()["subjects"]) == (200, [])
    taken = await ask(
        planning, unit, "PATCH", f"/people/{second['person_id']}", {"subjects": [f"sari-{unit}"]}
    )
    assert (taken.status_code, taken.json()["subjects"]) == (200, [f"sari-{unit}"])


@pytest.mark.parametrize("subject", ["sari@kantor.go.id", "Sari Contoh", "x" * 129, ""])
async def test_an_account_that_could_tell_who_somebody_is_is_refused_at_its_field(
    planning: Planning, subject: str
) -> None:
    unit = await planning.unit()
    made = await planning.person(unit)
    refused = await ask(planning, unit, "PATCH", f"/people/{made['person_id']}", {"subjects": [subject]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "subjects.0")


async def test_an_employee_number_belongs_to_one_person_of_an_agency(planning: Planning) -> None:
    unit, far = await planning.unit(), await planning.unit(agency="a-far")
    number = uuid4().hex[:18]
    await planning.person(unit, employee_number=number)
    await planning.person(far, agency="a-far", employee_number=number)
    other = await planning.person(unit)
    refused = await ask(planning, unit, "PATCH", f"/people/{other['person_id']}", {"employee_number": number})
    assert (refused.status_code, refused.json()["code"]) == (409, "employee_number_taken")
    assert number not in refused.text, "a refusal repeats nobody's number"


async def test_of_two_who_are_entered_at_once_under_one_number_one_is(planning: Planning) -> None:
    unit, number = await planning.unit(), uuid4().hex[:18]
    body = {
        "unit_id": unit, "name": "Sari", "employee_number": number, "category": "other",
        "active_from": "2026-01-02",
    }  # fmt: skip
    made = await asyncio.gather(*(ask(planning, unit, "POST", "/people", body) for _ in range(4)))
    assert sorted(answer.status_code for answer in made) == [201, 409, 409, 409]


async def test_an_entry_that_stays_the_same_is_not_told_again(planning: Planning) -> None:
    unit = await planning.unit()
    made = await planning.person(unit, name="Sari")
    same = await ask(planning, unit, "PATCH", f"/people/{made['person_id']}", {"name": "Sari"})
    assert (same.status_code, same.json()["version"]) == (200, 1)
    stale = await ask(planning, unit, "PATCH", f"/people/{made['person_id']}", {"name": "X"}, version=7)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


async def test_a_substitute_acts_on_the_days_of_a_decree_and_the_fact_says_so(planning: Planning) -> None:
    unit = await planning.unit()
    chief, sari = [await planning.person(unit) for _ in range(2)]
    path = f"/people/{chief['person_id']}/substitutes"
    done = await ask(planning, unit, "POST", path, PLH | {"substitute_id": sari["person_id"]})
    assert (done.status_code, done.json()["version"]) == (200, 2)
    [shown] = done.json()["substitutes"]
    assert shown == PLH | {
        "substitute_id": sari["person_id"], "substitution_id": shown["substitution_id"]
    }  # fmt: skip
    told = (await facts(planning, chief["person_id"]))[-1]["substitutes"]
    assert told == [{"person_id": sari["person_id"], "first": "2026-03-02", "last": "2026-03-06"}]


async def test_nobody_substitutes_themselves_twice_out_of_order_or_while_away(planning: Planning) -> None:
    unit = await planning.unit()
    chief, sari = await planning.person(unit), await planning.person(unit, active_to="2026-03-31")
    path = f"/people/{chief['person_id']}/substitutes"
    good = PLH | {"substitute_id": sari["person_id"]}

    async def refused(**fields: str) -> tuple[int, str, str]:
        answer = await ask(planning, unit, "POST", path, good | fields)
        return answer.status_code, answer.json()["code"], answer.json()["field"]

    assert await refused(substitute_id=chief["person_id"]) == (422, "substitute_refused", "substitute_id")
    assert await refused(last="2026-03-01") == (422, "substitute_refused", "last")
    assert await refused(last="2026-04-01") == (422, "substitute_refused", "substitute_id")
    assert await refused(first="2024-12-31") == (422, "substitute_refused", "first")
    assert await refused(substitute_id=str(uuid4())) == (422, "substitute_refused", "substitute_id")
    assert (await ask(planning, unit, "POST", path, good)).status_code == 200
    again = await ask(
        planning, unit, "POST", path, good | {"first": "2026-03-06", "last": "2026-03-09"}, version=2
    )
    assert (again.status_code, again.json()["code"], again.json()["last"]) == (
        409, "substitute_overlap", "2026-03-06",
    )  # fmt: skip
    after = good | {"first": "2026-03-07", "last": "2026-03-09"}
    assert (await ask(planning, unit, "POST", path, after, version=2)).status_code == 200


async def test_a_substitution_ends_earlier_or_never_was_but_is_not_lengthened(planning: Planning) -> None:
    unit = await planning.unit()
    chief, sari = [await planning.person(unit) for _ in range(2)]
    path = f"/people/{chief['person_id']}/substitutes"
    made = await ask(planning, unit, "POST", path, PLH | {"substitute_id": sari["person_id"]})
    end = f"{path}/{made.json()['substitutes'][0]['substitution_id']}/end"
    longer = await ask(planning, unit, "POST", end, {"last": "2026-03-07"}, version=2)
    assert (longer.status_code, longer.json()["code"], longer.json()["field"]) == (
        422, "substitute_refused", "last",
    )  # fmt: skip
    same = await ask(planning, unit, "POST", end, {"last": "2026-03-06"}, version=2)
    assert (same.status_code, same.json()["version"]) == (200, 2)
    shorter = await ask(planning, unit, "POST", end, {"last": "2026-03-03"}, version=2)
    assert [one["last"] for one in shorter.json()["substitutes"]] == ["2026-03-03"]
    gone = await ask(planning, unit, "POST", end, {"last": "2026-03-01"}, version=3)
    assert (gone.status_code, gone.json()["substitutes"]) == (200, [])
    assert [one["substitutes"] for one in await facts(planning, chief["person_id"])][-1] == []
    unknown = await ask(planning, unit, "POST", end, {"last": "2026-03-01"}, version=4)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
