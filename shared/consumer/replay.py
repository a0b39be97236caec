"""Folds dead letters again that an operator asked for: each in a transaction of its own."""

import structlog

from shared.consumer import dead_letters
from shared.consumer.batch import Fold, fold_safely
from shared.consumer.codec import Bad, decode
from shared.db import Database
from shared.db.faults import is_retriable
from shared.observability import metrics

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""So many between two looks at the lag; the rest follows a second later."""


async def replay_requested(db: Database, consumer: str, fold: Fold) -> None:
    """Replay what was asked for, and show how many dead letters wait for a person.

    Infrastructure faults leave the rest for the next time.
    """
    for _ in range(AT_ONCE):
        try:
            if not await _replay_next(db, consumer, fold):
                break
        except Exception as error:
            if not is_retriable(error):
                raise
            log.warning("replay_retried", error=type(error).__name__)
            break
    async with db.reading() as session:
        metrics.DLQ_OPEN_ROWS.set(await dead_letters.open_count(session, consumer))


async def _replay_next(db: Database, consumer: str, fold: Fold) -> bool:
    """Fold and settle one dead letter; false when none is asked for."""
    async with db.transaction() as session:
        stored = await dead_letters.next_requested(session, consumer)
        if stored is None:
            return False
        decoded = decode(stored)
        if isinstance(decoded, Bad):
            reason: str | None = decoded.reason
        else:
            rejected = await fold_safely(session, [decoded], fold)
            reason = rejected[0].reason if rejected else None
        state = await dead_letters.settle(session, stored, reason)
    log.info("dead_letter_replayed", dead_letter=stored.id, state=state)
    return True
