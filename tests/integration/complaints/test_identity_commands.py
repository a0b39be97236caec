"""`zi complaint identity|identity-log|custodian` as a separate process against a served application."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import uvicorn
from fastapi import FastAPI

from shared.security.custody import seal_to
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import MovedClock
from tests.support.polling import until
from tests.support.terminal import Answered, zi
from tests.support.tokens import TestIssuer

NAMED = {"name": "Wulan Contoh", "contact": "wulan@contoh.example"}


class Terminal:
    """Runs `zi complaint` as somebody of all these offices."""

    def __init__(self, url: str, token: str) -> None:
        self._environment = {"ZI_COMPLAINTS_URL": url, "ZI_TOKEN": token, "COLUMNS": "200"}

    async def run(self, *words: str) -> Answered:
        return await zi("complaint", *words, environment=self._environment)

    async def json(self, *words: str) -> Any:
        status, out, err = await self.run(*words, "--json")
        assert status == 0, err
        return json.loads(out)


@pytest.fixture
async def terminal(app: FastAPI, issuer: TestIssuer, clock: MovedClock) -> AsyncIterator[Terminal]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False))
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, what="the server listens")
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    roles = ["complaint_officer", "auditor", "privacy_officer"]
    yield Terminal(url, issuer.token(roles=roles, level="agency", agencies=["a-1"]))
    server.should_exit = True
    await task


async def test_an_identity_is_opened_and_the_log_is_checked_against_what_was_noted(
    terminal: Terminal, acting_of: Acting, one_owner: asyncpg.Connection
) -> None:
    made = await acting_of.enter(**NAMED)
    for _ in range(2):
        assert await terminal.json("identity", made["id"], "--reason", "Bukti perlu jelas.") == NAMED
    noted = await terminal.json("identity-log")
    assert (noted["rows"], noted["is_whole"]) == (2, True)
    assert (await terminal.run("identity-log", "--known", noted["last"]))[0] == 0
    await one_owner.execute("ALTER TABLE identity_read DISABLE TRIGGER USER")
    await one_owner.execute("DELETE FROM identity_read WHERE position = 2")
    await one_owner.execute("ALTER TABLE identity_read ENABLE TRIGGER USER")
    assert (await terminal.json("identity-log"))["rows"] == 1
    status, _, said = await terminal.run("identity-log", "--known", noted["last"])
    assert (status, "was cut or written anew" in said) == (1, True)
    await one_owner.execute("ALTER TABLE identity_read DISABLE TRIGGER USER")
    await one_owner.execute("UPDATE identity_read SET reader = 'orang-lain'")
    await one_owner.execute("ALTER TABLE identity_read ENABLE TRIGGER USER")
    status, _, said = await terminal.run("identity-log")
    assert (status, "row 1 does not follow" in said) == (1, True)


async def test_custodians_are_entered_listed_and_ended(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "kustodian.json"
    status, out, _ = await terminal.run("custodian", "key", "--key", str(file))
    assert (status, file.stat().st_mode & 0o777) == (0, 0o600)
    public = dict(line.split() for line in out.splitlines())["public_key"]
    words = ("--agency", "a-1", "--name", "Sari", "--public-key", public, "--from", "2026-01-05")
    entered = await terminal.json("custodian", "enter", *words)
    assert (entered["public_key"], entered["version"]) == (public, 1)
    status, _, said = await terminal.run("custodian", "enter", *words)
    assert (status, "sudah terdaftar" in said) == (1, True)
    ended = await terminal.json("custodian", "end", entered["id"], "--last", "2026-02-01")
    assert (ended["valid_to"], ended["version"]) == ("2026-02-01", 2)
    [listed] = (await terminal.json("custodian", "list"))["items"]
    assert listed == ended
    status, _, said = await terminal.run("custodian", "end", entered["id"], "--last", "2025-01-01")
    assert (status, "mendahului" in said) == (1, True)


async def test_a_custodian_of_another_agency_or_with_no_key_is_refused(
    terminal: Terminal, acting_of: Acting
) -> None:
    headers = acting_of.issuer.headers("privacy_officer", level="agency", agencies=["a-1"])
    body = {"agency_id": "a-1", "name": "Sari", "valid_from": "2026-01-05"}
    for changed, status in (
        ({"agency_id": "a-9"}, 404),
        ({"public_key": base64.urlsafe_b64encode(bytes(32)).decode()}, 422),
        ({"valid_to": "2026-01-01"}, 422),
    ):
        good = {"public_key": base64.urlsafe_b64encode(bytes(range(32))).decode()}
        answer = await acting_of.client.post("/custodians", json=body | good | changed, headers=headers)
        assert answer.status_code == status, changed
    listed = await acting_of.client.get("/custodians", headers=headers)
    assert listed.json() == {"items": []}


async def test_a_custodian_opens_what_was_sealed_on_their_own_side(
    terminal: Terminal, tmp_path: Path
) -> None:
    files = [tmp_path / f"{name}.json" for name in ("satu", "dua", "lain")]
    for file in files:
        assert (await terminal.run("custodian", "key", "--key", str(file)))[0] == 0
    status, _, said = await terminal.run("custodian", "key", "--key", str(files[0]))
    assert (status, "not touched" in said) == (1, True)
    one, two, other = files
    keys = [base64.urlsafe_b64decode(json.loads(file.read_text())["public_key"]) for file in (one, two)]
    parts = seal_to(keys, b"Wulan Contoh", "case 1")
    told = {name: base64.urlsafe_b64encode(part).decode() for name, part in parts.items()}
    sealed = tmp_path / "tersegel.json"
    sealed.write_text(json.dumps({"context": "case 1", "sealed": told}))
    for file in (one, two):
        status, out, _ = await terminal.run("custodian", "open", "--key", str(file), str(sealed))
        assert (status, out) == (0, "Wulan Contoh\n")
    status, _, said = await terminal.run("custodian", "open", "--key", str(other), str(sealed))
    assert (status, "to other custodians" in said) == (1, True)
    sealed.write_text(json.dumps({"context": "case 2", "sealed": told}))
    status, _, said = await terminal.run("custodian", "open", "--key", str(one), str(sealed))
    assert (status, "does not open" in said) == (1, True)
    one.chmod(0o644)
    status, _, said = await terminal.run("custodian", "open", "--key", str(one), str(sealed))
    assert (status, "read by others" in said) == (1, True)
