"""Survey status of campaigns."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.survey import Predicate, Tally
from shared.instruments.survey.thresholds import ThresholdStatus

_SAVE = text("""
    INSERT INTO survey_status AS s (campaign_id, predicate, unit_id, year, result, failed, version)
    SELECT *, 1 FROM unnest(
        cast(:campaigns AS text[]), cast(:predicates AS text[]), cast(:units AS text[]),
        cast(:years AS int[]), cast(:results AS text[]), cast(:failed AS text[]))
    ON CONFLICT (campaign_id, predicate) DO UPDATE SET
        unit_id = excluded.unit_id, year = excluded.year, result = excluded.result, failed = excluded.failed,
        version = s.version + 1
    WHERE (s.result, s.failed) IS DISTINCT FROM (excluded.result, excluded.failed)
    RETURNING campaign_id, predicate, version
""")


async def save(
    session: AsyncSession, statuses: Sequence[tuple[Tally, Predicate, ThresholdStatus]]
) -> dict[tuple[str, Predicate], int]:
    """Write verdicts and return the version of those that changed, by campaign and predicate."""
    if not statuses:
        return {}
    rows = await session.execute(
        _SAVE,
        {
            "campaigns": [tally.campaign_id for tally, _, _ in statuses],
            "predicates": [predicate for _, predicate, _ in statuses],
            "units": [tally.unit_id for tally, _, _ in statuses],
            "years": [tally.year for tally, _, _ in statuses],
            "results": [status.result for _, _, status in statuses],
            "failed": [" ".join(status.failed) for _, _, status in statuses],
        },
    )
    return {(row.campaign_id, row.predicate): row.version for row in rows}
