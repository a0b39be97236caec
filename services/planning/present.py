"""What stands in the tables now, streamed whole, and versions lifted above what others have seen."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, ColumnElement, Select, Table, func, literal, select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.newest import ANSWERS, NEWEST
from services.planning.nomination.domain.nominations import Candidacy
from services.planning.nomination.store.proposals import CANDIDACIES, candidacy_of
from services.planning.people.domain import Person
from services.planning.people.store import PEOPLE, person_of
from services.planning.plan.domain import Activity, Programme
from services.planning.plan.store import ACTIVITIES, PROGRAMMES, activity_of, programme_of
from services.planning.stages.domain.assessment import Assessment
from services.planning.stages.domain.findings import Finding
from services.planning.stages.store.assessments import STAGES, assessment_of
from services.planning.stages.store.findings import FINDINGS, finding_of
from services.planning.tables import (
    ACTIVITY,
    ANSWER,
    CANDIDACY,
    FINDING,
    PERSON,
    PROGRAMME,
    STAGE,
    UNIT,
    WORKSHEET,
    columns_of,
    row_of,
)
from services.planning.units.domain import Unit
from services.planning.units.store import UNITS, unit_of
from services.planning.worksheets.domain import AnswerVersion, Worksheet
from services.planning.worksheets.store import answer_version_of, of_layer
from shared.outbox.snapshot import stream

T = TypeVar("T")
Timed = AsyncIterator[tuple[T, datetime]]
"""Objects with the time of their newest change."""


def units(session: AsyncSession, only: str | None = None) -> Timed[Unit]:
    """Yield every unit, or one."""
    asked = UNITS.order_by(UNIT.c.unit_id)
    if only is not None:
        asked = asked.where(UNIT.c.unit_id == only)
    return _timed(session, asked, UNIT.c.updated_at, unit_of)


def people(session: AsyncSession, only: UUID | None = None) -> Timed[Person]:
    """Yield every person, or one."""
    asked = PEOPLE.order_by(PERSON.c.person_id)
    if only is not None:
        asked = asked.where(PERSON.c.person_id == only)
    return _timed(session, asked, PERSON.c.updated_at, person_of)


def programmes(
    session: AsyncSession, unit_id: str | None = None, year: int | None = None
) -> Timed[Programme]:
    """Yield every programme, or one unit's of a year."""
    asked = PROGRAMMES.order_by(PROGRAMME.c.programme_id)
    if unit_id is not None:
        asked = asked.where(PROGRAMME.c.unit_id == unit_id, PROGRAMME.c.year == year)
    return _timed(session, asked, PROGRAMME.c.created_at, programme_of)


def activities(session: AsyncSession, only: UUID | None = None) -> Timed[Activity]:
    """Yield every activity, or one."""
    asked = ACTIVITIES.order_by(ACTIVITY.c.activity_id)
    if only is not None:
        asked = asked.where(ACTIVITY.c.activity_id == only)
    return _timed(session, asked, ACTIVITY.c.updated_at, activity_of)


def stages(session: AsyncSession, unit_id: str | None = None, year: int | None = None) -> Timed[Assessment]:
    """Yield every assessment that was ever moved, or one unit's of a year."""
    asked = STAGES.order_by(STAGE.c.unit_id, STAGE.c.year)
    if unit_id is not None:
        asked = asked.where(STAGE.c.unit_id == unit_id, STAGE.c.year == year)
    return _timed(session, asked, STAGE.c.moved_at, assessment_of)


def findings(session: AsyncSession, only: UUID | None = None) -> Timed[Finding]:
    """Yield every finding, or one."""
    asked = FINDINGS.order_by(FINDING.c.finding_id)
    if only is not None:
        asked = asked.where(FINDING.c.finding_id == only)
    return _timed(session, asked, FINDING.c.changed_at, finding_of)


def candidacies(session: AsyncSession, only: UUID | None = None) -> Timed[Candidacy]:
    """Yield every unit's place in a proposal, or one."""
    asked = CANDIDACIES.order_by(CANDIDACY.c.candidacy_id)
    if only is not None:
        asked = asked.where(CANDIDACY.c.candidacy_id == only)
    return _timed(session, asked, CANDIDACY.c.updated_at, candidacy_of)


async def _timed(
    session: AsyncSession, asked: Select[Any], at: Column[Any], made: Callable[[Mapping[str, Any]], T]
) -> Timed[T]:
    async for row in stream(session, asked.add_columns(at.label("at"))):
        values = row._asdict()
        moment = values.pop("at")
        yield made(values), moment


async def answers(session: AsyncSession) -> AsyncIterator[tuple[Worksheet, AnswerVersion]]:
    """Yield the newest answer of every item and layer, worksheet by worksheet in the order of versions."""
    newest = NEWEST.subquery()
    sheet = (newest.c.unit_id, newest.c.year)
    asked = (
        select(newest, *PROGRAMME.c["edition", "policies"], WORKSHEET.c.version.label("worksheet_version"))
        .join(WORKSHEET, (WORKSHEET.c.unit_id == sheet[0]) & (WORKSHEET.c.year == sheet[1]))
        .join(PROGRAMME)
        .order_by(*sheet, newest.c.version)
    )
    async for row in stream(session, asked):
        worksheet = Worksheet(row.unit_id, row.year, row.edition, row.policies, row.worksheet_version)
        yield worksheet, answer_version_of(row._mapping)  # noqa: SLF001 - public, whatever its name


async def answer(
    session: AsyncSession, unit_id: str, year: int, layer: Layer, item_code: str
) -> AnswerVersion | None:
    """Return the newest answer of one item and layer."""
    asked = (
        ANSWERS.where(of_layer(unit_id, year, layer), ANSWER.c.item_code == item_code)
        .order_by(ANSWER.c.version.desc())
        .limit(1)
    )
    found = (await session.execute(asked)).mappings().one_or_none()
    return answer_version_of(found) if found else None


async def lift_unit(session: AsyncSession, unit_id: str, floor: int) -> None:
    """Raise the version of a unit above the floor, if there is such a one."""
    await _lift(session, UNIT, floor, UNIT.c.unit_id == unit_id)


async def lift_programme(session: AsyncSession, unit_id: str, year: int, floor: int) -> None:
    """Raise the version of a programme above the floor, if there is such a one."""
    await _lift(session, PROGRAMME, floor, PROGRAMME.c.unit_id == unit_id, PROGRAMME.c.year == year)


async def lift_activity(session: AsyncSession, activity_id: UUID, floor: int) -> None:
    """Raise the version of an activity above the floor, if there is such a one."""
    await _lift(session, ACTIVITY, floor, ACTIVITY.c.activity_id == activity_id)


async def lift_stage(session: AsyncSession, unit_id: str, year: int, floor: int) -> None:
    """Raise the version of a worksheet's assessment above the floor, if there is such a worksheet.

    One that the database never saw moved is being filled for the first time.
    """
    unmoved = Assessment(unit_id, year, version=floor + 1)
    made = insert_into(STAGE).from_select(
        list(row_of(unmoved, STAGE)),
        select(*(literal(value, STAGE.c[name].type) for name, value in row_of(unmoved, STAGE).items())).where(
            select(WORKSHEET.c.year).where(WORKSHEET.c.unit_id == unit_id, WORKSHEET.c.year == year).exists()
        ),
    )
    await session.execute(
        made.on_conflict_do_update(
            index_elements=["unit_id", "year"], set_={"version": _at_least(STAGE, floor) + 1}
        )
    )


async def lift_finding(session: AsyncSession, finding_id: UUID, floor: int) -> None:
    """Raise the version of a finding above the floor, if there is such a one."""
    await _lift(session, FINDING, floor, FINDING.c.finding_id == finding_id)


async def lift_person(session: AsyncSession, person_id: UUID, floor: int) -> None:
    """Raise the version of a person above the floor, if there is such a one."""
    await _lift(session, PERSON, floor, PERSON.c.person_id == person_id)


async def lift_candidacy(session: AsyncSession, candidacy_id: UUID, floor: int) -> None:
    """Raise the version of a unit's place in a proposal above the floor, if there is such a one."""
    await _lift(session, CANDIDACY, floor, CANDIDACY.c.candidacy_id == candidacy_id)


async def _lift(session: AsyncSession, table: Table, floor: int, *which: ColumnElement[bool]) -> None:
    await session.execute(table.update().where(*which).values(version=_at_least(table, floor) + 1))


async def lift_worksheet(session: AsyncSession, unit_id: str, year: int, floor: int) -> Worksheet | None:
    """Lock a worksheet and raise its counter to the floor at least; the next answer goes above it."""
    row = await session.execute(
        WORKSHEET.update()
        .values(version=_at_least(WORKSHEET, floor))
        .where(
            WORKSHEET.c.unit_id == unit_id,
            WORKSHEET.c.year == year,
            PROGRAMME.c.unit_id == WORKSHEET.c.unit_id,
            PROGRAMME.c.year == WORKSHEET.c.year,
        )
        .returning(*columns_of(Worksheet, WORKSHEET, PROGRAMME))
    )
    found = row.mappings().one_or_none()
    return Worksheet(**found) if found else None


def _at_least(table: Table, floor: int) -> ColumnElement[int]:
    return func.greatest(table.c.version, literal(floor, BigInteger))
