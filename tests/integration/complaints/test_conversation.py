"""Over HTTP: reporter and officers write each other, each sees what is theirs, and no clock moves by it."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI
from PIL import Image

from services.complaints.conversation import usecases
from services.complaints.conversation.data import conversation_rules
from services.complaints.conversation.jobs import LateScan
from services.complaints.conversation.taking import Files
from services.complaints.intake import limits
from shared.db import Database
from shared.files.scanning import Clamd
from shared.files.sweeping import ORPHAN_AGE
from shared.http.limits.bursts import Bursts, parse
from shared.http.state import state_of
from tests.integration.complaints.acting import BROWSER, Acting, hidden
from tests.integration.complaints.conftest import Filer, MovedClock
from tests.integration.complaints.officers import Office
from tests.support.planning import PDF
from tests.support.scanner import EICAR, FakeClamd, clamd

OFFICER = "complaint_officer"


class Both:
    """A case, its reporter with a session, and its officers."""

    def __init__(self, acting: Acting, made: dict[str, Any], token: str) -> None:
        self.acting, self.made, self.token = acting, made, token
        self.client = acting.client
        self.case = f"/cases/{made['id']}"

    @classmethod
    async def about(cls, acting: Acting, **fields: Any) -> "Both":
        made = await acting.enter(**fields)
        opened = await acting.client.post("/public/receipt-sessions", json={"receipt": made["receipt"]})
        return cls(acting, made, opened.json()["token"])

    async def mine(self, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {"X-Receipt-Session": self.token, **options.pop("headers", {})}
        return await self.client.request(method, f"/public/my-case{path}", headers=headers, **options)

    async def theirs(
        self, method: str, path: str = "", role: str = OFFICER, **options: Any
    ) -> httpx2.Response:
        headers = self.acting.headers(role) | options.pop("headers", {})
        return await self.client.request(method, f"{self.case}{path}", headers=headers, **options)

    async def say(self, text: str, *, is_internal: bool = False) -> httpx2.Response:
        return await self.theirs("POST", "/messages", json={"text": text, "is_internal": is_internal})


@pytest.fixture
def office(app: FastAPI, client: httpx2.AsyncClient) -> Office:
    return Office(app, client)


@pytest.fixture
async def both(acting_of: Acting) -> Both:
    return await Both.about(acting_of)


def photo(note: str = "Kamera Ratna") -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = note
    Image.new("RGB", (30, 20), (20, 80, 120)).save(out, format="JPEG", exif=exif)
    return out.getvalue()


def upload(*named: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("files", (name, content, "application/octet-stream")) for name, content in named]


def stored(app: FastAPI) -> list[Path]:
    folder: Path = app.state.zi.settings.data_dir
    return [path for path in folder.rglob("*") if path.is_file()]


# -- messages -----------------------------------------------------------------------------------------------


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


# -- files --------------------------------------------------------------------------------------------------


async def test_a_file_goes_both_ways_as_an_attachment_under_a_name_of_ours(both: Both) -> None:
    sent = await both.mine("POST", "/attachments", files=upload(("KTP Ratna.JPG", photo()), ("s.pdf", PDF)))
    assert sent.status_code == 201, sent.text
    first, second = sent.json()["attachments"]
    assert (first["name"], second["name"], first["scan"]) == ("lampiran-1.jpg", "lampiran-2.pdf", "unscanned")
    for answer in (
        await both.mine("GET", f"/attachments/{first['id']}"),
        await both.theirs("GET", f"/attachments/{first['id']}"),
    ):
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''lampiran-1.jpg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert b"Ratna" not in answer.content
        assert Image.open(io.BytesIO(answer.content)).size == (30, 20)
    pdf = await both.theirs("GET", f"/attachments/{second['id']}")
    assert pdf.content == PDF


async def test_a_name_of_a_file_is_kept_in_no_table(both: Both, database: Any, one_owner: Any) -> None:
    await both.mine("POST", "/attachments", files=upload(("Wulandari-3174.pdf", PDF)))
    tables = await one_owner.fetch(
        "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables"
        " WHERE table_schema IN ('public', 'identity') AND table_type = 'BASE TABLE'"
    )
    for table in tables:
        found = await one_owner.fetchval(
            f"SELECT count(*) FROM {table['name']} AS t WHERE t::text ILIKE '%Wulandari%'"
        )
        assert found == 0, table["name"]


async def test_files_that_come_at_once_from_both_sides_have_numbers_of_their_own(both: Both) -> None:
    pdf = [PDF + f"\n%{n}\n%%EOF\n".encode() for n in range(6)]
    answers = await asyncio.gather(
        *(both.mine("POST", "/attachments", files=upload(("a.pdf", one))) for one in pdf[:3]),
        *(both.theirs("POST", "/attachments", files=upload(("a.pdf", one))) for one in pdf[3:]),
    )
    names = sorted(answer.json()["attachments"][0]["name"] for answer in answers)
    assert names == [f"lampiran-{number}.pdf" for number in range(1, 7)]


async def test_a_file_of_another_case_is_not_there(both: Both, acting_of: Acting) -> None:
    other = await Both.about(acting_of)
    sent = await other.mine("POST", "/attachments", files=upload(("a.pdf", PDF)))
    file = sent.json()["attachments"][0]["id"]
    assert (await both.mine("GET", f"/attachments/{file}")).status_code == 404
    assert (await both.theirs("GET", f"/attachments/{file}")).status_code == 404
    assert (await both.mine("GET", f"/attachments/{uuid4()}")).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("a.exe", b"MZ" + bytes(200), 415),
        ("a.pdf", photo(), 415),
        ("a.jpg", PDF, 415),
        ("a.pdf", PDF.replace(b"<< >>", b"<< /JavaScript 1 >>", 1), 415),
        ("a.pdf", PDF + bytes(11 * 1024 * 1024), 413),
        ("a.svg", b"<svg onload='x()'/>", 415),
        ("a.html", b"<script>x()</script>", 415),
    ],
)
async def test_a_hostile_or_oversize_file_is_refused_and_nothing_of_its_sending_is_stored(
    both: Both, app: FastAPI, filer: Filer, name: str, content: bytes, status: int
) -> None:
    answer = await both.mine("POST", "/attachments", files=upload(("gut.pdf", PDF), (name, content)))
    assert answer.status_code == status, answer.text
    assert (await both.theirs("POST", "/attachments", files=upload((name, content)))).status_code == status
    assert stored(app) == []
    assert await filer.rows("SELECT * FROM message") == []


async def test_more_files_at_once_or_an_hour_than_allowed_are_refused(both: Both, app: FastAPI) -> None:
    ten = conversation_rules().files_at_once

    def pdfs(first: int, count: int) -> Any:
        return upload(*[(f"{n}.pdf", PDF + f"\n%{n}\n%%EOF\n".encode()) for n in range(first, first + count)])

    many = await both.mine("POST", "/attachments", files=pdfs(0, ten + 1))
    assert (many.status_code, stored(app)) == (415, [])
    for batch in range(conversation_rules().files_per_hour // ten):
        taken = await both.mine("POST", "/attachments", files=pdfs(batch * ten, ten))
        assert taken.status_code == 201, taken.text
    late = await both.theirs("POST", "/attachments", files=pdfs(900, 1))
    assert (late.status_code, late.json()["code"]) == (429, "too_many_sent")


def one_file_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    few = replace(conversation_rules(), files_per_hour=1)
    monkeypatch.setattr(usecases, "conversation_rules", lambda: few)


@pytest.mark.parametrize("side", ["mine", "theirs"])
async def test_a_repeated_sending_of_a_file_gets_its_first_answer_when_no_room_is_left(
    both: Both, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    one_file_an_hour(monkeypatch)
    key, send = {"Idempotency-Key": str(uuid4())}, getattr(both, side)
    first = await send("POST", "/attachments", files=upload(("a.pdf", PDF)), headers=key)
    again = await send("POST", "/attachments", files=upload(("a.pdf", PDF)), headers=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    other = await send("POST", "/attachments", files=upload(("b.pdf", PDF)))
    assert (other.status_code, other.json()["code"]) == (429, "too_many_sent")


@pytest.mark.parametrize("side", ["mine", "theirs"])
async def test_a_repeated_sending_of_a_file_gets_its_first_answer_when_the_case_is_over(
    acting_of: Acting, one_owner: asyncpg.Connection, side: str
) -> None:
    both = await Both.about(acting_of)
    key, send = {"Idempotency-Key": str(uuid4())}, getattr(both, side)
    first = await send("POST", "/attachments", files=upload(("a.pdf", PDF)), headers=key)
    assert first.status_code == 201
    assert (await both.mine("POST", "/withdraw")).status_code == 200
    again = await send("POST", "/attachments", files=upload(("a.pdf", PDF)), headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await both.mine("POST", "/attachments", files=upload(("a.pdf", PDF)))
    assert (other.status_code, other.json()["code"]) == (409, "conversation_over")


async def test_the_room_for_files_bounds_no_words(
    both: Both, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_file_an_hour(monkeypatch)
    assert (await both.mine("POST", "/attachments", files=upload(("a.pdf", PDF)))).status_code == 201
    browser = await browser_of(both)
    page = await both.client.get("/lacak/pengaduan/pesan", headers=browser)
    form = {name: hidden(page.text, name) for name in ("case", "key", "question", "csrf")}
    sent = await both.client.post(
        "/lacak/pengaduan/pesan", data=form | {"text": "Hanya kata."}, headers=browser
    )
    assert sent.status_code == 303
    place = f"/pengaduan/{both.made['tracking_id']}/percakapan"
    answered = await office(OFFICER).post(place, await office(OFFICER).form(place) | {"text": "Kami baca."})
    assert answered.status_code == 303


async def test_a_refused_file_counts_in_its_session(
    both: Both, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    state_of(app).bursts = Bursts()
    monkeypatch.setattr(limits, "_BURST_OF_SESSION", parse("1/minute"))
    refused = await both.mine("POST", "/attachments", files=upload(("a.exe", b"MZ")))
    assert refused.status_code == 415
    again = await both.mine("POST", "/attachments", files=upload(("a.exe", b"MZ")))
    assert (again.status_code, again.json()["code"]) == (429, "rate_limited")


async def test_files_of_officers_alone_leave_no_gap_in_what_the_reporter_sees(both: Both) -> None:
    async def brought(side: Any, **query: str) -> list[str]:
        sent = await side(
            "POST", "/attachments", params=query, files=upload(("a.pdf", PDF), ("b.jpg", photo()))
        )
        assert sent.status_code == 201, sent.text
        return [one["name"] for one in sent.json()["attachments"]]

    hidden_ones = {"is_internal": "true"}
    assert await brought(both.theirs, **hidden_ones) == ["internal-1.pdf", "internal-2.jpg"]
    assert await brought(both.mine) == ["lampiran-1.pdf", "lampiran-2.jpg"]
    assert await brought(both.theirs, **hidden_ones) == ["internal-3.pdf", "internal-4.jpg"]
    assert await brought(both.theirs) == ["lampiran-3.pdf", "lampiran-4.jpg"]
    listed = (await both.theirs("GET", "/messages")).json()["items"]
    assert [one["name"] for one in listed[2]["attachments"]] == ["internal-3.pdf", "internal-4.jpg"]


async def test_no_file_of_a_stranger_is_read(client: httpx2.AsyncClient, app: FastAPI) -> None:
    asked: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        asked.append(1)
        yield b"--b\r\n"

    for place, headers in (
        ("/public/my-case/attachments", {"X-Receipt-Session": "t" * 43}),
        ("/lacak/pengaduan/pesan", BROWSER | {"Cookie": f"__Host-zi-complaints-receipt={'t' * 43}"}),
        (f"/cases/{uuid4()}/attachments", {}),
    ):
        sending = headers | {"Content-Type": "multipart/form-data; boundary=b"}
        answer = await client.post(place, content=endless(), headers=sending)
        assert answer.status_code in (401, 403, 404), place
    assert (asked, stored(app)) == ([], [])


async def test_the_same_file_with_another_case_is_a_hint_within_the_own_sight(
    both: Both, acting_of: Acting
) -> None:
    await both.mine("POST", "/attachments", files=upload(("a.pdf", PDF)))
    other = await Both.about(acting_of)
    await other.mine("POST", "/attachments", files=upload(("b.pdf", PDF)))
    found = (await both.theirs("GET", "/messages")).json()["same_files"]
    assert found == [{"number": 1, "case_id": other.made["id"], "tracking_id": other.made["tracking_id"]}]
    moved = await acting_of.client.post(
        f"{other.case}/transfer",
        json={"unit_id": "u-2", "reason": "Terjadi di sana."},
        headers=acting_of.issuer.headers("complaint_supervisor", level="agency", agencies=["a-1"])
        | {"If-Match": '"1"'},
    )
    assert moved.status_code == 200, moved.text
    assert (await both.theirs("GET", "/messages")).json()["same_files"] == []


async def test_what_no_row_knows_is_swept_and_what_a_row_knows_stays(
    both: Both, app: FastAPI, db: Database, clock: MovedClock
) -> None:
    await both.mine("POST", "/attachments", files=upload(("a.pdf", PDF)))
    files: Files = app.state.files
    orphan = app.state.zi.settings.data_dir / "files" / "00" / ("0" * 64)
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"cut")
    await clock.set(datetime.now(UTC) + ORPHAN_AGE + timedelta(minutes=1))
    assert await usecases.sweep(db, files.store) == 1
    assert len(stored(app)) == 1


# -- scanner ------------------------------------------------------------------------------------------------


@pytest.fixture
async def daemon(app: FastAPI) -> AsyncIterator[FakeClamd]:
    async with clamd() as fake:
        app.state.files = Files(app.state.files.store, Clamd(fake.address, seconds=1))
        yield fake


def harmful() -> bytes:
    return PDF + b"% " + EICAR + b"\n%%EOF\n"


async def test_a_file_in_which_the_scanner_finds_harm_is_refused_and_not_stored(
    both: Both, app: FastAPI, daemon: FakeClamd
) -> None:
    answer = await both.mine("POST", "/attachments", files=upload(("a.pdf", harmful())))
    assert (answer.status_code, answer.json()["code"]) == (415, "file_infected")
    assert stored(app) == []
    clean = await both.mine("POST", "/attachments", files=upload(("a.pdf", PDF)))
    assert clean.json()["attachments"][0]["scan"] == "clean"
    assert daemon.seen[-1] == PDF


async def test_while_the_scanner_is_away_files_wait_unserved_and_are_scanned_later(
    both: Both, app: FastAPI, db: Database, daemon: FakeClamd, clock: MovedClock
) -> None:
    daemon.manner = "cut"
    sent = await both.mine("POST", "/attachments", files=upload(("a.pdf", PDF), ("b.pdf", harmful())))
    good, bad = sent.json()["attachments"]
    assert (good["scan"], bad["scan"]) == ("waiting", "waiting")
    files: Files = app.state.files
    assert files.scanner is not None
    late = LateScan(db, files.store, files.scanner)
    assert await late.step() > 0
    for file in (good, bad):
        for answer in (
            await both.mine("GET", f"/attachments/{file['id']}"),
            await both.theirs("GET", f"/attachments/{file['id']}"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "file_waits")
    daemon.manner = "scan"
    await late.step()
    assert (await both.mine("GET", f"/attachments/{good['id']}")).content == PDF
    refused = await both.theirs("GET", f"/attachments/{bad['id']}")
    assert (refused.status_code, refused.json()["code"]) == (415, "file_infected")
    assert len(stored(app)) == 1
    again = await both.mine("POST", "/attachments", files=upload(("c.pdf", PDF)))
    assert again.json()["attachments"][0]["scan"] == "clean"
    shown = (await both.client.get("/lacak/pengaduan", headers=await browser_of(both))).text
    assert "ditolak: memuat program jahat" in shown
    daemon.manner = "cut"
    known = await both.mine("POST", "/attachments", files=upload(("d.pdf", harmful())))
    assert (known.status_code, known.json()["code"]) == (415, "file_infected")
    await clock.set(datetime.now(UTC) + ORPHAN_AGE + timedelta(minutes=1))
    await usecases.sweep(db, files.store)
    assert len(stored(app)) == 1  # what is known to be harmful is kept by no row


# -- pages --------------------------------------------------------------------------------------------------


async def browser_of(both: Both) -> dict[str, str]:
    opened = await both.client.post("/lacak", data={"receipt": both.made["receipt"]}, headers=BROWSER)
    both.client.cookies.clear()
    return BROWSER | {"Cookie": opened.headers["set-cookie"].split(";", maxsplit=1)[0]}


async def test_the_reporters_form_sends_once_and_keeps_its_text_when_a_file_is_refused(both: Both) -> None:
    browser = await browser_of(both)
    page = await both.client.get("/lacak/pengaduan/pesan", headers=browser)
    form = {name: hidden(page.text, name) for name in ("case", "key", "question", "csrf")}
    form["text"] = "Ini fotonya, Pak."
    refused = await both.client.post(
        "/lacak/pengaduan/pesan", data=form, files=upload(("a.exe", b"MZ")), headers=browser
    )
    assert refused.status_code == 415
    assert "Ini fotonya, Pak." in refused.text
    assert 'id="e-files"' in refused.text
    form["key"] = hidden(refused.text, "key")
    for _ in range(2):
        sent = await both.client.post(
            "/lacak/pengaduan/pesan", data=form, files=upload(("a.jpg", photo())), headers=browser
        )
        assert (sent.status_code, sent.headers["location"]) == (303, "/lacak/pengaduan#percakapan")
    shown = (await both.client.get("/lacak/pengaduan", headers=browser)).text
    assert shown.count("Ini fotonya, Pak.") == 1
    place = shown.partition('href="/lacak/pengaduan/berkas/')[2].partition('"')[0]
    file = await both.client.get(f"/lacak/pengaduan/berkas/{place}", headers=browser)
    assert file.headers["content-disposition"].startswith("attachment")


async def test_an_empty_form_of_a_message_says_what_is_missing(both: Both) -> None:
    browser = await browser_of(both)
    page = await both.client.get("/lacak/pengaduan/pesan", headers=browser)
    form = {name: hidden(page.text, name) for name in ("case", "key", "question", "csrf")}
    answer = await both.client.post("/lacak/pengaduan/pesan", data=form, headers=browser)
    assert answer.status_code == 422
    assert "Tulis pesan." in answer.text
    nothing = [("files", ("", b"", "application/octet-stream"))]
    answer = await both.client.post("/lacak/pengaduan/pesan", data=form, files=nothing, headers=browser)
    assert answer.status_code == 422
    assert "Tidak ada berkas yang terkirim." in answer.text


async def test_a_message_goes_with_its_files_whichever_button_is_pressed_or_is_kept(both: Both) -> None:
    place, text = "/lacak/pengaduan/pesan", "Ini foto loketnya."
    browser = await browser_of(both)
    page = (await both.client.get(place, headers=browser)).text
    form = {name: hidden(page, name) for name in ("case", "key", "question", "csrf")} | {"text": text}
    assert page.count(f'action="{place}"') == 1
    named = await both.client.post(place, data=form | {"files": "foto.jpg"}, headers=browser)
    assert (named.status_code, "tidak membawa berkas" in named.text, text in named.text) == (422, True, True)
    nothing = [("files", ("", b"", "application/octet-stream"))]
    none = await both.client.post(place, data=form, files=nothing, headers=browser)
    assert (none.status_code, "Tidak ada berkas" in none.text, text in none.text) == (422, True, True)
    empty = await both.client.post(place, data=form | {"files": ""}, headers=browser)
    assert empty.status_code == 303
    form["key"] = hidden((await both.client.get(place, headers=browser)).text, "key")
    sent = await both.client.post(place, data=form, files=upload(("a.jpg", photo())), headers=browser)
    assert sent.status_code == 303
    told = (await both.mine("GET", "/messages")).json()["items"]
    assert [(one["text"], len(one["attachments"])) for one in told[-2:]] == [(text, 0), (text, 1)]


async def test_what_was_typed_is_given_back_when_the_session_is_over(both: Both, office: Office) -> None:
    text = "Loketnya nomor tiga, di lantai dua."
    browser = await browser_of(both)
    page = (await both.client.get("/lacak/pengaduan/pesan", headers=browser)).text
    form = {name: hidden(page, name) for name in ("case", "key", "question", "csrf")}
    over = BROWSER | {"Cookie": f"__Host-zi-complaints-receipt={'t' * 43}"}
    answer = await both.client.post("/lacak/pengaduan/pesan", data=form | {"text": text}, headers=over)
    assert answer.status_code in (403, 404)
    assert text in answer.text
    place = f"/pengaduan/{both.made['tracking_id']}/percakapan"
    shown = (await office(OFFICER).get(place)).text
    for one in (page, shown):  # what is sent with files is read only of whom it is let in
        around = one.partition("<textarea")[0].rpartition("<form")[2]
        assert "multipart" not in around
        assert one.count("multipart/form-data") == 1
    answer = await both.client.post(
        place, data=await office(OFFICER).form(place) | {"text": text}, headers=BROWSER
    )
    assert answer.status_code != 303
    assert text in answer.text


async def test_an_officer_reads_the_conversation_on_its_page_and_writes_there_once(
    both: Both, office: Office
) -> None:
    place, officer = f"/pengaduan/{both.made['tracking_id']}/percakapan", office(OFFICER)
    empty = await officer.get(place)
    assert empty.status_code == 200
    assert "tampil di sini" in empty.text
    sent = await both.mine(
        "POST", "/attachments", files=upload(("a.pdf", PDF)), data={"text": "Ini suratnya."}
    )
    form = await officer.form(place) | {"text": "Kami baca."}
    for _ in range(2):
        assert (await officer.post(place, form)).status_code == 303
    page = await officer.get(place)
    assert page.status_code == 200
    assert "Ini suratnya." in page.text
    assert f"/berkas/{sent.json()['attachments'][0]['id']}" in page.text
    assert page.text.count("Kami baca.") == 1


async def test_a_form_of_another_case_changes_nothing(both: Both, acting_of: Acting) -> None:
    browser = await browser_of(both)
    page = await both.client.get("/lacak/pengaduan/pesan", headers=browser)
    form = {name: hidden(page.text, name) for name in ("key", "question", "csrf")}
    other = await Both.about(acting_of)
    form |= {"case": other.made["id"], "text": "Untuk perkara lain."}
    answer = await both.client.post("/lacak/pengaduan/pesan", data=form, headers=browser)
    assert answer.status_code == 409
    assert (await other.mine("GET", "/messages")).json()["items"] == []


async def test_after_the_report_its_receipt_leads_on_to_files(client: httpx2.AsyncClient) -> None:
    from tests.integration.complaints.acting import FORM

    page = await client.get("/lapor")
    sent = await client.post("/lapor", data=FORM | {"key": hidden(page.text, "key")}, headers=BROWSER)
    place = sent.headers["location"]
    shown = await client.get(place)
    form = {"untuk": hidden(shown.text, "untuk"), "lanjut": "berkas"}
    on = await client.post("/lapor/selesai", data=form, headers=BROWSER)
    assert on.headers["location"] == "/lacak/pengaduan/pesan"
    assert "Kirim pesan atau berkas" in (await client.get(on.headers["location"])).text
    assert "tidak ditampilkan lagi" in (await client.get(place)).text
