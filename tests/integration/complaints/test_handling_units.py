"""Cases go to members of a handling unit whose decree is in force; who may enter one."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from prometheus_client import REGISTRY

from services.complaints.decrees.jobs import Designations
from services.complaints.jobs import Figures
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.support.appointing import TEAM as EVERYBODYS
from tests.support.polling import until
from tests.support.terminal import zi
from tests.support.tokens import TestIssuer

CONTENT: dict[str, Any] = {
    "name": "Tim Penanganan Pengaduan",
    "decree_number": "SK-12/2026",
    "decreed_on": "2026-01-05",
    "valid_from": "2026-01-05",
    "valid_to": "2026-06-30",
    "streams": ["masyarakat"],
    "unit_ids": ["u-1"],
    "members": [{"subject": "penangan", "role": "ketua"}],
}
KP = "complaint_supervisor"


def figure(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"zi_complaints_{name}", labels)


@pytest.fixture
async def nobody_is_appointed(database: object, one_owner: asyncpg.Connection) -> None:
    """Take away the handling unit that tests have of everybody."""
    await one_owner.execute("DELETE FROM handling_member")
    await one_owner.execute("DELETE FROM handling_unit")


class Decrees:
    """Enters handling units over HTTP."""

    def __init__(self, acting: Acting) -> None:
        self.acting = acting

    async def send(self, method: str, path: str, role: str = KP, **options: Any) -> httpx2.Response:
        wide = self.acting.issuer.headers(role, level="agency", agencies=["a-1"])
        headers = wide | options.pop("headers", {})
        return await self.acting.client.request(method, f"/handling-units{path}", headers=headers, **options)

    async def enter(self, **changed: Any) -> dict[str, Any]:
        made = await self.send("POST", "", json=CONTENT | changed)
        assert made.status_code == 201, made.text
        return dict(made.json())

    async def change(self, made: dict[str, Any], **changed: Any) -> httpx2.Response:
        tag = {"If-Match": f'"{made["version"]}"'}
        body = {name: made[name] for name in (*CONTENT, "agency_id", "is_for_agency")} | changed
        return await self.send("PUT", f"/{made['id']}", json=body, headers=tag)

    async def end(self, made: dict[str, Any]) -> httpx2.Response:
        tag = {"If-Match": f'"{made["version"]}"'}
        return await self.send("POST", f"/{made['id']}/end", json={"reason": "Tim dibubarkan."}, headers=tag)

    async def verified(self, stream: str = "masyarakat", unit_id: str = "u-1") -> dict[str, Any]:
        made = await self.acting.enter()
        body = {"unit_id": unit_id, "stream": stream, "case_class": "normatif"}
        done = await self.acting.act("complaint_officer", made["id"], "verify", 1, **body)
        assert done.status_code == 200, done.text
        return made

    async def dispose(
        self, case: dict[str, Any], version: int = 2, handler: str = "penangan", act: str = "dispose"
    ) -> tuple[int, str | None]:
        done = await self.acting.act(KP, case["id"], act, version, handler=handler)
        return done.status_code, done.json().get("missing")


@pytest.fixture
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The service on a port, for the command line."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off"))
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, what="the server listens")
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
def decrees(acting_of: Acting) -> Decrees:
    return Decrees(acting_of)


@pytest.mark.usefixtures("nobody_is_appointed")
async def test_r133_no_case_is_assigned_outside_the_designated_unit(
    decrees: Decrees, clock: MovedClock
) -> None:
    case = await decrees.verified()
    assert await decrees.dispose(case) == (409, "handling_unit")
    team = await decrees.enter(members=[{"subject": "sari"}], streams=["pelayanan"])
    assert await decrees.dispose(case) == (409, "stream")
    team = (await decrees.change(team, streams=["masyarakat"], valid_from="2026-01-06")).json()
    assert await decrees.dispose(case) == (409, "decree")
    await clock.set(wib(2026, 1, 6))
    assert await decrees.dispose(case) == (409, "member")
    await decrees.change(team, members=[{"subject": "sari"}, {"subject": "penangan"}])
    assert await decrees.dispose(case) == (200, None)


@pytest.mark.usefixtures("nobody_is_appointed")
async def test_a_case_is_reassigned_to_members_alone_and_stays_whose_it_is_when_the_decree_lapses(
    decrees: Decrees, clock: MovedClock, acting_of: Acting, filer: Filer
) -> None:
    await decrees.enter()
    case = await decrees.verified()
    assert await decrees.dispose(case) == (200, None)
    body = {"unit_id": "u-1", "handler": "sari"}
    await acting_of.client.post("/handlers", json=body, headers=acting_of.headers(KP))
    assert await decrees.dispose(case, 3, "sari", "reassign") == (409, "member")
    await clock.set(wib(2026, 7, 1))
    found = await acting_of.client.get(f"/cases/{case['id']}", headers=acting_of.headers(KP))
    assert (found.json()["handler"], found.json()["is_handler_appointed"]) == ("penangan", False)
    await Figures(filer.db, filer.engine).count()
    assert figure("cases_handled_without_decree", stream="masyarakat") == 1
    acted = await acting_of.client.post(
        f"/cases/{case['id']}/follow-up",
        json={"text": "Loket ditinjau.", "evidence": ["BA-6"]},
        headers=acting_of.issuer.headers("case_handler", subject="penangan", units=["u-1"], agencies=["a-1"])
        | {"If-Match": '"3"'},
    )
    assert acted.status_code == 200, acted.text
    assert await decrees.dispose(case, 4, "sari", "reassign") == (409, "decree")
    await decrees.enter(valid_to=None, members=[{"subject": "sari"}])
    assert await decrees.dispose(case, 4, "sari", "reassign") == (200, None)


@pytest.mark.usefixtures("nobody_is_appointed", "clock")
async def test_a_unit_serves_what_its_decree_names_or_its_whole_agency(decrees: Decrees) -> None:
    case = await decrees.verified()
    other = await decrees.enter(unit_ids=["u-2"])
    assert await decrees.dispose(case) == (409, "handling_unit")
    await decrees.end(other)
    await decrees.enter(unit_ids=[], is_for_agency=True, agency_id="a-1")
    assert await decrees.dispose(case) == (200, None)


@pytest.mark.usefixtures("nobody_is_appointed", "clock")
async def test_a_unit_ends_at_once_and_is_neither_changed_nor_deleted_after(
    decrees: Decrees, filer: Filer
) -> None:
    made, case = await decrees.enter(), await decrees.verified()
    ended = await decrees.end(made)
    assert (ended.status_code, ended.json()["ended_on"]) == (200, "2026-01-05")
    assert await decrees.dispose(case) == (409, "decree")
    again = await decrees.change(ended.json(), name="Tim Lain")
    assert (again.status_code, again.json()["code"]) == (409, "handling_unit_ended")
    listed = (await decrees.send("GET", "?unit=u-1")).json()["items"]
    assert [(one["standing"], one["members"][0]["subject"]) for one in listed] == [("ended", "penangan")]
    rows = await filer.rows("SELECT operation, reason FROM audit WHERE entity = 'handling_unit' ORDER BY at")
    assert [tuple(row) for row in rows] == [
        ("enter_handling_unit", None),
        ("end_handling_unit", "Tim dibubarkan."),
    ]


@pytest.mark.usefixtures("nobody_is_appointed", "clock")
async def test_a_change_says_which_version_it_is_based_on(decrees: Decrees) -> None:
    made = await decrees.enter()
    changed = await decrees.change(made, name="Tim Baru")
    assert (changed.json()["version"], changed.headers["etag"]) == (2, '"2"')
    assert (await decrees.change(made, name="Tim Usang")).status_code == 412
    unsaid = await decrees.send("PUT", f"/{made['id']}", json=CONTENT)
    assert unsaid.status_code == 428


@pytest.mark.usefixtures("nobody_is_appointed", "clock")
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"decree_number": None}, "decree_number"),
        ({"decreed_on": None}, "decreed_on"),
        ({"decree_number": None, "decreed_on": None}, "decree_number"),
        ({"decreed_on": "2026-01-06"}, "decreed_on"),
        ({"valid_to": "2026-01-04"}, "valid_to"),
        ({"unit_ids": []}, "unit_ids"),
        ({"unit_ids": ["u-1", "u-77"]}, "unit_ids.1"),
        ({"members": []}, "members"),
        ({"members": [{"subject": "sari"}, {"subject": "sari"}]}, "members"),
        ({"members": [{"subject": "dengan spasi"}]}, "members.0.subject"),
        ({"streams": ["wbs"]}, "streams.0"),
    ],
)
async def test_what_a_decree_cannot_say_is_refused_at_its_field(
    decrees: Decrees, changed: dict[str, Any], field: str
) -> None:
    refused = await decrees.send("POST", "", json=CONTENT | {"agency_id": "a-1"} | changed)
    assert refused.status_code == 422, refused.text
    assert [error["field"] for error in refused.json()["errors"]] == [field]


@pytest.mark.usefixtures("nobody_is_appointed", "clock")
async def test_nobody_appoints_beyond_their_reach(
    decrees: Decrees, issuer: TestIssuer, acting_of: Acting
) -> None:
    narrow = issuer.headers(KP, level="unit", agencies=["a-1"], units=["u-1"])
    for beyond in ({"unit_ids": ["u-1", "u-2"]}, {"unit_ids": [], "is_for_agency": True, "agency_id": "a-1"}):
        sent = await acting_of.client.post("/handling-units", json=CONTENT | beyond, headers=narrow)
        assert sent.status_code == 404, sent.text
    own = await acting_of.client.post("/handling-units", json=CONTENT, headers=narrow)
    assert own.status_code == 201
    wide = await decrees.enter(unit_ids=["u-1", "u-2"])
    tag = narrow | {"If-Match": '"1"'}
    sent = await acting_of.client.put(f"/handling-units/{wide['id']}", json=CONTENT, headers=tag)
    assert sent.status_code == 404
    seen = await acting_of.client.get("/handling-units", headers=narrow)
    assert len(seen.json()["items"]) == 2
    stranger = issuer.headers(KP, level="agency", agencies=["a-9"])
    assert (await acting_of.client.get("/handling-units", headers=stranger)).json()["items"] == []
    assert (await acting_of.client.get(f"/handling-units/{wide['id']}", headers=stranger)).status_code == 404


async def test_a_unit_without_decree_takes_members_but_lasts_no_longer_until_its_decree_is_entered(
    decrees: Decrees, one_owner: asyncpg.Connection, clock: MovedClock, filer: Filer
) -> None:
    await clock.set(wib(2026, 1, 6))
    await one_owner.execute(
        "UPDATE handling_unit SET decree_number = NULL, decreed_on = NULL, valid_from = '2026-01-05',"
        " valid_to = '2026-04-05'"
    )
    found = (await decrees.send("GET", f"/{EVERYBODYS}")).json()
    assert found["is_decree_missing"] is True
    await Figures(filer.db, filer.engine).count()
    assert figure("handling_units_without_decree") == 1
    longer = await decrees.change(found, valid_to=None)
    assert [error["field"] for error in longer.json()["errors"]] == ["decree_number"]
    more = await decrees.change(found, members=[{"subject": "penangan"}])
    assert (more.status_code, more.json()["is_decree_missing"]) == (200, True)
    case = await decrees.verified()
    assert await decrees.dispose(case) == (200, None)
    for half, missing in (
        ({"decree_number": "SK-9/2026"}, "decreed_on"),
        ({"decreed_on": "2026-01-06"}, "decree_number"),
    ):
        refused = await decrees.change(more.json(), **half)
        assert [error["field"] for error in refused.json()["errors"]] == [missing]
    decreed = await decrees.change(
        more.json(), decree_number="SK-9/2026", decreed_on="2026-01-06", valid_to=None
    )
    assert (decreed.status_code, decreed.json()["is_decree_missing"]) == (200, False)
    back = await decrees.change(decreed.json(), decree_number=None, decreed_on=None)
    assert back.status_code == 422


async def test_the_command_line_says_which_half_of_a_decree_is_missing(
    served: str, issuer: TestIssuer, one_owner: asyncpg.Connection, filer: Filer
) -> None:
    await one_owner.execute("UPDATE handling_unit SET decree_number = NULL, decreed_on = NULL")
    token = issuer.token(roles=[KP], level="agency", agencies=["a-1"])
    environment = {"ZI_COMPLAINTS_URL": served, "ZI_TOKEN": token, "COLUMNS": "200"}
    words = ("complaint", "handling-unit", "change", str(EVERYBODYS))
    code, _, err = await zi(*words, "--decree", "SK-9/2026", environment=environment)
    assert (code, "decreed on: is required" in err) == (1, True)
    code, _, err = await zi(*words, "--on", "2026-01-05", environment=environment)
    assert (code, "decree number: is required" in err) == (1, True)
    [row] = await filer.rows("SELECT version, decree_number FROM handling_unit")
    assert tuple(row) == (1, None)


@pytest.mark.usefixtures("nobody_is_appointed")
async def test_how_a_unit_stands_goes_by_the_day_where_it_serves(decrees: Decrees, clock: MovedClock) -> None:
    await clock.set(wib(2026, 1, 5, 23, 30))
    made = [await decrees.enter(unit_ids=[unit], valid_from="2026-01-06") for unit in ("u-1", "u-2")]
    listed = (await decrees.send("GET", "")).json()["items"]
    shown = [(await decrees.send("GET", f"/{one['id']}")).json() for one in made]
    assert [one["standing"] for one in listed] == ["not_yet", "in_force"], "it is past midnight in Makassar"
    assert listed == shown


@pytest.mark.usefixtures("nobody_is_appointed", "clock")
async def test_the_list_of_handlers_says_for_which_streams_each_may_be_named(
    decrees: Decrees, acting_of: Acting
) -> None:
    async def streams() -> list[list[str]]:
        listed = await acting_of.client.get("/handlers?unit=u-1", headers=acting_of.headers(KP))
        return [line["streams"] for line in listed.json()["items"] if line["subject"] == "penangan"]

    assert await streams() == [[]]
    await decrees.enter()
    assert await streams() == [["masyarakat"]]
    await decrees.enter(streams=["pelayanan"])
    assert await streams() == [["masyarakat", "pelayanan"]]


@pytest.mark.usefixtures("nobody_is_appointed", "clock")
async def test_others_are_told_of_a_handling_unit_without_its_name_its_number_and_its_members(
    decrees: Decrees, one_owner: asyncpg.Connection
) -> None:
    made = await decrees.enter()
    await decrees.end((await decrees.change(made, valid_to=None)).json())
    rows = await one_owner.fetch(
        "SELECT type, record_key, convert_from(payload, 'UTF8') AS payload FROM outbox"
        " WHERE aggregateid = $1 ORDER BY position",
        made["id"],
    )
    events = [(row["type"], row["record_key"], json.loads(row["payload"])) for row in rows]
    both = {"designation_id": made["id"], "agency_id": "a-1", "unit_id": "u-1", "unit_ids": ["u-1"]}
    rest = {"is_for_agency": False, "streams": ["masyarakat"], "has_decree": True, "valid_from": "2026-01-05"}
    changed = "id.zi.complaints.designation.changed.v1"
    assert events == [
        (
            "id.zi.complaints.designation.entered.v1",
            made["id"],
            both | rest | {"version": 1, "valid_to": "2026-06-30", "ended_on": None},
        ),
        (changed, made["id"], both | rest | {"version": 2, "valid_to": None, "ended_on": None}),
        (changed, made["id"], both | rest | {"version": 3, "valid_to": None, "ended_on": "2026-01-05"}),
    ]


async def test_handling_units_from_before_are_told_once_and_again_when_a_process_of_before_changes_them(
    filer: Filer, one_owner: asyncpg.Connection
) -> None:
    asked = "SELECT version FROM outbox WHERE aggregateid = $1 ORDER BY version"

    async def told() -> list[int]:
        return [row["version"] for row in await one_owner.fetch(asked, str(EVERYBODYS))]

    assert await told() == []
    for _ in range(2):
        await Designations(filer.db).step()
        assert await told() == [1]
    await one_owner.execute("UPDATE handling_unit SET version = 2 WHERE id = $1", EVERYBODYS)
    await Designations(filer.db).step()
    assert await told() == [1, 2]
