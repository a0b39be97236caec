"""The servers a bench run works on, started once and warmed by its first rounds."""

import asyncio
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncpg

from deploy.local import jars
from shared.contracts.admin import create_topics
from tests.bench.measure import Round, cpu_of_tree
from tests.support.servers import KafkaServer, PostgresServer

WRITTEN = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses and process ids of the run's PostgreSQL and Kafka."""

    postgres: str
    kafka: str
    postgres_pid: int
    kafka_pid: int
    folder: Path

    def versions(self) -> dict[str, str]:
        """Return the versions of both servers."""
        postgres = asyncio.run(_ask(self.postgres, "SHOW server_version"))
        return {"postgresql": str(postgres), "kafka": jars.ROOTS[0].rpartition(":")[2]}


@contextmanager
def servers() -> Iterator[Servers]:
    """Start both servers in a temporary folder, create the topics, stop both at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="zi-bench-") as name,
        PostgresServer(Path(name) / "postgres") as postgres,
        KafkaServer(Path(name) / "kafka") as kafka,
    ):
        asyncio.run(create_topics(kafka.bootstrap))
        yield Servers(postgres.admin_url, kafka.bootstrap, postgres.pid, kafka.pid, Path(name))


class Metered:
    """What both servers spend while a block runs: CPU seconds, and bytes of write-ahead log.

    A checkpoint before it lets every block begin alike: the first change of a page after one is dearer.
    """

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self.cpu_seconds: dict[str, float] = {}
        self.wal_bytes = 0

    def __enter__(self) -> Self:
        asyncio.run(_ask(self._servers.postgres, "CHECKPOINT"))
        self._from = int(asyncio.run(_ask(self._servers.postgres, WRITTEN)))
        self._before = self._spent()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cpu_seconds = {name: spent - self._before[name] for name, spent in self._spent().items()}
        self.wal_bytes = int(asyncio.run(_ask(self._servers.postgres, WRITTEN))) - self._from

    def _spent(self) -> dict[str, float]:
        pids = {"broker": self._servers.kafka_pid, "database": self._servers.postgres_pid}
        return {name: cpu_of_tree(pid) for name, pid in pids.items()}

    def round(self, found: Mapping[str, Any]) -> Round:
        """Return the round of what a client printed, with what the servers spent on it."""
        records, relay = int(found["records"]), found.get("relay_cpu_seconds", 0.0)
        cpu = {"client": found["cpu_seconds"] + relay, "relay": relay} | self.cpu_seconds
        detail = {**found, "wal_bytes_per_record": self.wal_bytes / max(1, records)}
        return Round(records, found["seconds"], cpu, detail)


async def _ask(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def drop_database(admin_url: str, name: str) -> None:
    """Drop a database with whoever is connected to it."""
    await _ask(admin_url, f"DROP DATABASE {name} WITH (FORCE)")
