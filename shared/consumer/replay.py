"""Folds dead letters again that an operator asked for: each in a transaction of its own."""

import structlog

from shared.consumer import dead_letters
from shared.consumer.batch import Fold, fold_safely, refuse_all
from shared.consumer.codec import Bad, decode
from shared.db import Database
from shared.db.faults import is_away, is_conflict, is_data_fault, is_retriable
from shared.observability import metrics

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""So many between two looks at the lag; the rest follows a second later."""


async def replay_requested(db: Database, consumer: str, fold: Fold) -> bool:
    """Replay what was asked for, and show how many dead letters wait for a person; false without any to do.

    An outage leaves the rest for the next time; one that fails by itself keeps none of the others waiting.
    """
    wanted = await _look(db, consumer)
    if wanted is None:
        return False
    for _ in range(AT_ONCE):
        if not await _replay(db, wanted, fold):
            break
        async with db.reading() as session:
            wanted = await dead_letters.next_id(session, consumer, after=wanted)
        if wanted is None:
            break
    await _look(db, consumer)
    return True


async def _look(db: Database, consumer: str) -> int | None:
    """Show how many wait for a person; return the first that is to be replayed."""
    async with db.looking() as session:
        metrics.DLQ_OPEN_ROWS.set(await dead_letters.open_count(session, consumer))
        return await dead_letters.next_id(session, consumer, after=0)


async def _replay(db: Database, dead_letter_id: int, fold: Fold) -> bool:
    """Fold and settle one dead letter; false when nothing can be done just now."""
    try:
        await _fold_and_settle(db, dead_letter_id, fold)
    except Exception as error:
        if is_data_fault(error):  # said at the end of the transaction alone
            await _fold_and_settle(db, dead_letter_id, refuse_all)
        elif not is_retriable(error):
            raise
        else:
            log.warning("replay_retried", dead_letter=dead_letter_id, error=type(error).__name__)
            return not (is_away(error) or is_conflict(error))
    return True


async def _fold_and_settle(db: Database, dead_letter_id: int, fold: Fold) -> None:
    async with db.transaction() as session:
        stored = await dead_letters.lock_requested(session, dead_letter_id)
        if stored is None:
            return  # another process was faster
        decoded = decode(stored)
        if isinstance(decoded, Bad):
            reason: str | None = decoded.reason
        else:
            rejected = await fold_safely(session, [decoded], fold)
            reason = rejected[0].reason if rejected else None
        state = await dead_letters.settle(session, stored, reason)
    log.info("dead_letter_replayed", dead_letter=stored.id, state=state)
