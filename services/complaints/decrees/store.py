"""Handling units in and out of their tables; an agency has few, so each look-up reads those of one."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    Text,
    any_,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.decrees.domain import STREAMS, Decree, HandlingUnit, Member, Reach
from services.complaints.decrees.tables import HANDLING_MEMBER, HANDLING_UNIT
from services.complaints.tables import UNIT
from shared.db.arrays import among
from shared.security import Scope

_OF = HANDLING_UNIT.c
_PAIR = func.json_build_array(HANDLING_MEMBER.c.subject, HANDLING_MEMBER.c.role)
_MEMBERS = (
    select(func.json_agg(aggregate_order_by(_PAIR, HANDLING_MEMBER.c.subject)))
    .where(HANDLING_MEMBER.c.handling_unit_id == _OF.id)
    .scalar_subquery()
)
_UNITS = select(HANDLING_UNIT, _MEMBERS.label("members"))


def is_serving(unit_id: ColumnElement[str] | str, agency_id: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Keep the handling units that serve this unit of this agency."""
    unit = literal(unit_id, Text) if isinstance(unit_id, str) else unit_id
    return (_OF.agency_id == agency_id) & (_OF.is_for_agency | (unit == any_(_OF.unit_ids)))


def is_in_force(day: ColumnElement[date]) -> ColumnElement[bool]:
    """Keep the handling units that are in force on a day."""
    has_begun = (_OF.valid_from <= day) & (_OF.valid_to.is_(None) | (_OF.valid_to >= day))
    return has_begun & (_OF.ended_on.is_(None) | (_OF.ended_on > day))


def is_appointed(
    subject: ColumnElement[Any],
    unit_id: ColumnElement[str],
    agency_id: ColumnElement[str],
    stream: ColumnElement[str],
    day: ColumnElement[date],
) -> ColumnElement[bool]:
    """Tell whether an account may handle a stream of a unit on a day."""
    is_member = (HANDLING_MEMBER.c.handling_unit_id == _OF.id) & (HANDLING_MEMBER.c.subject == subject)
    is_right = is_serving(unit_id, agency_id) & is_in_force(day) & (stream == any_(_OF.streams))
    return exists().where(is_member, is_right)


def streams_of(
    subject: ColumnElement[Any], unit_id: str, agency_id: str, day: ColumnElement[date]
) -> ColumnElement[Any]:
    """Return the streams of a unit that an account may handle on a day, as an array; empty for none."""
    unit, agency = literal(unit_id, Text), literal(agency_id, Text)
    named = [
        case((is_appointed(subject, unit, agency, literal(stream, Text), day), stream)) for stream in STREAMS
    ]
    return func.array_remove(array(named), null())


async def serving(session: AsyncSession, unit_id: str, agency_id: str) -> list[HandlingUnit]:
    """Return the handling units that serve a unit, in force or not."""
    rows = await session.execute(_UNITS.where(is_serving(unit_id, agency_id)))
    return [_unit(row) for row in rows.mappings()]


def _within(scope: Scope) -> ColumnElement[bool]:
    is_theirs = (UNIT.c.agency_id == _OF.agency_id) & (
        _OF.is_for_agency | (UNIT.c.unit_id == any_(_OF.unit_ids))
    )
    return exists().where(is_theirs, scope.where(UNIT.c.unit_id, UNIT.c.agency_id))


async def page(
    session: AsyncSession, scope: Scope, *, unit_id: str | None, after: UUID, limit: int
) -> list[HandlingUnit]:
    """Return handling units that serve something within reach, by id; with `unit_id` those serving it."""
    asked = _UNITS.where(_within(scope), _OF.id > after).order_by(_OF.id).limit(limit)
    if unit_id is not None:
        its = select(UNIT.c.agency_id).where(UNIT.c.unit_id == unit_id).scalar_subquery()
        asked = asked.where(is_serving(unit_id, its))
    return [_unit(row) for row in (await session.execute(asked)).mappings()]


async def get(
    session: AsyncSession, scope: Scope, handling_unit_id: UUID, *, is_locked: bool = False
) -> HandlingUnit | None:
    """Return a handling unit that serves something within reach."""
    asked = _UNITS.where(_OF.id == handling_unit_id, _within(scope))
    if is_locked:
        asked = asked.with_for_update(of=HANDLING_UNIT)
    row = (await session.execute(asked)).mappings().one_or_none()
    return None if row is None else _unit(row)


async def names(session: AsyncSession, unit_ids: Sequence[str]) -> dict[str, str]:
    """Return the names of units by id."""
    asked = select(UNIT.c.unit_id, UNIT.c.name).where(among(UNIT.c.unit_id, unit_ids))
    return {row.unit_id: row.name for row in await session.execute(asked)}


async def known_units(session: AsyncSession, agency_id: str) -> frozenset[str]:
    """Return the units of an agency, active or not."""
    return frozenset(await session.scalars(select(UNIT.c.unit_id).where(UNIT.c.agency_id == agency_id)))


async def enter(session: AsyncSession, unit: HandlingUnit, entered_by: str, at: datetime) -> None:
    """Keep a new handling unit with its members; others are told of it in the same transaction."""
    kept = {"id": unit.id, "entered_by": entered_by, "told_version": unit.version, "told_at": at}
    await session.execute(insert(HANDLING_UNIT).values(**_row(unit), **kept))
    await _appoint(session, unit)


async def save(session: AsyncSession, unit: HandlingUnit, at: datetime) -> None:
    """Keep the next version of a handling unit that is locked; others are told of it as in `enter`."""
    kept = _row(unit) | {"told_version": unit.version, "told_at": at}
    await session.execute(update(HANDLING_UNIT).where(_OF.id == unit.id).values(**kept))
    await session.execute(HANDLING_MEMBER.delete().where(HANDLING_MEMBER.c.handling_unit_id == unit.id))
    await _appoint(session, unit)


async def untold(session: AsyncSession, most: int) -> list[HandlingUnit]:
    """Lock and return some handling units whose newest version others were not told of."""
    asked = _UNITS.where(_OF.told_version < _OF.version).order_by(_OF.id).limit(most)
    asked = asked.with_for_update(of=HANDLING_UNIT, skip_locked=True)
    return [_unit(row) for row in (await session.execute(asked)).mappings()]


async def note_told(session: AsyncSession, unit: HandlingUnit, at: datetime) -> None:
    """Note that others are told of this version."""
    told_now = {"told_version": unit.version, "told_at": at}
    await session.execute(update(HANDLING_UNIT).where(_OF.id == unit.id).values(**told_now))


async def told(session: AsyncSession, only: UUID | None) -> list[tuple[HandlingUnit, datetime]]:
    """Return the handling units, or one, whose newest version others were told of, and when."""
    asked = _UNITS.where(_OF.told_version == _OF.version).order_by(_OF.id)
    asked = asked if only is None else asked.where(_OF.id == only)
    return [(_unit(row), row["told_at"]) for row in (await session.execute(asked)).mappings()]


async def lift(session: AsyncSession, handling_unit_id: UUID, floor: int) -> None:
    """Raise the version above the floor, as one that others are told of."""
    above = func.greatest(_OF.version, literal(floor, BigInteger)) + 1
    lifted = {"version": above, "told_version": above, "told_at": func.now()}
    await session.execute(update(HANDLING_UNIT).where(_OF.id == handling_unit_id).values(**lifted))


async def _appoint(session: AsyncSession, unit: HandlingUnit) -> None:
    rows = [
        {"handling_unit_id": unit.id, "subject": member.subject, "role": member.role}
        for member in unit.members
    ]
    await session.execute(insert(HANDLING_MEMBER), rows)


def _row(unit: HandlingUnit) -> dict[str, Any]:
    return {
        "version": unit.version,
        "agency_id": unit.reach.agency_id,
        "name": unit.name,
        "decree_number": unit.decree.number,
        "decreed_on": unit.decree.decreed_on,
        "valid_from": unit.decree.valid_from,
        "valid_to": unit.decree.valid_to,
        "is_for_agency": unit.reach.is_for_agency,
        "unit_ids": list(unit.reach.unit_ids),
        "streams": list(unit.streams),
        "ended_on": unit.ended_on,
    }


def _unit(row: RowMapping) -> HandlingUnit:
    return HandlingUnit(
        id=row["id"],
        version=row["version"],
        name=row["name"],
        reach=Reach(row["agency_id"], row["is_for_agency"], tuple(row["unit_ids"])),
        decree=Decree(row["decree_number"], row["decreed_on"], row["valid_from"], row["valid_to"]),
        streams=tuple(row["streams"]),
        members=tuple(Member(subject, role) for subject, role in row["members"] or ()),
        ended_on=row["ended_on"],
    )
