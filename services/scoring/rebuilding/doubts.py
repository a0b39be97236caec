"""Records whose version two logs brought with different payloads: the live fold decides about them."""

from collections.abc import AsyncIterator, Sequence

from services.scoring.consumer import SERVICE
from services.scoring.events import SOURCE
from services.scoring.usecases.fold import fold
from shared.consumer import dead_letters
from shared.consumer.codec import Bad, Received, Record, decode_all
from shared.db import Database
from shared.kafka.client import Partition
from shared.kafka.reader import Reader


async def settle(db: Database, bootstrap: str, doubts: Sequence[tuple[Partition, int]]) -> None:
    """Read these records again and fold them in silence."""
    async for records in _read(bootstrap, doubts):
        await judge(db, records)


async def judge(db: Database, records: Sequence[Record]) -> None:
    """Fold records as live."""
    received = [one for one in decode_all(records) if isinstance(one, Received)]
    async with db.transaction(patient=True) as session:
        rejected = await fold(session, received, is_silent=True)
        bad = [Bad(one.received.record, one.reason) for one in rejected]
        await dead_letters.keep(session, SERVICE, bad, source=SOURCE)


async def _read(bootstrap: str, places: Sequence[tuple[Partition, int]]) -> AsyncIterator[list[Record]]:
    async with Reader(bootstrap, sorted({topic for (topic, _), _ in places})) as reader:
        for partition, offset in places:
            async for batch in reader.batches({partition: offset}, {partition: offset + 1}, at_once=1):
                yield batch
