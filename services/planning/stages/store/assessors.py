"""Teams, assessors, and the units given to them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.newest import NEWEST, is_present
from services.planning.stages.domain.assessors import Assessor, AssessorRole, Assignment, Share, Team
from services.planning.tables import (
    ANSWER,
    ASSESSOR,
    ASSESSOR_TEAM,
    ASSIGNMENT,
    ASSIGNMENT_SHARE,
    STAGE_MOVE,
    UNIT,
    columns_of,
    row_of,
)
from services.planning.units.store import within
from shared.db.arrays import among
from shared.security import Scope

TEAMS = select(*columns_of(Team, ASSESSOR_TEAM))
ASSESSORS = select(*columns_of(Assessor, ASSESSOR))


class Load(NamedTuple):
    """What an assessor, or a team when `assessor_id` is None, has of a year: units, and minutes planned."""

    team_id: str
    assessor_id: UUID | None
    role: AssessorRole | None
    units: int
    minutes: int


class Given(NamedTuple):
    """A unit of a year that an assessor has, and how many items of the layer have an answer."""

    unit_id: str
    name: str
    year: int
    layer: Layer
    team_id: str
    assessed: int


def of_teams(scope: Scope) -> ColumnElement[bool]:
    """Return the filter of teams in scope: national ones, and those of agencies that it reaches into."""
    if scope.level == "national":
        return true()
    reached = select(UNIT.c.agency_id).where(within(scope))
    own = [ASSESSOR_TEAM.c.agency_id.is_(None), ASSESSOR_TEAM.c.agency_id.in_(reached)]
    if scope.level == "agency":
        own.append(ASSESSOR_TEAM.c.agency_id.in_(sorted(scope.agencies)))
    return or_(*own)


async def insert_team(session: AsyncSession, team: Team) -> bool:
    """Insert a team; False when its id is taken."""
    made = insert_into(ASSESSOR_TEAM).values(row_of(team, ASSESSOR_TEAM)).on_conflict_do_nothing()
    return await session.scalar(made.returning(ASSESSOR_TEAM.c.team_id)) is not None


async def get_team(session: AsyncSession, team_id: str, *, lock: bool = False) -> Team | None:
    """Return a team, its row locked when asked: whoever counts its units holds it."""
    asked = TEAMS.where(ASSESSOR_TEAM.c.team_id == team_id)
    found = (await session.execute(asked.with_for_update() if lock else asked)).mappings().one_or_none()
    return team_of(found) if found else None


async def page_teams(session: AsyncSession, scope: Scope, *, after: str, limit: int) -> list[Team]:
    """Return teams in scope by id."""
    asked = TEAMS.where(of_teams(scope), ASSESSOR_TEAM.c.team_id > after)
    rows = await session.execute(asked.order_by(ASSESSOR_TEAM.c.team_id).limit(limit))
    return [team_of(row) for row in rows.mappings()]


async def insert_assessor(session: AsyncSession, assessor: Assessor) -> bool:
    """Insert an assessor; False when the person is in the team already."""
    made = insert_into(ASSESSOR).values(row_of(assessor, ASSESSOR)).on_conflict_do_nothing()
    return await session.scalar(made.returning(ASSESSOR.c.assessor_id)) is not None


async def update_assessor(session: AsyncSession, assessor: Assessor) -> None:
    """Write a changed assessor, whose row the caller has locked."""
    changed = ASSESSOR.update().where(ASSESSOR.c.assessor_id == assessor.assessor_id)
    await session.execute(changed.values(**row_of(assessor, ASSESSOR), updated_at=func.now()))


async def get_assessor(session: AsyncSession, scope: Scope, assessor_id: UUID) -> Assessor | None:
    """Return an assessor of a team in scope, the row locked."""
    asked = ASSESSORS.join(ASSESSOR_TEAM, ASSESSOR_TEAM.c.team_id == ASSESSOR.c.team_id)
    asked = asked.where(ASSESSOR.c.assessor_id == assessor_id, of_teams(scope))
    found = (await session.execute(asked.with_for_update(of=ASSESSOR))).mappings().one_or_none()
    return assessor_of(found) if found else None


async def page_assessors(
    session: AsyncSession, scope: Scope, *, team_id: str | None, after: UUID, limit: int
) -> list[Assessor]:
    """Return assessors of teams in scope by id."""
    asked = ASSESSORS.join(ASSESSOR_TEAM, ASSESSOR_TEAM.c.team_id == ASSESSOR.c.team_id)
    asked = asked.where(of_teams(scope), ASSESSOR.c.assessor_id > after)
    if team_id is not None:
        asked = asked.where(ASSESSOR.c.team_id == team_id)
    rows = await session.execute(asked.order_by(ASSESSOR.c.assessor_id).limit(limit))
    return [assessor_of(row) for row in rows.mappings()]


async def of_the_teams(session: AsyncSession, teams: Collection[str]) -> list[Assessor]:
    """Return the active assessors of teams."""
    rows = await session.execute(ASSESSORS.where(among(ASSESSOR.c.team_id, teams), ASSESSOR.c.is_active))
    return [assessor_of(row) for row in rows.mappings()]


async def active_members(session: AsyncSession, team_id: str) -> list[Assessor]:
    """Return those of a team who assess, by id."""
    asked = ASSESSORS.where(ASSESSOR.c.team_id == team_id, ASSESSOR.c.is_active)
    rows = await session.execute(asked.order_by(ASSESSOR.c.assessor_id))
    return [assessor_of(row) for row in rows.mappings()]


async def of_the_unit(session: AsyncSession, unit_id: str, subjects: Collection[str]) -> set[str]:
    """Return those of the subjects who work for a unit: by the register, its answers or its acts."""
    parts = (
        select(ASSESSOR.c.subject).where(ASSESSOR.c.unit_id == unit_id, among(ASSESSOR.c.subject, subjects)),
        select(ANSWER.c.written_by).where(
            ANSWER.c.unit_id == unit_id, ANSWER.c.layer == Layer.UNIT, among(ANSWER.c.written_by, subjects)
        ),
        select(STAGE_MOVE.c.moved_by).where(
            STAGE_MOVE.c.unit_id == unit_id,
            STAGE_MOVE.c.side == "unit",
            among(STAGE_MOVE.c.moved_by, subjects),
        ),
    )
    return {subject for part in parts for subject in await session.scalars(part.distinct())}


async def units_of_team(session: AsyncSession, team_id: str, year: int, *, but: str) -> int:
    """Count the units that a team has in a year, one of them left out."""
    asked = select(func.count()).where(
        ASSIGNMENT.c.team_id == team_id, ASSIGNMENT.c.year == year, ASSIGNMENT.c.unit_id != but
    )
    return await session.scalar(asked) or 0


async def get_assignments(session: AsyncSession, unit_id: str, year: int) -> list[Assignment]:
    """Return who has a unit of a year, layer by layer."""
    of = ASSIGNMENT_SHARE.c
    parts = await session.execute(
        select(of.layer, of.assessor_id, of.areas, of.minutes)
        .where(of.unit_id == unit_id, of.year == year)
        .order_by(of.assessor_id)
    )
    shares: dict[str, list[Share]] = {}
    for part in parts:
        shares.setdefault(part.layer, []).append(Share(part.assessor_id, tuple(part.areas), part.minutes))
    asked = select(ASSIGNMENT.c.layer, ASSIGNMENT.c.team_id, ASSIGNMENT.c.version)
    rows = await session.execute(
        asked.where(ASSIGNMENT.c.unit_id == unit_id, ASSIGNMENT.c.year == year).order_by(ASSIGNMENT.c.layer)
    )
    return [
        Assignment(
            unit_id, year, Layer(row.layer), row.team_id, tuple(shares.get(row.layer, ())), row.version
        )
        for row in rows
    ]


async def share_of(
    session: AsyncSession, unit_id: str, year: int, layer: Layer, subject: str
) -> Share | None:
    """Return an active assessor's part of a unit of a year, None for whom it was not given."""
    of = ASSIGNMENT_SHARE.c
    asked = select(of.assessor_id, of.areas, of.minutes).join(
        ASSESSOR, ASSESSOR.c.assessor_id == of.assessor_id
    )
    mine = (of.unit_id == unit_id, of.year == year, of.layer == layer, ASSESSOR.c.subject == subject)
    found = (await session.execute(asked.where(*mine, ASSESSOR.c.is_active).limit(1))).one_or_none()
    return None if found is None else Share(found.assessor_id, tuple(found.areas), found.minutes)


async def given_to(session: AsyncSession, scope: Scope, subject: str) -> list[Given]:
    """Return the units in scope that an active assessor has, the newest year first; at most 100."""
    of = ASSIGNMENT_SHARE.c
    mine = select(of.unit_id, of.year, of.layer).join(ASSESSOR, ASSESSOR.c.assessor_id == of.assessor_id)
    mine = mine.where(ASSESSOR.c.subject == subject, ASSESSOR.c.is_active)
    keys = tuple_(ASSIGNMENT.c.unit_id, ASSIGNMENT.c.year, ASSIGNMENT.c.layer)
    return await _given(session, within(scope), keys.in_(mine))


async def given_of_year(session: AsyncSession, scope: Scope, year: int) -> list[Given]:
    """Return the units in scope that teams have in a year, by name; at most 100."""
    return await _given(session, within(scope), ASSIGNMENT.c.year == year)


async def _given(session: AsyncSession, *which: ColumnElement[bool]) -> list[Given]:
    newest = NEWEST.where(
        ANSWER.c.unit_id == ASSIGNMENT.c.unit_id,
        ANSWER.c.year == ASSIGNMENT.c.year,
        ANSWER.c.layer == ASSIGNMENT.c.layer,
    ).correlate(ASSIGNMENT)
    answer = newest.subquery("newest_of_layer").c
    assessed = select(func.count()).where(is_present(answer)).scalar_subquery()
    asked = (
        select(
            ASSIGNMENT.c.unit_id,
            UNIT.c.name,
            ASSIGNMENT.c.year,
            ASSIGNMENT.c.layer,
            ASSIGNMENT.c.team_id,
            assessed.label("assessed"),
        )
        .join(UNIT, UNIT.c.unit_id == ASSIGNMENT.c.unit_id)
        .where(*which)
        .order_by(ASSIGNMENT.c.year.desc(), UNIT.c.name, ASSIGNMENT.c.layer)
        .limit(100)
    )
    return [Given(*row[:3], Layer(row[3]), *row[4:]) for row in await session.execute(asked)]


async def subjects_of(session: AsyncSession, unit_id: str, year: int, layer: Layer) -> list[str]:
    """Return the active assessors that a unit of a year was given to, by the names of their log-ins."""
    of = ASSIGNMENT_SHARE.c
    asked = select(ASSESSOR.c.subject).join(ASSIGNMENT_SHARE, of.assessor_id == ASSESSOR.c.assessor_id)
    mine = (of.unit_id == unit_id, of.year == year, of.layer == layer, ASSESSOR.c.is_active)
    return list(await session.scalars(asked.where(*mine).order_by(ASSESSOR.c.subject)))


async def save_assignment(session: AsyncSession, given: Assignment) -> None:
    """Write who has a unit, in place of who had it; the caller has locked the worksheet."""
    key = {"unit_id": given.unit_id, "year": given.year, "layer": given.layer}
    made = insert_into(ASSIGNMENT).values(**key, team_id=given.team_id, version=given.version)
    await session.execute(
        made.on_conflict_do_update(
            index_elements=list(key),
            set_={"team_id": given.team_id, "version": given.version, "assigned_at": func.now()},
        )
    )
    of = ASSIGNMENT_SHARE.c
    await session.execute(
        ASSIGNMENT_SHARE.delete().where(
            of.unit_id == given.unit_id, of.year == given.year, of.layer == given.layer
        )
    )
    rows = [
        {**key, "assessor_id": one.assessor_id, "areas": list(one.areas), "minutes": one.minutes}
        for one in given.shares
    ]
    await session.execute(ASSIGNMENT_SHARE.insert(), rows)


async def workload(session: AsyncSession, teams: Sequence[str], year: int) -> list[Load]:
    """Return what each team and each of its active assessors has of a year, also those who have nothing."""
    share, given = ASSIGNMENT_SHARE.c, ASSIGNMENT.c
    by_team = (
        select(
            given.team_id,
            func.count(func.distinct(given.unit_id)),
            func.coalesce(func.sum(share.minutes), 0),
        )
        .select_from(ASSIGNMENT)
        .join(
            ASSIGNMENT_SHARE,
            and_(share.unit_id == given.unit_id, share.year == given.year, share.layer == given.layer),
            isouter=True,
        )
        .where(given.year == year, among(given.team_id, teams))
        .group_by(given.team_id)
    )
    totals = {row[0]: (row[1], row[2]) for row in await session.execute(by_team)}
    by_member = (
        select(
            ASSESSOR.c.team_id,
            ASSESSOR.c.assessor_id,
            ASSESSOR.c.role,
            func.count(share.unit_id),
            func.coalesce(func.sum(share.minutes), 0),
        )
        .select_from(ASSESSOR)
        .join(
            ASSIGNMENT_SHARE,
            and_(share.assessor_id == ASSESSOR.c.assessor_id, share.year == year),
            isouter=True,
        )
        .where(among(ASSESSOR.c.team_id, teams), ASSESSOR.c.is_active)
        .group_by(ASSESSOR.c.assessor_id)
        .order_by(ASSESSOR.c.team_id, ASSESSOR.c.assessor_id)
    )
    members = [
        Load(row[0], row[1], AssessorRole(row[2]), row[3], row[4]) for row in await session.execute(by_member)
    ]
    return [Load(team, None, None, *totals.get(team, (0, 0))) for team in teams] + members


def team_of(row: RowMapping | Mapping[str, Any]) -> Team:
    return Team(**{**row, "layer": Layer(row["layer"])})


def assessor_of(row: RowMapping | Mapping[str, Any]) -> Assessor:
    return Assessor(**{**row, "role": AssessorRole(row["role"])})
