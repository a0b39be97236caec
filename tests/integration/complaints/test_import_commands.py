"""Files of other systems from the command line: tried, taken in, told back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import uvicorn
from fastapi import FastAPI

from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.db import Database
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.importing import Importing, a_row, csv_of, open_channels
from tests.support.polling import until
from tests.support.terminal import zi
from tests.support.tokens import TestIssuer


@pytest.fixture
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The service on a port, for the command line."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off"))
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, what="the server listens")
    [socket] = server.servers[0].sockets
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    await task


async def test_a_file_is_tried_taken_in_and_told_back_from_the_command_line(
    acting_of: Acting,
    app: FastAPI,
    db: Database,
    engine: DeadlineEngine,
    filer: Filer,
    clock: MovedClock,
    one_owner: asyncpg.Connection,
    issuer: TestIssuer,
    served: str,
    tmp_path: Path,
) -> None:
    await open_channels(one_owner)
    await clock.set(wib(2026, 1, 7))
    importing = Importing(acting_of, app, db, engine)
    token = issuer.token(roles=["complaint_officer"], level="agency", agencies=["a-1"])
    environment = {"ZI_COMPLAINTS_URL": served, "ZI_TOKEN": token, "COLUMNS": "200"}
    file, out_file = tmp_path / "laporan.csv", tmp_path / "status.csv"
    file.write_bytes(
        csv_of([a_row(), a_row("1.23E+07")], ("Kode", *csv_of([]).decode().strip().split(",")[1:]))
    )
    words = ("complaint", "import", str(file), "--agency", "a-1")

    code, out, _ = await zi(*words, "--dry-run", environment=environment)
    assert (code, "external_ref" in out) == (1, True)
    code, out, err = await zi(*words, "--column", "external_ref=1", "--dry-run", environment=environment)
    assert (code, "row 3, column Kode: rounded_number" in out) == (0, True), out + err
    assert await filer.rows("SELECT 1 FROM case_file") == []

    async def taking() -> None:
        while not await filer.rows("SELECT 1 FROM case_import WHERE status = 'done'"):
            await importing.job.step()
            await asyncio.sleep(0)

    ran = zi(*words, "--column", "external_ref=1", environment=environment)
    (code, out, err), _ = await asyncio.gather(ran, taking())
    assert (code, "1 new" in out) == (0, True), out + err
    period = ("--first", "2026-01-01", "--last", "2026-01-31", "--out", str(out_file))
    code, out, err = await zi("complaint", "export-states", *period, environment=environment)
    assert (code, b"7001" in out_file.read_bytes()) == (0, True), out + err
