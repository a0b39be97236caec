"""Kafka or PostgreSQL away, at the start and later: what is answered meanwhile, and that all catches up.

Real processes against servers that the test starts late, kills and starts again on the same ports.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from deploy.local.ports import ops
from deploy.local.process import free_ports
from deploy.local.state import SERVICES, StateFolder
from deploy.local.system import System
from shared.contracts.admin import create_topics
from tests.support.polling import until
from tests.support.servers import KafkaServer, PostgresServer

AGENCY, UNIT, YEAR = "instansi", "away-a", 2026
SHEET = f"/units/{UNIT}/worksheets/{YEAR}"
SCORE = f"/units/{UNIT}/score?year={YEAR}"
START_SECONDS = 180
SOON_SECONDS = 90.0


@dataclass(frozen=True)
class Stand:
    """Four services and their identity provider; the servers are the test's to start and to kill."""

    system: System
    postgres: PostgresServer
    kafka: KafkaServer
    http: httpx2.AsyncClient

    async def get(self, service: str, path: str, token: str = "") -> httpx2.Response:
        return await self.http.get(self.system.url(service) + path, headers=_bearer(token))

    async def send(
        self, service: str, path: str, token: str, body: object, key: str | None = None
    ) -> httpx2.Response:
        headers = {**_bearer(token), "Idempotency-Key": key or str(uuid4()), "If-Match": "*"}
        return await self.http.post(self.system.url(service) + path, json=body, headers=headers)

    async def answer(self, token: str, letter: str, key: str | None = None) -> httpx2.Response:
        body = {"layer": "unit", "answers": [{"item_code": "A.I.1.i.b", "letter": letter}]}
        return await self.send("planning", f"{SHEET}/answers", token, body, key)

    async def token(self, role: str, **scope: str) -> str:
        form = {"role": role, **scope}
        answer = await self.http.post(self.system.url("idp") + "/dev/token", data=form)
        return str(answer.json()["access_token"])

    async def probe(self, service: str, path: str) -> int:
        return (await self.http.get(self.system.url(ops(service)) + path)).status_code

    async def is_ready(self, service: str) -> bool:
        try:
            return await self.probe(service, "/readyz") == httpx2.codes.OK
        except httpx2.TransportError:
            return False

    async def has_scored(self, token: str) -> bool:
        """Tell whether scoring has counted every answer that planning has."""
        sheet, score = await self.get("planning", SHEET, token), await self.get("scoring", SCORE, token)
        return score.status_code == httpx2.codes.OK and score.json()["version"] == sheet.json()["version"]


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, PostgresServer, KafkaServer]]:
    """Give PostgreSQL running and Kafka prepared, but not started."""
    folder = tmp_path_factory.mktemp("away")
    with PostgresServer(folder / "postgres") as postgres, ExitStack() as stack:
        kafka = KafkaServer(folder / "kafka")
        stack.callback(lambda: kafka.stop() if kafka.is_running else None)
        yield folder, postgres, kafka


@pytest.fixture(scope="module")
def system(servers: tuple[Path, PostgresServer, KafkaServer]) -> System:
    """Give the system's programs with their databases prepared."""
    folder, postgres, kafka = servers
    names = ("front", *SERVICES, *map(ops, SERVICES), "idp")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    state = StateFolder(folder)
    made = System(state, ports | {"postgres": postgres.port, "kafka": kafka.port}, state.secrets())
    environment = {**os.environ, **made.job_environment()}
    subprocess.run([sys.executable, "-m", "deploy.local.databases"], env=environment, check=True)
    return made


@pytest.fixture(scope="module")
async def stand(system: System, servers: tuple[Path, PostgresServer, KafkaServer]) -> AsyncIterator[Stand]:
    """Give the four services, started while there is no Kafka."""
    _, postgres, kafka = servers
    programs = [system.identity_provider(), *(system.service(name) for name in SERVICES)]
    async with AsyncExitStack() as stack:
        for program in programs:
            stack.callback(program.start().stop)
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=20.0))
        standing = Stand(system, postgres, kafka, http)
        for service in SERVICES:
            await until(lambda name=service: standing.is_ready(name), seconds=START_SECONDS, what=service)  # type: ignore[misc]
        yield standing


@dataclass(frozen=True)
class Seen:
    """What was answered before there was any Kafka."""

    commands: list[int]
    relay: int
    worker: int


@pytest.fixture(scope="module")
async def before_kafka(stand: Stand) -> Seen:
    """Send commands, then start Kafka for the first time."""
    admin, operator = await stand.token("admin", agency=AGENCY), await stand.token("unit_operator", unit=UNIT)
    commands = [
        await stand.send("planning", "/units", admin, {"unit_id": UNIT, "name": "Kantor Tanpa Kafka"}),
        await stand.send("planning", "/programmes", admin, {"unit_id": UNIT, "year": YEAR, "target": "WBK"}),
        await stand.answer(operator, "B"),
    ]
    relay = await stand.probe("planning", "/readyz/relay")
    worker = await stand.probe("scoring", "/readyz/worker")
    stand.kafka.start()
    await create_topics(stand.kafka.bootstrap)
    return Seen([answer.status_code for answer in commands], relay, worker)


async def test_services_that_start_without_kafka_accept_commands_and_catch_up(
    stand: Stand, before_kafka: Seen
) -> None:
    operator = await stand.token("unit_operator", unit=UNIT)

    assert before_kafka == Seen(commands=[201, 201, 200], relay=503, worker=503)
    await until(lambda: stand.has_scored(operator), seconds=SOON_SECONDS)


@pytest.mark.usefixtures("before_kafka")
async def test_kafka_killed_under_way_delays_scores_and_refuses_nothing(stand: Stand) -> None:
    operator = await stand.token("unit_operator", unit=UNIT)

    stand.kafka.kill()
    answered = await asyncio.gather(*(stand.answer(operator, letter) for letter in "ABCABC"))
    probes = [await stand.probe(service, "/readyz") for service in SERVICES]
    stand.kafka.start()

    assert {answer.status_code for answer in answered} == {200}
    assert set(probes) == {200}
    await until(lambda: stand.has_scored(operator), seconds=SOON_SECONDS)


@pytest.mark.usefixtures("before_kafka")
async def test_without_postgresql_every_service_says_when_to_come_again(stand: Stand) -> None:
    operator, key = await stand.token("unit_operator", unit=UNIT), str(uuid4())
    asked = [("scoring", SCORE), ("survey", "/campaigns"), ("complaints", "/public/units")]

    stand.postgres.kill()
    refused = [await stand.answer(operator, "A", key)]
    refused += [await stand.get(service, path, operator) for service, path in asked]
    page = await stand.get("complaints", "/lapor")
    alive = [await stand.probe(service, "/livez") for service in SERVICES]
    ready = [await stand.probe(service, "/readyz") for service in SERVICES]
    stand.postgres.start()

    assert [answer.status_code for answer in [*refused, page]] == [503] * 5
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in [*refused, page])
    assert [answer.json()["code"] for answer in refused] == ["database_away"] * 4
    assert (alive, ready) == ([200] * 4, [503] * 4)

    async def accepted() -> bool:
        return (await stand.answer(operator, "A", key)).status_code == httpx2.codes.OK

    await until(accepted, seconds=SOON_SECONDS)
    again = await stand.answer(operator, "A", key)
    assert again.status_code == 200
    assert again.headers["Idempotency-Replayed"] == "true"
    await until(lambda: stand.has_scored(operator), seconds=SOON_SECONDS)
