"""Over HTTP: files that reporter and officers send each other."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
from tests.integration.complaints.talking import OFFICER, Both, browser_of, photo, stored, upload
from tests.support.planning import PDF
from tests.support.scanner import EICAR, FakeClamd, clamd


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
