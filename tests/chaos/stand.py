"""A stand for faults that no process may notice by an end: pauses, cuts, odd topics, a crowd.

Planning has two relays and scoring two consumers, in processes of their own. Each relay reaches PostgreSQL
through a proxy, and so does scoring's second consumer reach Kafka. The local supervisor keeps them all and
counts who ended.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx2

from deploy.local.supervisor import Supervisor
from deploy.local.system import System
from tests.chaos.client import Caller
from tests.chaos.history import Command, History
from tests.chaos.sheet import ITEMS, WORKSHEET, YEAR
from tests.support.polling import until
from tests.support.proxy import Proxy
from tests.support.servers import KafkaServer, PostgresServer
from tests.support.terminal import Answered, zi

AGENCY = "instansi"
SOON_SECONDS = 120.0
"""A guard against a dead test, not a promise: the machine may be busy."""
RELAYS = ("planning relay 1", "planning relay 2")
CONSUMERS = ("scoring", "scoring consumer 2")


@dataclass
class Stand:
    """The running stand; `ended` tells in words which process ended unasked."""

    folder: Path
    system: System
    postgres: PostgresServer
    kafka: KafkaServer
    http: httpx2.AsyncClient
    database_proxies: dict[str, Proxy]
    kafka_proxy: Proxy
    supervisor: Supervisor
    urls: dict[str, str] = field(default_factory=dict)
    ops_urls: dict[str, str] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)

    # -- asking ----------------------------------------------------------------------------------------

    async def get(self, process: str, path: str, token: str = "", **headers: str) -> httpx2.Response:
        return await self.http.get(self.urls[process] + path, headers=_bearer(token) | headers)

    async def send(self, process: str, path: str, token: str, body: object) -> httpx2.Response:
        headers = {**_bearer(token), "Idempotency-Key": str(uuid4()), "If-Match": "*"}
        return await self.http.post(self.urls[process] + path, json=body, headers=headers)

    async def token(self, role: str, **scope: str) -> str:
        form = {"role": role, **scope}
        answer = await self.http.post(self.system.url("idp") + "/dev/token", data=form)
        return str(answer.json()["access_token"])

    async def probe(self, process: str, path: str) -> tuple[int, str]:
        """Return status and text of a probe; 0 when the process does not answer at all."""
        try:
            answer = await self.http.get(self.ops_urls[process] + path, timeout=5)
        except httpx2.TransportError as error:
            return 0, type(error).__name__
        return answer.status_code, answer.text

    async def is_ready(self, process: str, path: str) -> bool:
        return (await self.probe(process, path))[0] == httpx2.codes.OK

    async def becomes_ready(self, process: str, path: str, seconds: float = SOON_SECONDS) -> None:
        """Wait until a probe says 200."""
        await until(lambda: self.is_ready(process, path), seconds=seconds, what=f"{process}{path} is 200")

    async def metric(self, process: str, series: str) -> float:
        """Return the value of one series as it stands in /metrics; 0 when it is not there."""
        for line in (await self.probe(process, "/metrics"))[1].splitlines():
            name, _, value = line.rpartition(" ")
            if name == series:
                return float(value)
        return 0.0

    async def zi(self, *arguments: str) -> Answered:
        """Run an operator's command beside the event loop: the proxies live in it."""
        return await zi(*arguments, environment={"ZI_LOCAL_DIR": str(self.folder)})

    def log(self, process: str) -> str:
        """Return the log of a process so far."""
        return self.supervisor.child(process).program.log.read_text()

    def database(self, service: str) -> str:
        """Return the superuser's URL of a service's database."""
        return urlsplit(self.postgres.admin_url)._replace(path=f"/zi_{service}").geturl()

    async def sql(self, service: str, query: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database(service))
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    async def script(self, service: str, statements: str) -> None:
        """Run several statements."""
        connection = await asyncpg.connect(self.database(service))
        try:
            await connection.execute(statements)
        finally:
            await connection.close()

    async def value(self, service: str, query: str, *values: Any) -> Any:
        """Return the first column of the first row."""
        return (await self.sql(service, query, *values))[0][0]

    def pid(self, process: str) -> int:
        """Return the id of the process that was started under this name; it must still run."""
        child = self.supervisor.child(process)
        assert child.exit_code() is None, f"{process} ended with {child.exit_code()}"
        return child.pid

    # -- work ------------------------------------------------------------------------------------------

    async def units(self, prefix: str, count: int) -> dict[str, str]:
        """Register units with programmes; return each one's id with a token of its operator."""
        admin = await self.token("admin", agency=AGENCY)
        names = [f"{prefix}-{number}" for number in range(count)]
        tokens = await asyncio.gather(*(self._register(name, admin) for name in names))
        return dict(zip(names, tokens, strict=True))

    async def _register(self, unit: str, admin: str) -> str:
        await self._create("/units", admin, {"unit_id": unit, "name": f"Kantor {unit}"})
        await self._create("/programmes", admin, {"unit_id": unit, "year": YEAR, "target": "WBK"})
        return await self.token("unit_operator", unit=unit)

    async def _create(self, path: str, token: str, body: object) -> None:
        answer = await self.send("planning", path, token, body)
        assert answer.status_code == httpx2.codes.CREATED, f"{path}: {answer.status_code} {answer.text}"

    def answering(self, unit: str, token: str, number: int) -> Command:
        """Return the command that answers the `number`-th item of the unit's worksheet."""
        code, letters = ITEMS[number % len(ITEMS)]
        letter = letters[number // len(ITEMS) % len(letters)]
        return Command(
            key=str(uuid4()),
            method="POST",
            url=f"{self.urls['planning']}/units/{unit}/worksheets/{YEAR}/answers",
            body={"layer": "unit", "answers": [{"item_code": code, "letter": letter}]},
            facts={WORKSHEET: 1},
            token=token,
            headers={"If-Match": "*"},
        )

    async def answer(self, units: dict[str, str]) -> None:
        """Answer one item of every unit and see each accepted."""
        history = History()
        caller = Caller(history)
        for unit, token in units.items():
            await caller.send(history.add(self.answering(unit, token, 0)))
        await caller.close()
        assert history.counts()["ok"] == len(units), [command.answer for command in history.commands]

    async def versions(self, units: Collection[str]) -> dict[str, int]:
        """Return how many answers planning has accepted for each unit."""
        found = await self.sql(
            "planning", "SELECT unit_id, version FROM worksheet WHERE unit_id = ANY($1)", list(units)
        )
        return {row["unit_id"]: row["version"] for row in found}

    async def has_applied(self, versions: dict[str, int]) -> bool:
        """Tell whether scoring has counted at least these versions of the units' worksheets."""
        found = await self.sql(
            "scoring", "SELECT unit_id, worksheet_version FROM standing WHERE unit_id = ANY($1)",
            list(versions),
        )  # fmt: skip
        counted = {row["unit_id"]: row["worksheet_version"] for row in found}
        return all(counted.get(unit, 0) >= version for unit, version in versions.items())

    async def catches_up(self, units: Collection[str], *, seconds: float = SOON_SECONDS, what: str) -> None:
        """Wait until scoring has counted what planning has accepted up to now."""
        accepted = await self.versions(units)
        await until(lambda: self.has_applied(accepted), seconds=seconds, what=what)

    async def is_published(self) -> bool:
        """Tell whether planning's outbox is empty."""
        waits = "SELECT count(*) FROM outbox_waiting"
        return bool(await self.value("planning", waits) == 0)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
