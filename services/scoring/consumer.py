"""The one consumer of scoring: every input topic, one fold."""

from collections.abc import Callable

from services.scoring.usecases.fold import fold
from shared.consumer.consumer import BatchConsumer
from shared.contracts.topics import consumed_by
from shared.db import Database

SERVICE = "scoring"
MAX_RECORDS = 24_000
"""A backlog comes by partition, so by unit: a larger batch counts each unit's year less often. An answer of
540,000 takes 22 us of this process, at 12,000 a batch 28, for 18 MB more; a batch takes half a second. Live
batches are as small as what waits.
"""


def fact_consumer(
    db: Database, bootstrap: str, *, after_batch: Callable[[], None] | None = None
) -> BatchConsumer:
    """Return the consumer of everything this service reads; `after_batch` runs after each commit."""
    return BatchConsumer(
        db,
        bootstrap,
        service=SERVICE,
        topics=consumed_by(SERVICE),
        fold=fold,
        after_batch=after_batch,
        max_records=MAX_RECORDS,
    )
