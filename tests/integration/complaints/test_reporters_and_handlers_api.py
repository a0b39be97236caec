"""Over HTTP: what reporters may still do, until when, whose step it is, and who may be named a handler."""

from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.complaints.cases.callers import NOTE_SECONDS, Callers
from services.complaints.cases.usecases import silence
from shared.db import Database
from shared.kernel import new_id
from shared.security import Principal, Scope
from tests.integration.complaints.acting import BROWSER, Acting
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.test_case_life import fire
from tests.support.forms import carried

VERIFY = {"unit_id": "u-1", "stream": "masyarakat", "case_class": "normatif"}


async def session_of(acting_of: Acting, receipt: str) -> dict[str, str]:
    opened = await acting_of.client.post("/public/receipt-sessions", json={"receipt": receipt})
    return {"X-Receipt-Session": opened.json()["token"]}


async def browser_of(acting_of: Acting, receipt: str) -> dict[str, str]:
    opened = await acting_of.client.post("/lacak", data={"receipt": receipt}, headers=BROWSER)
    acting_of.client.cookies.clear()
    return BROWSER | {"Cookie": opened.headers["set-cookie"].split(";", maxsplit=1)[0]}


async def verified(acting_of: Acting) -> dict[str, Any]:
    made = await acting_of.enter()
    done = await acting_of.act("complaint_officer", made["id"], "verify", 1, **VERIFY)
    assert done.status_code == 200, done.text
    return made


# -- handlers -----------------------------------------------------------------------------------------------


async def test_a_handler_nobody_knows_is_refused_at_the_field_and_named_once_entered(
    acting_of: Acting,
) -> None:
    made = await verified(acting_of)
    refused = await acting_of.act("complaint_supervisor", made["id"], "dispose", 2, handler="sari")
    assert (refused.status_code, refused.json()["code"]) == (409, "handler_not_in_unit")
    assert [error["field"] for error in refused.json()["errors"]] == ["handler"]
    supervisor = acting_of.headers("complaint_supervisor")
    body = {"unit_id": "u-1", "handler": "sari"}
    entered = await acting_of.client.post("/handlers", json=body, headers=supervisor)
    assert (entered.status_code, entered.json()) == (201, {"subject": "sari", "unit_id": "u-1"})
    done = await acting_of.act("complaint_supervisor", made["id"], "dispose", 2, handler="sari")
    assert (done.status_code, done.json()["handler"]) == (200, "sari")

    listed = (await acting_of.client.get("/handlers?unit=u-1&limit=1", headers=supervisor)).json()
    rest = (
        await acting_of.client.get(f"/handlers?unit=u-1&limit=1&cursor={listed['next']}", headers=supervisor)
    ).json()
    lines = [(line["subject"], line["noted_by"]) for line in listed["items"] + rest["items"]]
    assert lines == [("penangan", None), ("sari", "test-complaint_supervisor")]

    removed = await acting_of.client.post("/handlers/remove", json=body, headers=supervisor)
    assert removed.status_code == 204
    again = await acting_of.client.post("/handlers/remove", json=body, headers=supervisor)
    assert (again.status_code, again.json()["code"]) == (404, "not_found")
    [case] = (await acting_of.client.get("/cases", headers=supervisor)).json()["items"]
    assert (case["handler"], case["is_handler_known"]) == ("sari", False)
    freed = await acting_of.act("complaint_supervisor", made["id"], "reassign", 3, handler="penangan")
    assert (freed.status_code, freed.json()["handler"]) == (200, "penangan")
    [case] = (await acting_of.client.get("/cases", headers=supervisor)).json()["items"]
    assert case["is_handler_known"] is True


async def test_a_supervisor_enters_handlers_in_the_own_scope_only(acting_of: Acting) -> None:
    for unit in ("u-2", "u-77"):
        answer = await acting_of.client.post(
            "/handlers",
            json={"unit_id": unit, "handler": "sari"},
            headers=acting_of.headers("complaint_supervisor"),
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_who_handles_in_the_whole_agency_is_taken_off_by_somebody_as_wide(acting_of: Acting) -> None:
    wide = acting_of.issuer.headers("case_handler", level="agency", agencies=["a-1"], subject="sari")
    await acting_of.client.get("/cases", headers=wide)
    body = {"unit_id": "u-1", "handler": "sari"}
    narrow = acting_of.headers("complaint_supervisor")
    assert (await acting_of.client.post("/handlers/remove", json=body, headers=narrow)).status_code == 404
    agency = acting_of.issuer.headers("complaint_supervisor", level="agency", agencies=["a-1"])
    assert (await acting_of.client.post("/handlers/remove", json=body, headers=agency)).status_code == 204


async def test_whoever_calls_as_a_handler_may_be_named_and_who_lost_the_role_may_not(
    app: FastAPI, acting_of: Acting
) -> None:
    made = await verified(acting_of)
    await acting_of.client.get("/cases", headers=acting_of.headers("case_handler"))
    as_another = acting_of.issuer.headers(
        "unit_operator", agencies=["a-1"], units=["u-1"], subject="test-case_handler"
    )
    assert (await acting_of.client.get("/cases", headers=as_another)).status_code == 403
    refused = await acting_of.act(
        "complaint_supervisor", made["id"], "dispose", 2, handler="test-case_handler"
    )
    assert refused.json()["code"] == "handler_not_in_unit"


@pytest.mark.parametrize(("subject", "place"), [("s\x00ri", "u-1"), ("s" * 9000, "u-1"), ("sari", "u\x00")])
async def test_what_no_table_can_hold_of_a_caller_is_left_out(
    db: Database, filer: Filer, subject: str, place: str
) -> None:
    odd = Principal(subject, frozenset({"case_handler"}), Scope("unit", units=frozenset({place})))
    await Callers(db).note(odd)
    assert [row.subject for row in await filer.rows("SELECT subject FROM officer")] == ["penangan"]


async def test_a_caller_is_noted_when_something_changed_and_not_with_every_call(
    db: Database, filer: Filer
) -> None:
    at = [0.0]
    callers = Callers(db, monotonic=lambda: at[0])
    sari = Principal("sari", frozenset({"case_handler"}), Scope("unit", units=frozenset({"u-1"})))

    async def rows() -> int:
        return len(await filer.rows("SELECT 1 FROM officer WHERE subject = 'sari'"))

    await callers.note(sari)
    assert await rows() == 1
    async with db.transaction() as session:
        await session.execute(text("DELETE FROM officer WHERE subject = 'sari'"))
    await callers.note(sari)
    assert await rows() == 0
    at[0] = NOTE_SECONDS
    await callers.note(sari)
    await callers.note(sari)
    assert await rows() == 1
    assert len(await filer.rows("SELECT 1 FROM audit WHERE operation = 'note_officer'")) == 2


async def test_two_tokens_of_one_person_are_noted_in_turn(db: Database, filer: Filer) -> None:
    callers = Callers(db, monotonic=lambda: 0.0)
    sari = Principal("sari", frozenset({"case_handler"}), Scope("unit", units=frozenset({"u-1"})))
    for caller, known in ((sari, 1), (replace(sari, roles=frozenset()), 0), (sari, 1)):
        await callers.note(caller)
        assert len(await filer.rows("SELECT 1 FROM officer WHERE subject = 'sari'")) == known


async def test_who_was_taken_off_stays_off_whatever_the_token_says_until_a_supervisor_enters_them(
    db: Database, filer: Filer, acting_of: Acting
) -> None:
    sari = Principal("sari", frozenset({"case_handler"}), Scope("unit", units=frozenset({"u-1", "u-2"})))
    supervisor = acting_of.headers("complaint_supervisor")
    body = {"unit_id": "u-1", "handler": "sari"}

    async def places_after_a_call() -> list[str]:
        await Callers(db).note(sari)
        return [
            row.place
            for row in await filer.rows("SELECT place FROM officer WHERE subject = 'sari' ORDER BY place")
        ]

    assert await places_after_a_call() == ["u-1", "u-2"]
    assert (await acting_of.client.post("/handlers/remove", json=body, headers=supervisor)).status_code == 204
    assert await places_after_a_call() == ["u-2"]
    [kept] = await filer.rows("SELECT place, removed_by, removed_at FROM officer_removal")
    assert (kept.place, kept.removed_by) == ("u-1", "test-complaint_supervisor")
    assert kept.removed_at is not None
    notes = "SELECT 1 FROM audit WHERE operation = 'note_officer'"
    before = len(await filer.rows(notes))
    assert await places_after_a_call() == ["u-2"]
    assert len(await filer.rows(notes)) == before  # the same token again is nothing new
    assert (await acting_of.client.post("/handlers", json=body, headers=supervisor)).status_code == 201
    assert await places_after_a_call() == ["u-1", "u-2"]
    assert await filer.rows("SELECT 1 FROM officer_removal") == []


async def test_who_was_taken_off_the_whole_agency_comes_back_by_somebody_as_wide(
    db: Database, filer: Filer, acting_of: Acting
) -> None:
    sari = Principal("sari", frozenset({"case_handler"}), Scope("agency", agencies=frozenset({"a-1"})))
    narrow = acting_of.headers("complaint_supervisor")
    wide = acting_of.issuer.headers("complaint_supervisor", level="agency", agencies=["a-1"])
    body = {"unit_id": "u-1", "handler": "sari"}

    async def levels_after_a_call() -> set[str]:
        await Callers(db).note(sari)
        return {row.level for row in await filer.rows("SELECT level FROM officer WHERE subject = 'sari'")}

    assert await levels_after_a_call() == {"agency"}
    assert (await acting_of.client.post("/handlers/remove", json=body, headers=wide)).status_code == 204
    assert await levels_after_a_call() == set()
    assert (await acting_of.client.post("/handlers", json=body, headers=narrow)).status_code == 201
    assert await levels_after_a_call() == {"unit"}  # for the one unit, by its supervisor's word
    assert (await acting_of.client.post("/handlers", json=body, headers=wide)).status_code == 201
    assert await levels_after_a_call() == {"agency", "unit"}


async def test_nobody_is_entered_where_their_own_log_in_does_not_reach(
    db: Database, filer: Filer, acting_of: Acting
) -> None:
    await Callers(db).note(
        Principal("sari", frozenset({"case_handler"}), Scope("unit", units=frozenset({"u-2"})))
    )
    refused = await acting_of.client.post(
        "/handlers",
        json={"unit_id": "u-1", "handler": "sari"},
        headers=acting_of.headers("complaint_supervisor"),
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "handler_elsewhere")
    assert [error["field"] for error in refused.json()["errors"]] == ["handler"]
    assert [row.place for row in await filer.rows("SELECT place FROM officer WHERE subject = 'sari'")] == [
        "u-2"
    ]


# -- acts of the reporter -----------------------------------------------------------------------------------


async def test_a_reporter_objects_and_the_officers_answer_again(acting_of: Acting) -> None:
    made = await acting_of.answered()
    session = await session_of(acting_of, made["receipt"])
    short = await acting_of.client.post("/public/my-case/object", json={"reason": "Eh"}, headers=session)
    assert [error["field"] for error in short.json()["errors"]] == ["reason"]
    key = {"Idempotency-Key": "objection number one"}
    body = {"reason": "Jadwal tetap sama."}
    first = await acting_of.client.post("/public/my-case/object", json=body, headers=session | key)
    second = await acting_of.client.post("/public/my-case/object", json=body, headers=session | key)
    assert (first.status_code, first.json()["state"]) == (200, "DIPROSES")
    assert first.json() == second.json()
    refused = await acting_of.client.post("/public/my-case/object", json=body, headers=session)
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    headers = acting_of.headers("complaint_officer")
    case = (await acting_of.client.get(f"/cases/{made['id']}", headers=headers)).json()
    assert [(event["act"], event["note"]) for event in case["events"]][-1] == ("object", body["reason"])
    assert {clock["cycle"] for clock in case["deadlines"] if clock["status"] == "armed"} == {2}


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("complete", {"text": "Tanggal 3 Januari."}),
        ("accept", None),
        ("object", {"reason": "Jadwal tetap sama."}),
        ("withdraw", None),
    ],
)
async def test_no_act_of_the_reporter_tells_an_officers_account(
    acting_of: Acting, act: str, body: dict[str, str] | None
) -> None:
    if act == "complete":
        made = await acting_of.enter()
        await acting_of.act("complaint_officer", made["id"], "request-completion", 1, missing="Kapan?")
    else:
        made = await acting_of.answered()
    session = await session_of(acting_of, made["receipt"])
    done = await acting_of.client.post(f"/public/my-case/{act}", json=body, headers=session)
    assert done.status_code == 200, done.text
    assert set(done.json()) == {"id", "version", "state", "closed_at", "closed_by"}


async def test_a_reporter_withdraws_and_nobody_can_act_any_more(acting_of: Acting) -> None:
    made = await verified(acting_of)
    session = await session_of(acting_of, made["receipt"])
    done = await acting_of.client.post("/public/my-case/withdraw", headers=session)
    assert (done.status_code, done.json()["state"], done.json()["closed_by"]) == (200, "DICABUT", "reporter")
    refused = await acting_of.act("complaint_supervisor", made["id"], "dispose", 3, handler="penangan")
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    shown = (await acting_of.client.get(f"/public/cases/{made['tracking_id']}")).json()
    assert (shown["state"], shown["due_at"], shown["waits_for"]) == ("DICABUT", None, None)


async def test_an_officer_goes_on_without_the_reporter_only_when_their_time_is_over(
    acting_of: Acting, clock: MovedClock
) -> None:
    made = await acting_of.enter()
    await acting_of.act("complaint_officer", made["id"], "request-completion", 1, missing="Kapan?")
    early = await acting_of.act("complaint_officer", made["id"], "proceed", 2, reason="Sudah cukup.")
    assert (early.status_code, early.json()["code"]) == (409, "completion_time_left")
    await clock.set(wib(2026, 2, 5, 0))
    late = await acting_of.act("complaint_officer", made["id"], "proceed", 2, reason="Sudah cukup.")
    assert (late.status_code, late.json()["state"]) == (200, "DITERIMA")


async def test_the_reporter_objects_on_a_page_that_keeps_what_was_typed(
    acting_of: Acting, filer: Filer
) -> None:
    made = await acting_of.answered()
    browser = await browser_of(acting_of, made["receipt"])
    page = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    assert 'href="/lacak/pengaduan/keberatan"' in page.text
    form_page = await acting_of.client.get("/lacak/pengaduan/keberatan", headers=browser)
    form = carried(form_page.text, "/lacak/pengaduan/keberatan") | {"text": "Eh"}
    refused = await acting_of.client.post("/lacak/pengaduan/keberatan", data=form, headers=browser)
    assert refused.status_code == 422
    assert ">Eh</textarea>" in refused.text
    form["text"] = "Jadwal tetap sama."
    other = await acting_of.client.post(
        "/lacak/pengaduan/keberatan", data=form | {"csrf": ""}, headers=browser | {"Sec-Fetch-Site": "none"}
    )
    assert other.status_code == 403
    done = await acting_of.client.post("/lacak/pengaduan/keberatan", data=form, headers=browser)
    assert (done.status_code, done.headers["location"]) == (303, "/lacak/pengaduan")
    shown = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    assert "Anda mengajukan keberatan" in shown.text
    assert "Jadwal tetap sama." in shown.text
    assert "Menunggu petugas" in shown.text
    again = await acting_of.client.post("/lacak/pengaduan/keberatan", data=form, headers=browser)
    assert (again.status_code, again.headers["location"]) == (303, "/lacak/pengaduan")
    assert await filer.rows("SELECT 1 FROM case_event WHERE act = 'object'") == [(1,)]
    anew = form | {"key": "k" * 32}
    again = await acting_of.client.post("/lacak/pengaduan/keberatan", data=anew, headers=browser)
    assert again.status_code == 409
    assert "Jadwal tetap sama." in again.text
    gone = await acting_of.client.get("/lacak/pengaduan/keberatan", headers=browser)
    assert gone.headers["location"] == "/lacak/pengaduan"


async def test_the_reporter_withdraws_after_being_told_that_it_is_for_good(acting_of: Acting) -> None:
    made = await acting_of.enter()
    browser = await browser_of(acting_of, made["receipt"])
    told = await acting_of.client.get("/lacak/pengaduan/cabut", headers=browser)
    assert "tidak dapat dibatalkan" in told.text
    for wrong in ({}, {"csrf": ""}, {"csrf": "0" * 64}):
        refused = await acting_of.client.post("/lacak/pengaduan/cabut", data=wrong, headers=browser)
        assert refused.status_code == 403
    form = carried(told.text, "/lacak/pengaduan/cabut")
    done = await acting_of.client.post("/lacak/pengaduan/cabut", data=form, headers=browser)
    assert (done.status_code, done.headers["location"]) == (303, "/lacak/pengaduan")
    shown = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    assert "Anda sudah mencabut pengaduan ini" in shown.text
    assert "Cabut pengaduan" not in shown.text
    assert "paling lambat" not in shown.text
    again = await acting_of.client.post("/lacak/pengaduan/cabut", data=form, headers=browser)
    assert (again.status_code, again.headers["location"]) == (303, "/lacak/pengaduan")
    other = form | {"key": "k" * 32}
    again = await acting_of.client.post("/lacak/pengaduan/cabut", data=other, headers=browser)
    assert again.status_code == 409


# -- several tabs -------------------------------------------------------------------------------------------


async def in_need_of_facts(acting_of: Acting) -> dict[str, Any]:
    made = await acting_of.enter()
    asked = await acting_of.act("complaint_officer", made["id"], "request-completion", 1, missing="Kapan?")
    assert asked.status_code == 200, asked.text
    return made


@pytest.mark.parametrize(
    ("shown_at", "sent_to", "text_typed"),
    [
        ("", "/lengkapi", "Tanggal tiga."),
        ("", "/lengkapi", "x"),
        ("/keberatan", "/keberatan", "Jadwal tetap sama."),
        ("/keberatan", "/keberatan", "x"),
        ("/terima", "/terima", None),
        ("/cabut", "/cabut", None),
    ],
)
async def test_a_form_of_one_case_does_nothing_to_the_case_opened_after_it(
    acting_of: Acting, filer: Filer, shown_at: str, sent_to: str, text_typed: str | None
) -> None:
    make = in_need_of_facts if sent_to == "/lengkapi" else Acting.answered
    first, second = await make(acting_of), await make(acting_of)
    path, typed = f"/lacak/pengaduan{sent_to}", {} if text_typed is None else {"text": text_typed}
    before = await acting_of.client.get(
        f"/lacak/pengaduan{shown_at}", headers=await browser_of(acting_of, first["receipt"])
    )
    form = carried(before.text, path) | typed
    browser = await browser_of(acting_of, second["receipt"])
    acts = "SELECT count(*) FROM case_event"
    [(known,)] = await filer.rows(acts)

    unnamed = await acting_of.client.post(path, data=form, headers=browser | {"Sec-Fetch-Site": "none"})
    assert unnamed.status_code == 403, "of a browser that does not say who sends it"
    told = await acting_of.client.post(path, data=form, headers=browser)
    assert told.status_code == 409
    assert "Pengaduan lain sedang terbuka" in told.text
    assert ("Kirim lagi" in told.text) is (text_typed is not None)
    assert text_typed is None or f">\n{text_typed}</textarea>" in told.text
    assert await filer.rows(acts) == [(known,)]

    if text_typed not in (None, "x"):
        again = await browser_of(acting_of, first["receipt"])
        done = await acting_of.client.post(path, data=carried(told.text, path) | typed, headers=again)
        assert done.status_code == 303, "by one press, once its own case is open"
        rows = await filer.rows("SELECT case_id::text FROM case_event WHERE note = :note", note=text_typed)
        assert [row.case_id for row in rows] == [first["id"]]


async def test_a_form_that_names_no_case_does_nothing(acting_of: Acting) -> None:
    made = await acting_of.enter()
    browser = await browser_of(acting_of, made["receipt"])
    told = await acting_of.client.get("/lacak/pengaduan/cabut", headers=browser)
    form = carried(told.text, "/lacak/pengaduan/cabut")
    for wrong in ({"case": ""}, {"case": "x" * 40}, {"case": str(new_id())}):
        refused = await acting_of.client.post("/lacak/pengaduan/cabut", data=form | wrong, headers=browser)
        assert refused.status_code == 409
    assert "Cabut pengaduan" in (await acting_of.client.get("/lacak/pengaduan", headers=browser)).text


@pytest.mark.parametrize("act", ["terima", "keberatan"])
async def test_an_answer_that_came_after_the_page_is_read_first(acting_of: Acting, act: str) -> None:
    made = await acting_of.answered()
    browser = await browser_of(acting_of, made["receipt"])
    path = f"/lacak/pengaduan/{act}"
    typed = {"text": "Jadwal tetap sama."} if act == "keberatan" else {}
    stale = carried((await acting_of.client.get(path, headers=browser)).text, path) | typed
    await answered_again(acting_of, made)
    refused = await acting_of.client.post(path, data=stale, headers=browser)
    assert refused.status_code == 409
    assert "ada tanggapan yang baru" in refused.text
    assert "Petugas ditegur." in refused.text
    shown = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    assert "Tanggapan sudah ada" in shown.text
    page = refused if act == "keberatan" else await acting_of.client.get(path, headers=browser)
    assert all(value in page.text for value in typed.values())
    done = await acting_of.client.post(path, data=carried(page.text, path) | typed, headers=browser)
    assert (done.status_code, done.headers["location"]) == (303, "/lacak/pengaduan")


async def test_facts_for_one_request_do_not_answer_the_next_one_unread(acting_of: Acting) -> None:
    made = await in_need_of_facts(acting_of)
    browser = await browser_of(acting_of, made["receipt"])
    path, typed = "/lacak/pengaduan/lengkapi", {"text": "Tanggal tiga."}
    stale = carried((await acting_of.client.get("/lacak/pengaduan", headers=browser)).text, path) | typed
    await asked_again(acting_of, made)
    refused = await acting_of.client.post(path, data=stale, headers=browser)
    assert refused.status_code == 409
    assert "ada permintaan kelengkapan yang baru" in refused.text
    assert "Di loket mana?" in refused.text
    assert ">Tanggal tiga.</textarea>" in refused.text
    form = carried(refused.text, path) | {"text": "Loket dua."}
    done = await acting_of.client.post(path, data=form, headers=browser)
    assert (done.status_code, done.headers["location"]) == (303, "/lacak/pengaduan")


async def test_programs_bind_what_a_reporter_says_to_what_was_read_or_say_nothing(acting_of: Acting) -> None:
    made = await in_need_of_facts(acting_of)
    session = await session_of(acting_of, made["receipt"])

    async def mine() -> Any:
        return (await acting_of.client.get("/public/my-case", headers=session)).json()

    async def send(act: str, body: dict[str, Any] | None) -> tuple[int, str | None]:
        answer = await acting_of.client.post(f"/public/my-case/{act}", json=body, headers=session)
        return answer.status_code, answer.json().get("code")

    stale = (await mine())["question"]
    await asked_again(acting_of, made)
    facts = {"text": "Tanggal tiga."}
    assert await send("complete", facts | {"question": stale}) == (409, "proposal_changed")
    assert await send("complete", facts | {"question": (await mine())["question"]}) == (200, None)
    assert (await mine())["question"] is None

    made = await acting_of.answered()
    session = await session_of(acting_of, made["receipt"])
    [read] = (await mine())["answers"]
    await answered_again(acting_of, made)
    reason = {"reason": "Jadwal tetap sama."}
    assert await send("accept", {"answer": read["cycle"]}) == (409, "proposal_changed")
    assert await send("object", reason | {"answer": read["cycle"]}) == (409, "proposal_changed")
    assert await send("object", reason) == (200, None), "older clients say nothing"

    made = await acting_of.answered()
    session = await session_of(acting_of, made["receipt"])
    assert await send("accept", {"answer": 1}) == (200, None)


async def test_a_text_changed_after_it_was_taken_is_no_repetition(
    acting_of: Acting, clock: MovedClock
) -> None:
    made = await in_need_of_facts(acting_of)
    browser = await browser_of(acting_of, made["receipt"])
    path = "/lacak/pengaduan/lengkapi"
    page = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    form = carried(page.text, path) | {"text": "Tanggal tiga."}
    for _ in range(2):
        done = await acting_of.client.post(path, data=form, headers=browser)
        assert (done.status_code, done.headers["location"]) == (303, "/lacak/pengaduan")
    case = await acting_of.client.get("/public/my-case", headers=await session_of(acting_of, made["receipt"]))
    version = case.json()["version"]
    await clock.forward(hours=1)
    await acting_of.act("complaint_officer", made["id"], "request-completion", version, missing="Di mana?")
    form["text"] = "Di loket dua."
    refused = await acting_of.client.post(path, data=form, headers=browser)
    assert refused.status_code == 409
    assert "sudah pernah terkirim dengan isi lain" in refused.text
    assert ">Di loket dua.</textarea>" in refused.text
    form |= carried(refused.text, path)
    done = await acting_of.client.post(path, data=form, headers=browser)
    assert done.status_code == 303
    assert "Di loket dua." in (await acting_of.client.get("/lacak/pengaduan", headers=browser)).text


@pytest.mark.parametrize("is_silent", [True, False])
async def test_no_page_says_more_about_a_closing_than_is_known(
    acting_of: Acting, filer: Filer, clock: MovedClock, is_silent: bool
) -> None:
    made = await acting_of.answered()
    session = await session_of(acting_of, made["receipt"])
    if is_silent:
        await clock.set(wib(2026, 3, 1))
        await fire(filer)
        async with filer.db.transaction() as opened:
            assert await silence.do_next(opened, filer.engine)
    else:
        await acting_of.client.post("/public/my-case/accept", headers=session)
    browser = await browser_of(acting_of, made["receipt"])
    shown = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    assert "Pengaduan selesai karena" in shown.text
    assert "tidak ada keberatan" not in shown.text
    assert ("sudah lewat" in shown.text) is is_silent


# -- until when, and whose step -----------------------------------------------------------------------------


async def test_a_due_day_is_shown_as_itself_with_whose_step_it_is(
    acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    made = await acting_of.enter()
    browser = await browser_of(acting_of, made["receipt"])

    async def shown() -> str:
        return (await acting_of.client.get("/lacak/pengaduan", headers=browser)).text

    async def said() -> tuple[str, str, str]:
        case = (await acting_of.client.get(f"/public/cases/{made['tracking_id']}")).json()
        return case["due_at"], case["due_text"], case["waits_for"]

    page = await shown()
    assert "Menunggu petugas memeriksa pengaduan, paling lambat" in page
    assert "8 Januari 2026 pukul 24.00 WIB" in page
    assert "00.00" not in page
    assert await said() == ("2026-01-08T17:00:00Z", "8 Januari 2026 pukul 24.00 WIB", "officer")

    await acting_of.act(
        "complaint_officer", made["id"], "request-completion", 1, missing="Kapan kejadiannya?"
    )
    page = await shown()
    assert "Menunggu Anda melengkapi pengaduan, paling lambat" in page
    assert "4 Februari 2026 pukul 24.00 WIB" in page
    assert "Permintaan petugas: Kapan kejadiannya?" in page[page.index("<form") : page.index("<textarea")]
    assert await said() == ("2026-02-04T17:00:00Z", "4 Februari 2026 pukul 24.00 WIB", "reporter")
    await clock.set(wib(2026, 2, 5, 8))
    await fire(filer)
    page = await shown()
    assert "Batas waktu untuk melengkapi sudah lewat" in page
    assert "Menunggu Anda" not in page
    assert "Petugas dapat melanjutkan tanpa kelengkapan; waktu Anda paling lambat" in page


async def test_while_the_reporter_is_asked_the_next_step_is_theirs_though_a_cap_ends_before(
    acting_of: Acting, clock: MovedClock
) -> None:
    made = await verified(acting_of)
    await acting_of.act("complaint_supervisor", made["id"], "dispose", 2, handler="penangan")
    handler = acting_of.issuer.headers("case_handler", agencies=["a-1"], units=["u-1"], subject="penangan")
    await clock.set(wib(2026, 2, 16))  # D6C ends on 6 March, before the reporter's 30 days
    asked = await acting_of.client.post(
        f"/cases/{made['id']}/request-completion",
        json={"missing": "Siapa namanya?"},
        headers=handler | {"If-Match": '"3"'},
    )
    assert asked.json()["state"] == "MENUNGGU_KELENGKAPAN"
    browser = await browser_of(acting_of, made["receipt"])
    page = (await acting_of.client.get("/lacak/pengaduan", headers=browser)).text
    assert "Menunggu Anda melengkapi pengaduan" in page
    headers = acting_of.headers("complaint_officer")
    [line] = (await acting_of.client.get("/cases", headers=headers)).json()["items"]
    assert (line["due_rule"], line["waits_for"], line["is_late"]) == ("D5", "officer", True)  # what is late


async def test_after_an_answer_the_reporter_is_told_until_when_to_react(acting_of: Acting) -> None:
    made = await acting_of.answered()
    browser = await browser_of(acting_of, made["receipt"])
    page = (await acting_of.client.get("/lacak/pengaduan", headers=browser)).text
    assert "Menunggu sikap Anda atas tanggapan" in page
    assert page.count("20 Januari 2026 pukul 24.00 WIB") == 2
    case = (
        await acting_of.client.get(f"/cases/{made['id']}", headers=acting_of.headers("complaint_officer"))
    ).json()
    assert case["waits_for"] == "reporter"
    ends = {clock["rule_id"]: (clock["due_text"], clock["waits_for"]) for clock in case["deadlines"]}
    assert ends["D8"] == ("20 Januari 2026 pukul 24.00 WIB", "reporter")
    assert ends["D4"] == ("12 Januari 2026 pukul 24.00 WIB", "officer")


async def asked_again(acting_of: Acting, made: dict[str, Any]) -> None:
    """Complete a case at the desk and ask its reporter for something else."""
    done = await acting_of.act("complaint_officer", made["id"], "complete", 2, text="Disampaikan di loket.")
    assert done.status_code == 200, done.text
    asked = await acting_of.act(
        "complaint_officer", made["id"], "request-completion", 3, missing="Di loket mana?"
    )
    assert asked.status_code == 200, asked.text


async def answered_again(acting_of: Acting, made: dict[str, Any]) -> None:
    """Object to the answer of a case and let the officers answer again."""
    session = await session_of(acting_of, made["receipt"])
    objected = await acting_of.client.post(
        "/public/my-case/object", json={"reason": "Jadwal tetap sama."}, headers=session
    )
    version = objected.json()["version"]
    answer = {"outcome": "terbukti", "text": "Petugas ditegur.", "evidence": ["BA-8"]}
    await acting_of.act("case_handler", made["id"], "respond", version, **answer)
    done = await acting_of.act("case_approver", made["id"], "approve", version + 1)
    assert done.json()["state"] == "DITANGGAPI"


async def test_only_the_newest_answer_is_accepted_or_objected_to(acting_of: Acting) -> None:
    made = await acting_of.answered()
    await answered_again(acting_of, made)
    browser = await browser_of(acting_of, made["receipt"])
    page = (await acting_of.client.get("/lacak/pengaduan", headers=browser)).text
    assert "Jadwal diperbaiki." in page
    assert "Petugas ditegur." in page.split("Tanggapan ke-2")[1]
    assert (
        page.count('href="/lacak/pengaduan/terima"') == page.count('href="/lacak/pengaduan/keberatan"') == 1
    )
