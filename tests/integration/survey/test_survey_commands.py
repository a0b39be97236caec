"""`zi survey` as a separate process against a served application."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from services.survey.main import build
from services.survey.settings import Settings
from shared.db.bootstrap import ServiceDatabase
from tests.integration.survey.conftest import KEYS
from tests.support.polling import until
from tests.support.terminal import Answered, zi
from tests.support.tokens import ISSUER, TestIssuer


class Terminal:
    """Runs `zi` with a token that may do all that an operator, a leader and a verifier may."""

    def __init__(self, url: str, token: str) -> None:
        self._environment = {"ZI_SURVEY_URL": url, "ZI_TOKEN": token, "COLUMNS": "200"}

    async def run(self, *words: str) -> Answered:
        return await zi("survey", *words, environment=self._environment)

    async def zi(self, *words: str) -> Any:
        status, out, err = await self.run(*words, "--json")
        assert status == 0, err
        return json.loads(out)


async def serve(app: FastAPI) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, what="the server listens")
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
async def terminal(database: ServiceDatabase) -> AsyncIterator[Terminal]:
    issuer = TestIssuer()
    settings = Settings(
        database_url=database.app_url,
        kafka_bootstrap="127.0.0.1:1",
        issuer=ISSUER,
        secret_key="a secret of the tests, long enough",
    )
    token = issuer.token(roles=["survey_operator", "unit_leader", "verifier", "agency_head"], units=["u-1"])
    async for url in serve(build(settings, "api", issuer.verifier())):
        yield Terminal(url, token)


async def test_survey_is_run_from_the_command_line(terminal: Terminal) -> None:
    made = await terminal.zi("create", "--unit", "u-1", "--year", "2026")
    assert (made["state"], made["regime"]) == ("open", "mandiri.2023")
    campaign = made["campaign_id"]
    first, second = (await terminal.zi("invite", campaign, "--count", "2"))["items"]
    assert (await terminal.zi("respond", first["token"], "--all", "6"))["decision"] == "willing"
    scores = ",".join(f"{key}=3" for key in KEYS)
    assert "response_id" in await terminal.zi("respond", second["link"], "--scores", scores)
    status = await terminal.zi("status", campaign)
    assert (status["n"], status["willing"], status["figures"], status["ipak"]) == (2, 2, "none", None)
    assert [row["n"] for row in (await terminal.zi("status", "--unit", "u-1"))["items"]] == [2]
    assert (await terminal.zi("close", campaign))["state"] == "closed"
    code, out, _ = await terminal.run("status", campaign)
    assert code == 0
    assert "not_met: willing, respondents, ipak, ipkp (NOT_MET)" in out
    assert "conversion.ratio" in out


async def test_the_closing_time_is_the_day_it_ends_on_in_the_units_zone(terminal: Terminal) -> None:
    day = (datetime.now(UTC) + timedelta(days=60)).date()
    midnight = ("--closes-at", f"{day}T17:00:00+0000")
    people = re.compile(rf"^closes_at +{day} 24:00 WIB$", re.MULTILINE)
    made = await terminal.zi("create", "--unit", "u-1", "--period", "2026-Q1", "--draft", *midnight)
    assert (made["closes_at"], made["zone"]) == (f"{day}T17:00:00Z", "WIB")
    for words in (
        ("create", "--unit", "u-1", "--period", "2026-Q2", *midnight),
        *((act, made["campaign_id"]) for act in ("open", "status", "close")),
    ):
        status, out, err = await terminal.run(*words)
        assert status == 0, err
        assert people.search(out), out


async def test_an_operator_withdraws_a_person_by_the_id_of_the_invitation(terminal: Terminal) -> None:
    campaign = (await terminal.zi("create", "--unit", "u-1", "--year", "2026"))["campaign_id"]
    (person,) = (await terminal.zi("invite", campaign))["items"]
    await terminal.zi("respond", person["token"], "--all", "6")
    words = ("withdraw", campaign, person["participant_id"], "--reason", "Permintaan lisan di loket")
    assert await terminal.zi(*words) == {"decision": "withdrawn"}
    status = await terminal.zi("status", campaign)
    assert (status["n"], status["willing"]) == (0, 0)
    code, out, err = await terminal.run("withdraw", campaign, campaign, "--reason", "Permintaan lisan")
    assert (code, out) == (1, "")
    assert "zi: there is nothing of that name, or not for you" in err


async def test_draft_stays_a_draft_until_it_is_opened(terminal: Terminal) -> None:
    made = await terminal.zi(
        "create", "--unit", "u-1", "--period", "2026-Q3", "--regime", "skm.2017", "--draft"
    )
    assert made["state"] == "draft"
    chosen = await terminal.zi(
        "set-policy", made["campaign_id"], "weights=literal_0_11", "--reason", "Surat pimpinan 12/2026"
    )
    assert (chosen["policies"]["weights"], chosen["version"]) == ("literal_0_11", 2)
    assert (await terminal.zi("open", made["campaign_id"]))["state"] == "open"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("create", "--unit", "u-1"), "zi: give either --year or --period"),
        (("create", "--unit", "u-1", "--year", "2026", "--regime", "x"), "Rezim survei tidak dikenal."),
        (("respond", "x" * 22, "--all", "6"), "Tautan ini tidak dikenal atau sudah diganti."),
        (("respond", "-P" + "x" * 20, "--all", "6"), "Tautan ini tidak dikenal atau sudah diganti."),
        (("respond", "--all", "6", "--" + "x" * 20), "Tautan ini tidak dikenal atau sudah diganti."),
        (("respond", "x" * 22, "--all", "6", "--scores", "waktu=1"), "give either --scores or --all"),
    ],
)
async def test_every_failure_is_a_sentence_and_not_zero(
    terminal: Terminal, words: tuple[str, ...], sentence: str
) -> None:
    status, out, err = await terminal.run(*words)
    assert (status, out) == (1, "")
    assert sentence in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "command", ["create", "set-policy", "open", "close", "invite", "respond", "withdraw", "status"]
)
async def test_help_has_an_example(terminal: Terminal, command: str) -> None:
    status, out, _ = await terminal.run(command, "--help")
    assert status == 0
    assert f"Example: zi survey {command}" in out
