"""`zi complaint message|attach|messages|proof|post-answer` as a process of its own against a served app."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import uvicorn
from fastapi import FastAPI

from tests.integration.complaints.acting import Acting
from tests.support.planning import PDF
from tests.support.polling import until
from tests.support.terminal import Answered, zi
from tests.support.tokens import TestIssuer


class Terminal:
    """Runs `zi complaint` as an officer, or as whoever shows a receipt."""

    def __init__(self, url: str, token: str) -> None:
        self._environment = {"ZI_COMPLAINTS_URL": url, "ZI_TOKEN": token, "COLUMNS": "200"}

    async def run(self, *words: str) -> Answered:
        return await zi("complaint", *words, environment=self._environment)

    async def json(self, *words: str) -> Any:
        status, out, err = await self.run(*words, "--json")
        assert status == 0, err
        return json.loads(out)


@pytest.fixture
async def terminal(app: FastAPI, issuer: TestIssuer) -> AsyncIterator[Terminal]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False))
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, what="the server listens")
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield Terminal(url, issuer.token(roles=["complaint_officer"], agencies=["a-1"], units=["u-1"]))
    server.should_exit = True
    await task


async def test_both_sides_write_and_bring_files(
    terminal: Terminal, acting_of: Acting, tmp_path: Path
) -> None:
    made = await acting_of.enter()
    receipt = ("--receipt", made["receipt"])
    file = tmp_path / "KTP Ratna.pdf"
    file.write_bytes(PDF)
    assert (await terminal.json("message", "--text", "Loket tiga.", *receipt))["is_mine"] is True
    brought = await terminal.json("attach", "--file", str(file), *receipt)
    assert [one["name"] for one in brought["attachments"]] == ["lampiran-1.pdf"]
    note = await terminal.json("message", made["id"], "--text", "Cek rekaman.", "--internal")
    assert note["is_internal"] is True
    theirs = await terminal.json("attach", made["id"], "--file", str(file))
    assert theirs["attachments"][0]["name"] == "lampiran-2.pdf"
    officers = (await terminal.json("messages", made["id"]))["items"]
    reporters = (await terminal.json("messages", *receipt))["items"]
    assert (len(officers), len(reporters)) == (4, 3)


async def test_a_terminal_says_which_side_is_missing(terminal: Terminal, acting_of: Acting) -> None:
    status, _, said = await terminal.run("messages")
    assert (status, "name the case, or show its receipt" in said) == (1, True)
    made, other = await acting_of.enter(), await acting_of.enter()
    status, _, said = await terminal.run("messages", other["id"], "--receipt", made["receipt"])
    assert (status, "belongs to another complaint" in said) == (1, True)


async def test_a_proof_is_fetched_and_checked(terminal: Terminal, acting_of: Acting) -> None:
    made = await acting_of.enter()
    mine = await terminal.json("proof", "--receipt", made["receipt"])
    for typed in (mine["code"], mine["url"]):
        assert (await terminal.json("proof", "--verify", typed))["tracking_id"] == made["tracking_id"]
    status, out, _ = await terminal.run("proof", "--verify", mine["code"][:-4] + "AAAA", "--json")
    assert (status, json.loads(out)["is_genuine"]) == (1, False)
    status, _, said = await terminal.run("proof", "--verify", "bukan kode?")
    assert (status, "not the code of a proof" in said) == (1, True)
    assert (await terminal.run("proof"))[0] == 1


async def test_the_letter_of_an_answer_that_came_back_is_noted(
    terminal: Terminal, acting_of: Acting, one_owner: asyncpg.Connection
) -> None:
    answered = await acting_of.answered()
    letter = ("post-answer", answered["id"], "--posted-on", "2026-01-05", "--letter", "S-12/2026")
    status, _, err = await terminal.run(*letter)
    assert status != 0
    assert "Tidak ada tanggapan" in err
    await one_owner.execute(
        "INSERT INTO reporter_notice (case_id, key, fact, cycle, at, passed_at, outcome, ended_at)"
        " VALUES ($1, 'k', 'responded', 1, now(), now(), 'to_post', now())",
        UUID(answered["id"]),
    )
    assert (await terminal.json(*letter))["letter"] == "S-12/2026"
    assert await one_owner.fetchval("SELECT letter FROM reporter_notice") == "S-12/2026"
