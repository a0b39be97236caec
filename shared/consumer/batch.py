"""Apply one batch of records: facts, dead letters and watermarks in a single transaction."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from shared.consumer import dead_letters, watermark
from shared.consumer.codec import Bad, Received, Record, Rejected, decode
from shared.consumer.watermark import Mark, Partition
from shared.contracts.topics import topic
from shared.db import savepoint
from shared.db.faults import is_retriable
from shared.runtime.crash import crash_point

log = structlog.get_logger(__name__)

Fold = Callable[[AsyncSession, Sequence[Received]], Awaitable[Sequence[Rejected]]]
"""Apply facts set-based with a version guard; return those that cannot be true. Never commits."""


class HaltError(Exception):
    """The consumer must not go on; `reason` is one of the designed halts."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a batch: records by topic and outcome (`applied`, `duplicate`, `dead`), and why.

    `fates` says of each fresh record in its order whether it is dead; `last` holds each partition's last one.
    """

    outcomes: Counter[tuple[str, str]]
    dead: Counter[tuple[str, str]]
    fates: Sequence[bool]
    last: Sequence[Record]


async def apply_batch(
    session: AsyncSession, records: Sequence[Record], fold: Fold, *, consumer: str, source: str
) -> Applied:
    """Apply records of any partitions, in order, and move the watermarks; the caller commits.

    Records below a watermark were applied before and are dropped; a record beyond it means that records
    are missing and raises `HaltError("gap")`. Cost: a constant number of statements, whatever the batch.
    """
    last = {(record.topic, record.partition): record for record in records}
    marks = await watermark.lock(session, consumer, last)
    fresh = [
        record for record in records if record.offset >= marks[record.topic, record.partition].next_offset
    ]
    fresh_topics = Counter([record.topic for record in fresh])
    repeated = Counter([record.topic for record in records]) - fresh_topics
    outcomes = Counter({(name, "duplicate"): count for name, count in repeated.items()})
    if not fresh:
        return Applied(outcomes, Counter(), (), ())
    _refuse_gaps(fresh, marks)
    decoded = [decode(record) for record in fresh]
    received = [item for item in decoded if isinstance(item, Received)]
    bad = [item for item in decoded if isinstance(item, Bad)]
    crash_point("consumer_before_fold")
    bad += [Bad(item.received.record, item.reason) for item in await fold_safely(session, received, fold)]
    await dead_letters.keep(session, consumer, bad, source=source)
    last_fresh = {(record.topic, record.partition): record for record in fresh}
    await watermark.move(session, consumer, list(last_fresh.values()))
    crash_point("consumer_before_commit")
    outcomes.update({(name, "applied"): count for name, count in fresh_topics.items()})
    outcomes.subtract((item.record.topic, "applied") for item in bad)
    outcomes.update((item.record.topic, "dead") for item in bad)
    dead = {id(item.record) for item in bad}
    return Applied(
        +outcomes,
        Counter((item.record.topic, item.reason) for item in bad),
        [id(record) in dead for record in fresh],
        list(last_fresh.values()),
    )


async def fold_safely(session: AsyncSession, received: Sequence[Received], fold: Fold) -> Sequence[Rejected]:
    """Fold all facts at once; if that fails for a reason in the data, fold one by one to find the culprit.

    Infrastructure errors pass through to the caller, who retries the whole batch.
    """
    if not received:
        return ()
    try:
        async with savepoint(session):
            return await fold(session, received)
    except Exception as error:
        if is_retriable(error):
            raise
        log.exception("fold_failed", records=len(received))
    rejected: list[Rejected] = []
    for item in received:
        try:
            async with savepoint(session):
                rejected += await fold(session, [item])
        except Exception as error:
            if is_retriable(error):
                raise
            rejected.append(Rejected(item, "fold_failed"))
    return rejected


def _refuse_gaps(fresh: Sequence[Record], marks: dict[Partition, Mark]) -> None:
    """Raise when a partition's first new record lies beyond its watermark; compaction makes such holes."""
    first: dict[Partition, Record] = {}
    for record in fresh:
        first.setdefault((record.topic, record.partition), record)
    for (name, partition), record in first.items():
        expected = marks[name, partition].next_offset
        if record.offset > expected and topic(name).cleanup != "compact":
            raise HaltError(
                "gap", f"{name}[{partition}]: expected offset {expected}, the broker gave {record.offset}"
            )
