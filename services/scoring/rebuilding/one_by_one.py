"""Replay by the very code of the live consumer: what the database refuses in bulk, and its yardstick."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.consumer import SERVICE
from services.scoring.events import SOURCE
from services.scoring.rebuilding.buried import Buried
from services.scoring.usecases.fold import fold
from shared.consumer.batch import apply_batch, pass_by
from shared.consumer.codec import Received, Record, Rejected
from shared.contracts.dead_letters import DeadLetterReason
from shared.db import Database
from shared.kafka.client import Unreadable


async def apply_as_live(db: Database, batch: Sequence[Record | Unreadable], dead: Buried) -> None:
    """Apply a batch in silence."""
    unreadable = [one for one in batch if isinstance(one, Unreadable)]
    skipped = [one for one in unreadable if dead.reason(one) == DeadLetterReason.UNREADABLE]
    # Of other partitions: a fetch of one ends at a batch that cannot be read.
    rest = [one for one in batch if one not in skipped] if skipped else batch
    async with db.transaction(patient=True) as session:
        await pass_by(session, skipped, consumer=SERVICE, source=SOURCE)
        await apply_batch(session, rest, partial(_fold_as_live, dead), consumer=SERVICE, source=SOURCE)


async def _fold_as_live(
    dead: Buried, session: AsyncSession, received: Sequence[Received]
) -> Sequence[Rejected]:
    """Fold in silence what the live consumer took, and reject what it buried for the reason it gave."""
    taken, buried = [], []
    for item in received:
        if reason := dead.reason(item.record):
            buried.append(Rejected(item, reason))
        else:
            taken.append(item)
    return [*buried, *await fold(session, taken, is_silent=True)]
