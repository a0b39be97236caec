"""What the tests of imports share: files of another system, brought and taken in over HTTP."""

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import httpx2
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.domain.clock_trust import Hold
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from services.complaints.imports.jobs import Imports
from shared.db import Database
from shared.db.clock import database_now
from tests.integration.complaints.acting import Acting

HEAD = ("Nomor Laporan", "Isi Laporan", "Tanggal Disposisi", "Terakhir Diperbarui", "Status", "Unit Kerja")
PP = "complaint_officer"
Cells = Sequence[str]


def csv_of(
    rows: Sequence[Cells], head: Cells = HEAD, *, encoding: str = "utf-8", delimiter: str = ","
) -> bytes:
    made = io.StringIO()
    csv.writer(made, delimiter=delimiter).writerows([head, *rows])
    return made.getvalue().encode(encoding)


def a_row(
    ref: str = "7001",
    *,
    text: str = "Loket tutup sebelum jam layanan berakhir.",
    forwarded: str = "05/01/2026 09:00",
    updated: str = "05/01/2026 10:00",
    state: str = "Belum ditindaklanjuti",
    unit: str = "Kantor Satu",
) -> Cells:
    return (ref, text, forwarded, updated, state, unit)


class _HostsClock(TrustedClock):
    """Believes the database of a test, whose clock stands still."""

    async def read(self, session: AsyncSession) -> tuple[datetime, Hold | None]:
        return await database_now(session), None


def take_in(url: str, key: bytes) -> None:
    """Take in what runs, in a process of its own that is there to be killed."""
    asyncio.run(_take_in(url, key))


async def _take_in(url: str, key: bytes) -> None:
    job = Imports(Database(url, pool_size=2), DeadlineEngine(load_policies(), _HostsClock()), key)
    while await job.step() == 0.0:
        pass


class Importing:
    """Brings files as PP of the agency and lets them be taken in by the process's own timer."""

    def __init__(self, acting: Acting, app: FastAPI, db: Database, engine: DeadlineEngine) -> None:
        self.acting = acting
        self.client = acting.client
        self.app = app
        self.job = Imports(db, engine, app.state.import_key)

    def headers(self, role: str = PP, agency: str = "a-1") -> dict[str, str]:
        return self.acting.issuer.headers(role, level="agency", agencies=[agency])

    async def send(
        self, content: bytes, headers: dict[str, str] | None = None, **said: str
    ) -> httpx2.Response:
        return await self.client.post(
            "/imports",
            params={"agency_id": "a-1", **said},
            files={"file": ("laporan.csv", content, "text/csv")},
            headers=headers or self.headers(),
        )

    async def tried(self, content: bytes, **said: str) -> dict[str, Any]:
        answer = await self.send(content, None, **said)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def run(self, import_id: str) -> httpx2.Response:
        return await self.client.post(f"/imports/{import_id}/run", headers=self.headers())

    async def show(self, import_id: str) -> dict[str, Any]:
        answer = await self.client.get(f"/imports/{import_id}", headers=self.headers())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def drain(self) -> None:
        while await self.job.step() == 0.0:
            pass

    async def taken(self, content: bytes, **said: str) -> dict[str, Any]:
        """Try a file, take it in and return it as it is then."""
        made = await self.tried(content, **said)
        assert made["status"] == "checked", made
        assert (await self.run(made["id"])).status_code == 202
        await self.drain()
        done = await self.show(made["id"])
        assert done["status"] == "done"
        return done


async def open_channels(owner: asyncpg.Connection) -> None:
    """Open the channels of both systems for agency a-1, long ago."""
    await owner.execute("""
        INSERT INTO channel (id, version, agency_id, kind, label, address, opened_on, entered_by, entered_at,
                             told_fact, told_version, told_places, told_at)
        SELECT gen_random_uuid(), 1, 'a-1', kind, kind, 'https://contoh.go.id', '2020-01-01', 'kp', now(),
               'opened', 1, 0, now()
        FROM unnest(ARRAY['sp4n', 'siwas']) AS kind
    """)
