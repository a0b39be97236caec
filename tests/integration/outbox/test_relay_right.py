"""A relay that is paused, cut off or slow: the next one goes on soon, and nobody sends without the right."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.db import Database
from shared.outbox import relay as relay_module
from shared.outbox import right
from shared.outbox.broker import Broker
from shared.outbox.gate import GatedProducer, GateShutError, RightLostError
from tests.support.effects import TOPIC, answered, effects_database
from tests.support.kafka import create_only, ends, read_from
from tests.support.polling import until
from tests.support.proxy import proxied
from tests.support.relaying import drained, holders, record, relay_process, relaying
from tests.support.servers import KafkaServer

TAKEOVER_SECONDS = 10.0
SLACK_SECONDS = 80.0
"""For a machine that has much else to do."""


def silence(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the server end a silent session sooner, so that a test need not wait for it."""
    monkeypatch.setattr(right, "SILENCE_SECONDS", seconds)
    monkeypatch.setattr(right, "MARGIN_SECONDS", seconds / 4)
    monkeypatch.setattr(right, "HEARTBEAT_SECONDS", seconds / 8)
    monkeypatch.setitem(right._SETTINGS, "idle_session_timeout", f"{seconds * 1000:.0f}ms")


async def test_a_stopped_holder_loses_its_right_and_sends_nothing_when_it_wakes(
    postgres_admin_url: str, topics: str, tmp_path: Path
) -> None:
    start = await ends(topics, [TOPIC])
    async with effects_database(postgres_admin_url) as url:
        db = Database(url)
        with relay_process(url, topics, tmp_path / "holder.log") as holder:
            await record(db, answered("s", 1))
            await until(lambda: drained(db))
            async with relaying(db, topics) as standby:
                os.kill(holder.pid, signal.SIGSTOP)
                stopped = time.monotonic()
                await record(db, answered("s", 2))
                await until(lambda: drained(db))
                assert time.monotonic() - stopped < TAKEOVER_SECONDS + SLACK_SECONDS
                assert standby.health().detail == "active"
                os.kill(holder.pid, signal.SIGCONT)

                async def has_noticed() -> bool:
                    return "relay_fault" in (tmp_path / "holder.log").read_text()

                await until(has_noticed)
                await record(db, answered("s", 3))
                await until(lambda: drained(db))
        await db.close()
    assert [dict(r.headers)["ce_sequence"] for r in await read_from(topics, start)] == [b"1", b"2", b"3"]


async def test_a_batch_in_hand_does_not_leave_after_the_right_is_lost(
    postgres_admin_url: str, topics: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(monkeypatch, 2.0)
    start = await ends(topics, [TOPIC])
    async with effects_database(postgres_admin_url) as url:
        db = Database(url)
        paused = asyncio.Event()

        def pause_once(name: str) -> None:
            """Stand still, event loop and all, until the other process has published everything."""
            if name == "relay_before_send" and not paused.is_set():
                paused.set()
                with relay_process(url, topics, tmp_path / "standby.log"):
                    _wait_elsewhere(url)

        monkeypatch.setattr(relay_module, "crash_point", pause_once)
        await record(db, *[answered("b", version) for version in range(1, 51)])
        async with relaying(db, topics) as zombie:
            await until(paused.wait)

            async def has_noticed() -> bool:
                return zombie._state.trouble != "starting"

            await until(has_noticed)
            await record(db, answered("b", 51))
            await until(lambda: drained(db))
        await db.close()
    expected = [str(version).encode() for version in range(1, 52)]
    assert [dict(r.headers)["ce_sequence"] for r in await read_from(topics, start)] == expected


def _wait_elsewhere(url: str) -> None:
    """Wait on a loop of another thread until the outbox is empty."""

    async def is_over() -> None:
        other = Database(url)
        await until(lambda: drained(other))
        await other.close()

    from threading import Thread

    thread = Thread(target=lambda: asyncio.run(is_over()))
    thread.start()
    thread.join()


async def test_a_holder_cut_off_without_a_word_is_replaced_and_says_so(
    postgres_admin_url: str, topics: str
) -> None:
    start = await ends(topics, [TOPIC])
    async with effects_database(postgres_admin_url) as url, proxied(url) as (far_url, proxy):
        db, far = Database(url), Database(far_url)
        async with relaying(far, topics) as lost:
            await record(db, answered("c", 1))
            await until(lambda: drained(db))
            async with relaying(db, topics) as standby:
                proxy.cut()
                cut = time.monotonic()
                await record(db, answered("c", 2))
                await until(lambda: drained(db))
                assert time.monotonic() - cut < TAKEOVER_SECONDS + SLACK_SECONDS
                assert standby.health().is_ready

                async def is_unready() -> bool:
                    return not lost.health().is_ready

                await until(is_unready)
                proxy.mend()

                async def stands_by() -> bool:
                    return lost.health().detail == "standby"

                await until(stands_by)
        await far.close()
        await db.close()
    assert [dict(r.headers)["ce_sequence"] for r in await read_from(topics, start)] == [b"1", b"2"]


async def test_a_broker_that_hangs_does_not_cost_the_right(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(monkeypatch, 2.0)
    with KafkaServer(tmp_path) as server:
        await create_only(server.bootstrap, [TOPIC])
        start = await ends(server.bootstrap, [TOPIC])
        async with relaying(db, server.bootstrap):
            await record(db, answered("h", 1))
            await until(lambda: drained(db))
            holder = await holders(db)
            os.kill(server.pid, signal.SIGSTOP)
            try:
                await record(db, answered("h", 2))
                hung = time.monotonic()

                async def is_long() -> bool:
                    """Tell whether a silent session would have been ended, and the holder is the same."""
                    assert await holders(db) == holder
                    return time.monotonic() - hung > 2 * right.SILENCE_SECONDS

                await until(is_long)
            finally:
                os.kill(server.pid, signal.SIGCONT)
            await until(lambda: drained(db))

        async def read() -> list[Any]:
            """Read what is there; a broker that has just come back may hang up on who asks it."""
            with contextlib.suppress(KafkaError):
                return await read_from(server.bootstrap, start)
            return []

        records = await until(read)
    assert [dict(r.headers)["ce_sequence"] for r in records] == [b"1", b"2"]


async def test_nothing_leaves_without_the_right(topics: str) -> None:
    start = await ends(topics, [TOPIC])
    has_right = True
    producer = GatedProducer(
        AIOKafkaProducer(bootstrap_servers=topics, enable_idempotence=True), lambda: has_right
    )
    await producer.kafka.start()
    await producer.kafka.send_and_wait(TOPIC, b"1", b"k")
    has_right = False
    with pytest.raises(RightLostError):
        await producer.kafka.send_and_wait(TOPIC, b"2", b"k")
    has_right = True
    with pytest.raises(GateShutError):
        await producer.kafka.send_and_wait(TOPIC, b"3", b"k")
    await producer.discard()
    assert [record.value for record in await read_from(topics, start)] == [b"1"]


async def test_a_broker_that_cannot_be_reached_is_given_up_without_a_trace(db: Database) -> None:
    async with right.contending(db) as mine:
        assert await mine.take()
        with pytest.raises(Exception, match="bootstrap"):
            async with Broker("127.0.0.1:1", "test", mine):
                pass

    async def is_free() -> bool:
        return await holders(db) == []

    await until(is_free)
