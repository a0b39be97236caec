"""The history of scores from our own topic: what each event of a score told, first come first kept."""

from collections.abc import Callable

from services.scoring.events import moment_of
from services.scoring.rebuilding.gathering import BATCH_RECORDS
from services.scoring.store import history
from shared.consumer.codec import Bad, decode_all
from shared.contracts.scoring import ScoreChanged
from shared.db import Database
from shared.kafka.client import Unreadable
from shared.kafka.reader import Reader


async def restore_history(db: Database, bootstrap: str, say: Callable[[int, int], None]) -> int:
    """Write every moment that the topic of scores tells; returns how many records it held.

    Records that no contract takes are passed by: somebody else wrote here. `say` takes how many records were
    read and how many there are.
    """
    async with Reader(bootstrap, (ScoreChanged.topic,)) as reader:
        starts, ends = await reader.starts(), await reader.ends()
        total, done = sum(ends.values()) - sum(starts.values()), 0
        async for batch in reader.batches(starts, ends, at_once=BATCH_RECORDS):
            items = decode_all([one for one in batch if not isinstance(one, Unreadable)])
            moments = [
                moment_of(item.data, item.time)
                for item in items
                if not isinstance(item, Bad) and isinstance(item.data, ScoreChanged)
            ]
            async with db.transaction(patient=True) as session:
                await history.keep(session, moments)
            done += len(batch)
            say(done, total)
    return done
