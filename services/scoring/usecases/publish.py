"""Publish counted years: write scores, flipped gates, history and change log, and tell what changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.changes import Change, gate_line
from services.scoring.domain.counting import CountedYear
from services.scoring.domain.history import moment_of
from services.scoring.domain.scores import Flip, LayerScore, WrittenScore, flips
from services.scoring.domain.sheets import UnitYear
from services.scoring.events import SOURCE, gate_changed, score_changed
from services.scoring.store import history, state
from shared import outbox

CountedYears = Mapping[UnitYear, CountedYear]
Scores = Mapping[tuple[Any, ...], LayerScore]
"""Scores by unit, year and layer."""


async def publish(session: AsyncSession, years: CountedYears, *, is_silent: bool) -> None:
    """Write what was counted; record an event for each score and gate that changed."""
    scores = {score[:3]: score for year in years.values() for score in year.scores}
    written = await state.write_scores(session, list(scores.values()))
    flipped = await state.write_gates(session, list(_flips(years, scores, written)))
    now = datetime.now(UTC)
    lines = [gate_line(flip, now) for _, flip in flipped]
    if not is_silent:
        moved = [(row.version, scores[row[:3]], _causes(years, row)) for row in written]
        told = [score_changed(*one) for one in moved]
        flips_told = [gate_changed(version, flip) for version, flip in flipped]
        await history.keep(
            session, [moment_of(score, version, now, causes) for version, score, causes in moved]
        )
        await outbox.record(session, [*told, *flips_told], source=SOURCE, at=now)
        lines = [*_untold(years, written), *lines]
    await state.write_changes(session, lines)


def _causes(years: CountedYears, row: WrittenScore) -> Sequence[Change]:
    """Return the lines that a score goes out with: they tell what moved the effective one."""
    return years[row.unit_id, row.year].changes if row.layer == "effective" else ()


def _untold(years: CountedYears, written: Iterable[WrittenScore]) -> Iterator[Change]:
    """Yield the lines of years whose score stands as it stood: what cancelled out goes out with no event."""
    told = {row[:2] for row in written if row.layer == "effective"}
    return (line for key, year in years.items() if key not in told for line in year.changes)


def _flips(years: CountedYears, scores: Scores, written: Iterable[WrittenScore]) -> Iterator[Flip]:
    for row in written:
        year = years[row.unit_id, row.year]
        before, now = row.old_gates_met or (), scores[row[:3]].gates_met
        yield from flips((row.unit_id, row.year), before, now, year.totals, year.rules)
