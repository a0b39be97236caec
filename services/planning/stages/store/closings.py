"""Stages whose window closes within a week, for reminders: who holds them, and until when."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.notices.domain import REMINDERS, Closing
from services.planning.stages.domain.assessment import Assessment, Objection, Standing
from services.planning.stages.domain.stage import OPEN, Stage
from services.planning.stages.practice import practice
from services.planning.stages.store.assessments import windows_of
from shared.kernel import Zone

_HELD = text("""
    SELECT unit_id, year, unit.agency_id, unit.zone, coalesce(stage.stage, 'pengisian') AS stage,
        coalesce(stage.round, 1) AS round, coalesce(stage.objection, 'none') AS objection, stage.moved_at,
        (
            SELECT json_agg(json_build_array("window", agency_id, opens_on, closes_on))::text
            FROM stage_window
            WHERE stage_window.year = worksheet.year AND (agency_id IS NULL OR agency_id = unit.agency_id)
        ) AS windows,
        ARRAY(
            SELECT assessor.subject FROM assignment_share JOIN assessor USING (assessor_id)
            WHERE assignment_share.unit_id = worksheet.unit_id AND assignment_share.year = worksheet.year
                AND assignment_share.layer = CASE stage.stage WHEN 'penilaian_tpi' THEN 'tpi' ELSE 'tpn' END
                AND assessor.is_active
        ) AS assessors
    FROM worksheet JOIN unit USING (unit_id) LEFT JOIN stage USING (unit_id, year)
    WHERE year BETWEEN :year - 1 AND :year + 1 AND unit.is_active AND unit.merged_into IS NULL
        AND coalesce(stage.stage, 'pengisian') = ANY(CAST(:open AS text[]))
""")
"""Text, because it is one look at all units: their stages, windows and assessors in one statement."""


_FARTHEST = timedelta(max(REMINDERS))


async def closings(session: AsyncSession, now: datetime) -> Sequence[Closing]:
    """Return the open stages of working units whose last day is at most a week away."""
    rows = await session.execute(_HELD, {"year": now.year, "open": [one.value for one in OPEN]})
    found = []
    for row in rows:
        told = _standing(row, now)
        days = told.days_of_stage
        if days.closes_on is None or not timedelta(0) <= days.closes_on - told.today <= _FARTHEST:
            continue
        began = [day for day in (days.opens_on, _day(row.moved_at, told.zone)) if day is not None]
        found.append(
            Closing(
                row.unit_id,
                row.year,
                told.assessment.stage.value,
                days.closes_on,
                max(began, default=None),
                tuple(row.assessors),
            )
        )
    return found


def _standing(row: Any, now: datetime) -> Standing:
    mine = Assessment(
        row.unit_id,
        row.year,
        stage=Stage(row.stage),
        round=row.round,
        objection=Objection(row.objection),
    )
    return Standing(mine, row.agency_id, Zone(row.zone), None, now, windows_of(row.windows), practice())


def _day(moment: datetime | None, zone: Zone) -> date | None:
    return None if moment is None else moment.astimezone(zone.tz).date()
