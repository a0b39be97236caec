"""The relay: one per service at work, carrying unpublished rows to Kafka in order of position."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from aiokafka.errors import KafkaError
from sqlalchemy import text

from shared.db import Database
from shared.db.arrays import Columns
from shared.db.faults import is_data_fault, is_retriable
from shared.observability.metrics import OUTBOX_FAILURES, OUTBOX_PUBLISHED, OUTBOX_RELAY_ACTIVE
from shared.outbox import wake
from shared.outbox.broker import Broker, refusal
from shared.outbox.gate import GateShutError
from shared.outbox.message import Message
from shared.outbox.parking import BATCH, OF_A_TOPIC, Batch, Parking
from shared.outbox.pointer import Pointer, SequenceBehindError
from shared.outbox.right import Right, contending
from shared.process.crash import crash_point
from shared.process.ending import heed_cancellation
from shared.process.worker import Health, WorkerRole

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.05
"""How late a commit of another process is seen; those of this process wake the relay."""
IDLE_POLL_SECONDS = 0.25
BUSY_SECONDS = 5.0
"""So long after it carried something, a relay looks as often as a busy one."""
LOCK_RETRY_SECONDS = 1.0
HUNG_SECONDS = 120.0
"""A round of one batch, its suspects one by one included, ends or fails long before."""
PROBE_SECONDS = 10.0
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)

_MARK = text("""
    UPDATE outbox SET published_at = clock_timestamp()
    WHERE position = ANY(cast(cast(:positions AS text) AS bigint[]))
      AND published_at IS NULL AND parked_at IS NULL
""")
_POSITIONS = Columns(positions="bigint")


@dataclass(slots=True)
class _State:
    is_active: bool = False
    trouble: str = "starting"
    is_waiting: bool = False
    looked_at: float = field(default_factory=time.monotonic)


class Relay:
    """Publishes a service's outbox. Every replica runs one; one at a time has the right to work.

    At-least-once: a crash between acknowledgement and noting it repeats at most one batch, byte for byte.
    Order per key holds because one relay sends by position over the rows that wait; a position that became
    visible late still waits and so is never skipped.
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
        detail = state.trouble or ("active" if state.is_active else "standby")
        is_alive = time.monotonic() - state.looked_at < HUNG_SECONDS
        return Health(
            is_ready=not state.trouble, is_alive=is_alive, detail=detail, is_waiting=state.is_waiting
        )

    async def run(self) -> None:
        """Relay until cancelled, reconnecting with capped backoff after any fault.

        Data faults count too: no row is to blame for what the database says to a mark.
        """
        attempt = 0
        while True:
            started = time.monotonic()
            try:
                await self._hold_lock_and_relay()
            except KafkaError as error:
                self._failed(error, "broker")
            except SequenceBehindError as error:
                log.error("outbox_sequence_behind", detail=str(error))  # noqa: TRY400 - nothing failed
                self._failed(error, "database")
            except Exception as error:
                if not (is_retriable(error) or is_data_fault(error)):
                    raise
                self._failed(error, "database")
            finally:
                self._state.is_active = False
                OUTBOX_RELAY_ACTIVE.set(0)
            heed_cancellation()
            attempt = 1 if time.monotonic() - started > BACKOFF_SECONDS[-1] else attempt + 1
            await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS)) - 1])

    def _failed(self, error: Exception, whose: str) -> None:
        name = type(error).__name__
        OUTBOX_FAILURES.inc()
        self._state.trouble = f"{whose}: {name}"
        self._state.is_waiting = True
        self._state.looked_at = time.monotonic()
        log.warning("relay_fault", whose=whose, error=name)

    def _note_round(self) -> None:
        self._state.trouble, self._state.is_waiting = "", False
        self._state.looked_at = time.monotonic()

    async def _hold_lock_and_relay(self) -> None:
        async with contending(self._db) as right:
            while not await right.take():
                self._note_round()  # another relay asks the broker now
                await asyncio.sleep(LOCK_RETRY_SECONDS)
            self._state.is_active = True
            OUTBOX_RELAY_ACTIVE.set(1)
            async with Broker(self._bootstrap, self._client_id, right) as broker:
                log.info("relay_active")
                await self._relay(Carrier(right, broker))

    async def _relay(self, carrier: "Carrier") -> None:
        flag = wake.register()
        try:
            next_probe = busy_until = 0.0
            while True:
                heed_cancellation()
                flag.clear()
                handled = await carrier.carry()
                if handled:
                    busy_until = time.monotonic() + BUSY_SECONDS
                if time.monotonic() >= next_probe:
                    await carrier.probe()
                    next_probe = time.monotonic() + PROBE_SECONDS
                self._note_round()
                if handled < BATCH:
                    await _wait(flag, POLL_SECONDS if time.monotonic() < busy_until else IDLE_POLL_SECONDS)
        finally:
            wake.unregister(flag)


class Carrier:
    """Carries rows to the broker, one batch after the other, for the holder of the right."""

    def __init__(self, right: Right, broker: Broker) -> None:
        self._right = right
        self._broker = broker
        self._parking = Parking(right)
        self._pointer = Pointer(right)

    async def carry(self) -> int:
        """Send the next rows, wait for their acknowledgements, note them; return how many were taken up.

        A note never runs ahead of Kafka. What the broker refuses is put aside and does not hinder the rest.
        """
        await self._parking.release_some()
        await self._pointer.look_at_gaps()
        batch, rows = await self._parking.next_rows()
        if not rows:
            if self._pointer.has_news:
                await self._pointer.move((), ())
            return 0
        crash_point("relay_before_send")
        topics = {row.topic for row in rows}
        batch.topics |= await self._broker.topic_faults(topics - batch.topics.keys())
        batch.sort(rows)
        fates = await self._broker.send(batch.messages)
        crash_point("relay_after_ack")
        sent = [one for one, fate in zip(batch.messages, fates, strict=True) if fate is None]
        await self._note(sent, batch, rows)
        crash_point("relay_after_mark")
        hindrance = await self._settle(batch, fates)
        parked = await self._parking.put_aside(batch)
        if parked:  # a crash before this leaves gaps, which are closed in time
            await self._pointer.move(parked)
        if hindrance is not None:
            raise hindrance
        return len(rows)

    async def probe(self) -> None:
        """Try one row of each topic that took nothing; when it is taken, the others follow in order.

        Begin to point, too, if somebody was in the way so far.
        """
        await self._pointer.begin()
        self._parking.look_again()
        for topic in [*self._parking.closed]:
            if (await self._broker.topic_faults([topic])).get(topic) in OF_A_TOPIC:
                continue
            row = await self._parking.to_probe(topic)
            reason = None
            if row is not None:
                reason = "malformed" if row.message is None else await self._refused(row.message)
            if reason in OF_A_TOPIC:
                continue
            if row is not None and reason is not None:
                await self._parking.name_reason(row.position, reason)
            elif row is not None and row.message is not None:
                await self._parking.mark(row.message)
                OUTBOX_PUBLISHED.inc()
            self._parking.open(topic)

    async def _settle(self, batch: Batch, fates: Sequence[Exception | None]) -> Exception | None:
        """Find out which rows of refused batches are to blame; return what else went wrong.

        Their neighbours were refused with them, so each is sent alone; what followed did not leave.
        """
        hindrance = next((fate for fate in fates if fate is not None and _is_hindrance(fate)), None)
        for suspect, fate in zip(batch.messages, fates, strict=True):
            reason = None if fate is None else refusal(fate)
            if reason is None or not batch.still_to_send(suspect):
                continue
            try:
                reason = reason if reason in OF_A_TOPIC else await self._refused(suspect)
            except KafkaError as error:
                return cast("Exception", error)
            if reason is None:
                await self._note([suspect], batch)
            else:
                batch.refuse(suspect.position, suspect.topic, suspect.key.decode(), reason)
        return hindrance

    async def _refused(self, message: Message) -> str | None:
        """Send one message alone; return why the broker will not take it, None when it has it.

        Raises what says nothing about the message.
        """
        (fate,) = await self._broker.send([message])
        reason = None if fate is None else refusal(fate)
        if fate is not None and reason is None:
            raise fate
        return reason

    async def _note(self, messages: Sequence[Message], batch: Batch, rows: Sequence[Any] = ()) -> None:
        """Note what was sent: the pointer takes it up, rows that waited by themselves are marked."""
        sent = [one.position for one in messages]
        if batch.by_themselves and sent:
            marked = [position for position in sent if position in batch.by_themselves]
            await self._right.execute(_MARK, _POSITIONS.of_columns([marked]))
            sent = [position for position in sent if position not in batch.by_themselves]
        if sent or self._pointer.has_news:
            found = [row.position for row in rows] if rows and self._pointer.has_news else None
            await self._pointer.move(sent, found, last=rows[-1].position if len(rows) == BATCH else None)
        OUTBOX_PUBLISHED.inc(len(messages))


def _is_hindrance(fate: Exception) -> bool:
    return refusal(fate) is None and not isinstance(fate, GateShutError)


async def _wait(flag: asyncio.Event, seconds: float) -> None:
    """Sleep until a commit of this process or the next poll, whichever comes first."""
    try:
        async with asyncio.timeout(seconds):
            await flag.wait()
    except TimeoutError:
        return
