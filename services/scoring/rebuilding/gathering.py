"""Replay a part's logs into facts and watermarks; what is counted from them follows once all are in."""

import gc
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

import structlog

from services.scoring.rebuilding.buried import Buried
from services.scoring.rebuilding.one_by_one import apply_as_live
from services.scoring.rebuilding.pieces import Tell
from services.scoring.rebuilding.shard import MOST_BAD, Gathered, Shard
from shared.consumer.codec import Record
from shared.consumer.garbage import without_collector
from shared.db import Database
from shared.db.faults import is_retriable
from shared.kafka.client import Partition, Unreadable

log = structlog.get_logger(__name__)

BATCH_RECORDS = 5000
"""Larger than live: a rebuild wants throughput, not freshness. Source: performance.md section 6."""
MOST_KEPT = 75_000
"""Facts of a part held before they are written, 1.5 kB each; a partition of a year's cases has 175,000.

Beyond it the database guards what was written: a contradiction that a newer fact follows counts as stale.
"""

Batches = AsyncGenerator[list[Record | Unreadable], None]
Read = Callable[[], Batches]
"""Reads a part's logs from their start."""


async def replay(
    db: Database, read: Read, starts: Mapping[Partition, int], dead: Buried, tell: Tell
) -> Gathered:
    """Fold a part in memory and write it; one by one as live what the database refuses to take so."""
    shard = Shard(starts, dead)
    is_taken = True
    if gc.isenabled():
        gc.collect()  # once before all that a part holds would be walked again and again: 1.2x
    with without_collector():
        async with aclosing(read()) as batches:
            async for batch in batches:
                shard.take(batch)
                tell(len(batch))
                if shard.releasable() >= MOST_KEPT:
                    is_taken = await _is_written(db, shard, is_end=False)
                elif len(shard.bad) >= MOST_BAD:
                    async with db.transaction(patient=True) as session:
                        await shard.bury(session)
                if not is_taken:
                    break
        if is_taken and await _is_written(db, shard, is_end=True):
            return shard.close()
    gathered = await _one_by_one(db, read, starts, dead)
    gathered.doubts += shard.gathered.doubts
    return gathered


async def _is_written(db: Database, shard: Shard, *, is_end: bool) -> bool:
    """Write what a part holds; false when a value of some record is to blame that this cannot be done."""
    try:
        async with db.transaction(patient=True) as session:
            await shard.write(session, is_end=is_end)
    except Exception as error:
        if is_retriable(error):
            raise
        log.exception("bulk_refused")
        return False
    return True


async def _one_by_one(db: Database, read: Read, starts: Mapping[Partition, int], dead: Buried) -> Gathered:
    """Apply a part as the live consumer does; its watermarks pass over what was written already."""
    shard = Shard(starts, dead)
    async with aclosing(read()) as batches:
        async for batch in batches:
            shard.take(batch)
            shard.forget()
            await apply_as_live(db, batch, dead)
    return shard.close()  # live folds counted what they knew; all is counted again at the end
