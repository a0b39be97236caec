"""Conflicts of interest and their map over HTTP: who decides, what is suspended, what is reviewed yearly."""

import json
from typing import Any

import asyncpg
import httpx2
import pytest

from services.complaints import snapshot
from services.complaints.integrity.jobs import HOUR_SECONDS, MapYears
from services.complaints.matters.store import figures
from shared.db import Database
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.people import tell, told
from tests.support.tokens import TestIssuer

DECLARED: dict[str, Any] = {
    "unit_id": "u-1",
    "activity": "Pengadaan alat tulis",
    "position": "Pejabat pengadaan",
    "conflict_type": "hubungan_keluarga",
    "decision": "Penetapan pemenang pengadaan.",
}
ENTRY: dict[str, Any] = {
    "unit_id": "u-1",
    "activity": "Pengadaan",
    "position": "Pejabat pengadaan",
    "conflict_type": "hubungan_keluarga",
    "control": "Digantikan pejabat lain.",
}


class Deciding:
    """Declares, decides and keeps maps over HTTP, each as somebody."""

    def __init__(self, client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
        self.client = client
        self.issuer = issuer

    async def send(
        self,
        method: str,
        path: str,
        subject: str,
        role: str,
        body: dict[str, Any] | None = None,
        version: int | None = None,
        agencies: tuple[str, ...] = ("a-1",),
    ) -> httpx2.Response:
        headers = self.issuer.headers(role, agencies=agencies, units=["u-1"], subject=subject)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self.client.request(method, path, headers=headers, json=body)

    async def declare(self, subject: str = "sari", role: str = "unit_operator", **fields: Any) -> str:
        answer = await self.send("POST", "/coi-declarations", subject, role, DECLARED | fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def act(
        self,
        conflict: str,
        act: str,
        version: int,
        subject: str = "kepala",
        role: str = "unit_leader",
        **body: Any,
    ) -> httpx2.Response:
        path = f"/coi-declarations/{conflict}/{act}"
        return await self.send("POST", path, subject, role, body, version)

    async def shown(
        self, conflict: str, subject: str = "kepala", role: str = "unit_leader"
    ) -> httpx2.Response:
        return await self.send("GET", f"/coi-declarations/{conflict}", subject, role)

    async def enter(self, **fields: Any) -> dict[str, Any]:
        answer = await self.send("POST", "/coi-map", "operator", "unit_operator", ENTRY | fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def map(self, year: int | None = None) -> dict[str, Any]:
        asked = "/coi-map?unit=u-1" + ("" if year is None else f"&year={year}")
        answer = await self.send("GET", asked, "operator", "unit_operator")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def review(self, year: int, version: int, subject: str = "kepala") -> httpx2.Response:
        body = {"unit_id": "u-1", "year": year}
        return await self.send("POST", "/coi-map/reviews", subject, "unit_leader", body, version)


@pytest.fixture
def deciding(client: httpx2.AsyncClient, issuer: TestIssuer) -> Deciding:
    return Deciding(client, issuer)


async def told_facts(filer: Filer) -> list[dict[str, Any]]:
    rows = await filer.rows(
        "SELECT type, payload FROM outbox WHERE topic = 'zi.complaints.coi.v1' ORDER BY position"
    )
    return [{"fact": row.type.split(".")[4], **json.loads(row.payload)} for row in rows]


async def test_r116_who_declared_a_conflict_cannot_decide_it_nor_can_who_stands_in_for_them(
    deciding: Deciding, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 2))
    await tell(
        db,
        told("kepala", "kepala", "kepala-2", substitutes=[("dewi", "2026-02-01", "2026-02-28")]),
        told("dewi", "dewi"),
    )
    made = await deciding.declare("kepala", "unit_leader")
    for subject in ("kepala", "kepala-2", "dewi"):
        answer = await deciding.act(made, "assess", 1, subject, note="Sudah saya periksa.")
        assert (answer.status_code, answer.json()["code"]) == (403, "own_matter")
    shown = await deciding.shown(made)
    assert (shown.status_code, shown.json()["is_own"], shown.json()["is_decision_suspended"]) == (
        200,
        True,
        True,
    )
    above = await deciding.act(made, "assess", 1, "pimpinan", "agency_head", note="Diperiksa dengan dokumen.")
    assert above.status_code == 200
    own = await deciding.act(made, "decide", 2, "kepala", is_conflict=False, reason="Tidak ada hubungan.")
    assert (own.status_code, own.json()["code"]) == (403, "own_matter")


async def test_r116_a_declared_conflict_is_decided_by_the_superior_and_controlled(
    deciding: Deciding, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 2))
    made = await deciding.declare()
    shown = (await deciding.shown(made, "sari", "unit_operator")).json()
    assert [(one["rule"], one["due_text"]) for one in shown["deadlines"]] == [
        ("D12a", "11 Februari 2026 pukul 24.00 WIB")
    ]
    assert shown["is_decision_suspended"] is True
    await deciding.act(made, "assess", 1, note="Pemenang saudara kandungnya.")
    bare = await deciding.act(made, "decide", 2, is_conflict=True, reason="Ada hubungan keluarga.")
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "control")
    answer = await deciding.act(
        made,
        "decide",
        2,
        is_conflict=True,
        reason="Ada hubungan keluarga.",
        control="Digantikan pejabat lain.",
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "DIKENDALIKAN")
    shown = (await deciding.shown(made, "sari", "unit_operator")).json()
    assert (shown["is_decision_suspended"], shown["control"]) == (False, "Digantikan pejabat lain.")
    assert await filer.clocks() == {"D12a": "met"}
    facts = await told_facts(filer)
    assert [(one["fact"], one["version"], one["is_late"]) for one in facts] == [
        ("declared", 1, False),
        ("decided", 2, False),
    ]
    assert facts[0] == {
        "fact": "declared",
        "unit_id": "u-1",
        "version": 1,
        "coi_id": made,
        "conflict_type": "hubungan_keluarga",
        "is_late": False,
        "period": "2026",
    }
    assert (await deciding.act(made, "finish", 3)).json()["state"] == "SELESAI"


async def test_a_decision_after_its_clock_is_late(
    deciding: Deciding, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 2))
    made = await deciding.declare()
    await clock.set(wib(2026, 2, 12, 0))
    await deciding.act(made, "assess", 1, note="Diperiksa dengan dokumen.")
    answer = await deciding.act(made, "decide", 2, is_conflict=False, reason="Tidak ada hubungan.")
    assert (answer.json()["state"], answer.json()["is_late"]) == ("TIDAK_ADA", True)
    assert [one["is_late"] for one in await told_facts(filer)] == [False, True]
    assert await filer.clocks() == {"D12a": "late_done"}


async def test_what_concerns_the_superiors_is_hidden_from_them_and_decided_by_the_inspectorate(
    deciding: Deciding, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 2))
    await tell(
        db,
        told("sari", "sari", above="kepala"),
        told("kepala", "kepala", above="pimpinan"),
        told("pimpinan", "pimpinan"),
    )
    hidden, plain = await deciding.declare(concerns_superior=True), await deciding.declare()
    for subject, role in (("kepala", "unit_leader"), ("pimpinan", "agency_head")):
        assert (await deciding.shown(hidden, subject, role)).status_code == 404
        assert (await deciding.act(hidden, "assess", 1, subject, role, note="Saya lihat.")).status_code == 404
        assert (await deciding.shown(plain, subject, role)).status_code == 200
        listed = await deciding.send("GET", "/coi-declarations", subject, role)
        assert [one["id"] for one in listed.json()["items"]] == [plain]
    assert (await deciding.shown(hidden, "sari", "unit_operator")).status_code == 200
    answer = await deciding.act(hidden, "assess", 1, "auditor-1", "inspector", note="Diperiksa oleh APIP.")
    assert answer.status_code == 200


async def test_what_concerns_the_superiors_is_the_inspectorates_alone_though_nobody_knows_who_they_are(
    deciding: Deciding, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 2))
    hidden = await deciding.declare(concerns_superior=True)
    for subject, role in (("kepala", "unit_leader"), ("pimpinan", "agency_head")):
        assert (await deciding.shown(hidden, subject, role)).status_code == 404
        assert (await deciding.act(hidden, "assess", 1, subject, role, note="Saya lihat.")).status_code == 404
        assert (await deciding.send("GET", "/coi-declarations", subject, role)).json()["items"] == []
    assert (await deciding.shown(hidden, "sari", "unit_operator")).status_code == 200
    assert (await deciding.shown(hidden, "auditor-1", "inspector")).status_code == 200


async def test_an_inspector_above_the_declarant_sees_nothing_of_what_concerns_their_superiors(
    deciding: Deciding, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 2))
    await tell(db, told("sari", "sari", above="auditor-1"), told("auditor-1", "auditor-1"))
    hidden = await deciding.declare(concerns_superior=True)
    assert (await deciding.shown(hidden, "auditor-1", "inspector")).status_code == 404
    assert (await deciding.shown(hidden, "auditor-2", "inspector")).status_code == 200


async def test_nobody_else_of_the_unit_reads_a_declaration(deciding: Deciding, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 2))
    made = await deciding.declare()
    assert (await deciding.shown(made, "budi", "unit_operator")).status_code == 404
    refused = await deciding.act(
        made, "decide", 1, "budi", "unit_operator", is_conflict=False, reason="Tidak."
    )
    assert refused.status_code == 403
    elsewhere = await deciding.declare("budi")
    listed = await deciding.send("GET", "/coi-declarations", "sari", "unit_operator")
    assert [one["id"] for one in listed.json()["items"]] == [made]
    assert elsewhere != made


async def test_an_act_on_a_declaration_asks_for_its_version_and_state(
    deciding: Deciding, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 2))
    made = await deciding.declare()
    path = f"/coi-declarations/{made}/assess"
    bare = await deciding.send("POST", path, "kepala", "unit_leader", {"note": "Diperiksa."})
    assert bare.status_code == 428
    assert (await deciding.act(made, "assess", 9, note="Diperiksa.")).status_code == 412
    early = await deciding.act(made, "decide", 1, is_conflict=False, reason="Tidak ada.")
    assert (early.status_code, early.json()["code"]) == (409, "illegal_transition")
    extra = await deciding.act(made, "assess", 1, note="Diperiksa.", colour="red")
    assert (extra.status_code, extra.json()["errors"][0]["field"]) == (422, "colour")


async def test_who_decided_is_open_without_a_clock_and_is_no_fault(
    deciding: Deciding, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 2))
    made = await deciding.declare()
    await deciding.act(made, "assess", 1, note="Diperiksa.")
    await deciding.act(made, "decide", 2, is_conflict=False, reason="Tidak ada hubungan.")
    async with db.reading() as session:
        resting = await figures(session, [("benturan_kepentingan", "TIDAK_ADA")])
        strict = await figures(session, [("benturan_kepentingan", "DIKENDALIKAN")])
    assert (resting.without_deadline, strict.without_deadline) == (0, 1)


# -- the map ------------------------------------------------------------------------------------------------


async def test_r114_each_position_of_the_map_is_reviewed_yearly(
    deciding: Deciding, filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 2))
    first = await deciding.enter()
    second = await deciding.enter(activity="Perizinan", position="Pemeriksa berkas")
    shown = await deciding.map()
    assert (shown["coverage"], shown["review"]["due_text"]) == (
        {"reviewed": 2, "all": 2},
        "1 Januari 2027 pukul 24.00 WIB",
    )
    done = await deciding.review(2026, shown["review"]["version"])
    assert (done.status_code, done.json()["state"]) == (200, "SELESAI")
    await clock.set(wib(2027, 1, 4))
    assert await MapYears(db, filer.engine).step() == HOUR_SECONDS
    shown = await deciding.map()
    assert (shown["year"], shown["coverage"], shown["review"]["state"]) == (
        *(2027, {"reviewed": 0, "all": 2}),
        "DITINJAU",
    )
    early = await deciding.review(2027, shown["review"]["version"])
    assert (early.status_code, early.json()["code"]) == (409, "review_incomplete")
    assert sorted(early.json()["entries"]) == sorted([first["id"], second["id"]])
    for one in (first, second):
        path = f"/coi-map/{one['id']}/confirm"
        assert (await deciding.send("POST", path, "operator", "unit_operator", None, 1)).status_code == 200
    assert (await deciding.map())["coverage"] == {"reviewed": 2, "all": 2}
    assert (await deciding.review(2027, shown["review"]["version"])).status_code == 200
    facts = await told_facts(filer)
    assert [(one["fact"], one["version"], one["period"], one["is_late"]) for one in facts] == [
        ("map_reviewed", 1, "2026", False),
        ("map_reviewed", 1, "2027", False),
    ]
    assert set((await filer.clocks()).values()) == {"met"}


async def test_the_year_of_a_map_begins_once_by_itself_and_its_clock_from_the_first_of_january(
    deciding: Deciding, filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 2))
    await deciding.enter()
    await clock.set(wib(2027, 3, 1))
    for _ in range(2):
        await MapYears(db, filer.engine).step()
    rows = await filer.rows("SELECT period FROM dossier WHERE kind = 'peta_benturan' ORDER BY period")
    assert [row.period for row in rows] == ["2026", "2027"]
    [start] = await filer.rows(
        "SELECT start_at FROM deadline WHERE rule = 'D12b' ORDER BY start_at DESC LIMIT 1"
    )
    assert start.start_at == wib(2027, 1, 1, 0)


async def test_a_review_after_its_year_is_late(deciding: Deciding, filer: Filer, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 2))
    await deciding.enter()
    await clock.set(wib(2027, 1, 2, 0))
    done = await deciding.review(2026, 1)
    assert (done.status_code, done.json()["is_late"]) == (200, True)


async def test_a_map_changes_by_version_and_keeps_what_it_said(deciding: Deciding, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 2))
    one = await deciding.enter()
    path = f"/coi-map/{one['id']}"
    said = {name: value for name, value in ENTRY.items() if name != "unit_id"} | {
        "control": "Dua tanda tangan."
    }
    assert (await deciding.send("PUT", path, "operator", "unit_operator", said)).status_code == 428
    assert (await deciding.send("PUT", path, "operator", "unit_operator", said, 5)).status_code == 412
    changed = await deciding.send("PUT", path, "operator", "unit_operator", said, 1)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    retired = await deciding.send("POST", f"{path}/retire", "operator", "unit_operator", None, 2)
    assert retired.json()["is_retired"] is True
    assert (await deciding.map())["items"] == []
    assert (await deciding.send("GET", f"{path}/versions", "operator", "unit_operator")).status_code == 404


async def test_the_versions_of_an_entry_say_who_changed_what(deciding: Deciding, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 2))
    one = await deciding.enter()
    path = f"/coi-map/{one['id']}"
    await deciding.send("POST", f"{path}/confirm", "kepala", "unit_leader", None, 1)
    versions = (await deciding.send("GET", f"{path}/versions", "operator", "unit_operator")).json()["items"]
    assert [(row["version"], row["act"], row["actor"]) for row in versions] == [
        (1, "enter", "operator"),
        (2, "confirm", "kepala"),
    ]


async def test_a_position_is_on_the_map_once_with_each_conflict(
    deciding: Deciding, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 2))
    await deciding.enter()
    again = await deciding.send(
        "POST", "/coi-map", "operator", "unit_operator", ENTRY | {"position": "PEJABAT PENGADAAN"}
    )
    assert (again.status_code, again.json()["code"]) == (409, "map_entry_exists")
    await deciding.enter(conflict_type="rangkap_jabatan")


async def test_the_open_reviews_of_a_map_end_with_its_last_entry_and_begin_anew_with_the_next_one(
    deciding: Deciding, filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 2))
    assert (await deciding.review(2026, 1)).status_code == 404
    one = await deciding.enter()
    await clock.set(wib(2027, 3, 1))
    await MapYears(db, filer.engine).step()
    other = await deciding.enter(position="Pemeriksa")
    for entry in (one, other):
        assert await _states(filer) == ["DITINJAU", "DITINJAU"]
        path = f"/coi-map/{entry['id']}/retire"
        gone = await deciding.send("POST", path, "operator", "unit_operator", None, 1)
        assert gone.status_code == 200, gone.text
    assert await _states(filer) == ["DIKOSONGKAN", "DIKOSONGKAN"]
    assert {row.status for row in await filer.rows("SELECT status FROM deadline WHERE rule = 'D12b'")} == {
        "cancelled"
    }
    assert [(await deciding.review(year, 1)).status_code for year in (2026, 2027)] == [404, 404]
    assert await told_facts(filer) == []
    await MapYears(db, filer.engine).step()
    assert await _states(filer) == ["DIKOSONGKAN", "DIKOSONGKAN"]
    await deciding.enter()
    shown = await deciding.map()
    assert (shown["review"]["state"], shown["review"]["due_at"] is None) == ("DITINJAU", False)
    assert (await deciding.review(2027, 1)).status_code == 200


async def _states(filer: Filer) -> list[str]:
    rows = await filer.rows("SELECT state FROM dossier WHERE kind = 'peta_benturan' ORDER BY period")
    return [row.state for row in rows]


async def test_the_map_of_a_unit_that_is_active_no_more_is_reviewed_to_its_end_and_grows_no_more(
    deciding: Deciding, filer: Filer, clock: MovedClock, db: Database, one_owner: asyncpg.Connection
) -> None:
    await clock.set(wib(2026, 2, 2))
    await deciding.enter()
    await one_owner.execute("UPDATE unit SET is_active = false WHERE unit_id = 'u-1'")
    more = await deciding.send(
        "POST", "/coi-map", "operator", "unit_operator", ENTRY | {"position": "Pemeriksa"}
    )
    assert more.status_code == 404
    assert (await deciding.map())["review"]["state"] == "DITINJAU"
    assert (await deciding.review(2026, 1)).status_code == 200
    assert await filer.clocks() == {"D12b": "met"}


async def test_the_map_of_a_unit_out_of_scope_is_as_if_missing(deciding: Deciding, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 2))
    one = await deciding.enter()
    outside = await deciding.send("GET", "/coi-map?unit=u-2", "operator", "unit_operator")
    assert outside.status_code == 404
    headers = deciding.issuer.headers("unit_operator", units=["u-2"]) | {"If-Match": '"1"'}
    answer = await deciding.client.post(f"/coi-map/{one['id']}/retire", headers=headers)
    assert answer.status_code == 404


async def test_what_is_told_of_conflicts_can_be_told_again(
    deciding: Deciding, filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 2))
    made = await deciding.declare()
    await deciding.act(made, "assess", 1, note="Diperiksa.")
    await deciding.enter()
    await deciding.review(2026, 1)
    async with db.reading() as session:
        states = [state.fact async for state in snapshot.states(session)]
    again = [json.loads(fact.model_dump_json()) for fact in states if fact.topic == "zi.complaints.coi.v1"]
    sent = [{name: value for name, value in one.items() if name != "fact"} for one in await told_facts(filer)]
    assert sorted(again, key=str) == sorted(sent, key=str)
