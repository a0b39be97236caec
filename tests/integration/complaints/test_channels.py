"""The register of channels over HTTP: opened, published, closed; what intake and the public have of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from services.complaints import snapshot
from services.complaints.channels import store
from shared.outbox.snapshot import Behind
from tests.integration.complaints.acting import ENTRY, REPORT, Acting
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.support.polling import until
from tests.support.restoring import differences, published, standing
from tests.support.terminal import zi
from tests.support.tokens import TestIssuer

KP = "complaint_supervisor"
PHONE = {"unit_id": "u-1", "kind": "telepon", "label": "Telepon unit", "address": "+62 21 5550100"}
COUNTER = {"unit_id": "u-1", "kind": "loket", "label": "Loket pengaduan", "address": "Lobi lantai 1"}
POSTER = {"kind": "poster", "place": "Ruang tunggu lantai 1"}


class Register:
    """Keeps channels over HTTP, as KP of the agency unless another role is named."""

    def __init__(self, acting: Acting) -> None:
        self.acting = acting

    async def send(
        self, method: str, path: str, role: str = KP, level: str = "agency", **options: Any
    ) -> httpx2.Response:
        wide = self.acting.issuer.headers(role, level=level, agencies=["a-1"], units=["u-1"])
        headers = wide | options.pop("headers", {})
        return await self.acting.client.request(method, f"/channels{path}", headers=headers, **options)

    async def open(self, **said: Any) -> dict[str, Any]:
        made = await self.send("POST", "", json=said)
        assert made.status_code == 201, made.text
        return dict(made.json())

    async def act(self, one: dict[str, Any], act: str, **body: Any) -> httpx2.Response:
        tag = {"If-Match": f'"{one["version"]}"'}
        return await self.send("POST", f"/{one['id']}/{act}", json=body, headers=tag)

    async def public(self, unit_id: str = "u-1") -> dict[str, dict[str, Any]]:
        found = await self.acting.client.get("/public/channels", params={"unit_id": unit_id})
        assert found.status_code == 200, found.text
        return {one["kind"]: one for one in found.json()}


@pytest.fixture
def register(acting_of: Acting) -> Register:
    return Register(acting_of)


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


async def test_r106_the_public_sees_open_channels_and_a_case_cannot_cite_a_closed_one(
    register: Register, clock: MovedClock, filer: Filer
) -> None:
    acting = register.acting
    one = await register.open(**COUNTER)
    shown = (await register.public())["loket"]
    assert (shown["address"], shown["opened_on"]) == ("Lobi lantai 1", "2026-01-05")
    await acting.enter(channel="loket")
    await clock.set(wib(2026, 1, 6))
    closed = await register.act(one, "close", reason="Loket dipindahkan.")
    assert (closed.status_code, closed.json()["state"], closed.json()["closed_on"]) == (
        200,
        "closed",
        "2026-01-06",
    )
    assert "loket" not in await register.public()
    officer = acting.headers("complaint_officer")
    refused = await acting.client.post("/cases", json=ENTRY, headers=officer)
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["field"], error["code"]) == (422, "channel", "channel_closed")
    assert "telepon" in error["message"]
    assert "loket" not in error["message"]
    before = {"received_at": "2026-01-05T15:00:00+07:00"}
    taken = await acting.client.post("/cases", json=ENTRY | before, headers=officer)
    assert taken.status_code == 201, "it was open when this came in"
    assert [fact for fact in await filer.facts() if fact.startswith("channel")] == [
        "channel.opened",
        "channel.closed",
    ]


@pytest.mark.usefixtures("clock")
async def test_a_channel_takes_no_case_of_before_it_was_opened(register: Register) -> None:
    acting = register.acting
    await register.open(**COUNTER)
    early = ENTRY | {"received_at": "2026-01-04T15:00:00+07:00", "backdate_reason": "Libur kantor."}
    officer = acting.headers("complaint_officer")
    refused = await acting.client.post("/cases", json=early, headers=officer)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "channel_closed")


@pytest.mark.usefixtures("clock")
async def test_the_form_of_a_unit_that_closed_it_takes_no_report_and_names_what_is_open(
    register: Register,
) -> None:
    acting = register.acting
    link = {"address": "https://contoh.go.id/lapor", "mark": "Sampaikan pengaduan"}
    one = await register.open(unit_id="u-1", kind="web", label="Formulir", **link)
    assert (await acting.client.post("/public/cases", json=REPORT)).status_code == 201
    assert (await register.act(one, "close", reason="Dialihkan ke loket.")).status_code == 200
    refused = await acting.client.post("/public/cases", json=REPORT)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "channel_closed")
    assert "Loket" in refused.json()["errors"][0]["message"]
    other = await acting.client.post("/public/cases", json=REPORT | {"unit_id": "u-2"})
    assert other.status_code == 201, "the register of one unit closes nothing for another"


@pytest.mark.usefixtures("clock")
async def test_a_unit_without_a_register_has_what_is_open_by_default(register: Register) -> None:
    found = await register.public()
    assert {"web", "loket", "telepon"} <= found.keys()
    assert "sp4n" not in found
    assert found["telepon"]["address"] is None
    unknown = await register.acting.client.get("/public/channels", params={"unit_id": "u-9"})
    assert unknown.status_code == 404


@pytest.mark.usefixtures("clock")
async def test_a_channel_of_the_agency_serves_all_its_units(register: Register) -> None:
    one = await register.open(**PHONE | {"unit_id": None, "agency_id": "a-1"})
    for unit in ("u-1", "u-2"):
        assert (await register.public(unit))["telepon"]["address"] == "+62 21 5550100"
    seen = await register.send("GET", f"/{one['id']}", level="unit")
    assert seen.status_code == 200
    tag = {"If-Match": '"1"'}
    far = await register.send(
        "POST", f"/{one['id']}/close", level="unit", json={"reason": "Diganti."}, headers=tag
    )
    assert far.status_code == 404, "who has one unit closes nothing of the agency"
    refused = await register.send("POST", "", level="unit", json=PHONE | {"unit_id": "u-2"})
    assert refused.status_code == 404


@pytest.mark.usefixtures("clock")
async def test_r215_an_open_channel_that_is_made_known_nowhere_is_listed(register: Register) -> None:
    one = await register.open(**PHONE)
    known = await register.open(**COUNTER, places=[POSTER])
    assert known["place_count"] == 1

    async def lacking() -> list[str]:
        found = await register.send("GET", "", params={"lacks_place": "true"})
        return [each["id"] for each in found.json()["items"]]

    assert await lacking() == [one["id"]]
    hung = await register.act(one, "places", **POSTER, picture="BA-7/2026")
    assert (hung.status_code, hung.json()["place_count"], hung.json()["version"]) == (201, 1, 2)
    assert await lacking() == []
    [place] = (await register.send("GET", f"/{one['id']}")).json()["places"]
    assert (place["place"], place["published_on"], place["picture"]) == (
        "Ruang tunggu lantai 1",
        "2026-01-05",
        "BA-7/2026",
    )
    [shown] = (await register.public())["telepon"]["places"]
    assert shown == {"kind": "poster", "place": "Ruang tunggu lantai 1", "published_on": "2026-01-05"}


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "telegram"}, "kind"),
        ({"address": "loket sebelah"}, "address"),
        ({"opened_on": "2026-01-06"}, "opened_on"),
        ({"mark": "Halo"}, "mark"),
        ({"kind": "web", "address": "https://contoh.go.id/"}, "mark"),
        ({"places": [POSTER | {"published_on": "2026-01-06"}]}, "places.0.published_on"),
    ],
)
async def test_what_a_channel_cannot_be_is_refused_by_field(
    register: Register, said: dict[str, Any], field: str
) -> None:
    refused = await register.send("POST", "", json=PHONE | said)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.usefixtures("clock")
async def test_a_channel_is_changed_by_version_and_closed_once(register: Register) -> None:
    one = await register.open(**PHONE)
    said = {"label": "Hotline", "address": "+62 21 5550111"}
    old, new = {"If-Match": '"7"'}, {"If-Match": '"1"'}
    assert (await register.send("PUT", f"/{one['id']}", json=said)).status_code == 428
    assert (await register.send("PUT", f"/{one['id']}", json=said, headers=old)).status_code == 412
    changed = await register.send("PUT", f"/{one['id']}", json=said, headers=new)
    assert (changed.json()["version"], changed.json()["label"]) == (2, "Hotline")
    for day, code in (("2026-01-04", "before_opening"), ("2026-01-06", "in_future")):
        refused = await register.act(changed.json(), "close", reason="Diganti.", closed_on=day)
        assert refused.json()["errors"][0]["code"] == code
    closed = await register.act(changed.json(), "close", reason="Diganti.")
    assert closed.json()["close_reason"] == "Diganti."
    for act, body in (
        ("close", {"reason": "Diganti."}),
        ("places", POSTER),
        ("tests", {"is_ok": True, "note": "Diangkat."}),
    ):
        again = await register.act(closed.json(), act, **body)
        assert (again.status_code, again.json()["code"]) == (409, "channel_ended")


@pytest.mark.usefixtures("clock")
async def test_a_channel_opened_twice_with_one_key_is_one(register: Register, filer: Filer) -> None:
    key = {"Idempotency-Key": "buka-saluran-telepon"}
    made = [await register.send("POST", "", json=PHONE, headers=key) for _ in range(2)]
    assert made[0].json() == made[1].json()
    [row] = await filer.rows("SELECT count(*) AS all FROM channel")
    assert row.all == 1


async def test_recorded_tests_make_one_outage_and_one_finding_and_a_good_one_ends_them(
    register: Register, filer: Filer, clock: MovedClock
) -> None:
    one = await register.open(**PHONE)
    for _ in range(4):
        await clock.forward(hours=1)
        await register.act(one, "tests", is_ok=False, note="Tidak diangkat.")
    shown = (await register.send("GET", f"/{one['id']}")).json()
    assert (shown["state"], shown["failures"], len(shown["checks"])) == ("down", 4, 4)
    [finding] = shown["findings"]
    assert (finding["reason"], finding["closed_at"]) == ("test_failed", None)
    assert (await register.public())["telepon"]["is_down"] is True
    down = (await register.send("GET", "", params={"is_down": "true"})).json()["items"]
    assert [each["id"] for each in down] == [one["id"]]
    mended = await register.act(one, "tests", is_ok=True, note="Diangkat dalam 20 detik.")
    assert (mended.json()["state"], mended.json()["failures"]) == ("open", 0)
    [finding] = (await register.send("GET", f"/{one['id']}")).json()["findings"]
    assert finding["closed_by"] == "recovered"
    assert (await register.public())["telepon"]["is_tested"] is True
    told = [fact for fact in await filer.facts() if fact.startswith("channel")]
    assert told == ["channel.opened", "channel.check_failed", "channel.recovered"]


@pytest.mark.usefixtures("clock")
async def test_what_probes_itself_takes_no_recorded_test(register: Register) -> None:
    one = await register.open(**COUNTER)
    refused = await register.act(one, "tests", is_ok=True, note="Petugas ada di tempat.")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_test")


async def test_channels_are_said_again_as_they_were_told(
    register: Register, filer: Filer, clock: MovedClock
) -> None:
    async def agree() -> None:
        assert differences(await published(filer.db), await standing(filer.db, snapshot)) == {}

    one = await register.open(**PHONE, places=[POSTER])
    await agree()
    one = (await register.act(one, "places", **POSTER)).json()
    await agree()
    for _ in range(3):
        await clock.forward(hours=1)
        await register.act(one, "tests", is_ok=False, note="Tidak diangkat.")
    await agree()
    await register.act(one, "tests", is_ok=True, note="Diangkat.")
    await agree()
    await register.act(one, "close", reason="Diganti.")
    await agree()
    async with filer.db.transaction() as session:
        [said] = [state.fact async for state in snapshot.states(session)]
        [lifted] = await snapshot.lift(session, Behind(said, floor=9)) or []
        assert (lifted.version, lifted.subject()) == (10, one["id"])
        assert [told.version async for told in store.told(session)] == [10]


@pytest.mark.usefixtures("clock")
async def test_channels_are_kept_from_the_command_line(
    register: Register, served: str, issuer: TestIssuer
) -> None:
    token = issuer.token(roles=[KP], level="agency", agencies=["a-1"])
    environment = {"ZI_COMPLAINTS_URL": served, "ZI_TOKEN": token, "COLUMNS": "200"}
    words = ("complaint", "channel")
    said = ("--unit", "u-1", "--kind", "telepon", "--label", "Hotline", "--address", "+62 21 5550100")
    code, out, err = await zi(*words, "open", *said, environment=environment)
    assert code == 0, out + err
    [one] = (await register.send("GET", "")).json()["items"]
    steps = (
        ("publish", one["id"], "--place", "Ruang tunggu"),
        ("change", one["id"], "--label", "Telepon unit"),
        ("test", one["id"], "--failed", "--note", "Tidak diangkat."),
        ("close", one["id"], "--reason", "Nomor diganti."),
    )
    for step in steps:
        code, out, err = await zi(*words, *step, environment=environment)
        assert code == 0, out + err
    shown = (await register.send("GET", f"/{one['id']}")).json()
    assert (shown["label"], shown["state"], shown["place_count"], shown["last_reason"]) == (
        "Telepon unit",
        "closed",
        1,
        "test_failed",
    )
    code, out, _ = await zi(*words, "list", "--unit", "u-1", environment=environment)
    assert (code, "Telepon unit" in out) == (0, True)
    code, out, _ = await zi(*words, "show", one["id"], environment=environment)
    assert (code, "Nomor diganti." in out) == (0, True)
