"""Programmes and the activities of their work plans."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain.plans import Activity, ActivityState, Programme, Target
from shared.kernel import Zone
from shared.security import Scope

_PROGRAMME = "p.programme_id, p.unit_id, p.year, p.target, p.edition, p.rule_set, p.version"
_ACTIVITY = """a.activity_id, a.programme_id, a.unit_id, p.year, a.indicator_code, a.title, a.evidence_kinds,
    a.due_on, a.state, a.evidence_ids, a.version"""


async def insert_programme(session: AsyncSession, programme: Programme) -> bool:
    """Insert a programme with its empty worksheet; False when the unit has one for the year."""
    done = await session.execute(
        text("""
            WITH made AS (
                INSERT INTO programme (programme_id, unit_id, year, target, edition, rule_set, version)
                VALUES (:programme_id, :unit_id, :year, :target, :edition, :rule_set, :version)
                ON CONFLICT DO NOTHING RETURNING unit_id, year
            )
            INSERT INTO worksheet (unit_id, year, version) SELECT unit_id, year, 0 FROM made RETURNING 1
        """),
        asdict(programme),
    )
    return done.scalar() is not None


async def get_programme(session: AsyncSession, scope: Scope, unit_id: str, year: int) -> Programme | None:
    """Return the programme of a unit in scope and year."""
    where, params = scope.sql("u.unit_id", "u.agency_id")
    row = await session.execute(
        text(f"""
            SELECT {_PROGRAMME} FROM programme p JOIN unit u USING (unit_id)
            WHERE p.unit_id = :id AND p.year = :year AND {where}
        """),
        {"id": unit_id, "year": year, **params},
    )
    found = row.mappings().one_or_none()
    return programme_of(found) if found else None


async def page_programmes(
    session: AsyncSession, scope: Scope, *, unit_id: str | None, year: int | None, after: UUID, limit: int
) -> list[Programme]:
    """Return programmes in scope by id, narrowed to a unit or a year when given."""
    where, params = scope.sql("u.unit_id", "u.agency_id")
    rows = await session.execute(
        text(f"""
            SELECT {_PROGRAMME} FROM programme p JOIN unit u USING (unit_id)
            WHERE p.programme_id > :after AND {where}
              AND (cast(:unit AS text) IS NULL OR p.unit_id = :unit)
              AND (cast(:year AS int) IS NULL OR p.year = :year)
            ORDER BY p.programme_id LIMIT :n
        """),
        {"after": after, "unit": unit_id, "year": year, "n": limit, **params},
    )
    return [programme_of(row) for row in rows.mappings()]


async def insert_activity(session: AsyncSession, activity: Activity) -> None:
    """Insert a new activity."""
    await session.execute(
        text("""
            INSERT INTO activity (activity_id, programme_id, unit_id, indicator_code, title, evidence_kinds,
                                  due_on, state, evidence_ids, version)
            VALUES (:activity_id, :programme_id, :unit_id, :indicator_code, :title, :evidence_kinds, :due_on,
                    :state, '{}', :version)
        """),
        asdict(activity) | {"evidence_kinds": sorted(activity.evidence_kinds)},
    )


async def save_completion(session: AsyncSession, activity: Activity) -> None:
    """Write state, evidence and version of an activity whose row the caller has locked."""
    await session.execute(
        text("""
            UPDATE activity SET state = :state, evidence_ids = :evidence_ids, version = :version,
                updated_at = now()
            WHERE activity_id = :activity_id
        """),
        {
            "activity_id": activity.activity_id,
            "state": activity.state,
            "evidence_ids": list(activity.evidence_ids),
            "version": activity.version,
        },
    )


async def get_activity(
    session: AsyncSession, scope: Scope, activity_id: UUID, *, lock: bool = False
) -> Activity | None:
    """Return an activity of a unit in scope, its row locked for update when asked."""
    where, params = scope.sql("u.unit_id", "u.agency_id")
    ending = "FOR UPDATE OF a" if lock else ""
    row = await session.execute(
        text(f"""
            SELECT {_ACTIVITY} FROM activity a JOIN programme p USING (programme_id)
            JOIN unit u ON u.unit_id = a.unit_id
            WHERE a.activity_id = :id AND {where} {ending}
        """),
        {"id": activity_id, **params},
    )
    found = row.mappings().one_or_none()
    return activity_of(found) if found else None


async def page_activities(
    session: AsyncSession, programme_id: UUID, *, after: UUID, limit: int
) -> list[Activity]:
    """Return a programme's activities by id, which is the order they were planned in."""
    rows = await session.execute(
        text(f"""
            SELECT {_ACTIVITY} FROM activity a JOIN programme p USING (programme_id)
            WHERE a.programme_id = :id AND a.activity_id > :after ORDER BY a.activity_id LIMIT :n
        """),
        {"id": programme_id, "after": after, "n": limit},
    )
    return [activity_of(row) for row in rows.mappings()]


async def count_overdue(session: AsyncSession) -> int:
    """Count planned activities whose due date has passed in their unit's zone, by the database's clock."""
    found = await session.scalar(
        text("""
            SELECT count(*) FROM activity a JOIN unit u USING (unit_id)
            JOIN unnest(cast(:zones AS text[]), cast(:places AS text[])) AS z (zone, place) USING (zone)
            WHERE a.state = 'planned' AND a.due_on < (zi_now() AT TIME ZONE z.place)::date
        """),
        {"zones": [zone.value for zone in Zone], "places": [zone.tz.key for zone in Zone]},
    )
    return int(found or 0)


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
