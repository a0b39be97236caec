"""Apply one batch of records: facts, dead letters and watermarks in a single transaction."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from shared.consumer import dead_letters, watermark
from shared.consumer.codec import Bad, Received, Record, Rejected, decode_all
from shared.consumer.watermark import Mark
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.topics import topic
from shared.db import savepoint
from shared.db.faults import is_retriable
from shared.kafka.client import Partition, Unreadable
from shared.process.crash import crash_point

log = structlog.get_logger(__name__)

Fold = Callable[[AsyncSession, Sequence[Received]], Awaitable[Sequence[Rejected]]]
"""Apply facts set-based with a version guard; return those that cannot be true. Never commits."""


class HaltError(Exception):
    """The consumer must not go on; `reason` is one of the designed halts."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class NoWatermarkError(Exception):
    """A partition is new: somebody added it, and the consumer must take it up first."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a batch: records by topic and outcome (`applied`, `duplicate`, `dead`), and why.

    `fates` says of each fresh record in its order whether it is newly dead: one that was buried before, by a
    topic read again, is no news. `last` holds each partition's last one.
    """

    outcomes: Counter[tuple[str, str]]
    dead: Counter[tuple[str, DeadLetterReason]]
    fates: Sequence[bool]
    last: Sequence[Record]


def _quiet() -> None:
    """Tell nobody of progress."""


async def apply_batch(
    session: AsyncSession,
    records: Sequence[Record | Unreadable],
    fold: Fold,
    *,
    consumer: str,
    source: str,
    progressed: Callable[[], None] = _quiet,
) -> Applied:
    """Apply records of any partitions, in order, and move the watermarks; the caller commits.

    Records below a watermark were applied before and are dropped; a record beyond it means that records
    are missing and raises `HaltError("gap")`, a batch that cannot be read `HaltError("unreadable")`, a
    partition without a watermark `NoWatermarkError`. `progressed` is called after each fold while a culprit
    is looked for. Cost: a constant number of statements, whatever the batch.
    """
    last = {(record.topic, record.partition): record for record in records}
    marks = await watermark.lock(session, consumer, last)
    if unknown := last.keys() - marks.keys():
        raise NoWatermarkError(f"no watermark of {sorted(unknown)}")
    records = _readable(records, marks)
    fresh = [
        record for record in records if record.offset >= marks[record.topic, record.partition].next_offset
    ]
    fresh_topics = Counter([record.topic for record in fresh])
    repeated = Counter([record.topic for record in records]) - fresh_topics
    outcomes = Counter({(name, "duplicate"): count for name, count in repeated.items()})
    if not fresh:
        return Applied(outcomes, Counter(), (), ())
    _refuse_gaps(fresh, marks)
    decoded = decode_all(fresh)
    received = [item for item in decoded if isinstance(item, Received)]
    bad = [item for item in decoded if isinstance(item, Bad)]
    crash_point("consumer_before_fold")
    bad += [
        Bad(item.received.record, item.reason)
        for item in await fold_safely(session, received, fold, progressed)
    ]
    new = await dead_letters.keep(session, consumer, bad, source=source)
    last_fresh = {(record.topic, record.partition): record for record in fresh}
    await watermark.move(session, consumer, list(last_fresh.values()))
    crash_point("consumer_before_commit")
    outcomes.update({(name, "applied"): count for name, count in fresh_topics.items()})
    outcomes.subtract((item.record.topic, "applied") for item in bad)
    outcomes.update((item.record.topic, "dead") for item in bad)
    return Applied(
        +outcomes,
        Counter((item.record.topic, item.reason) for item in bad),
        [(record.topic, record.partition, record.offset) in new for record in fresh]
        if new
        else [False] * len(fresh),
        list(last_fresh.values()),
    )


async def fold_safely(
    session: AsyncSession,
    received: Sequence[Received],
    fold: Fold,
    progressed: Callable[[], None] = _quiet,
) -> Sequence[Rejected]:
    """Fold all facts at once; if that fails for a reason in the data, halve them until each culprit is found.

    k culprits among n facts cost about k log n folds. All that another try may mend passes through to the
    caller, who retries the whole batch.
    """
    if not received:
        return ()
    try:
        async with savepoint(session):
            return await fold(session, received)
    except Exception as error:
        if is_retriable(error):
            raise
        if len(received) == 1:
            log.exception("fold_failed", topic=received[0].record.topic, offset=received[0].record.offset)
            return [Rejected(received[0], DeadLetterReason.FOLD_FAILED)]
        log.warning("fold_halved", records=len(received), error=type(error).__name__)
    progressed()
    half = len(received) // 2
    rejected = list(await fold_safely(session, received[:half], fold, progressed))
    progressed()
    return rejected + list(await fold_safely(session, received[half:], fold, progressed))


async def refuse_all(_session: AsyncSession, received: Sequence[Received]) -> Sequence[Rejected]:
    """Take the place of a fold whose effects the database refuses at the end of the transaction."""
    return [Rejected(item, DeadLetterReason.FOLD_FAILED) for item in received]


async def pass_by(
    session: AsyncSession, unreadable: Sequence[Unreadable], *, consumer: str, source: str
) -> None:
    """Go on behind what cannot be read; a dead letter without bytes stands for each. The caller commits."""
    bad = [Bad(one, DeadLetterReason.UNREADABLE) for one in unreadable]
    await dead_letters.keep(session, consumer, bad, source=source)
    await watermark.move(session, consumer, unreadable)


def _readable(records: Sequence[Record | Unreadable], marks: Mapping[Partition, Mark]) -> Sequence[Record]:
    """Return the records; raise when the next thing of a partition is a batch that cannot be read."""
    for record in records:
        if (
            isinstance(record, Unreadable)
            and record.offset >= marks[record.topic, record.partition].next_offset
        ):
            raise HaltError("unreadable", str(record))
    return [record for record in records if not isinstance(record, Unreadable)]


def _refuse_gaps(fresh: Sequence[Record], marks: dict[Partition, Mark]) -> None:
    """Raise when a partition's first new record lies beyond its watermark; compaction makes such holes."""
    first = {(record.topic, record.partition): record.offset for record in reversed(fresh)}
    for place, offset in first.items():
        refuse_gap(place, offset, marks[place].next_offset)


def refuse_gap(place: Partition, offset: int, expected: int) -> None:
    """Raise `HaltError("gap")` when a partition goes on beyond the offset that is expected."""
    name, partition = place
    if offset > expected and topic(name).cleanup != "compact":
        raise HaltError("gap", f"{name}[{partition}]: expected offset {expected}, the broker gave {offset}")
