"""Where assessments stand, who moved them, and what is asked before anybody acts or writes.

The worksheet's row is the lock of its unit and year, for answers and acts alike.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.stages.domain.acts import Act, Side
from services.planning.stages.domain.assessment import Assessment, Objection, Standing
from services.planning.stages.domain.assessors import AssessorRole
from services.planning.stages.domain.stage import Stage, Window
from services.planning.stages.domain.windows import Days
from services.planning.stages.practice import practice
from services.planning.tables import STAGE, STAGE_MOVE, UNIT, WORKSHEET, columns_of, row_of
from services.planning.units.store import WITHIN, reach, within
from shared.db.arrays import among
from shared.db.hot import Hot
from shared.kernel import Zone
from shared.security import Scope

STAGES = select(*columns_of(Assessment, STAGE))
_LOCK = Hot(f"""
    SELECT taken.*, pg_advisory_xact_lock(hashtextextended(:hand, 0)) FROM (
        SELECT worksheet.version, unit.merged_into
        FROM worksheet JOIN unit USING (unit_id)
        WHERE worksheet.unit_id = :unit_id AND worksheet.year = :year AND {WITHIN}
        FOR UPDATE OF worksheet FOR KEY SHARE OF unit
    ) AS taken
""")
_STANDING = Hot("""
    SELECT unit.agency_id, unit.zone, agency.agency_type, zi_now(),
        stage.stage, stage.round, stage.tpi_round, stage.is_nominated, stage.objection, stage.is_awarded,
        stage.is_carried_over, stage.act, stage.version,
        (
            SELECT json_agg(json_build_array("window", agency_id, opens_on, closes_on))::text
            FROM stage_window
            WHERE year = :year AND (agency_id IS NULL OR agency_id = unit.agency_id)
        ),
        EXISTS (
            SELECT FROM answer
            WHERE unit_id = :unit_id AND layer = any(cast(:opposite_layers AS text[]))
                AND written_by = :subject
        ) OR EXISTS (
            SELECT FROM stage_move
            WHERE unit_id = :unit_id AND moved_by = :subject AND side = any(cast(:opposite_sides AS text[]))
        ),
        EXISTS (SELECT FROM assessor WHERE subject = :subject AND unit_id = unit.unit_id),
        (
            SELECT assessor.role FROM assignment_share JOIN assessor USING (assessor_id)
            WHERE assignment_share.unit_id = :unit_id AND assignment_share.year = :year
                AND assignment_share.layer = :layer AND assessor.subject = :subject AND assessor.is_active
        )
    FROM unit
    LEFT JOIN stage ON stage.unit_id = unit.unit_id AND stage.year = :year
    LEFT JOIN agency ON agency.agency_id = unit.agency_id
    WHERE unit.unit_id = :unit_id
""")
"""Text, because every answer asks it: all that its rules want to know, in one statement.

It comes after the locks: what a statement reads beside the row that it waits for is from before the wait.
"""


class Locked(NamedTuple):
    """The worksheet's version, and the unit that its own was merged into, if it was."""

    worksheet_version: int
    merged_into: str | None


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts or writes, as the unit knows them.

    Whether they ever did so for the other side of it, whatever year, and whether they work in it;
    `assessor_role` is theirs in the team that has it.
    """

    was_opposite: bool
    works_there: bool
    assessor_role: AssessorRole | None


class Move(NamedTuple):
    """One act as it was done."""

    version: int
    act: Act
    side: Side
    source: Stage
    target: Stage
    round: int
    reason: str | None
    moved_by: str
    moved_at: datetime


_OPPOSITE: Mapping[Side, tuple[list[Layer], list[Side]]] = {
    Side.UNIT: ([Layer.TPI, Layer.TPN], [Side.REVIEW]),
    Side.REVIEW: ([Layer.UNIT], [Side.UNIT]),
    Side.AGENCY: ([], []),
}


def hand_of(unit_id: str, subject: str) -> str:
    """Return the name of the lock of one person's acts and answers in a unit, whatever year."""
    return f"worksheet-hand/{unit_id}/{subject}"


async def lock(session: AsyncSession, scope: Scope, unit_id: str, year: int, subject: str) -> Locked | None:
    """Lock a worksheet in scope for one hand to act, as writers of answers do; None when there is none."""
    asked = {"unit_id": unit_id, "year": year, "hand": hand_of(unit_id, subject)}
    found = await _LOCK.row(session, asked | reach(scope))
    return None if found is None else Locked(found[0], found[1])


async def is_there(session: AsyncSession, scope: Scope, unit_id: str, year: int) -> bool:
    """Tell whether a unit in scope has a worksheet of the year."""
    asked = select(WORKSHEET.c.unit_id).join(UNIT, UNIT.c.unit_id == WORKSHEET.c.unit_id)
    asked = asked.where(WORKSHEET.c.unit_id == unit_id, WORKSHEET.c.year == year, within(scope))
    return bool(await session.scalar(select(asked.exists())))


async def standing(
    session: AsyncSession, unit_id: str, year: int, subject: str, side: Side, layer: Layer
) -> tuple[Standing, Hand]:
    """Return how a unit's assessment stands, and who somebody is to it on this side and layer."""
    layers, sides = _OPPOSITE[side]
    found = await _STANDING.row(
        session,
        {
            "unit_id": unit_id,
            "year": year,
            "subject": subject,
            "layer": layer.value,
            "opposite_layers": [one.value for one in layers],
            "opposite_sides": [one.value for one in sides],
        },
    )
    agency_id, zone, agency_type, now, *stage, windows, was_opposite, works_there, role = found
    assessment = Assessment(unit_id, year) if stage[0] is None else _assessment(unit_id, year, stage)
    told = Standing(assessment, agency_id, Zone(zone), agency_type, now, windows_of(windows), practice())
    return told, Hand(was_opposite, works_there, None if role is None else AssessorRole(role))


async def of_units(session: AsyncSession, unit_ids: Collection[str], year: int) -> list[Assessment]:
    """Return those assessments of these units that somebody moved."""
    asked = STAGES.where(among(STAGE.c.unit_id, unit_ids), STAGE.c.year == year)
    return [assessment_of(row) for row in (await session.execute(asked)).mappings()]


async def save(
    session: AsyncSession, after: Assessment, source: Stage, side: Side, reason: str | None, moved_by: str
) -> None:
    """Write an assessment that moved, and the act that moved it; the caller has locked the worksheet."""
    row = row_of(after, STAGE)
    made = insert_into(STAGE).values(row)
    changed = {name: made.excluded[name] for name in row if name not in {"unit_id", "year"}}
    await session.execute(
        made.on_conflict_do_update(
            index_elements=["unit_id", "year"], set_=changed | {"moved_at": func.now()}
        )
    )
    await session.execute(
        STAGE_MOVE.insert().values(
            unit_id=after.unit_id,
            year=after.year,
            version=after.version,
            act=after.act,
            side=side,
            source=source,
            target=after.stage,
            round=after.round,
            reason=reason,
            moved_by=moved_by,
        )
    )


async def moves(session: AsyncSession, unit_id: str, year: int) -> list[Move]:
    """Return every act on an assessment, oldest first."""
    columns = [STAGE_MOVE.c[name] for name in Move._fields]
    asked = select(*columns).where(STAGE_MOVE.c.unit_id == unit_id, STAGE_MOVE.c.year == year)
    rows = await session.execute(asked.order_by(STAGE_MOVE.c.version))
    return [
        Move(
            row.version,
            Act(row.act),
            Side(row.side),
            Stage(row.source),
            Stage(row.target),
            row.round,
            row.reason,
            row.moved_by,
            row.moved_at,
        )
        for row in rows
    ]


def assessment_of(row: RowMapping | Mapping[str, Any]) -> Assessment:
    return Assessment(
        **{
            **row,
            "stage": Stage(row["stage"]),
            "objection": Objection(row["objection"]),
            "act": None if row["act"] is None else Act(row["act"]),
        }
    )


def _assessment(unit_id: str, year: int, stage: Sequence[Any]) -> Assessment:
    names = (
        *("stage", "round", "tpi_round", "is_nominated", "objection", "is_awarded"),
        *("is_carried_over", "act", "version"),
    )
    return assessment_of({"unit_id": unit_id, "year": year, **dict(zip(names, stage, strict=True))})


def windows_of(told: str | None) -> tuple[tuple[Window, str | None, Days], ...]:
    """Return announced windows as the statement tells them."""
    return tuple(
        (Window(name), agency_id, Days(_day(opens_on), _day(closes_on)))
        for name, agency_id, opens_on, closes_on in json.loads(told or "[]")
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
