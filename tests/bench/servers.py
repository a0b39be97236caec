"""The servers a bench run works on, started once and warmed by its first rounds."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.contracts.admin import create_topics
from tests.support.servers import KafkaServer, PostgresServer


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses and process ids of the run's PostgreSQL and Kafka."""

    postgres: str
    kafka: str
    postgres_pid: int
    kafka_pid: int
    folder: Path


@contextmanager
def servers() -> Iterator[Servers]:
    """Start both servers in a temporary folder, create the topics, stop both at the end."""
    import asyncio

    with (
        tempfile.TemporaryDirectory(prefix="zi-bench-") as name,
        PostgresServer(Path(name) / "postgres") as postgres,
        KafkaServer(Path(name) / "kafka") as kafka,
    ):
        asyncio.run(create_topics(kafka.bootstrap))
        yield Servers(postgres.admin_url, kafka.bootstrap, postgres.pid, kafka.pid, Path(name))
