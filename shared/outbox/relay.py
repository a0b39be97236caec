"""The relay: one per service at work, carrying unpublished rows to Kafka in order of position."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db import Database
from shared.db.arrays import Columns
from shared.db.faults import is_retriable
from shared.db.machinery import OUTBOX_DAYS_AHEAD, OUTBOX_DAYS_KEPT
from shared.observability.metrics import (
    OUTBOX_FAILURES,
    OUTBOX_OLDEST_UNPUBLISHED,
    OUTBOX_PUBLISHED,
    OUTBOX_RELAY_ACTIVE,
    OUTBOX_UNPUBLISHED,
)
from shared.outbox import wake
from shared.runtime.crash import crash_point
from shared.runtime.worker import Health, WorkerRole

log = structlog.get_logger(__name__)

BATCH = 2000
POLL_SECONDS = 0.05
LOCK_RETRY_SECONDS = 1.0
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
GAUGE_SECONDS = 2.0
PARTITION_SECONDS = 3600.0
REQUEST_TIMEOUT_MS = 10_000
HEADROOM_BYTES = 1_048_576

# The lock is held by the connection that also reads and marks: when it is lost, so is the right to mark.
_TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtext('zi_outbox_relay'))")
_NEXT = text("""
    SELECT position, topic, record_key, headers::text, payload FROM outbox
    WHERE published_at IS NULL ORDER BY position LIMIT :batch
""")
_MARK = text("""
    UPDATE outbox SET published_at = clock_timestamp()
    WHERE position = ANY(cast(cast(:positions AS text) AS bigint[])) AND published_at IS NULL
""")
_POSITIONS = Columns(positions="bigint")
_BACKLOG = text("""
    SELECT count(*), extract(epoch FROM clock_timestamp() - min(created_at))
    FROM (SELECT created_at FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT 100000) AS waiting
""")
_PARTITIONS = text(f"SELECT zi_outbox_partitions({OUTBOX_DAYS_AHEAD}, {OUTBOX_DAYS_KEPT})")


@dataclass(slots=True)
class _State:
    is_active: bool = False
    is_broker_away: bool = False
    is_database_ok: bool = False


class Relay:
    """Publishes a service's outbox. Every replica runs one; an advisory lock lets one work.

    At-least-once: a crash between acknowledgement and mark repeats at most one batch, byte for byte.
    Order per key holds because one relay sends by position over the rows that are not marked; a position
    that became visible late is still unmarked and so never skipped.
    """

    name = "outbox-relay"
    role: WorkerRole = "relay"

    def __init__(self, db: Database, bootstrap: str, *, client_id: str) -> None:
        self._db = db
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._state = _State()

    def health(self) -> Health:
        """Ready when the database answers and the broker does, as far as this relay has to ask it."""
        state = self._state
        is_ready = state.is_database_ok and not state.is_broker_away
        return Health(is_ready=is_ready, is_alive=True, detail="active" if state.is_active else "standby")

    async def run(self) -> None:
        """Relay until cancelled, reconnecting with capped backoff after any fault."""
        attempt = 0
        while True:
            started = time.monotonic()
            try:
                await self._hold_lock_and_relay()
            except KafkaError as error:
                OUTBOX_FAILURES.inc()
                self._state.is_broker_away = True
                log.warning("relay_broker_fault", error=type(error).__name__)
            except Exception as error:
                if not is_retriable(error):
                    raise
                OUTBOX_FAILURES.inc()
                self._state.is_database_ok = False
                log.warning("relay_database_fault", error=type(error).__name__)
            finally:
                self._state.is_active = False
                OUTBOX_RELAY_ACTIVE.set(0)
            attempt = 1 if time.monotonic() - started > BACKOFF_SECONDS[-1] else attempt + 1
            await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS)) - 1])

    async def _hold_lock_and_relay(self) -> None:
        async with self._db.engine.connect() as connection:
            while not await self._take_lock(connection):
                self._state.is_database_ok = True
                self._state.is_broker_away = False  # another relay asks it now
                await asyncio.sleep(LOCK_RETRY_SECONDS)
            self._state.is_database_ok = True
            self._state.is_active = True
            OUTBOX_RELAY_ACTIVE.set(1)
            flag = wake.register()
            try:
                await self._relay(connection, flag)
            finally:
                wake.unregister(flag)
                # A pooled connection would keep the lock: give the server session up with it.
                await connection.invalidate()

    async def _take_lock(self, connection: AsyncConnection) -> bool:
        async with connection.begin():
            return bool(await connection.scalar(_TRY_LOCK))

    async def _relay(self, connection: AsyncConnection, flag: asyncio.Event) -> None:
        producer = self._producer()
        await producer.start()
        try:
            self._state.is_broker_away = False
            log.info("relay_active")
            next_gauge = next_partitions = 0.0
            while True:
                flag.clear()
                now = time.monotonic()
                if now >= next_partitions:
                    async with connection.begin():
                        await connection.execute(_PARTITIONS)
                    next_partitions = now + PARTITION_SECONDS
                sent = await publish_batch(connection, producer)
                if now >= next_gauge:
                    await self._measure(connection)
                    next_gauge = now + GAUGE_SECONDS
                if sent < BATCH:
                    await _wait(flag)
        finally:
            await producer.stop()

    def _producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            enable_idempotence=True,
            acks="all",
            compression_type="zstd",
            max_request_size=8 * HEADROOM_BYTES,
            max_batch_size=HEADROOM_BYTES // 4,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            linger_ms=0,
        )

    async def _measure(self, connection: AsyncConnection) -> None:
        async with connection.begin():
            count, age = (await connection.execute(_BACKLOG)).one()
        OUTBOX_UNPUBLISHED.set(count)
        OUTBOX_OLDEST_UNPUBLISHED.set(max(0.0, float(age or 0)))


async def publish_batch(connection: AsyncConnection, producer: AIOKafkaProducer) -> int:
    """Send the next unmarked rows, wait for every acknowledgement, mark them; return how many.

    One transaction: the mark commits after the last acknowledgement, so a mark never runs ahead of Kafka.
    """
    async with connection.begin():
        rows = (await connection.execute(_NEXT, {"batch": BATCH})).all()
        if not rows:
            return 0
        crash_point("relay_before_send")
        await _send_all(producer, rows)
        crash_point("relay_after_ack")
        await connection.execute(_MARK, _POSITIONS.of([(row.position,) for row in rows]))
    crash_point("relay_after_mark")
    OUTBOX_PUBLISHED.inc(len(rows))
    return len(rows)


async def _send_all(producer: AIOKafkaProducer, rows: Any) -> None:
    """Queue every row before awaiting the first acknowledgement: awaiting one by one gives 180 a second."""
    acknowledgements = []
    for _position, topic, key, headers, payload in rows:
        pairs = orjson.loads(headers)
        acknowledgement = await producer.send(
            topic,
            value=payload,
            key=key.encode(),
            headers=[(name, value.encode()) for name, value in pairs],
            timestamp_ms=_time_ms(dict(pairs)["ce_time"]),
        )
        acknowledgements.append(acknowledgement)
    await producer.flush()
    results = await asyncio.gather(*acknowledgements, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def _time_ms(moment: str) -> int:
    """Return the event's own time as the record's timestamp, so that a repeated send is identical."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


async def _wait(flag: asyncio.Event) -> None:
    """Sleep until a commit of this process or the next poll, whichever comes first."""
    try:
        async with asyncio.timeout(POLL_SECONDS):
            await flag.wait()
    except TimeoutError:
        return
