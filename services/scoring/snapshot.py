"""Scoring's own events as they were last published, and their lift after a restored backup.

After a restore the consumer is rewound and catches up first: the facts say again what was lost here.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.events import gate_changed, score_changed, status_changed
from services.scoring.store import present
from services.scoring.usecases.after_rebuild import enter_gate
from shared.contracts.base import EventData
from shared.contracts.scoring import GateChanged, ScoreChanged, SurveyStatusChanged
from shared.outbox.snapshot import Behind, State


async def states(session: AsyncSession) -> AsyncIterator[State]:
    """Yield every score, every gate that flipped at least once and every survey status."""
    async for row in present.rows(session, "score"):
        yield State(score_changed(row.version, row), row.moved_at)
    async for row in present.rows(session, "gate"):
        yield State(gate_changed(row.version, row), row.moved_at)
    async for row in present.rows(session, "survey_status"):
        yield State(status_changed(row), _day(row.moved_at))


def _day(moment: datetime) -> datetime:
    """Return the UTC day of a moment: what people move is told with a day only."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


async def lift(session: AsyncSession, behind: Behind) -> list[EventData] | None:
    """Raise the version above the floor and return what stands here at it; None for an unknown entity."""
    fact, floor = behind.fact, behind.floor
    if isinstance(fact, ScoreChanged):
        row = await present.lift(
            session, "score", floor, unit_id=fact.unit_id, year=fact.year, layer=fact.layer
        )
        return None if row is None else [score_changed(row.version, row)]
    if isinstance(fact, SurveyStatusChanged):
        row = await present.lift(
            session, "survey_status", floor, campaign_id=fact.campaign_id, predicate=fact.predicate
        )
        return None if row is None else [status_changed(row)]
    if isinstance(fact, GateChanged):
        row = await present.lift(
            session,
            "gate",
            floor,
            unit_id=fact.unit_id,
            year=fact.year,
            predicate=fact.predicate,
            gate=fact.gate,
        )
        return await enter_gate(session, fact, floor) if row is None else [gate_changed(row.version, row)]
    return None
