"""FastStream's batch subscriber, made to hand batches over as they are and to wait without turning round."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from typing import Any

from aiokafka import ConsumerRebalanceListener, ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from shared.kafka.client import AIOKafkaConsumer

PARTITION_FETCH_BYTES = FETCH_BYTES = 8 * 1024 * 1024
"""What one answer of the broker brings: the client holds it three times over while it takes it apart, so not
aiokafka's 50 MiB. One partition may fill it: a backlog then comes unit by unit, and scoring counts a tenth
fewer years than with four at a time.
"""
FETCH_WAIT_MS = 500
"""A partition that was just emptied waits for the fetch of the others under way: at most so long.

That happens only when a batch took longer than the 100 ms for which the client waits before it fetches the
others alone. Each fetch names every partition, here and at the broker: at 100 ms they took an idle system a
tenth of a core.
"""
IDLE_FETCH_WAIT_MS = 2000
"""How long the broker may wait after a poll that found nothing: such a fetch names every partition, and the
first record ends it. Twice a second the fetches of 84 partitions took 1.2 % of a core, half of what an idle
scoring did. Only what a rebalance gives to an idle consumer may wait so long for its first fetch.
"""
PASS_SECONDS = 1.0
"""How often the client goes through all partitions without cause; by itself five times a second, 0.2 %."""
POLL_MS = 1000
"""How long one poll waits when there is nothing; it returns with the first record that arrives."""

Handle = Callable[[Sequence[ConsumerRecord]], Awaitable[None]]


class Subscriber:
    """Reads topics as a member of a group and gives each batch to `handle`, which raises to have it again."""

    def __init__(
        self,
        bootstrap: str,
        topics: Sequence[str],
        handle: Handle,
        *,
        name: str,
        group_id: str,
        max_records: int,
        listener: ConsumerRebalanceListener,
    ) -> None:
        # No automatic creation, no validation by type: the codec does both jobs. FastStream's own log
        # would print record values.
        self._broker = KafkaBroker(
            bootstrap,
            client_id=name,
            apply_types=False,
            allow_auto_create_topics=False,
            consumer_only=True,
            logger=None,
        )
        self._max_records = max_records
        subscriber: Any = self._broker.subscriber(
            *topics,
            batch=True,
            group_id=group_id,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            auto_offset_reset="earliest",
            max_records=max_records,
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            fetch_max_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            listener=listener,
            parser=self._parse,
            decoder=self._decode,
        )
        # FastStream's poll sleeps as long again after it found nothing: either late or never at rest.
        subscriber.get_msg = self._poll
        subscriber(handle)
        self._subscriber = subscriber
        self._batch: list[ConsumerRecord] = []
        self._first: tuple[ConsumerRecord, ...] = ()

    async def start(self) -> None:
        """Connect and join the group. Raises aiokafka's errors."""
        await self._broker.start()
        # Neither this nor the wait of a fetch under way can be set from outside.
        self._subscriber.consumer._fetcher._fetcher_timeout = PASS_SECONDS  # noqa: SLF001

    async def stop(self) -> None:
        """Leave the group."""
        await self._broker.stop()

    def has_ended(self) -> bool:
        """Tell whether no task reads any more."""
        return all(task.done() for task in self._subscriber.tasks)

    async def _poll(self, consumer: AIOKafkaConsumer) -> list[ConsumerRecord]:
        """Return the next batch, and empty the one before.

        FastStream's loop holds it until now, its message longer: a context variable names it, of which each
        timer of the database's driver keeps a copy. Four batches were alive at a time, 80 MB.
        """
        self._batch.clear()
        found = await consumer.getmany(timeout_ms=POLL_MS, max_records=self._max_records)
        consumer._fetcher._fetch_max_wait_ms = FETCH_WAIT_MS if found else IDLE_FETCH_WAIT_MS  # noqa: SLF001
        self._batch = list(chain.from_iterable(found.values()))
        self._first = tuple(records[0] for records in found.values() if records)
        return self._batch

    async def _parse(self, batch: list[ConsumerRecord]) -> KafkaAckableMessage:
        """Frame a batch without looking into headers: FastStream's parser dies on a null or odd one.

        A batch that is given back is read again from the first record of each partition.
        """
        return KafkaAckableMessage(
            body=batch,
            headers={},
            batch_headers=[],
            raw_message=self._first,
            consumer=self._subscriber.consumer,
        )

    async def _decode(self, message: KafkaAckableMessage) -> Any:
        return message.body
