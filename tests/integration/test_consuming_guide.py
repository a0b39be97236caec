"""The program of `docs/consuming.md` reads what our own relay sends, each state once, newest wins."""

import ast
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from shared.contracts.admin import create_topics
from shared.contracts.examples import example
from shared.contracts.planning import UnitChanged, UnitRegistered
from shared.contracts.topics import TOPICS
from shared.db import Database
from shared.kernel import new_id
from tests.support.guides import ROOT, fences
from tests.support.kafka import ends, read_from
from tests.support.polling import until
from tests.support.relaying import drained, record, relaying
from tests.support.servers import KafkaServer

MOST_LINES = 15


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[str]:
    """A broker of its own: the topics that tests share hold records on which the client itself ends."""
    with KafkaServer(tmp_path / "kafka") as server:
        await create_topics(server.bootstrap)
        yield server.bootstrap


async def test_the_program_of_the_guide_reads_every_state_once(
    db: Database, broker: str, tmp_path: Path
) -> None:
    (program,) = fences(ROOT / "docs/consuming.md", "python")
    assert len([line for line in program.splitlines() if line]) <= MOST_LINES
    script = tmp_path / "reader.py"
    script.write_text(program)
    unit = f"u-{new_id()}"
    places = await ends(broker, [UnitRegistered.topic])
    async with relaying(db, broker):
        await record(db, told(UnitRegistered, unit, 1), told(UnitChanged, unit, 2))
        await until(lambda: drained(db))
        await repeat_first(broker, await read_from(broker, places))
        await spoil(broker)
        await record(db, told(UnitChanged, unit, 3))
        await until(lambda: drained(db))
    lines = await printed_until(script, broker, unit, last_version=3)
    assert [(kind, version, data["version"]) for kind, version, data in lines] == [
        (UnitRegistered.event_type, 1, 1),
        (UnitChanged.event_type, 2, 2),
        (UnitChanged.event_type, 3, 3),
    ]


def told(
    contract: type[UnitRegistered | UnitChanged], unit: str, version: int
) -> UnitRegistered | UnitChanged:
    """Return a fact of a unit of its own."""
    return contract.model_validate(example(contract).model_dump() | {"unit_id": unit, "version": version})


async def repeat_first(bootstrap: str, records: list[Any]) -> None:
    """Send the first record once more, as a relay does whose acknowledgement was lost."""
    first = records[0]
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait(
            first.topic, first.value, key=first.key, partition=first.partition, headers=list(first.headers)
        )


async def spoil(bootstrap: str) -> None:
    """Put what no relay of ours sends beside the facts: no headers, and headers over no JSON."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for headers in ([], [("ce_subject", b"units/u-1"), ("ce_sequence", b"1")]):
            for value in (b'{"unit_id": "\xff"}', b"{", None):
                await producer.send_and_wait(UnitRegistered.topic, value, key=b"u-1", headers=headers)


async def printed_until(
    script: Path, bootstrap: str, unit: str, last_version: int
) -> list[tuple[str, int, dict[str, Any]]]:
    """Run the program over all topics until it has printed the last state of the unit."""
    names = [topic.name for topic in TOPICS]
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, *names,
        env=os.environ | {"ZI_KAFKA_BOOTSTRAP": bootstrap}, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
    )  # fmt: skip
    assert process.stdout is not None
    found: list[tuple[str, int, dict[str, Any]]] = []
    try:
        async for line in process.stdout:
            kind, version, shown = line.decode().split(" ", 2)
            if f"'{unit}'" in shown:
                found.append((kind, int(version), ast.literal_eval(shown.strip())))
                if int(version) == last_version:
                    break
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    return found
