"""Count every unit year once, from the facts that are stored when all logs are in."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.answers import unpack
from services.scoring.domain.counting import CasesMoved, count_year
from services.scoring.domain.sheets import UnitYear
from services.scoring.rebuilding.kept import Moved
from services.scoring.rebuilding.pieces import Count
from services.scoring.rebuilding.shard import Gathered
from services.scoring.store import facts, journal, state
from services.scoring.usecases.publish import publish
from shared.db import Database
from shared.instruments.lke import CaseCounts

AT_ONCE = 100
"""Unit years of one transaction: some 30,000 answers."""
PIECES = 4
"""Pieces of each hand, so that none waits long for the last one of another."""


async def to_count(db: Database, gathered: Gathered, hands: int) -> list[Count]:
    """Return what was gathered as pieces to count; enters the unit years that are only shown."""
    async with db.transaction(patient=True) as session:
        await state.lock(session, gathered.shown)
        counts = await facts.count_cases(session, sorted(gathered.cases))
    counted, cases = sorted(gathered.counted | gathered.cases.keys()), gathered.cases
    step = min(AT_ONCE, len(counted) // (hands * PIECES) + 1)
    found = []
    for start in range(0, len(counted), step):
        part = counted[start : start + step]
        with_cases = [key for key in part if key in cases]
        moved = {key: cases[key] for key in with_cases}
        found.append(Count(part, moved, {key: counts[key] for key in with_cases}))
    return found


async def count_piece(db: Database, piece: Count) -> None:
    """Count unit years as the fold does that meets all their facts at once; publishes nothing."""
    async with db.transaction(patient=True) as session:
        await _count(session, piece.unit_years, piece.moved, piece.counts)


async def _count(
    session: AsyncSession,
    unit_years: Sequence[UnitYear],
    moved: Mapping[UnitYear, Moved],
    counts: Mapping[UnitYear, CaseCounts],
) -> None:
    standings = await state.lock(session, unit_years)
    pinned = await state.programmes(session, unit_years)
    kept = await journal.kept(session, {key: (0, standings[key].worksheet_version) for key in unit_years})
    answers = {key: [unpack(told[version]) for version in sorted(told)] for key, told in kept.items()}
    events = {
        key: (at, UUID(event_id)) for key in unit_years if key in moved for at, event_id in [moved[key]]
    }
    cases = {key: CasesMoved(counts[key], *event) for key, event in events.items()}
    years = {
        key: count_year(key, standings[key], answers.get(key, ()), cases.get(key), pinned.get(key))
        for key in unit_years
    }
    await state.write_standings(session, {key: year.standing for key, year in years.items()})
    await publish(session, years, is_silent=True)
