"""The servers that everything else is tested on are themselves what they promise."""

import asyncio
import os
import re
import subprocess
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import jars, kafka, kafka_training, postgres
from deploy.local.process import LocalError, Program, is_listening
from tests.support.polling import until
from tests.support.servers import KafkaServer, PostgresServer, wait_for


async def ask(url: str, question: str) -> tuple[object, ...]:
    """Return the one row that a statement gives, over a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        return tuple(await connection.fetchrow(question) or ())
    finally:
        await connection.close()


async def test_postgres_is_version_18_and_durable_where_it_is_not_for_tests(
    postgres_admin_url: str, tmp_path: Path
) -> None:
    row = await ask(
        postgres_admin_url,
        "SELECT current_setting('server_version_num')::int / 10000, current_setting('TimeZone'),"
        " (SELECT array_agg(name) FROM pg_settings WHERE name ~ '(fsync|commit|full_page)'"
        " AND source NOT IN ('default', 'command line'))",
    )
    assert row == (18, "UTC", None)  # nothing in the files that `prepare` writes
    set_by_us = " ".join(postgres.program(tmp_path, 1, tmp_path / "log").argv)
    assert not re.search("fsync|commit|full_page", set_by_us)


async def test_postgres_refuses_a_wrong_password(postgres_admin_url: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError, match="password authentication failed"):
        await asyncpg.connect(postgres_admin_url, password="wrong")


async def test_kafka_keeps_a_record_over_a_kill(tmp_path: Path) -> None:
    with KafkaServer(tmp_path) as server:
        admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic("thing", num_partitions=1, replication_factor=1)])
        await admin.close()
        async with AIOKafkaProducer(bootstrap_servers=server.bootstrap, acks="all") as producer:
            await producer.send_and_wait("thing", b"kept")
        server.kill()
        assert not is_listening(server.port)
        server.start()
        async with AIOKafkaConsumer(
            "thing", bootstrap_servers=server.bootstrap, auto_offset_reset="earliest"
        ) as consumer:
            record = await asyncio.wait_for(consumer.getone(), timeout=30)
    assert record.value == b"kept"


def test_kafka_starts_from_what_the_jvm_learnt(tmp_path: Path) -> None:
    """The JVM goes on without a word when it cannot use its cache: here it is told to refuse."""
    kafka_training.train()
    program = kafka.program(tmp_path, jars.fetch(), tmp_path / "kafka.log")
    assert f"-XX:AOTCache={kafka.start_cache()}" in program.argv
    command = [*program.argv[: program.argv.index("kafka.Kafka")], "-XX:AOTMode=on", "-version"]
    done = subprocess.run(
        command, env={**os.environ, **program.env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sharing" in done.stderr


async def test_postgres_keeps_a_committed_row_over_a_kill(tmp_path: Path) -> None:
    with PostgresServer(tmp_path) as server:
        await ask(server.admin_url, "CREATE TABLE thing AS SELECT 7 AS n")
        server.kill()
        server.start()
        assert await ask(server.admin_url, "SELECT n FROM thing") == (7,)


def test_a_program_that_ends_early_is_reported_with_its_last_words(tmp_path: Path) -> None:
    child = Program("Thing", ["sh", "-c", "echo no luck; exit 3"], tmp_path / "log").start()
    with pytest.raises(LocalError, match=r"Thing ended with exit code 3\.(.|\n)*no luck"):
        wait_for(child, lambda: False)


async def test_a_program_that_does_not_stop_is_killed_with_its_children(tmp_path: Path) -> None:
    script = "trap '' TERM; sleep 60 & echo $! > pid; wait; wait"
    child = Program("Thing", ["sh", "-c", f"cd {tmp_path}; {script}"], tmp_path / "log").start()
    wait_for(child, lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    grandchild = int((tmp_path / "pid").read_text())
    child.stop(seconds=0.2)
    assert child.exit_code() == -9
    await until(partial(has_ended, grandchild), what="the grandchild's end")
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


async def has_ended(pid: int) -> bool:
    """Tell whether a process is gone or waits to be reaped."""
    try:
        state = await asyncio.to_thread(Path(f"/proc/{pid}/stat").read_text)
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state.split()[2] == "Z"
