"""What anybody may ask: bounded by who asks, and a text is as long as its readers see it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI

from services.complaints.intake.data import intake_rules
from shared.http.state import state_of
from tests.integration.complaints.acting import BROWSER, ENTRY, FORM, REPORT, Acting
from tests.integration.complaints.conftest import ORIGIN, Filer
from tests.integration.complaints.test_behind_the_door import SAID, behind_the_door

BURST = 300
"""Of one source in a minute, to one process."""
RULES = intake_rules()


@pytest.fixture(autouse=True)
def _one_minute(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test lie within one minute however long it takes."""
    monkeypatch.setattr(state_of(app).bursts, "_monotonic", lambda: 0.0)


@asynccontextmanager
async def calling(app: FastAPI, source: str) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, client=(source, 1))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


async def test_tracking_is_refused_above_a_burst_of_one_source_and_of_no_other(
    app: FastAPI, filer: Filer
) -> None:
    received = await filer.submit()
    address = f"/public/cases/{received.tracking_id}"
    async with calling(app, "192.0.2.1") as machine, calling(app, "192.0.2.2") as person:
        assert (await machine.get(address)).status_code == 200
        for _ in range(BURST - 1):
            await machine.get("/public/cases/000000000000")
        refused = [await machine.get(address), await machine.get("/public/cases/000000000000")]
        assert [(one.status_code, one.json()["code"]) for one in refused] == [(429, "rate_limited")] * 2
        assert all(1 <= int(one.headers["Retry-After"]) <= 60 for one in refused)
        assert (await person.get(address)).status_code == 200


async def test_an_unknown_number_and_a_secret_case_are_answered_alike(app: FastAPI, filer: Filer) -> None:
    async with calling(app, "192.0.2.1") as client:
        secret = REPORT | {"is_content_secret": True}
        made = (await client.post("/public/cases", json=secret)).json()
        found = [
            await client.get(f"/public/cases/{number}")
            for number in (made["tracking_id"], "000000000000", "x", "0" * 200)
        ]
    assert [one.status_code for one in found] == [404] * 4
    told = [{**one.json(), "instance": ""} for one in found]
    assert told == [told[0]] * 4


async def test_claiming_other_addresses_wins_no_further_reads(
    app: FastAPI, filer: Filer, tmp_path: Path
) -> None:
    received = await filer.submit()
    address = f"/api/complaints/public/cases/{received.tracking_id}"
    async with behind_the_door(app, tmp_path) as door:
        transport = httpx2.AsyncHTTPTransport(local_address="127.0.0.2")
        async with httpx2.AsyncClient(transport=transport, base_url=door.url, timeout=60) as client:
            seen = [
                (await client.get(address, headers=dict.fromkeys(SAID, f"203.0.113.{number % 250}")))
                for number in range(BURST + 1)
            ]
    assert [one.status_code for one in seen] == [200] * BURST + [429]
    assert seen[-1].headers["Retry-After"]


# -- text ----------------------------------------------------------------------------------------------------

HIDDEN = "kurang" + "\u200b\u00ad\u202e" * 20
TOLD = f"Minimal {RULES.text_min} karakter; yang terlihat baru 6."
LONG = "satu baris\r\n" * (RULES.text_max // len("satu baris "))
"""As long as may be where a line end counts once, and beyond where it counts twice."""


async def test_text_that_nobody_sees_is_refused_on_page_api_and_desk_with_what_is_seen(
    app: FastAPI, client: httpx2.AsyncClient, acting_of: Acting
) -> None:
    sent = await client.post("/public/cases", json=REPORT | {"text": HIDDEN})
    assert sent.status_code == 422
    assert [(one["field"], one["message"]) for one in sent.json()["errors"]] == [("text", TOLD)]
    page = await client.post("/lapor", data=FORM | {"key": uuid4().hex, "text": HIDDEN}, headers=BROWSER)
    assert page.status_code == 422
    assert TOLD in page.text
    officer = acting_of.headers("complaint_officer")
    desk = await client.post("/cases", json=ENTRY | {"text": HIDDEN}, headers=officer)
    assert desk.json()["errors"][0]["message"] == TOLD


async def test_line_ends_count_once_and_are_kept_alike_from_page_and_api(
    client: httpx2.AsyncClient, filer: Filer
) -> None:
    assert len(LONG) > RULES.text_max
    assert (await client.post("/public/cases", json=REPORT | {"text": LONG})).status_code == 201
    page = await client.post("/lapor", data=FORM | {"key": uuid4().hex, "text": LONG}, headers=BROWSER)
    assert page.status_code in (200, 303)
    rows = await filer.rows("SELECT DISTINCT content FROM case_file")
    assert [row.content for row in rows] == [LONG.replace("\r\n", "\n").strip()]
