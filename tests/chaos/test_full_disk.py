"""The disk of the database is full: callers are told when to come again, and no process ends for it."""

import asyncio
import itertools
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from deploy.local.ports import ops
from deploy.local.process import Child, free_ports
from deploy.local.state import SERVICES, StateFolder
from deploy.local.system import System
from tests.support.kafka import ends, read_from
from tests.support.polling import until
from tests.support.small_disk import SmallDiskPostgres, small_disk_postgres

AGENCY, UNITS = "instansi", "zi.planning.unit.v1"
AT_ONCE = 8
REFUSALS = 24
START_SECONDS = 180
SOON_SECONDS = 120.0
REFUSED = (503, 507)


@dataclass
class Stand:
    """Planning with all its roles, on a small disk."""

    postgres: SmallDiskPostgres
    planning: Child
    http: httpx2.AsyncClient
    probes: str
    issuer: str
    database: str
    answers: dict[str, httpx2.Response] = field(default_factory=dict)

    async def token(self) -> str:
        form = {"role": "admin", "agency": AGENCY}
        answer = await self.http.post(f"{self.issuer}/dev/token", data=form)
        return str(answer.json()["access_token"])

    async def create(self, unit: str, token: str) -> None:
        """Send one command with a key of its own; keep the answer, the newest one of a unit."""
        self.answers[unit] = await self.http.post(
            "/units",
            json={"unit_id": unit, "name": f"Kantor {unit} {'x' * 100}"},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"the key of {unit}"},
        )

    def answered(self, *statuses: int) -> list[str]:
        return [unit for unit, answer in self.answers.items() if answer.status_code in statuses]

    async def status(self, path: str) -> int:
        return (await self.http.get(self.probes + path)).status_code

    async def rows(self, statement: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[System, SmallDiskPostgres]]:
    """Give planning's database on a small disk, and what the local system would run."""
    with small_disk_postgres(tmp_path / "postgres") as postgres:
        names = ("front", *SERVICES, *map(ops, SERVICES), "idp", "kafka")
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        state = StateFolder(tmp_path)
        system = System(state, ports | {"postgres": postgres.port}, state.secrets())
        environment = {**os.environ, **system.job_environment()}
        for verb in ("bootstrap", "migrate"):
            subprocess.run([sys.executable, "-m", "shared.db", verb, "planning"], env=environment, check=True)
        yield system, postgres


@pytest.fixture
async def stand(servers: tuple[System, SmallDiskPostgres], topics: str) -> AsyncIterator[Stand]:
    system, postgres = servers
    program = system.service("planning")
    program = replace(program, env={**program.env, "ZI_PLANNING_KAFKA_BOOTSTRAP": topics})
    with ExitStack() as stack:
        stack.callback(system.identity_provider().start().stop)
        planning = program.start()
        stack.callback(planning.stop)
        async with httpx2.AsyncClient(base_url=system.url("planning"), timeout=30.0) as http:
            database = postgres.admin_url.rpartition("/")[0] + "/zi_planning"
            standing = Stand(
                postgres, planning, http, system.url(ops("planning")), system.url("idp"), database
            )

            async def is_ready() -> bool:
                try:
                    return await standing.status("/readyz") == httpx2.codes.OK
                except httpx2.TransportError:
                    return False

            await until(is_ready, seconds=START_SECONDS, what="planning")
            yield standing


async def test_a_full_disk_ends_no_process_and_loses_nothing_and_all_goes_on_when_there_is_room(
    stand: Stand, topics: str
) -> None:
    start = await ends(topics, [UNITS])
    token, run = await stand.token(), uuid4().hex[:8]
    names = (f"penuh-{run}-{number}" for number in itertools.count())
    await stand.create(next(names), token)

    stand.postgres.fill()

    async def are_refused() -> bool:
        await asyncio.gather(*(stand.create(next(names), token) for _ in range(AT_ONCE)))
        assert await stand.status("/livez") == httpx2.codes.OK
        return len(stand.answered(*REFUSED)) >= REFUSALS

    await until(are_refused, seconds=SOON_SECONDS, what="commands refused for want of room")
    assert {answer.status_code for answer in stand.answers.values()} <= {201, *REFUSED}
    refused = stand.answered(*REFUSED)
    assert all(int(stand.answers[unit].headers["Retry-After"]) > 0 for unit in refused)

    stand.postgres.make_room()

    async def are_accepted() -> bool:
        await asyncio.gather(*(stand.create(unit, token) for unit in stand.answered(*REFUSED)))
        return not stand.answered(*REFUSED)

    async def all_is_out() -> bool:
        return not await stand.rows("SELECT 1 FROM outbox_waiting")

    await until(are_accepted, seconds=SOON_SECONDS, what="every command accepted")
    await until(all_is_out, seconds=SOON_SECONDS, what="every event on the topic")
    assert {answer.status_code for answer in stand.answers.values()} == {201}
    stored = [row["unit_id"] for row in await stand.rows("SELECT unit_id FROM unit")]
    assert sorted(stored) == sorted(stand.answers)
    records = [r for r in await read_from(topics, start) if f"penuh-{run}-".encode() in r.key]
    events = {(r.key.decode(), dict(r.headers)["ce_id"], r.value) for r in records}
    assert sorted(key for key, _, _ in events) == sorted(stand.answers), "each event once"
    for path in ("/livez", "/readyz", "/readyz/worker", "/readyz/relay"):
        await until(lambda path=path: _is_well(stand, path), seconds=SOON_SECONDS, what=path)  # type: ignore[misc]
    assert stand.planning.exit_code() is None


async def _is_well(stand: Stand, path: str) -> bool:
    return await stand.status(path) == httpx2.codes.OK
