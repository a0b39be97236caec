"""The batch consumer of a service: FastStream's subscriber, and what looks after it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from shared.consumer import watermark
from shared.consumer.batch import Applied, Fold, HaltError, NoWatermarkError, apply_batch, refuse_all
from shared.consumer.codec import Record, moment_of
from shared.consumer.continuity import refuse_contradiction
from shared.consumer.garbage import without_collector
from shared.consumer.halts import group_id
from shared.consumer.meter import LagMeter
from shared.consumer.progress import Progress
from shared.consumer.replay import replay_requested
from shared.consumer.subscriber import Subscriber
from shared.contracts.envelope import source_of
from shared.contracts.topics import DAY_TOPICS
from shared.db import Database
from shared.db.faults import is_away, is_data_fault, is_retriable, sqlstate
from shared.kafka.client import Partition, Unreadable
from shared.kafka.reader import Found, Reader, TopicMissingError
from shared.observability import metrics
from shared.process.ending import heed_cancellation
from shared.process.worker import Health

log = structlog.get_logger(__name__)

MAX_RECORDS = 2000
BACKOFF_SECONDS = (0.2, 0.4, 0.8, 1.6, 3.2, 5.0)
RETRY_SECONDS = 120.0
"""How long a handler retries before it gives the batch back; below Kafka's poll interval of 300 s."""
ROUND_SECONDS = 1.0
QUIET_ROUND_SECONDS = 3.0
"""The round after one that found nothing to do: each asks for every watermark and the end of every log."""
TOPICS_SECONDS = 3.0
"""A topic that is missing is named within three of these, and taken up as soon when it is there."""
CONTINUITY_SECONDS = 10.0

Records = Sequence[Record | Unreadable]


class RestartError(Exception):
    """The consumer must be built anew: it is assigned, lags and does not progress."""


class TopicsChangedError(Exception):
    """Topics or partitions came or went: the next client begins with those that are there."""


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
        self._source = source_of(service)
        self._consumer = service
        self._topics = tuple(topics)
        self._fold = fold
        self._after_batch = after_batch
        self._max_records = max_records
        self._progress = Progress()
        self._meter = LagMeter(self._progress)
        self._rebalanced = asyncio.Event()
        self._stopping: HaltError | TopicsChangedError | None = None
        self._partitions: tuple[Partition, ...] = ()

    def health(self) -> Health:
        """Ready to apply records, and alive while it progresses."""
        return self._progress.health()

    # -- life -----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Consume until cancelled: after any fault, build a new client with capped backoff.

        Raises `RestartError` when a second client in a row stalled; may be called again then.
        """
        self._begin_anew()
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
            except TopicsChangedError:
                log.warning("consumer_topics_changed", consumer=self._consumer)
                attempt = 0
            except TopicMissingError:
                metrics.CONSUMER_RETRIES.inc()
            except (KafkaError, OSError) as error:
                self._progress.is_broker_away = True
                metrics.CONSUMER_RETRIES.inc()
                log.warning("consumer_broker_fault", error=str(error))
            except Exception as error:
                if not is_retriable(error):
                    raise
                self._note_database_fault(error)
                log.warning("consumer_database_fault", error=_named(error))
            finally:
                self._progress.end()
            heed_cancellation()
            attempt = 1 if time.monotonic() - started > BACKOFF_SECONDS[-1] else attempt + 1
            await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS)) - 1])

    def _begin_anew(self) -> None:
        self._progress.restart()
        self._meter = LagMeter(self._progress)
        self._rebalanced.clear()
        self._stopping = None

    async def _consume(self) -> None:
        """Compare with the broker, start FastStream's subscriber on what exists, run until it ends."""
        await self._refuse_halted()
        async with Reader(self._bootstrap, self._topics) as reader:
            found = await reader.found()
            self._note_missing(found)
            if not found.partitions:
                raise TopicMissingError
            self._partitions = found.partitions
            await self._create_watermarks(reader)
            await refuse_contradiction(reader, self.group_id, self._marks, with_fingerprints=True)
            self._stopping = None
            subscriber = Subscriber(
                self._bootstrap,
                sorted({name for name, _ in self._partitions}),
                self._handle,
                name=self.name,
                group_id=self.group_id,
                max_records=self._max_records,
                listener=self,
            )
            try:
                await subscriber.start()
                self._progress.begin()
                await self._look_after(reader, subscriber)
            finally:
                await subscriber.stop()

    # -- batches --------------------------------------------------------------------------------------

    async def _handle(self, records: Sequence[ConsumerRecord]) -> None:
        """Apply one batch, retrying infrastructure faults; raising gives the batch back to Kafka.

        Values that PostgreSQL refuses at the end of the transaction alone are looked for in smaller ones; a
        record that brings such a value by itself is set aside.
        """
        if self._stopping is not None:
            await asyncio.sleep(BACKOFF_SECONDS[-1])
            raise self._stopping
        deadline = time.monotonic() + RETRY_SECONDS
        attempt = 0
        todo: list[tuple[Records, Fold]] = [(records, self._fold)]
        while todo:
            part, fold = todo[0]
            try:
                await self._apply(part, fold)
            except (HaltError, NoWatermarkError) as error:
                self._stopping = error if isinstance(error, HaltError) else TopicsChangedError()
                self._rebalanced.set()
                raise
            except Exception as error:
                if is_data_fault(error) and fold is not refuse_all:
                    half = len(part) // 2
                    todo[:1] = [(part[:half], fold), (part[half:], fold)] if half else [(part, refuse_all)]
                    self._progress.note_fold()
                    continue
                if is_retriable(error):
                    self._note_database_fault(error)
                if not is_retriable(error) or time.monotonic() > deadline:
                    log.warning("batch_given_back", error=_named(error), exc_info=not is_retriable(error))
                    await asyncio.sleep(BACKOFF_SECONDS[-1])  # giving back seeks at once, without backoff
                    raise
                log.warning("batch_retried", error=_named(error), attempt=attempt)
            else:
                todo.pop(0)
                continue
            await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
            attempt += 1

    async def _apply(self, records: Records, fold: Fold) -> None:
        started = time.perf_counter()
        with without_collector():
            applied = await self._in_transaction(records, fold)
        self._progress.is_database_away = False
        self._note(applied, time.perf_counter() - started)

    async def _in_transaction(self, records: Records, fold: Fold) -> Applied:
        async with self._db.transaction() as session:
            applied = await apply_batch(
                session,
                records,
                fold,
                consumer=self._consumer,
                source=self._source,
                progressed=self._progress.note_fold,
            )
            self._refuse_too_many_dead(applied)
        return applied

    def _note_database_fault(self, error: Exception) -> None:
        self._progress.is_database_away = is_away(error)
        self._progress.retried = _named(error)
        metrics.CONSUMER_RETRIES.inc()

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
            made = moment_of(applied.last[-1])
            if made is not None and applied.last[-1].topic not in DAY_TOPICS:
                metrics.CONSUMER_EVENT_AGE.observe(max(0.0, time.time() - made.timestamp()))
        if self._after_batch is not None:
            self._after_batch()

    # -- looking after it -----------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Kafka takes partitions away; the watermark makes the redelivery harmless."""
        self._meter.revoke(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Kafka gave partitions: have them compared with our watermarks."""
        self._meter.assign(assigned)
        self._progress.has_assignment = bool(assigned)
        self._progress.retried = None  # whoever has that batch now tries it
        metrics.CONSUMER_REBALANCES.inc()
        self._rebalanced.set()

    async def _look_after(self, reader: Reader, subscriber: Subscriber) -> None:
        """Measure lag, replay on request, compare topics and offsets, round by round; raise to end it."""
        pause = ROUND_SECONDS
        next_comparison = time.monotonic() + CONTINUITY_SECONDS
        next_topics = time.monotonic() + TOPICS_SECONDS
        while True:
            heed_cancellation()
            await self._wait(pause)
            if self._stopping is not None:
                raise self._stopping
            was_rebalanced = self._rebalanced.is_set()
            self._rebalanced.clear()
            if was_rebalanced or time.monotonic() >= next_topics:
                await self._refuse_changed(reader)
                next_topics = time.monotonic() + TOPICS_SECONDS
            await self._measure_lag(reader)
            if was_rebalanced or time.monotonic() >= next_comparison:
                await self._refuse_halted()
                await refuse_contradiction(
                    reader, self.group_id, self._marks, with_fingerprints=was_rebalanced
                )
                next_comparison = time.monotonic() + CONTINUITY_SECONDS
            has_replayed = await replay_requested(self._db, self._consumer, self._fold)
            pause = ROUND_SECONDS if self._progress.lag or has_replayed else QUIET_ROUND_SECONDS
            if self._progress.is_stalled() or subscriber.has_ended():
                raise RestartError

    async def _wait(self, seconds: float) -> None:
        """Wait for so long at most: less when partitions are given, or when a batch ends this client."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rebalanced.wait()

    async def _refuse_changed(self, reader: Reader) -> None:
        found = await reader.found()
        self._note_missing(found)
        if found.partitions != self._partitions:
            raise TopicsChangedError

    def _note_missing(self, found: Found) -> None:
        for name in self._topics:
            metrics.CONSUMER_TOPIC_MISSING.labels(name).set(name in found.missing)
        if found.missing and found.missing != self._progress.missing:
            log.error("consumer_topic_missing", consumer=self._consumer, topics=found.missing)
        self._progress.missing = found.missing

    async def _measure_lag(self, reader: Reader) -> None:
        marks = await self._marks()
        ends = await reader.ends(list(marks))
        self._progress.is_broker_away = False
        self._meter.measure(marks, ends)

    # -- watermarks and halts -------------------------------------------------------------------------

    async def _all_marks(self) -> dict[Partition, watermark.Mark]:
        async with self._db.looking() as session:
            return await watermark.load(session, self._consumer)

    async def _marks(self) -> dict[Partition, watermark.Mark]:
        """Return the watermarks of the partitions that this client was built for."""
        return {one: mark for one, mark in (await self._all_marks()).items() if one in self._partitions}

    async def _create_watermarks(self, reader: Reader) -> None:
        starts = await reader.starts(self._partitions)
        cluster = await reader.cluster_id()
        async with self._db.transaction() as session:
            await watermark.create(session, self._consumer, starts, cluster)

    async def _refuse_halted(self) -> None:
        for mark in (await self._all_marks()).values():
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
            except Exception as error:
                if not isinstance(error, HaltError) and not is_retriable(error):
                    raise
                await asyncio.sleep(ROUND_SECONDS)
        self._progress.resume()
        metrics.CONSUMER_HALTED.labels(halt.reason).set(0)
        log.info("consumer_resumed", consumer=self._consumer)


def _named(error: Exception) -> str:
    """Return a fault's name without its text, which may hold values."""
    return " ".join(filter(None, (type(error).__name__, sqlstate(error))))
