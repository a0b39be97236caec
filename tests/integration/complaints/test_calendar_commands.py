"""`zi calendar` as a separate process against a served application."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from tests.integration.complaints.conftest import Filer
from tests.support.polling import until
from tests.support.terminal import Answered, zi
from tests.support.tokens import TestIssuer


class Terminal:
    """Runs `zi calendar` as an administrator of the nation who is a supervisor, too."""

    def __init__(self, url: str, token: str) -> None:
        self._environment = {"ZI_COMPLAINTS_URL": url, "ZI_TOKEN": token, "COLUMNS": "200"}

    async def run(self, *words: str) -> Answered:
        return await zi("calendar", *words, environment=self._environment)

    async def said(self, *words: str) -> str:
        status, out, err = await self.run(*words)
        assert status == 0, err
        return out

    async def json(self, *words: str) -> Any:
        return json.loads(await self.said(*words, "--json"))


@pytest.fixture
async def terminal(app: FastAPI, issuer: TestIssuer) -> AsyncIterator[Terminal]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False))
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, what="the server listens")
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield Terminal(url, issuer.token(roles=["admin", "complaint_supervisor"], level="national"))
    server.should_exit = True
    await task


async def test_a_due_day_is_told_in_words(terminal: Terminal) -> None:
    said = await terminal.said("due", "--from", "2026-03-12T16:00", "--length", "5", "--zone", "WIB")
    lines = said.splitlines()
    assert lines[0] == "Due on Thursday 26 March 2026: in time until 2026-03-26 24:00 WIB."
    assert "Passed over, 9 days:" in lines
    assert "  Wed 2026-03-18  Cuti Bersama Hari Suci Nyepi (joint leave)" in lines
    hours = ("--length", "3", "--unit-of-time", "wh")
    found = await terminal.json("due", "--from", "2026-04-16T15:00", *hours)
    assert found["due_text"] == "17 April 2026 pukul 09.30 WIB"
    rolled = ("--length", "60", "--unit-of-time", "cd", "--roll")
    assert (await terminal.json("due", "--from", "2026-03-02", *rolled))["due_on"] == "2026-05-04"
    assert (await terminal.json("due", "--from", "2026-03-12", "--length", "5", "--week", "6"))[
        "due_on"
    ] == "2026-03-25"


async def test_a_year_without_a_calendar_is_refused_in_a_sentence(terminal: Terminal) -> None:
    status, out, err = await terminal.run("due", "--from", "2028-03-12", "--length", "5")
    assert (status, out) == (1, "")
    assert "zi: nobody has entered the days off of that year yet; `zi calendar import` drafts them" in err
    assert "Kalender tahun 2028 belum dimuat" in err


async def test_a_change_is_drafted_compared_previewed_and_confirmed(terminal: Terminal, filer: Filer) -> None:
    await filer.submit()
    added = ("--add", "2026-01-07=Cuti Bersama Contoh", "--decree", "SKB 7/2026")
    assert "Cuti Bersama Contoh" in await terminal.said("change", "2026", *added)
    assert "SKB 7/2026" in await terminal.said("diff", "2026")
    shown = await terminal.said("preview", "2026")
    assert shown.startswith("1 of 2 open clocks move.")
    assert "2026-01-08 24:00 WIB  2026-01-09 24:00 WIB" in shown
    status, _, err = await terminal.run("confirm", "2026", "--decree", "SKB 7/2026")
    assert (status, "the draft is not the one that you looked at" in err) == (1, True)
    seen = (await terminal.json("diff", "2026"))["entered_at"]
    assert seen in await terminal.said("diff", "2026")
    done = await terminal.json("confirm", "2026", "--decree", "SKB 7/2026", "--seen", seen)
    assert (done["calendar_version"], done["is_confirmed"]) == (5, True)
    status, _, err = await terminal.run("diff", "2026")
    assert status == 1
    assert "Tidak ada usulan perubahan kalender 2026" in err


async def test_a_year_is_imported_and_what_has_no_joint_leave_says_so(terminal: Terminal) -> None:
    said = await terminal.said("import", "2029")
    assert "The year has no joint leave" in said
    assert "nothing waits" in await terminal.said("discard", "2029")
    assert "nothing waits for confirmation" in await terminal.said("import", "2026")


async def test_ramadan_is_entered_from_when_to_when(terminal: Terminal) -> None:
    change = ("change", "2026", "--decree", "SKB 7/2026", "--ramadan")
    found = await terminal.json(*change, "2026-02-18:2026-03-19")
    assert found["ramadans"] == [{"first": "2026-02-18", "last": "2026-03-19"}]
    status, _, err = await terminal.run(*change, "2026-02-18")
    assert status == 1
    assert "write FIRST:LAST" in err


async def test_a_zone_has_a_draft_of_its_own(terminal: Terminal) -> None:
    zone = ("--zone", "WITA")
    election = ("--add", "2026-11-25=Pemilihan", "--kind", "election", "--decree", "Keppres 10/2026")
    await terminal.said("change", "2026", *zone, *election)
    assert (await terminal.run("diff", "2026"))[0] == 1
    shown = await terminal.json("diff", "2026", *zone)
    assert shown["zone"] == "WITA"
    seen = ("--seen", shown["entered_at"])
    await terminal.said("confirm", "2026", *zone, "--decree", "Keppres 10/2026", *seen)


async def test_a_unit_sets_its_days_and_its_week(terminal: Terminal, filer: Filer) -> None:
    await filer.submit()
    days = (
        "--year",
        "2026",
        "--add",
        "2026-01-07=Pemilihan",
        "--kind",
        "election",
        "--decree",
        "Keppres 1/2026",
    )
    assert "Nothing was set: this is a preview.\n1 of 2" in await terminal.said(
        "unit-days", "u-1", *days, "--preview"
    )
    assert "Set as calendar version 5." in await terminal.said("unit-days", "u-1", *days)
    hours = (
        "--hours",
        "1-5=07:30-12:00,13:00-15:00",
        "--hours",
        "6=07:30-12:30",
        "--ramadan",
        "1-6=08:00-13:30",
    )
    week = ("--from", "2026-01-06", "--days", "6", *hours)
    assert "Set as calendar version 6." in await terminal.said("unit-week", "u-1", *week)
    shown = await terminal.json("unit", "u-1")
    assert [one["name"] for one in shown["days_off"]] == ["Pemilihan"]
    assert [one["days"] for one in shown["chosen"]] == [6]
    assert "07:30" in await terminal.said("unit", "u-1")
