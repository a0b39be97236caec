"""`zi complaint data-request|breach|ombudsman` as a separate process against a served application."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI

from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import MovedClock, wib
from tests.integration.complaints.test_talking_commands import Terminal
from tests.support.polling import until
from tests.support.tokens import TestIssuer

UNIT = ("--unit", "u-1")


@pytest.fixture
async def terminal(app: FastAPI, issuer: TestIssuer) -> AsyncIterator[Terminal]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False))
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, what="the server listens")
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    roles = ["privacy_officer", "agency_head", "complaint_supervisor"]
    yield Terminal(url, issuer.token(roles=roles, agencies=["a-1"], units=["u-1"]))
    server.should_exit = True
    await task


async def test_a_request_about_data_is_entered_answered_and_read_by_command(
    terminal: Terminal, acting_of: Acting, clock: MovedClock
) -> None:
    case = await acting_of.enter()
    wish, receipt = ("--wish", "akses", "--text", "Minta salinan data saya."), ("--receipt", case["receipt"])
    who = ("--name", "Wulan Pemohon", "--contact", "0812")
    made = await terminal.json("data-request", "enter", *UNIT, *wish, *who)
    asked = await terminal.json("data-request", "ask", *receipt, *wish)
    listed = (await terminal.json("data-request", "list"))["items"]
    assert {one["id"] for one in listed} == {made["id"], asked["id"]}
    why = ("--reason", "Mengirim jawaban.")
    person = await terminal.json("data-request", "person", made["id"], *why)
    assert person == {"name": "Wulan Pemohon", "contact": "0812"}
    await terminal.json("data-request", "ask-proof", asked["id"], "--proof", "Foto KTP.")
    refusal = ("--outcome", "ditolak", "--ground", "membahayakan", "--text", "Nomor saksi.")
    await terminal.json("data-request", "answer", asked["id"], *refusal)
    [mine] = (await terminal.json("data-request", "mine", *receipt))["items"]
    assert (mine["outcome"], mine["answer"]) == ("ditolak", "Nomor saksi.")
    assert (await terminal.json("data-request", "close", asked["id"]))["state"] == "SELESAI"
    assert (await terminal.json("data-request", "withdraw", made["id"]))["state"] == "DICABUT"
    assert (await terminal.json("data-request", "show", made["id"]))["state"] == "DICABUT"


async def test_a_breach_is_told_of_by_command(terminal: Terminal, clock: MovedClock) -> None:
    await clock.set(wib(2026, 1, 6, 12))
    found = ("--summary", "Salah kirim.", "--detected", "2026-01-06T09:00+07:00")
    made, other = [(await terminal.json("breach", "enter", *UNIT, *found))["id"] for _ in range(2)]
    said = ("--data", "Nama.", "--people", "3", "--happened", "Salah ketik.")
    for one in (made, other):
        assert (await terminal.json("breach", "assess", one, *said))["state"] == "DINILAI"
    letter = ("--people-told", "Lewat surat.", "--letter", "S-1", "--letter-date", "2026-01-06")
    assert (await terminal.json("breach", "notify", made, *letter))["is_late"] is False
    assert (await terminal.json("breach", "close", made, "--measures", "Diperiksa."))["state"] == "SELESAI"
    ruled = await terminal.json("breach", "rule-out", other, "--reason", "Data uji.")
    assert ruled["state"] == "BUKAN_INSIDEN"
    assert (await terminal.json("breach", "list"))["items"] == []
    assert (await terminal.json("breach", "show", made))["people_count"] == 3


async def test_a_report_of_the_ombudsman_is_answered_by_command(
    terminal: Terminal, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 6, 12))
    dates = ("--number", "LHP-1", "--issued", "2026-01-02", "--received", "2026-01-05")
    asked = ("--action", "Perbaiki jadwal.", "--action", "Umumkan standar.")
    made = (await terminal.json("ombudsman", "enter", *UNIT, *dates, *asked))["id"]
    letter = ("--letter", "S-9", "--letter-date", "2026-01-06")
    status, _, said = await terminal.run("ombudsman", "report", made, *letter)
    assert (status != 0, "nobody noted yet" in said) == (True, True)
    done = ("--number", "1", "--evidence", "BA-7")
    left = ("--number", "2", "--note", "Masih dibahas.")
    for one in (done, left):
        await terminal.json("ombudsman", "record-action", made, *one)
    assert (await terminal.json("ombudsman", "report", made, *letter))["state"] == "DILAPORKAN"
    shown = await terminal.json("ombudsman", "show", made)
    assert [one["is_done"] for one in shown["actions"]] == [True, False]
    assert [one["id"] for one in (await terminal.json("ombudsman", "list"))["items"]] == [made]
    assert (await terminal.json("ombudsman", "close", made))["state"] == "SELESAI"
