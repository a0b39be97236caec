"""What waits in the outbox, measured beside every relay, whoever has the right to send."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan
from typing import NamedTuple

import structlog
from sqlalchemy import text

from shared.db import Database
from shared.db.faults import is_data_fault, is_retriable
from shared.observability.metrics import (
    OUTBOX_OLDEST_UNPUBLISHED,
    OUTBOX_PARKED,
    OUTBOX_STALLED,
    OUTBOX_UNPUBLISHED,
)
from shared.outbox.pointer import waiting
from shared.process.worker import Health, WorkerRole

log = structlog.get_logger(__name__)

INTERVAL_SECONDS = 2.0
QUIET_SECONDS = 5.0
"""The pause after a look that found nothing: the looks were a tenth of what an idle service did."""
ANSWER_SECONDS = 5.0
STALL_SECONDS = 30.0
REASONS = ("too_large", "topic_missing", "not_authorized", "refused", "malformed", "behind")

_WAITING = text(f"""
    SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0), min(position)
    FROM ({waiting("created_at, position", 100_000, in_order=False)}) AS waiting
""")  # noqa: S608 - own text
_BY_INDEX = text("SET LOCAL enable_seqscan = off")
"""Partitions fill before they are analysed: the planner would read a day's rows to count those that wait."""
_PARKED = text("""
    SELECT topic, split_part(coalesce(parked_reason, 'behind'), ':', 1), count(*)
    FROM (
        SELECT topic, parked_reason FROM outbox
        WHERE published_at IS NULL AND parked_at IS NOT NULL LIMIT 100000
    ) AS parked
    GROUP BY 1, 2 ORDER BY 1, 2
""")


class Parked(NamedTuple):
    """How many events of a topic are put aside for one reason, `behind` for those that wait on a key."""

    topic: str
    reason: str
    rows: int


@dataclass(slots=True)
class _Seen:
    """The last measurement; `moved_at` is when the next event to leave was last another one."""

    measured_at: float = field(default_factory=time.monotonic)
    moved_at: float = field(default_factory=time.monotonic)
    is_known: bool = False
    rows: int = 0
    next_position: int | None = None
    parked: Sequence[Parked] = ()


class Backlog:
    """Measures beside the relay, so that one that hangs cannot hide what it leaves undone."""

    name = "outbox-backlog"
    role: WorkerRole = "relay"

    def __init__(self, db: Database) -> None:
        self._db = db
        self._seen = _Seen()

    def health(self) -> Health:
        """Ready while events leave or none waits. Parked ones are named; they do not hinder the others."""
        seen, now = self._seen, time.monotonic()
        if not seen.is_known:
            return Health(is_ready=False, is_alive=True, detail="the backlog is unknown")
        if now - seen.measured_at > STALL_SECONDS:
            return Health(is_ready=False, is_alive=True, detail="the backlog has been unknown for 30 s")
        if self._is_stuck():
            detail = f"{seen.rows} events wait and none has left for {now - seen.moved_at:.0f} s"
            return Health(is_ready=False, is_alive=True, detail=detail)
        parked = ", ".join(f"{row.rows} of {row.topic} ({row.reason})" for row in seen.parked)
        return Health(is_ready=True, is_alive=True, detail=f"parked: {parked}" if parked else "")

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            pause = INTERVAL_SECONDS
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    pause = await self.measure()
            except Exception as error:
                if not (is_retriable(error) or is_data_fault(error)):
                    raise
                log.warning("outbox_backlog_unknown", error=type(error).__name__)
                OUTBOX_UNPUBLISHED.set(nan)
                OUTBOX_OLDEST_UNPUBLISHED.set(nan)
                self._show_stall()
            await asyncio.sleep(pause)

    async def measure(self) -> float:
        """Count what waits and what is parked; returns the seconds until the next look."""
        async with self._db.reading() as session:
            await session.execute(_BY_INDEX)
            rows, age, position = (await session.execute(_WAITING)).one()
            parked = [Parked(*row) for row in await session.execute(_PARKED)]
        seen, now = self._seen, time.monotonic()
        if position is None or position != seen.next_position:
            seen.moved_at = now
        seen.measured_at, seen.is_known = now, True
        seen.rows, seen.next_position, seen.parked = rows, position, parked
        OUTBOX_UNPUBLISHED.set(rows)
        OUTBOX_OLDEST_UNPUBLISHED.set(max(0.0, float(age)))
        for reason in REASONS:
            OUTBOX_PARKED.labels(reason).set(sum(row.rows for row in parked if row.reason == reason))
        self._show_stall()
        return INTERVAL_SECONDS if rows or parked else QUIET_SECONDS

    def _is_stuck(self) -> bool:
        return (
            self._seen.next_position is not None
            and self._seen.measured_at - self._seen.moved_at >= STALL_SECONDS
        )

    def _show_stall(self) -> None:
        is_unknown = time.monotonic() - self._seen.measured_at > STALL_SECONDS
        OUTBOX_STALLED.set(is_unknown or self._is_stuck())
