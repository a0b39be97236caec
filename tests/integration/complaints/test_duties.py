"""What is owed to people and to the Ombudsman, over HTTP: clocks, who may do what, what nobody hears."""

import asyncio
from collections.abc import Mapping
from contextvars import Context
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI

from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.duties.usecases import acting, requests
from services.complaints.duties.usecases.requests import BY_RECEIPT
from services.complaints.jobs import Figures, lock
from services.complaints.matters.store import figures
from services.complaints.secrecy.usecases.keeping import Identities
from shared.db import Database
from shared.security.keys.transit import TransitKeys
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.people import pseudonym, tell, told
from tests.integration.complaints.test_desk import Desk, words
from tests.integration.complaints.test_identities import everything
from tests.support.forms import carried
from tests.support.key_service import key_service, token_file
from tests.support.tokens import TestIssuer

NAME, CONTACT = "Wulan Pemohon", "0812-7654-3210"
WORDS = "Alamat saya tertulis Jalan Kenanga, seharusnya Jalan Cempaka."
REQUEST: dict[str, Any] = {
    "unit_id": "u-1",
    "wish": "perbaikan",
    "text": WORDS,
    "name": NAME,
    "contact": CONTACT,
}
MINE: dict[str, Any] = {"wish": "akses", "text": "Minta salinan data saya."}
BREACH: dict[str, Any] = {
    "unit_id": "u-1",
    "detected_at": "2026-01-05T08:00:00+07:00",
    "summary": "Daftar hadir terkirim ke alamat lain.",
}
ASSESSED: dict[str, Any] = {
    "data_kinds": "Nama dan tanda tangan.",
    "people_count": 12,
    "happened": "Salah ketik alamat.",
}
NOTIFIED: dict[str, Any] = {
    "people_told": "Surat kepada setiap orang.",
    "letter_number": "S-1/2026",
    "letter_on": "2026-01-06",
}
LHP: dict[str, Any] = {
    "unit_id": "u-1",
    "number": "LHP-7/2026",
    "issued_on": "2026-01-02",
    "received_on": "2026-01-05",
    "actions": ["Perbaiki jadwal loket.", "Umumkan standar layanan."],
}
REQUESTS, BREACHES, REPORTS = "/data-requests", "/data-breaches", "/ombudsman-reports"
OFFICER: Mapping[str, str] = {
    REQUESTS: "privacy_officer",
    BREACHES: "privacy_officer",
    REPORTS: "complaint_supervisor",
}
BODIES: Mapping[str, dict[str, Any]] = {REQUESTS: REQUEST, BREACHES: BREACH, REPORTS: LHP}


class Owing:
    """Enters duties and acts on them over HTTP, each as somebody."""

    def __init__(self, client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
        self.client = client
        self.issuer = issuer

    def headers(self, role: str, **scope: Any) -> dict[str, str]:
        return self.issuer.headers(role, **({"agencies": ["a-1"], "units": ["u-1"]} | scope))

    async def send(self, place: str, role: str | None = None, **fields: Any) -> httpx2.Response:
        headers = self.headers(role or OFFICER[place])
        return await self.client.post(place, json=BODIES[place] | fields, headers=headers)

    async def enter(self, place: str, **fields: Any) -> str:
        answer = await self.send(place, **fields)
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"{place}/{answer.json()['id']}"
        return str(answer.json()["id"])

    async def act(
        self, place: str, duty: str, act: str, version: int, role: str | None = None, **body: Any
    ) -> httpx2.Response:
        headers = self.headers(role or OFFICER[place]) | {"If-Match": f'"{version}"'}
        return await self.client.post(f"{place}/{duty}/{act}", json=body, headers=headers)

    async def show(self, place: str, duty: str, role: str | None = None) -> dict[str, Any]:
        answer = await self.client.get(f"{place}/{duty}", headers=self.headers(role or OFFICER[place]))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def listed(self, place: str, query: str = "", role: str | None = None) -> list[Any]:
        answer = await self.client.get(f"{place}{query}", headers=self.headers(role or OFFICER[place]))
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def session(self, receipt: str) -> dict[str, str]:
        opened = await self.client.post("/public/receipt-sessions", json={"receipt": receipt})
        assert opened.status_code == 201, opened.text
        return {"X-Receipt-Session": str(opened.json()["token"])}

    async def ask(self, session: dict[str, str], **fields: Any) -> httpx2.Response:
        return await self.client.post("/public/my-case/data-requests", json=MINE | fields, headers=session)

    async def mine(self, session: dict[str, str]) -> list[Any]:
        answer = await self.client.get("/public/my-case/data-requests", headers=session)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


@pytest.fixture
def desk(app: FastAPI, client: httpx2.AsyncClient) -> Desk:
    return Desk(app, client)


@pytest.fixture
def owing(client: httpx2.AsyncClient, issuer: TestIssuer) -> Owing:
    return Owing(client, issuer)


async def test_d13_a_request_is_due_72_hours_after_it_was_received_day_and_night(
    owing: Owing, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 9, 17, 0))  # a Friday
    made = await owing.enter(REQUESTS, received_at="2026-01-09T15:30:00+07:00")
    shown = await owing.show(REQUESTS, made)
    [due] = shown["deadlines"]
    assert (due["rule"], due["status"], due["due_text"]) == (
        "D13",
        "armed",
        "12 Januari 2026 pukul 15.30 WIB",
    )
    assert (shown["state"], shown["due_rule"], shown["is_overdue"]) == ("DIMINTA", "D13", False)
    answered = await owing.act(REQUESTS, made, "answer", 1, outcome="dikabulkan", text="Alamat diperbaiki.")
    assert (answered.status_code, answered.json()["state"]) == (200, "DIJAWAB"), answered.text
    assert await filer.clocks() == {"D13": "met"}
    closed = await owing.act(REQUESTS, made, "close", 2, note="Data sudah diperbaiki.")
    assert closed.json() == {"id": made, "version": 3, "state": "SELESAI", "is_late": False}


async def test_d13_a_request_that_is_not_answered_breaches_by_the_engine_and_its_answer_is_late(
    owing: Owing, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await clock.set(wib(2026, 1, 5, 9))
    made = await owing.enter(REQUESTS)
    await clock.set(wib(2026, 1, 8, 8, 59))
    await poller.poll()
    assert (await owing.show(REQUESTS, made))["is_overdue"] is False
    await clock.set(wib(2026, 1, 8, 9))
    await poller.poll()
    breaches = await filer.rows("SELECT kind, rule FROM deadline_fired WHERE fact = 'overdue'")
    assert [tuple(row) for row in breaches] == [("permintaan_data", "D13")]
    [late] = await owing.listed(REQUESTS, "?late=true")
    assert (late["id"], late["is_overdue"]) == (made, True)
    answered = await owing.act(REQUESTS, made, "answer", 1, outcome="dikabulkan", text="Terlampir.")
    assert answered.json()["is_late"] is True
    assert await filer.clocks() == {"D13": "late_done"}


async def test_a_request_written_more_than_72_hours_ago_is_entered_and_breaches_at_once(
    owing: Owing, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 12, 9))
    made = await owing.enter(REQUESTS, received_at="2026-01-05T09:00:00+07:00")
    assert (await owing.show(REQUESTS, made))["is_overdue"] is True
    breaches = await filer.rows("SELECT kind, rule FROM deadline_fired WHERE fact = 'overdue'")
    assert [tuple(row) for row in breaches] == [("permintaan_data", "D13")]


async def test_asking_for_proof_of_identity_stops_no_clock_and_a_pause_of_d13_is_refused_with_the_reason(
    owing: Owing, filer: Filer, clock: MovedClock
) -> None:
    made = await owing.enter(REQUESTS)
    before = (await owing.show(REQUESTS, made))["due_at"]
    refused = await owing.act(REQUESTS, made, "ask-proof", 1, proof="Foto KTP.", is_pausing=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_pausable")
    assert "72 jam tanpa jeda" in refused.json()["detail"]
    assert (await owing.show(REQUESTS, made))["proof"] is None
    asked = await owing.act(REQUESTS, made, "ask-proof", 1, proof="Foto KTP.")
    assert (asked.status_code, asked.json()["state"]) == (200, "DIMINTA"), asked.text
    shown = await owing.show(REQUESTS, made)
    assert (shown["proof"], shown["due_at"], await filer.clocks()) == ("Foto KTP.", before, {"D13": "armed"})


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"outcome": "ditolak"}, "ground", "required"),
        ({"outcome": "sebagian", "ground": "bosan"}, "ground", "required"),
        ({"outcome": "dikabulkan", "ground": "membahayakan"}, "ground", "not_needed"),
    ],
)
async def test_a_refusal_names_its_ground_in_the_law_and_a_grant_none(
    owing: Owing, clock: MovedClock, said: dict[str, str], field: str, code: str
) -> None:
    made = await owing.enter(REQUESTS)
    answer = await owing.act(REQUESTS, made, "answer", 1, text="Jawaban kami.", **said)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, field, code)


async def test_the_reporter_asks_by_receipt_reads_what_became_of_it_and_takes_another_one_back(
    owing: Owing, acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    case = await acting_of.enter()
    session = await owing.session(case["receipt"])
    assert await owing.mine(session) == []
    made = await owing.ask(session)
    assert made.status_code == 201, made.text
    [asked] = await owing.mine(session)
    assert (asked["state"], asked["due_text"]) == ("DIMINTA", "8 Januari 2026 pukul 09.00 WIB")
    officers = await owing.show(REQUESTS, asked["id"])
    assert (officers["tracking_id"], officers["wish"]) == (case["tracking_id"], "akses")
    await owing.act(REQUESTS, asked["id"], "ask-proof", 1, proof="Tanggal lapor.")
    refusal = {"outcome": "ditolak", "ground": "mengungkap_orang_lain", "text": "Memuat nama saksi."}
    assert (await owing.act(REQUESTS, asked["id"], "answer", 2, **refusal)).status_code == 200
    [told] = await owing.mine(session)
    assert {name: told[name] for name in ("proof", "outcome", "ground", "answer")} == {
        "proof": "Tanggal lapor.",
        "outcome": "ditolak",
        "ground": "mengungkap_orang_lain",
        "answer": "Memuat nama saksi.",
    }
    other = (await owing.ask(session, wish="penghapusan")).json()["id"]
    back = await owing.client.post(f"/public/my-case/data-requests/{other}/withdraw", headers=session)
    assert (back.status_code, back.json()["state"]) == (200, "DICABUT"), back.text
    again = await owing.client.post(f"/public/my-case/data-requests/{other}/withdraw", headers=session)
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")
    states = {(row.status, row.kind) for row in await filer.rows("SELECT status, kind FROM deadline")}
    assert {one for one in states if one[1] == "permintaan_data"} == {
        ("met", "permintaan_data"),
        ("cancelled", "permintaan_data"),
    }


async def test_of_two_like_requests_about_a_case_the_second_is_refused_while_the_first_is_open(
    owing: Owing, acting_of: Acting, clock: MovedClock
) -> None:
    session = await owing.session((await acting_of.enter())["receipt"])
    key = {"Idempotency-Key": uuid4().hex}
    twice = [await owing.ask(session | key) for _ in range(2)]
    assert twice[0].json() == twice[1].json()
    refused = await owing.ask(session)
    assert (refused.status_code, refused.json()["code"]) == (409, "request_open")
    assert (await owing.ask(session, wish="pembatasan")).status_code == 201
    assert len(await owing.mine(session)) == 2
    first = twice[0].json()["id"]
    await owing.act(REQUESTS, first, "answer", 1, outcome="dikabulkan", text="Terlampir.")
    assert (await owing.ask(session)).status_code == 201


async def test_nobody_reaches_the_request_of_another_case_by_their_receipt(
    owing: Owing, acting_of: Acting, clock: MovedClock
) -> None:
    own, other = [await owing.session((await acting_of.enter())["receipt"]) for _ in range(2)]
    theirs = (await owing.ask(other)).json()["id"]
    tried = await owing.client.post(f"/public/my-case/data-requests/{theirs}/withdraw", headers=own)
    unknown = await owing.client.post(f"/public/my-case/data-requests/{uuid4()}/withdraw", headers=own)
    assert tried.status_code == unknown.status_code == 404
    assert tried.json()["detail"] == unknown.json()["detail"]
    assert await owing.mine(own) == []
    assert (await owing.client.get("/public/my-case/data-requests")).status_code == 404


async def test_a_request_about_a_case_whose_unit_nobody_knows_reaches_the_agency(
    owing: Owing, filer: Filer, clock: MovedClock
) -> None:
    made = await filer.submit(unit_id=None)
    session = await owing.session(made.receipt)
    asked = (await owing.ask(session)).json()["id"]
    agency = owing.issuer.headers("privacy_officer", level="agency", agencies=["a-1"])
    found = await owing.client.get(f"{REQUESTS}/{asked}", headers=agency)
    assert (found.status_code, found.json()["due_rule"]) == (200, "D13"), found.text
    unit = await owing.client.get(f"{REQUESTS}/{asked}", headers=owing.headers("privacy_officer"))
    assert unit.status_code == 404


async def test_r238_a_request_puts_nobodys_name_contact_or_words_on_a_topic_into_the_dossier_or_the_audit(
    owing: Owing, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await clock.set(wib(2026, 1, 5, 9))
    made = await owing.enter(REQUESTS)
    await owing.act(REQUESTS, made, "ask-proof", 1, proof=f"KTP atas nama {NAME}.")
    await clock.set(wib(2026, 1, 9, 9))
    await poller.poll()
    await owing.act(REQUESTS, made, "answer", 2, outcome="dikabulkan", text=f"{NAME}, {WORDS}")
    published = await filer.rows("SELECT * FROM outbox")
    assert {row.topic for row in published} == {"zi.complaints.deadline.v1"}
    kept = [
        *(str(tuple(row)) for row in published),
        *(str(tuple(row)) for row in await filer.rows("SELECT * FROM dossier")),
        *(str(tuple(row)) for row in await filer.rows("SELECT * FROM dossier_event")),
        *(str(tuple(row)) for row in await filer.rows("SELECT * FROM audit")),
        *(str(tuple(row)) for row in await filer.rows("SELECT * FROM notification")),
        *(str(tuple(row)) for row in await filer.rows("SELECT * FROM idempotency")),
    ]
    assert len(kept) > 8
    told = "\n".join(kept)
    for secret in (NAME, CONTACT, "Kenanga", "KTP", "perbaikan"):
        assert secret not in told


async def test_who_asks_is_read_for_a_reason_that_the_audit_keeps_and_not_with_the_request(
    owing: Owing, acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    made = await owing.enter(REQUESTS)
    shown = await owing.client.get(f"{REQUESTS}/{made}", headers=owing.headers("privacy_officer"))
    assert NAME not in shown.text
    assert CONTACT not in shown.text
    headers = owing.headers("privacy_officer")
    why = {"reason": "Mengirim jawaban lewat pos."}
    person = await owing.client.post(f"{REQUESTS}/{made}/person", json=why, headers=headers)
    assert person.json() == {"name": NAME, "contact": CONTACT}
    [kept] = await filer.rows("SELECT reason, entity_id FROM audit WHERE operation = 'show_data_subject'")
    assert tuple(kept) == ("Mengirim jawaban lewat pos.", made)
    session = await owing.session((await acting_of.enter())["receipt"])
    by_receipt = (await owing.ask(session)).json()["id"]
    nobody = await owing.client.post(f"{REQUESTS}/{by_receipt}/person", json=why, headers=headers)
    assert nobody.json() == {"name": None, "contact": None}


async def test_the_page_of_who_asks_says_why_nobody_is_named_where_a_receipt_asked(
    owing: Owing, acting_of: Acting, desk: Desk, clock: MovedClock
) -> None:
    session = await owing.session((await acting_of.enter())["receipt"])
    path = f"/kewajiban/{(await owing.ask(session)).json()['id']}/pemohon"
    form = carried((await desk.get(path, role="privacy_officer")).text, path)
    told = await desk.post(path, form | {"reason": "Mengirim jawaban lewat pos."}, role="privacy_officer")
    assert (told.status_code, BY_RECEIPT in told.text) == (200, True), words(told.text)


@pytest.mark.parametrize("subject", ["sari", "kepala"])
async def test_who_is_accused_or_above_them_sees_and_answers_no_request_about_the_case(
    owing: Owing,
    acting_of: Acting,
    filer: Filer,
    clock: MovedClock,
    one_owner: asyncpg.Connection,
    subject: str,
) -> None:
    case = await acting_of.enter()
    session = await owing.session(case["receipt"])
    asked, written = (await owing.ask(session)).json()["id"], await owing.enter(REQUESTS)
    await tell(filer.db, told("sari", "sari", above="kepala"), told("kepala", "kepala"))
    await one_owner.execute(
        "INSERT INTO case_party VALUES ($1, $2, 'accused')", UUID(case["id"]), pseudonym("sari")
    )
    theirs, others = (owing.headers("privacy_officer", subject=one) for one in (subject, "wati"))
    for headers, seen in ((theirs, {written}), (others, {asked, written})):
        listed = (await owing.client.get(REQUESTS, headers=headers)).json()["items"]
        assert {one["id"] for one in listed} == seen
    answer = {"outcome": "dikabulkan", "text": "Terlampir."}
    place = f"{REQUESTS}/{asked}"
    assert (await owing.client.get(place, headers=theirs)).status_code == 404
    why = {"reason": "Ingin tahu."}
    assert (await owing.client.post(f"{place}/person", json=why, headers=theirs)).status_code == 404
    for headers, status in ((theirs, 404), (others, 200)):
        given = await owing.client.post(f"{place}/answer", json=answer, headers=headers | {"If-Match": '"1"'})
        assert given.status_code == status, given.text


async def test_a_request_is_taken_back_in_whatever_version_an_officer_left_it_meanwhile(
    owing: Owing, acting_of: Acting, filer: Filer, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await owing.session((await acting_of.enter())["receipt"])
    asked = (await owing.ask(session)).json()["id"]

    async def overtaken(*values: Any) -> Any:
        asking = owing.act(REQUESTS, asked, "ask-proof", 1, proof="Foto KTP.")
        acted = asyncio.create_task(asking, context=Context())  # which holds no connection yet
        await asyncio.wait([acted], timeout=1)
        meanwhile.append(acted)
        return await acting.open_duty(*values)

    meanwhile: list[asyncio.Task[httpx2.Response]] = []
    monkeypatch.setattr(requests, "open_duty", overtaken)
    back = await owing.client.post(f"/public/my-case/data-requests/{asked}/withdraw", headers=session)
    assert (back.status_code, back.json().get("state")) == (200, "DICABUT"), back.text
    assert (await meanwhile[0]).status_code == 412


async def test_r238_who_asks_lies_under_a_key_and_each_opening_stands_in_the_log(
    owing: Owing, filer: Filer, clock: MovedClock, one_owner: asyncpg.Connection
) -> None:
    made = await owing.enter(REQUESTS)
    stored = await everything(one_owner)
    assert made.encode() in stored
    assert [told for told in (NAME, CONTACT) if told.encode() in stored] == []
    headers = owing.headers("privacy_officer")
    await owing.client.post(f"{REQUESTS}/{made}/person", json={"reason": "Mengirim."}, headers=headers)
    [noted] = await filer.rows("SELECT reader, entity, ref::text, agency_id, reason FROM identity_read")
    assert tuple(noted) == ("test-privacy_officer", "data_request", made, "a-1", "Mengirim.")


async def test_without_the_keys_nobody_who_asks_is_taken_down_and_nothing_opens(
    app: FastAPI, owing: Owing, filer: Filer, clock: MovedClock, tmp_path: Path
) -> None:
    headers, why = owing.headers("privacy_officer"), {"reason": "Mengirim jawaban."}
    async with key_service() as service:
        keys = TransitKeys(service.address, token_file(tmp_path), try_seconds=0.2, monotonic=lambda: 0.0)
        app.state.identities = Identities(keys)
        made = await owing.enter(REQUESTS)
        service.misbehave("sealed")
        for refused in (
            await owing.send(REQUESTS),
            await owing.client.post(f"{REQUESTS}/{made}/person", json=why, headers=headers),
        ):
            assert (refused.status_code, refused.json()["code"]) == (503, "keys_away")
    assert len(await filer.rows("SELECT 1 FROM data_request")) == 1
    assert await filer.rows("SELECT 1 FROM identity_read") == []


async def test_d13_a_breach_is_told_to_people_and_authority_within_72_hours_of_its_finding(
    owing: Owing, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 5, 12))
    made = await owing.enter(BREACHES)
    [due] = (await owing.show(BREACHES, made))["deadlines"]
    assert (due["rule"], due["due_text"]) == ("D13b", "8 Januari 2026 pukul 08.00 WIB")
    early = await owing.act(BREACHES, made, "notify", 1, **NOTIFIED)
    assert (early.status_code, early.json()["code"]) == (409, "illegal_transition")
    await clock.set(wib(2026, 1, 6, 12))
    assert (await owing.act(BREACHES, made, "assess", 1, **ASSESSED)).status_code == 200
    more = await owing.act(BREACHES, made, "assess", 2, **(ASSESSED | {"people_count": 14}))
    assert more.json()["state"] == "DINILAI"
    told = await owing.act(BREACHES, made, "notify", 3, **NOTIFIED)
    assert (told.status_code, told.json()["is_late"]) == (200, False), told.text
    assert await filer.clocks() == {"D13b": "met"}
    closed = await owing.act(BREACHES, made, "close", 4, measures="Alamat diperiksa dua orang.")
    assert closed.json()["state"] == "SELESAI"
    shown = await owing.show(BREACHES, made)
    assert (shown["people_count"], shown["authority_letter"], shown["measures"]) == (
        14,
        "S-1/2026",
        "Alamat diperiksa dua orang.",
    )


async def test_d13_a_breach_told_too_late_is_marked_and_is_in_the_ledger(
    owing: Owing, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await clock.set(wib(2026, 1, 5, 12))
    made = await owing.enter(BREACHES)
    await clock.set(wib(2026, 1, 8, 8))
    await poller.poll()
    breaches = await filer.rows("SELECT kind, rule FROM deadline_fired WHERE fact = 'overdue'")
    assert [tuple(row) for row in breaches] == [("insiden_data", "D13b")]
    await owing.act(BREACHES, made, "assess", 1, **ASSESSED)
    told = await owing.act(BREACHES, made, "notify", 2, **NOTIFIED)
    assert told.json()["is_late"] is True


async def test_what_was_no_breach_is_ruled_out_by_somebody_above_the_privacy_officer(
    owing: Owing, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 5, 12))
    made = await owing.enter(BREACHES)
    await owing.act(BREACHES, made, "assess", 1, **ASSESSED)
    own = await owing.act(BREACHES, made, "rule-out", 2, reason="Data uji.")
    assert own.status_code == 403
    ruled = await owing.act(BREACHES, made, "rule-out", 2, role="agency_head", reason="Data uji.")
    assert (ruled.json()["state"], await filer.clocks()) == ("BUKAN_INSIDEN", {"D13b": "cancelled"})


@pytest.mark.parametrize("letter_on", ["2026-01-04", "2026-01-07"])
async def test_the_letter_to_the_authority_is_of_a_day_between_the_finding_and_today(
    owing: Owing, clock: MovedClock, letter_on: str
) -> None:
    await clock.set(wib(2026, 1, 6, 12))
    made = await owing.enter(BREACHES)
    await owing.act(BREACHES, made, "assess", 1, **ASSESSED)
    answer = await owing.act(BREACHES, made, "notify", 2, **(NOTIFIED | {"letter_on": letter_on}))
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, "letter_on", "out_of_range")


async def test_d17_a_report_of_the_ombudsman_is_answered_within_30_working_days_action_by_action(
    owing: Owing, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 6))
    made = await owing.enter(REPORTS)
    shown = await owing.show(REPORTS, made)
    [due] = shown["deadlines"]
    assert (due["rule"], due["due_text"]) == ("D17", "19 Februari 2026 pukul 24.00 WIB")
    assert [(one["number"], one["text"], one["is_done"]) for one in shown["actions"]] == [
        (1, "Perbaiki jadwal loket.", None),
        (2, "Umumkan standar layanan.", None),
    ]
    letter = {"letter_number": "S-9/2026", "letter_on": "2026-01-06"}
    early = await owing.act(REPORTS, made, "report", 1, **letter)
    assert (early.status_code, early.json()["code"], early.json()["numbers"]) == (409, "actions_open", [1, 2])
    done = await owing.act(REPORTS, made, "record-action", 1, number=1, is_done=True, evidence="BA-7/2026")
    assert (done.status_code, done.json()["state"]) == (200, "DITERIMA"), done.text
    why = "Standar masih dibahas."
    await owing.act(REPORTS, made, "record-action", 2, number=2, is_done=False, note=why)
    reported = await owing.act(REPORTS, made, "report", 3, **letter)
    assert (reported.status_code, reported.json()["state"]) == (200, "DILAPORKAN"), reported.text
    assert await filer.clocks() == {"D17": "met"}
    later = await owing.act(REPORTS, made, "record-action", 4, number=2, is_done=True, evidence="SK-3")
    assert later.status_code == 200
    assert (await owing.act(REPORTS, made, "close", 5)).json()["state"] == "SELESAI"
    shown = await owing.show(REPORTS, made)
    assert [(one["is_done"], one["evidence"]) for one in shown["actions"]] == [
        (True, "BA-7/2026"),
        (True, "SK-3"),
    ]


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"number": 1, "is_done": True}, "evidence", "required"),
        ({"number": 1, "is_done": False}, "note", "required"),
        ({"number": 3, "is_done": True, "evidence": "BA-7"}, "number", "unknown_number"),
    ],
)
async def test_a_corrective_action_is_noted_with_evidence_or_with_why_not(
    owing: Owing, clock: MovedClock, said: dict[str, Any], field: str, code: str
) -> None:
    await clock.set(wib(2026, 1, 6))
    made = await owing.enter(REPORTS)
    answer = await owing.act(REPORTS, made, "record-action", 1, **said)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, field, code)
    assert (await owing.show(REPORTS, made))["version"] == 1


@pytest.mark.parametrize(
    ("place", "fields", "field"),
    [
        (REQUESTS, {"received_at": "2026-01-05T10:00:00+07:00"}, "received_at"),
        (BREACHES, {"detected_at": "2026-01-05T10:00:00+07:00"}, "detected_at"),
        (REPORTS, {"received_on": "2026-01-06"}, "received_on"),
        (REPORTS, {"issued_on": "2026-01-05", "received_on": "2026-01-04"}, "received_on"),
    ],
)
async def test_nothing_is_received_or_found_before_it_happened(
    owing: Owing, clock: MovedClock, place: str, fields: dict[str, str], field: str
) -> None:
    await clock.set(wib(2026, 1, 5, 9))
    answer = await owing.send(place, **fields)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, field)


@pytest.mark.parametrize(
    ("place", "stranger"),
    [(REQUESTS, "inspector"), (BREACHES, "complaint_supervisor"), (REPORTS, "privacy_officer")],
)
async def test_a_duty_of_another_unit_kind_or_of_nobody_looks_the_same(
    owing: Owing, clock: MovedClock, place: str, stranger: str
) -> None:
    await clock.set(wib(2026, 1, 6))
    made = await owing.enter(place)
    role = OFFICER[place]
    elsewhere = owing.headers(role, agencies=["a-1"], units=["u-2"])
    outside = await owing.client.get(f"{place}/{made}", headers=elsewhere)
    unknown = await owing.client.get(f"{place}/{uuid4()}", headers=owing.headers(role))
    head = owing.headers("agency_head")
    kind = await owing.client.get(f"{REPORTS if place != REPORTS else REQUESTS}/{made}", headers=head)
    assert outside.status_code == unknown.status_code == kind.status_code == 404
    assert outside.json()["detail"] == unknown.json()["detail"] == kind.json()["detail"]
    assert (await owing.client.get(place, headers=owing.headers(stranger))).status_code == 403
    assert (await owing.client.get(place, headers=elsewhere)).json()["items"] == []


@pytest.mark.parametrize("place", [REQUESTS, BREACHES, REPORTS])
async def test_an_act_names_the_version_that_was_read_and_a_double_submit_enters_once(
    owing: Owing, filer: Filer, clock: MovedClock, place: str
) -> None:
    await clock.set(wib(2026, 1, 6))
    headers = owing.headers(OFFICER[place]) | {"Idempotency-Key": uuid4().hex}
    twice = [await owing.client.post(place, json=BODIES[place], headers=headers) for _ in range(2)]
    assert twice[0].json() == twice[1].json()
    assert len(await filer.rows("SELECT 1 FROM dossier")) == 1
    made = twice[0].json()["id"]
    acts: dict[str, tuple[str, dict[str, Any]]] = {
        REQUESTS: ("ask-proof", {"proof": "Foto KTP."}),
        BREACHES: ("assess", ASSESSED),
        REPORTS: ("record-action", {"number": 1, "is_done": True, "evidence": "BA-7"}),
    }
    act, body = acts[place]
    stale = await owing.act(place, made, act, 2, **body)
    assert stale.status_code == 412
    unread = await owing.client.post(
        f"{place}/{made}/{act}", json=body, headers=owing.headers(OFFICER[place])
    )
    assert unread.status_code == 428
    done = await owing.act(place, made, act, 1, **body)
    assert done.status_code == 200, done.text
    kept = await filer.rows("SELECT operation, entity_id FROM audit ORDER BY id")
    assert [row.entity_id for row in kept] == [made, made]


async def test_open_ones_are_listed_by_the_time_left_and_counted_by_kind_with_none_unwatched(
    owing: Owing, filer: Filer, clock: MovedClock, poller: DeadlinePoller, db: Database
) -> None:
    await clock.set(wib(2026, 1, 6))
    later = await owing.enter(REQUESTS)
    sooner = await owing.enter(REQUESTS, received_at="2026-01-05T09:00:00+07:00")
    assert [one["id"] for one in await owing.listed(REQUESTS)] == [sooner, later]
    breach, report = await owing.enter(BREACHES), await owing.enter(REPORTS)
    await owing.act(REQUESTS, later, "answer", 1, outcome="dikabulkan", text="Terlampir.")
    await clock.set(wib(2026, 1, 8, 9))
    await poller.poll()
    resting = [("permintaan_data", "DIJAWAB")]
    async with db.reading() as session:
        found = await figures(session, resting)
    assert found.opened == {"permintaan_data": 2, "insiden_data": 1, "lhp_ombudsman": 1}
    assert found.without_deadline == 0
    assert found.overdue == {
        ("permintaan_data", "D13", "DIMINTA"): 1,
        ("insiden_data", "D13b", "DITEMUKAN"): 1,
    }
    counted = Figures(db, filer.engine)
    await counted.count()
    assert set(resting) <= set(counted._resting)
    async with db.transaction() as session:
        for one, entity in ((later, "data_request"), (breach, "data_breach"), (report, "ombudsman_report")):
            [row] = await filer.rows("SELECT id FROM dossier WHERE id = :id", id=one)
            assert await lock(session, row.id) == entity
