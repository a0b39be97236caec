"""Over HTTP: reporter and officers write each other, each sees what is theirs, and no clock moves by it."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.complaints.conversation import usecases
from services.complaints.conversation.data import conversation_rules
from shared.db import Database
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import Filer, MovedClock
from tests.integration.complaints.officers import Office
from tests.integration.complaints.talking import OFFICER, Both, browser_of, photo, upload
from tests.support.planning import PDF


async def test_each_side_reads_what_the_other_wrote_and_no_account_reaches_the_reporter(both: Both) -> None:
    sent = await both.mine("POST", "/messages", json={"text": "Loketnya nomor tiga."})
    assert (sent.status_code, sent.json()["is_mine"]) == (201, True)
    assert (await both.say("Terima kasih, kami tinjau.")).status_code == 201
    mine = (await both.mine("GET", "/messages")).json()["items"]
    assert [(one["is_mine"], one["text"]) for one in mine] == [
        (True, "Loketnya nomor tiga."),
        (False, "Terima kasih, kami tinjau."),
    ]
    assert "test-complaint_officer" not in (await both.mine("GET", "/messages")).text
    theirs = (await both.theirs("GET", "/messages")).json()["items"]
    assert [(one["author"], one["is_internal"]) for one in theirs] == [
        (None, False),
        ("test-complaint_officer", False),
    ]


async def test_internal_notes_reach_no_reporter_on_any_way(both: Both) -> None:
    note = (await both.say("Cek rekaman loket.", is_internal=True)).json()
    with_file = await both.theirs(
        "POST", "/attachments", params={"is_internal": "true"}, files=upload(("memo.pdf", PDF))
    )
    assert with_file.status_code == 201, with_file.text
    assert (await both.mine("GET", "/messages")).json()["items"] == []
    file = with_file.json()["attachments"][0]["id"]
    assert (await both.mine("GET", f"/attachments/{file}")).status_code == 404
    assert "rekaman" not in (await both.mine("GET", "")).text
    listed = (await both.theirs("GET", "/messages")).json()["items"]
    assert listed[0]["id"] == note["id"]
    page = await both.client.get("/lacak/pengaduan", headers=await browser_of(both))
    assert "rekaman" not in page.text
    assert "lampiran-1" not in page.text


async def test_a_message_changes_neither_version_nor_clock(both: Both, filer: Filer) -> None:
    before = await filer.rows("SELECT id, due_at, status, version FROM deadline ORDER BY id")
    events = await filer.facts()
    await both.mine("POST", "/messages", json={"text": "Masih tutup."})
    await both.say("Kami cek.")
    assert await filer.rows("SELECT id, due_at, status, version FROM deadline ORDER BY id") == before
    assert await filer.facts() == events
    verified = await both.acting.act(
        OFFICER, both.made["id"], "verify", 1, unit_id="u-1", stream="masyarakat", case_class="normatif"
    )
    assert verified.status_code == 200  # the version read before the messages is not stale


async def test_a_new_message_is_shown_until_the_office_writes_or_acts(both: Both) -> None:
    async def unanswered() -> int:
        return int((await both.theirs("GET", "/messages")).json()["unanswered"])

    assert await unanswered() == 0
    await both.mine("POST", "/messages", json={"text": "Halo?"})
    assert await unanswered() == 1
    await both.say("Catatan saja.", is_internal=True)
    assert await unanswered() == 1
    await both.say("Kami baca.")
    assert await unanswered() == 0


async def test_who_waits_for_words_stands_on_one_list_until_the_office_writes_or_acts(
    acting_of: Acting, clock: MovedClock
) -> None:
    first, second = await Both.about(acting_of), await Both.about(acting_of)
    place, officer = "/messages/unanswered", acting_of.headers(OFFICER)

    async def listed(headers: dict[str, str] | None = None, **query: Any) -> Any:
        answer = await acting_of.client.get(place, params=query, headers=headers or officer)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert (await listed())["items"] == []
    for both in (second, first, second):
        await clock.forward(minutes=1)
        assert (await both.mine("POST", "/messages", json={"text": "Halo?"})).status_code == 201
    page = await listed(limit=1)
    assert [one["case_id"] for one in page["items"]] == [second.made["id"]]
    assert page["items"][0]["since"] == "2026-01-05T02:01:00Z"
    rest = await listed(limit=1, cursor=page["next"])
    assert [one["case_id"] for one in rest["items"]] == [first.made["id"]]
    shown = acting_of.issuer.headers(OFFICER, agencies=["a-1"], units=["u-2"])
    assert (await listed(shown))["items"] == []
    await second.say("Catatan.", is_internal=True)
    assert len((await listed())["items"]) == 2
    await second.say("Kami baca.")
    assert [one["case_id"] for one in (await listed())["items"]] == [first.made["id"]]
    await clock.forward(minutes=1)
    done = await acting_of.act(
        OFFICER, first.made["id"], "verify", 1, unit_id="u-1", stream="masyarakat", case_class="normatif"
    )
    assert done.status_code == 200
    assert (await listed())["items"] == []
    await clock.forward(minutes=1)
    await first.mine("POST", "/messages", json={"text": "Lalu?"})
    assert [one["since"] for one in (await listed())["items"]] == ["2026-01-05T02:05:00Z"]


async def test_the_end_of_a_case_answers_what_came_before_and_a_late_message_may_still_be_answered(
    acting_of: Acting, clock: MovedClock
) -> None:
    async def listed() -> list[str]:
        headers = acting_of.headers(OFFICER)
        items = (await acting_of.client.get("/messages/unanswered", headers=headers)).json()["items"]
        return [one["case_id"] for one in items]

    made = await acting_of.answered()
    opened = await acting_of.client.post("/public/receipt-sessions", json={"receipt": made["receipt"]})
    both = Both(acting_of, made, opened.json()["token"])
    await clock.forward(minutes=1)
    await both.mine("POST", "/messages", json={"text": "Terima kasih."})
    assert await listed() == [made["id"]]
    await clock.forward(minutes=1)
    assert (await both.mine("POST", "/accept")).status_code == 200
    assert await listed() == []
    await clock.forward(minutes=1)
    assert (await both.say("Sama-sama.")).status_code == 201
    await both.mine("POST", "/messages", json={"text": "Satu hal lagi."})
    assert await listed() == [made["id"]]
    await clock.forward(days=120)
    assert (await both.say("Maaf terlambat.")).status_code == 201
    assert await listed() == []
    assert (await both.say("Sudah selesai.")).status_code == 409


async def test_what_an_act_or_the_end_answered_waits_for_no_words_any_more(
    acting_of: Acting, clock: MovedClock, db: Database, filer: Filer
) -> None:
    made = await acting_of.answered()
    opened = await acting_of.client.post("/public/receipt-sessions", json={"receipt": made["receipt"]})
    ended = Both(acting_of, made, opened.json()["token"])
    acted, waiting = await Both.about(acting_of), await Both.about(acting_of)
    for both in (ended, acted, waiting):
        await clock.forward(minutes=1)
        assert (await both.mine("POST", "/messages", json={"text": "Halo?"})).status_code == 201
    await clock.forward(minutes=1)
    assert (await ended.mine("POST", "/accept")).status_code == 200
    done = await acting_of.act(
        OFFICER, acted.made["id"], "verify", 1, unit_id="u-1", stream="masyarakat", case_class="normatif"
    )
    assert done.status_code == 200
    assert await usecases.forget_answered(db) == 2
    assert [str(row.case_id) for row in await filer.rows("SELECT case_id FROM message_waiting")] == [
        waiting.made["id"]
    ]
    assert await usecases.forget_answered(db) == 0


async def test_an_ended_case_that_its_end_answered_is_not_open_for_words_for_ever(
    acting_of: Acting, clock: MovedClock, office: Office
) -> None:
    made = await acting_of.answered()
    opened = await acting_of.client.post("/public/receipt-sessions", json={"receipt": made["receipt"]})
    both = Both(acting_of, made, opened.json()["token"])
    await clock.forward(minutes=1)
    assert (await both.mine("POST", "/messages", json={"text": "Terima kasih."})).status_code == 201
    await clock.forward(minutes=1)
    assert (await both.mine("POST", "/accept")).status_code == 200
    place = f"/pengaduan/{made['tracking_id']}"
    link = f'href="{place}/percakapan"'
    assert link in (await office(OFFICER).get(place)).text
    await clock.forward(days=120)
    late = await both.say("Sudah selesai.")
    assert (late.status_code, late.json()["code"]) == (409, "conversation_over")
    page = await office(OFFICER).get(place)
    assert page.status_code == 200
    assert link not in page.text
    over = await office(OFFICER).get(f"{place}/percakapan")
    assert "tidak ada pesan yang dapat dikirim lagi" in over.text
    assert "<textarea" not in over.text


async def test_r107_an_act_cites_a_file_of_its_case_and_every_step_is_timed(
    acting_of: Acting, clock: MovedClock
) -> None:
    both = await Both.about(acting_of)
    sent = await both.mine("POST", "/attachments", files=upload(("a.pdf", PDF)))
    file = sent.json()["attachments"][0]
    await acting_of.client.get("/cases", headers=acting_of.headers("case_handler"))
    cited = [file["name"], file["id"]]
    steps: list[tuple[str, str, dict[str, Any]]] = [
        (OFFICER, "verify", {"unit_id": "u-1", "stream": "masyarakat", "case_class": "normatif"}),
        ("complaint_supervisor", "dispose", {"handler": "test-case_handler"}),
        ("case_handler", "follow-up", {"text": "Jadwal pada foto diperiksa.", "evidence": cited}),
    ]
    for version, (role, act, body) in enumerate(steps, 1):
        await clock.forward(minutes=1)
        done = await acting_of.act(role, both.made["id"], act, version, **body)
        assert done.status_code == 200, done.text
    found = (await both.theirs("GET")).json()
    times = [event["at"] for event in found["events"]]
    assert times == sorted(times)
    assert len(set(times)) == len(times)
    assert found["events"][-1]["evidence"] == cited
    closed = await both.mine("POST", "/accept")
    assert (closed.status_code, closed.json()["code"]) == (409, "illegal_transition")


async def test_excluded_people_see_nothing_of_the_conversation(
    both: Both, one_owner: asyncpg.Connection, acting_of: Acting
) -> None:
    await one_owner.execute(
        "INSERT INTO person (person_id, unit_id, subjects, is_leader, active_from, substitutes, version,"
        " payload_hash) VALUES ('p-1', 'u-1', '{test-complaint_officer}', false, '2020-01-01', '[]', 1, '')"
    )
    await one_owner.execute("INSERT INTO person_log_in VALUES ('test-complaint_officer', 'p-1')")
    sent = await both.mine("POST", "/attachments", files=upload(("a.pdf", PDF)))
    file = sent.json()["attachments"][0]["id"]
    await one_owner.execute("INSERT INTO case_party VALUES ($1, 'p-1', 'accused')", both.made["id"])
    assert (await both.theirs("GET", "/messages")).status_code == 404
    assert (await both.theirs("GET", f"/attachments/{file}")).status_code == 404
    assert (await both.say("Saya tahu siapa Anda.")).status_code == 404
    assert (await both.theirs("POST", "/attachments", files=upload(("b.pdf", PDF)))).status_code == 404
    waiting = await acting_of.client.get("/messages/unanswered", headers=acting_of.headers(OFFICER))
    assert waiting.json()["items"] == []
    supervisor = acting_of.issuer.headers("complaint_supervisor", agencies=["a-1"], units=["u-1"])
    assert (await both.client.get(f"{both.case}/messages", headers=supervisor)).status_code == 200


async def test_what_is_sent_while_facts_are_asked_for_completes_the_file(both: Both) -> None:
    asked = await both.acting.act(
        OFFICER, both.made["id"], "request-completion", 1, missing="Loket nomor berapa?"
    )
    assert asked.json()["state"] == "MENUNGGU_KELENGKAPAN"
    sent = await both.mine("POST", "/attachments", files=upload(("foto.jpg", photo())))
    assert sent.status_code == 201, sent.text
    mine = (await both.mine("GET", "")).json()
    assert mine["state"] == "DITERIMA"
    assert mine["events"][-1]["note"] == "Kelengkapan berupa berkas: lampiran-1.jpg."


async def test_an_ended_case_is_written_about_only_while_its_reporter_may_still_act(
    acting_of: Acting, clock: MovedClock
) -> None:
    made = await acting_of.answered()
    opened = await acting_of.client.post("/public/receipt-sessions", json={"receipt": made["receipt"]})
    both = Both(acting_of, made, opened.json()["token"])
    assert (await both.mine("POST", "/accept")).status_code == 200
    assert (await both.mine("POST", "/messages", json={"text": "Satu hal lagi."})).status_code == 201
    assert (await both.say("Kami baca.")).status_code == 201
    await clock.forward(days=120)
    late = await both.mine("POST", "/messages", json={"text": "Halo?"})
    assert (late.status_code, late.json()["code"]) == (409, "conversation_over")
    assert (await both.say("Halo?")).status_code == 409


async def test_a_transfer_keeps_the_conversation_and_the_old_handler_loses_it(acting_of: Acting) -> None:
    both = await Both.about(acting_of)
    await both.mine("POST", "/messages", json={"text": "Loket tiga."})
    for role, act, body in (
        (OFFICER, "verify", {"unit_id": "u-1", "stream": "masyarakat", "case_class": "normatif"}),
        ("complaint_supervisor", "dispose", {"handler": "penangan"}),
    ):
        version = int((await both.theirs("GET")).json()["version"])
        assert (await acting_of.act(role, both.made["id"], act, version, **body)).status_code == 200
    handler = acting_of.issuer.headers("case_handler", agencies=["a-1"], units=["u-1"], subject="penangan")
    stranger = acting_of.issuer.headers("case_handler", agencies=["a-1"], units=["u-1"], subject="lain")
    place = f"{both.case}/messages"
    assert (await both.client.get(place, headers=handler)).status_code == 200
    assert (await both.client.get(place, headers=stranger)).status_code == 404
    head = acting_of.issuer.headers("complaint_supervisor", level="agency", agencies=["a-1"])
    moved = await both.client.post(
        f"{both.case}/transfer",
        json={"unit_id": "u-2", "reason": "Terjadi di sana."},
        headers=head | {"If-Match": "*"} | {"If-Match": '"3"'},
    )
    assert moved.status_code == 200, moved.text
    assert (await both.client.get(place, headers=handler)).status_code == 404
    there = acting_of.issuer.headers(OFFICER, agencies=["a-1"], units=["u-2"])
    kept = (await both.client.get(place, headers=there)).json()["items"]
    assert [one["text"] for one in kept] == ["Loket tiga."]


async def test_a_repeated_message_is_sent_once(both: Both) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    for _ in range(2):
        answer = await both.mine("POST", "/messages", json={"text": "Satu kali."}, headers=key)
        assert answer.status_code == 201
        answer = await both.mine("POST", "/attachments", files=upload(("a.pdf", PDF)), headers=key)
        assert answer.status_code == 422 or answer.json()["attachments"]
    assert len((await both.mine("GET", "/messages")).json()["items"]) == 1


async def test_a_reporter_who_writes_too_much_waits(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    most = conversation_rules().messages_per_hour_of_reporter
    for number in range(most):
        answer = await both.mine("POST", "/messages", json={"text": f"Pesan {number}"})
        assert answer.status_code == 201
    refused = await both.mine("POST", "/messages", json={"text": "Satu lagi"})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")
    assert (await both.say("Petugas tetap dapat menjawab.")).status_code == 201


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "x" * 5001, "a\x00b"])
async def test_a_text_that_says_nothing_or_too_much_is_refused_at_its_field(both: Both, text: str) -> None:
    answer = await both.mine("POST", "/messages", json={"text": text})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "text")
