"""The log of last changes: written by the fold, trimmed by a job."""

from collections.abc import Sequence

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.changes import Change

_ADD = text("""
    INSERT INTO change (unit_id, year, at, subject, delta, cause, detail, event_id)
    SELECT * FROM unnest(
        cast(:units AS text[]), cast(:years AS int[]), cast(:times AS timestamptz[]),
        cast(:subjects AS text[]), cast(:deltas AS text[]), cast(:causes AS text[]),
        cast(:details AS jsonb[]), cast(:event_ids AS uuid[]))
""")
_TRIM = text("""
    DELETE FROM change WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY unit_id, year ORDER BY id DESC) AS place FROM change
        ) AS numbered WHERE place > :kept)
""")


async def add(session: AsyncSession, changes: Sequence[Change]) -> None:
    """Append lines, oldest first."""
    if not changes:
        return
    await session.execute(
        _ADD,
        {
            "units": [change.unit_id for change in changes],
            "years": [change.year for change in changes],
            "times": [change.at for change in changes],
            "subjects": [change.subject for change in changes],
            "deltas": [None if change.delta is None else str(change.delta) for change in changes],
            "causes": [change.cause for change in changes],
            "details": [orjson.dumps(change.detail).decode() for change in changes],
            "event_ids": [change.event_id for change in changes],
        },
    )


async def trim(session: AsyncSession, kept: int) -> None:
    """Delete all but the newest `kept` lines of each unit's year."""
    await session.execute(_TRIM, {"kept": kept})
