"""One of several workers: scoring's real consumer, until it is ended.

    python -m tests.bench.subject_worker BOOTSTRAP DATABASE_URL BEGUN_FILE

The file appears after its first batch.
"""

import asyncio
import sys
from pathlib import Path

from services.scoring.consumer import MAX_RECORDS, SERVICE
from services.scoring.usecases.fold import fold
from shared.consumer.consumer import BatchConsumer
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from shared.server.serving import tune_memory


async def work(bootstrap: str, database_url: str, begun: Path) -> None:
    """Consume as long as the process lives."""
    db = Database(database_url)
    consumer = BatchConsumer(
        db,
        bootstrap,
        service=SERVICE,
        topics=[WorksheetAnswered.topic],
        fold=fold,
        after_batch=begun.touch,
        max_records=MAX_RECORDS,
    )
    tune_memory()
    await consumer.run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
