"""Whom the limits count when everybody comes through the front door: each person, whatever they claim."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI

from services.complaints.intake.data import intake_rules
from tests.integration.complaints.acting import REPORT
from tests.integration.complaints.conftest import Filer
from tests.support.edge import listening
from tests.support.front import Door, opened

FREE = intake_rules().reports_per_unit_and_hour.free
SAID = ("X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP")


@asynccontextmanager
async def behind_the_door(app: FastAPI, folder: Path, trusted: str = "") -> AsyncIterator[Door]:
    async with listening(app, lifespan="off", forwarded_allow_ips="127.0.0.1") as edge:
        settings = {"ZI_FRONT_TRUSTED_PROXIES": trusted}
        async with opened(folder, settings, {"complaints": edge.port}) as door:
            yield door


async def report(door: Door, comes_from: str, said: dict[str, str]) -> httpx2.Response:
    """Report from an address of loopback."""
    transport = httpx2.AsyncHTTPTransport(local_address=comes_from)
    async with httpx2.AsyncClient(transport=transport, base_url=door.url, timeout=60) as client:
        headers = {"Idempotency-Key": uuid4().hex} | said
        return await client.post("/api/complaints/public/cases", json=REPORT, headers=headers)


async def hits(filer: Filer) -> list[int]:
    return [
        row[0] for row in await filer.rows("SELECT hits FROM rate_limit WHERE rule = 'intake' ORDER BY 1")
    ]


@pytest.mark.parametrize("trusted", ["", "192.0.2.1 10.0.0.0/8"])
async def test_nobody_gets_a_fresh_count_by_naming_other_addresses(
    app: FastAPI, filer: Filer, tmp_path: Path, trusted: str
) -> None:
    async with behind_the_door(app, tmp_path, trusted) as door:
        for number in range(FREE):
            forged = dict.fromkeys(SAID, f"203.0.113.{number}") | {"Forwarded": f"for=203.0.113.{number}"}
            assert (await report(door, "127.0.0.2", forged)).status_code == 201
        last = await report(door, "127.0.0.2", dict.fromkeys(SAID, "127.0.0.3"))
        assert (last.status_code, last.json()["code"]) == (429, "wait_first")
        assert (await report(door, "127.0.0.3", {})).status_code == 201, (
            "a neighbour has a count of their own"
        )
    assert await hits(filer) == [1, FREE]


async def test_people_behind_a_trusted_proxy_are_counted_one_by_one(
    app: FastAPI, filer: Filer, tmp_path: Path
) -> None:
    async with behind_the_door(app, tmp_path, "127.0.0.2") as door:
        for number in range(FREE):
            said = {"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.9"}
            assert (await report(door, "127.0.0.2", said)).status_code == 201
        said = {"X-Forwarded-For": "203.0.113.10, 203.0.113.9"}
        assert (await report(door, "127.0.0.2", said)).status_code == 429
        said = {"X-Forwarded-For": "203.0.113.9, 203.0.113.10"}
        assert (await report(door, "127.0.0.2", said)).status_code == 201
        said = {"X-Forwarded-For": "203.0.113.9"}
        assert (await report(door, "127.0.0.3", said)).status_code == 201, "not the proxy's word"
    assert await hits(filer) == [1, 1, FREE]
