"""One of several workers: scoring's real consumer, until it is asked to end; then it leaves its group.

python -m tests.bench.subject_worker BOOTSTRAP DATABASE_URL
"""

import asyncio
import contextlib
import signal
import sys

from services.scoring.consumer import MAX_RECORDS, SERVICE
from services.scoring.usecases.fold import fold
from shared.consumer.consumer import BatchConsumer
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from shared.server.serving import tune_memory


async def work(bootstrap: str, database_url: str) -> None:
    """Consume until SIGTERM."""
    db = Database(database_url)
    consumer = BatchConsumer(
        db,
        bootstrap,
        service=SERVICE,
        topics=[WorksheetAnswered.topic],
        fold=fold,
        max_records=MAX_RECORDS,
    )
    tune_memory()
    task = asyncio.create_task(consumer.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await db.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2]))
