"""Our replica of the units register."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, RowMapping, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.tables import UNIT, columns_of
from shared.db.arrays import among
from shared.kernel import UNASSIGNED_UNIT, NotFoundError, Zone, is_unit_id
from shared.security import Principal, Scope


@dataclass(frozen=True, slots=True)
class Unit:
    """What a case needs to know of its unit."""

    unit_id: str
    agency_id: str
    name: str
    zone: Zone
    is_active: bool


def key_of(unit_id: str | None) -> str:
    """Return the record key of everything about a unit, or about a case whose unit nobody knows."""
    return unit_id or UNASSIGNED_UNIT


MISSING = "Unit tidak ditemukan."
MOST_LISTED = 200
"""Nobody reads a longer list through; whoever has more in sight names one in the address."""
_UNITS = select(*columns_of(Unit, UNIT))
_ACTIVE = _UNITS.where(UNIT.c.is_active).order_by(UNIT.c.agency_id, UNIT.c.name, UNIT.c.unit_id)


async def get(session: AsyncSession, unit_id: str) -> Unit | None:
    """Return a unit, active or not."""
    row = await session.execute(_UNITS.where(UNIT.c.unit_id == unit_id))
    found = row.mappings().one_or_none()
    return _unit(found) if found else None


async def within_scope(session: AsyncSession, actor: Principal, unit_id: str) -> Unit:
    """Return an active unit in the caller's scope; raises `NotFoundError`."""
    unit = await ever_within_scope(session, actor, unit_id)
    if not unit.is_active:
        raise NotFoundError(MISSING)
    return unit


async def ever_within_scope(session: AsyncSession, actor: Principal, unit_id: str) -> Unit:
    """Return a unit in the caller's scope, active or not: what is open of it can be ended."""
    unit = await get(session, unit_id)
    if unit is None or not actor.scope.covers(unit_id, unit.agency_id):
        raise NotFoundError(MISSING)
    return unit


async def active(session: AsyncSession) -> list[Unit]:
    """Return the units that complaints may be about, by agency and name."""
    return [_unit(row) for row in (await session.execute(_ACTIVE)).mappings()]


async def count_by_agency(session: AsyncSession) -> dict[str, int]:
    """Return how many units of each agency complaints may be about, by agency."""
    asked = select(UNIT.c.agency_id, func.count().label("units")).where(UNIT.c.is_active)
    rows = await session.execute(asked.group_by(UNIT.c.agency_id).order_by(UNIT.c.agency_id))
    return {row.agency_id: row.units for row in rows}


async def named(session: AsyncSession, words: Iterable[str], most: int) -> list[Unit]:
    """Return the first units that complaints may be about whose name holds every word, by agency and name."""
    holds = (func.lower(UNIT.c.name).contains(word.lower(), autoescape=True) for word in words)
    asked = _ACTIVE.where(*holds).limit(most)
    return [_unit(row) for row in (await session.execute(asked)).mappings()]


async def zones(session: AsyncSession, unit_ids: Collection[str]) -> dict[str, Zone]:
    """Return the zones of those of the units that are known."""
    rows = await session.execute(select(UNIT.c.unit_id, UNIT.c.zone).where(among(UNIT.c.unit_id, unit_ids)))
    return {row.unit_id: Zone(row.zone) for row in rows}


async def in_scope(session: AsyncSession, scope: Scope, words: Iterable[str], most: int) -> list[Unit]:
    """Return the first units in scope, active or not, whose name or id holds every word, by name."""
    told = func.lower(UNIT.c.name + " " + UNIT.c.unit_id)
    asked = _UNITS.where(
        scope.where(UNIT.c.unit_id, UNIT.c.agency_id),
        *(told.contains(word.lower(), autoescape=True) for word in words),
    )
    rows = await session.execute(asked.order_by(UNIT.c.name, UNIT.c.unit_id).limit(most))
    return [_unit(row) for row in rows.mappings()]


async def of_agency(session: AsyncSession, agency_id: str, words: Iterable[str], most: int) -> list[Unit]:
    """Return the first active units of an agency whose name holds every word, by name."""
    holds = (func.lower(UNIT.c.name).contains(word.lower(), autoescape=True) for word in words)
    asked = _ACTIVE.where(UNIT.c.agency_id == agency_id, *holds).limit(most)
    return [_unit(row) for row in (await session.execute(asked)).mappings()]


async def units_within(
    session: AsyncSession,
    actor: Principal,
    named: str | None = None,
    *,
    also: ColumnElement[bool] | None = None,
    most: int = MOST_LISTED,
) -> list[tuple[str, str]]:
    """Return id and name of the first active units in scope, by name, and of the one named, if it is one.

    `also` tells of others in scope that are no longer active.
    """
    is_named = UNIT.c.unit_id == (named if named is not None and is_unit_id(named) else "")
    counts = UNIT.c.is_active if also is None else UNIT.c.is_active | also
    asked = select(UNIT.c.unit_id, UNIT.c.name).where(
        counts, actor.scope.where(UNIT.c.unit_id, UNIT.c.agency_id)
    )
    asked = asked.order_by(is_named.desc(), UNIT.c.name, UNIT.c.unit_id).limit(most)
    rows = await session.execute(asked)
    return sorted(((row.unit_id, row.name) for row in rows), key=lambda one: (one[1], one[0]))


async def has_agency(session: AsyncSession, agency_id: str) -> bool:
    """Tell whether any active unit belongs to the agency."""
    asked = exists().where(UNIT.c.agency_id == agency_id, UNIT.c.is_active)
    return bool(await session.scalar(select(asked)))


def _unit(row: RowMapping) -> Unit:
    return Unit(**{**row, "zone": Zone(row["zone"])})
