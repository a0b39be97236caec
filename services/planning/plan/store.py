"""Programmes and the activities of their work plans."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Date, RowMapping, Text, cast, column, func, literal, select, values
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.plan.domain import Activity, ActivityState, Programme, Target
from services.planning.tables import ACTIVITY, PROGRAMME, UNIT, WORKSHEET, columns_of, row_of
from services.planning.units.store import within
from shared.kernel import Zone
from shared.security import Scope

FIRST = UUID(int=0)
"""Before every id."""
PROGRAMMES = select(*columns_of(Programme, PROGRAMME))
ACTIVITIES = select(*columns_of(Activity, ACTIVITY, PROGRAMME)).join_from(ACTIVITY, PROGRAMME)
_PLANNED = literal(ActivityState.PLANNED.value, literal_execute=True)
"""Written into the statement, because the index holds planned activities alone."""


async def insert_programme(session: AsyncSession, programme: Programme) -> bool:
    """Insert a programme with its empty worksheet; False when the unit has one for the year."""
    made = insert_into(PROGRAMME).values(row_of(programme, PROGRAMME)).on_conflict_do_nothing()
    key = made.returning(PROGRAMME.c.unit_id, PROGRAMME.c.year).cte("made")
    empty = WORKSHEET.insert().from_select(
        ["unit_id", "year", "version"], select(key.c.unit_id, key.c.year, literal(0))
    )
    return await session.scalar(empty.returning(WORKSHEET.c.year)) is not None


async def get_programme(session: AsyncSession, scope: Scope, unit_id: str, year: int) -> Programme | None:
    """Return the programme of a unit in scope and year."""
    asked = PROGRAMMES.join(UNIT).where(
        PROGRAMME.c.unit_id == unit_id, PROGRAMME.c.year == year, within(scope)
    )
    found = (await session.execute(asked)).mappings().one_or_none()
    return programme_of(found) if found else None


async def page_programmes(
    session: AsyncSession, scope: Scope, *, unit_id: str | None, year: int | None, after: UUID, limit: int
) -> list[Programme]:
    """Return programmes in scope by id, narrowed to a unit or a year when given."""
    asked = PROGRAMMES.join(UNIT).where(PROGRAMME.c.programme_id > after, within(scope))
    if unit_id is not None:
        asked = asked.where(PROGRAMME.c.unit_id == unit_id)
    if year is not None:
        asked = asked.where(PROGRAMME.c.year == year)
    rows = await session.execute(asked.order_by(PROGRAMME.c.programme_id).limit(limit))
    return [programme_of(row) for row in rows.mappings()]


async def insert_activity(session: AsyncSession, activity: Activity) -> None:
    """Insert a new activity."""
    row = row_of(activity, ACTIVITY) | {"evidence_kinds": sorted(activity.evidence_kinds)}
    await session.execute(ACTIVITY.insert().values(row))


async def save_completion(session: AsyncSession, activity: Activity) -> None:
    """Write state, evidence and version of an activity whose row the caller has locked."""
    done = ACTIVITY.update().where(ACTIVITY.c.activity_id == activity.activity_id)
    await session.execute(
        done.values(
            state=activity.state,
            evidence_ids=activity.evidence_ids,
            version=activity.version,
            updated_at=func.now(),
        )
    )


async def get_activity(
    session: AsyncSession, scope: Scope, activity_id: UUID, *, lock: bool = False
) -> Activity | None:
    """Return an activity of a unit in scope, its row locked for update when asked."""
    asked = ACTIVITIES.join(UNIT, UNIT.c.unit_id == ACTIVITY.c.unit_id).where(
        ACTIVITY.c.activity_id == activity_id, within(scope)
    )
    row = await session.execute(asked.with_for_update(of=ACTIVITY) if lock else asked)
    found = row.mappings().one_or_none()
    return activity_of(found) if found else None


async def page_activities(
    session: AsyncSession, programme_id: UUID, *, after: UUID, limit: int
) -> list[Activity]:
    """Return a programme's activities by id, which is the order they were planned in."""
    asked = ACTIVITIES.where(ACTIVITY.c.programme_id == programme_id, ACTIVITY.c.activity_id > after)
    rows = await session.execute(asked.order_by(ACTIVITY.c.activity_id).limit(limit))
    return [activity_of(row) for row in rows.mappings()]


async def count_overdue(session: AsyncSession) -> int:
    """Count planned activities whose due date has passed in their unit's zone, by the database's clock."""
    places = values(column("zone", Text), column("place", Text), name="places").data(
        [(zone.value, zone.tz.key) for zone in Zone]
    )
    today = cast(func.timezone(places.c.place, func.zi_now()), Date)
    late = (
        select(func.count())
        .select_from(ACTIVITY.join(UNIT).join(places, places.c.zone == UNIT.c.zone))
        .where(ACTIVITY.c.state == _PLANNED, ACTIVITY.c.due_on < today)
    )
    return await session.scalar(late) or 0


def programme_of(row: RowMapping | Mapping[str, Any]) -> Programme:
    return Programme(**{**row, "target": Target(row["target"])})


def activity_of(row: RowMapping | Mapping[str, Any]) -> Activity:
    return Activity(
        **{
            **row,
            "evidence_kinds": frozenset(row["evidence_kinds"]),
            "state": ActivityState(row["state"]),
            "evidence_ids": tuple(row["evidence_ids"]),
        }
    )
