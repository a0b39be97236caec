"""The batch consumer of a service: FastStream's subscriber under our own watch."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from shared.consumer import watermark
from shared.consumer.batch import Applied, Fold, HaltError, apply_batch
from shared.consumer.fence import Fence, TopicMissingError
from shared.consumer.meter import LagMeter
from shared.consumer.progress import Progress
from shared.consumer.repair import group_id
from shared.consumer.replay import replay_requested
from shared.db import Database, DatabaseAwayError
from shared.db.faults import is_retriable
from shared.observability import metrics
from shared.runtime.worker import Health

log = structlog.get_logger(__name__)

MAX_RECORDS = 2000
PARTITION_FETCH_BYTES = 4 * 1024 * 1024
BATCH_TIMEOUT_MS = 5
"""Poll timeout and sleep after an empty poll in one; the default of 200 makes p95 freshness 183 ms."""
BACKOFF_SECONDS = (0.2, 0.4, 0.8, 1.6, 3.2, 5.0)
RETRY_SECONDS = 120.0
"""How long a handler retries before it gives the batch back; below Kafka's poll interval of 300 s."""
WATCH_SECONDS = 1.0
FENCE_SECONDS = 10.0


class RestartError(Exception):
    """The consumer must be built anew: it is assigned, lags and does not progress."""


class BatchConsumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Consumes topics in batches with exactly-once effects and says how it is doing.

    `fold` applies decoded facts (see `shared.consumer.batch.Fold`); `after_batch` runs after each commit.
    Kafka's committed offset trails the watermark and only says where to read on.
    """

    role = "worker"

    def __init__(
        self,
        db: Database,
        bootstrap: str,
        *,
        service: str,
        topics: Sequence[str],
        fold: Fold,
        after_batch: Callable[[], None] | None = None,
        max_records: int = MAX_RECORDS,
    ) -> None:
        self.name = f"{service}-consumer"
        self.group_id = group_id(service)
        self._db = db
        self._bootstrap = bootstrap
        self._source = f"zi/{service}"
        self._consumer = service
        self._topics = tuple(topics)
        self._fold = fold
        self._after_batch = after_batch
        self._max_records = max_records
        self._progress = Progress()
        self._meter = LagMeter(self._progress)
        self._rebalanced = asyncio.Event()
        self._stopping: HaltError | None = None
        self._subscriber: Any = None

    def health(self) -> Health:
        """Ready to apply records, and alive while it progresses."""
        return self._progress.health()

    # -- life -----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Consume until cancelled: after any fault, build a new client with capped backoff.

        Raises `RestartError` when a second client in a row stalled.
        """
        attempt = 0
        while True:
            started = time.monotonic()
            try:
                await self._consume()
            except HaltError as halt:
                await self._hold(halt)
                attempt = 0
            except RestartError:
                log.warning("consumer_stalled", consumer=self._consumer)
                self._progress.stalls += 1
                if self._progress.stalls > 1:
                    raise  # a new client did not help: let the supervisor try a new process
            except (KafkaError, OSError, TopicMissingError) as error:
                self._progress.is_broker_away = True
                metrics.CONSUMER_RETRIES.inc()
                log.warning("consumer_broker_fault", error=str(error))
            except DatabaseAwayError:
                self._progress.is_database_away = True
                metrics.CONSUMER_RETRIES.inc()
            finally:
                self._progress.end()
            attempt = 1 if time.monotonic() - started > BACKOFF_SECONDS[-1] else attempt + 1
            await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS)) - 1])

    async def _consume(self) -> None:
        """Check the fence, start FastStream's subscriber, watch it until something is wrong."""
        await self._refuse_halted()
        async with Fence(self._bootstrap, self._topics, self.group_id) as fence:
            await self._create_watermarks(fence)
            await fence.check(self._marks, with_fingerprints=True)
            self._stopping = None
            broker = self._make_broker()
            try:
                await broker.start()
                self._progress.begin()
                await self._watch(fence)
            finally:
                await broker.stop()

    def _make_broker(self) -> KafkaBroker:
        # No automatic creation, no validation by type: the codec does both jobs. FastStream's own log
        # would print record values.
        broker = KafkaBroker(
            self._bootstrap,
            client_id=self.name,
            apply_types=False,
            allow_auto_create_topics=False,
            logger=None,
        )
        self._subscriber = broker.subscriber(
            *self._topics,
            batch=True,
            group_id=self.group_id,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            auto_offset_reset="earliest",
            batch_timeout_ms=BATCH_TIMEOUT_MS,
            max_records=self._max_records,
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            fetch_max_wait_ms=100,
            listener=self,
            parser=self._parse,
            decoder=self._decode,
        )
        self._subscriber(self._handle)
        return broker

    async def _parse(self, records: tuple[ConsumerRecord, ...]) -> KafkaAckableMessage:
        """Frame a batch without looking into headers: FastStream's parser dies on a null or odd one."""
        return KafkaAckableMessage(
            body=records,
            headers={},
            batch_headers=[],
            raw_message=records,
            consumer=self._subscriber.consumer,
        )

    async def _decode(self, message: KafkaAckableMessage) -> Any:
        return message.body

    # -- batches --------------------------------------------------------------------------------------

    async def _handle(self, records: tuple[ConsumerRecord, ...]) -> None:
        """Apply one batch, retrying infrastructure faults; raising gives the batch back to Kafka."""
        if self._stopping is not None:
            await asyncio.sleep(BACKOFF_SECONDS[-1])
            raise self._stopping
        deadline = time.monotonic() + RETRY_SECONDS
        attempt = 0
        while True:
            try:
                started = time.perf_counter()
                async with self._db.transaction() as session:
                    applied = await apply_batch(
                        session, records, self._fold, consumer=self._consumer, source=self._source
                    )
                    self._refuse_too_many_dead(applied)
            except HaltError as halt:
                self._stopping = halt
                self._rebalanced.set()
                raise
            except Exception as error:
                if not is_retriable(error) or time.monotonic() > deadline:
                    await asyncio.sleep(BACKOFF_SECONDS[-1])  # giving back seeks at once, without backoff
                    raise
                self._progress.is_database_away = True
                metrics.CONSUMER_RETRIES.inc()
                log.warning("batch_retried", error=type(error).__name__, attempt=attempt)
            else:
                self._progress.is_database_away = False
                self._note(applied, time.perf_counter() - started)
                return
            await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
            attempt += 1

    def _refuse_too_many_dead(self, applied: Applied) -> None:
        """Raise when more than a fifth of the last records were dead: a bad deploy, not bad records."""
        if self._progress.has_too_many_dead(applied.fates):
            raise HaltError("dead_letters", "more than a fifth of the last records were bad")

    def _note(self, applied: Applied, seconds: float) -> None:
        self._progress.note_batch(applied.fates)
        self._meter.applied(applied.last)
        metrics.CONSUMER_PROGRESS.set_to_current_time()
        metrics.CONSUMER_BATCH_SECONDS.observe(seconds)
        for (name, outcome), count in applied.outcomes.items():
            metrics.CONSUMER_RECORDS.labels(name, outcome).inc(count)
        for (name, reason), count in applied.dead.items():
            metrics.DLQ_RECORDS.labels(name, reason).inc(count)
        if applied.last:
            age = time.time() - applied.last[-1].timestamp / 1000
            metrics.CONSUMER_EVENT_AGE.observe(max(0.0, age))
        if self._after_batch is not None:
            self._after_batch()

    # -- watch ----------------------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Kafka takes partitions away; the watermark makes the redelivery harmless."""
        self._meter.revoke(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Kafka gave partitions: ask the watch to compare them with the fence."""
        self._meter.assign(assigned)
        self._progress.has_assignment = bool(assigned)
        metrics.CONSUMER_REBALANCES.inc()
        self._rebalanced.set()

    async def _watch(self, fence: Fence) -> None:
        """Measure lag each second, replay on request, check the fence; raise when it must end."""
        next_fence = time.monotonic() + FENCE_SECONDS
        while True:
            try:
                async with asyncio.timeout(WATCH_SECONDS):
                    await self._rebalanced.wait()
            except TimeoutError:
                pass
            if self._stopping is not None:
                raise self._stopping
            was_rebalanced = self._rebalanced.is_set()
            self._rebalanced.clear()
            await self._measure_lag(fence)
            if was_rebalanced or time.monotonic() >= next_fence:
                await self._refuse_halted()
                await fence.check(self._marks, with_fingerprints=was_rebalanced)
                next_fence = time.monotonic() + FENCE_SECONDS
            await replay_requested(self._db, self._consumer, self._fold)
            if self._progress.is_stalled():
                raise RestartError

    async def _measure_lag(self, fence: Fence) -> None:
        marks = await self._marks()
        ends = await fence.ends([TopicPartition(*place) for place in marks])
        self._progress.is_broker_away = False
        self._meter.measure(marks, ends)

    # -- watermarks and halts -------------------------------------------------------------------------

    async def _marks(self) -> dict[watermark.Partition, watermark.Mark]:
        async with self._db.reading() as session:
            return await watermark.load(session, self._consumer)

    async def _create_watermarks(self, fence: Fence) -> None:
        starts = await fence.starts()
        cluster = await fence.cluster_id()
        async with self._db.transaction() as session:
            await watermark.create(session, self._consumer, starts, cluster)

    async def _refuse_halted(self) -> None:
        for mark in (await self._marks()).values():
            if mark.halted is not None:
                raise HaltError(mark.halted, "halted before; see docs/operations.md")

    async def _hold(self, halt: HaltError) -> None:
        """Note the halt where operators see it and wait until `zi consumer resume` lifts it."""
        self._progress.halted = halt.reason
        metrics.CONSUMER_HALTED.labels(halt.reason).set(1)
        log.error("consumer_halted", consumer=self._consumer, reason=halt.reason, detail=str(halt))
        is_noted = False
        while True:
            try:
                if not is_noted:
                    async with self._db.transaction() as session:
                        await watermark.halt(session, self._consumer, halt.reason)
                    is_noted = True
                await self._refuse_halted()
                break
            except (HaltError, DatabaseAwayError):
                await asyncio.sleep(WATCH_SECONDS)
        self._progress.resume()
        metrics.CONSUMER_HALTED.labels(halt.reason).set(0)
        log.info("consumer_resumed", consumer=self._consumer)
