"""The register of units."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.tables import PROGRAMME, UNIT, UnitRow, columns_of, row_of
from services.planning.units.domain import Unit
from shared.db.arrays import Columns, among
from shared.kernel import Zone
from shared.security import Scope

UNITS = select(*columns_of(Unit, UNIT))
_MANY = Columns.of_table(
    UnitRow,
    *("unit_id", "agency_id", "name", "unit_type", "echelon", "has_service_function", "zone", "is_active"),
    *("is_demo", "version", "region", "parent_id", "merged_into"),
)
_INSERT_MANY = text(_MANY.insert("unit") + " ON CONFLICT DO NOTHING RETURNING unit_id")
_UPDATE_MANY = text(f"""
    UPDATE unit SET ({_MANY.list}, updated_at) = ROW (sent.*, now())
    FROM {_MANY.sql} AS sent ({_MANY.list}) WHERE unit.unit_id = sent.unit_id
""")
"""Text, because a file brings thousands of units: 5,000 of them in one statement each, 0.2 s together."""


async def insert(session: AsyncSession, unit: Unit) -> bool:
    """Insert a unit; False when its id is taken."""
    made = insert_into(UNIT).values(row_of(unit, UNIT)).on_conflict_do_nothing().returning(UNIT.c.unit_id)
    return await session.scalar(made) is not None


async def insert_many(session: AsyncSession, units: Sequence[Unit]) -> int:
    """Insert units, parents and children in any order; return how many ids were free."""
    return len((await session.scalars(_INSERT_MANY, _rows(units))).all())


async def update(session: AsyncSession, unit: Unit) -> None:
    """Write a changed unit, whose row the caller has locked."""
    changed = UNIT.update().where(UNIT.c.unit_id == unit.unit_id)
    await session.execute(changed.values(**row_of(unit, UNIT), updated_at=func.now()))


async def update_many(session: AsyncSession, units: Sequence[Unit]) -> None:
    """Write changed units, whose rows the caller has locked."""
    await session.execute(_UPDATE_MANY, _rows(units))


async def get(
    session: AsyncSession, scope: Scope, unit_id: str, *, lock: bool = False, hold: bool = False
) -> Unit | None:
    """Return a unit in scope; when asked its row is locked for update, or held against those who do that."""
    asked = UNITS.where(UNIT.c.unit_id == unit_id, within(scope))
    if lock or hold:
        asked = asked.with_for_update(read=hold, key_share=hold)
    found = (await session.execute(asked)).mappings().one_or_none()
    return unit_of(found) if found else None


async def find(session: AsyncSession, unit_id: str) -> Unit | None:
    """Return a unit, whoever asks: for rules about two units."""
    found = (await session.execute(UNITS.where(UNIT.c.unit_id == unit_id))).mappings().one_or_none()
    return unit_of(found) if found else None


async def page(
    session: AsyncSession,
    scope: Scope,
    *,
    after: str,
    limit: int,
    search: str = "",
    without_programme: int | None = None,
) -> list[Unit]:
    """Return units in scope by id, those above `after` whose id, name or region holds `search`.

    Of a year `without_programme` only those at work that have none.
    """
    asked = UNITS.where(UNIT.c.unit_id > after, within(scope))
    if without_programme is not None:
        opened = select(PROGRAMME.c.unit_id).where(
            PROGRAMME.c.unit_id == UNIT.c.unit_id, PROGRAMME.c.year == without_programme
        )
        asked = asked.where(UNIT.c.is_active, ~opened.exists())
    if search:
        asked = asked.where(
            or_(
                *(
                    column.icontains(search, autoescape=True)
                    for column in (UNIT.c.unit_id, UNIT.c.name, UNIT.c.region)
                )
            )
        )
    rows = await session.execute(asked.order_by(UNIT.c.unit_id).limit(limit))
    return [unit_of(row) for row in rows.mappings()]


async def names(session: AsyncSession, unit_ids: Collection[str]) -> dict[str, str]:
    """Return the names of units by id."""
    asked = select(UNIT.c.unit_id, UNIT.c.name).where(among(UNIT.c.unit_id, unit_ids))
    return {row.unit_id: row.name for row in await session.execute(asked)}


async def of_agency(session: AsyncSession, agency_id: str, *, lock: bool = False) -> dict[str, Unit]:
    """Return all units of an agency by id, in that order, their rows locked when asked."""
    asked = UNITS.where(UNIT.c.agency_id == agency_id).order_by(UNIT.c.unit_id)
    rows = await session.execute(asked.with_for_update(key_share=True) if lock else asked)
    return {row["unit_id"]: unit_of(row) for row in rows.mappings()}


async def parents_of_agency(session: AsyncSession, agency_id: str) -> dict[str, str | None]:
    """Return the parent of every unit of an agency that was not merged."""
    asked = select(UNIT.c.unit_id, UNIT.c.parent_id)
    asked = asked.where(UNIT.c.agency_id == agency_id, UNIT.c.merged_into.is_(None))
    return {row.unit_id: row.parent_id for row in await session.execute(asked)}


async def elsewhere(session: AsyncSession, agency_id: str, unit_ids: Collection[str]) -> frozenset[str]:
    """Return those of the ids that another agency has."""
    asked = select(UNIT.c.unit_id).where(among(UNIT.c.unit_id, unit_ids), UNIT.c.agency_id != agency_id)
    return frozenset(await session.scalars(asked))


async def count_below(session: AsyncSession, unit_id: str) -> int:
    """Count the units that stand directly below one and are not merged themselves."""
    asked = select(func.count()).where(UNIT.c.parent_id == unit_id, UNIT.c.merged_into.is_(None))
    return await session.scalar(asked) or 0


async def has_ties(session: AsyncSession, unit: Unit) -> bool:
    """Tell whether a unit has a parent, or is the parent of units that work or the successor of others.

    A merged one below it loses its parent when it is taken apart.
    """
    below = and_(UNIT.c.parent_id == unit.unit_id, UNIT.c.merged_into.is_(None))
    others = UNITS.where(or_(below, UNIT.c.merged_into == unit.unit_id))
    return unit.parent_id is not None or bool(await session.scalar(select(others.exists())))


async def merged_into(session: AsyncSession, unit_id: str) -> list[Unit]:
    """Return the units that were merged into one."""
    rows = await session.execute(UNITS.where(UNIT.c.merged_into == unit_id).order_by(UNIT.c.unit_id))
    return [unit_of(row) for row in rows.mappings()]


async def successor(session: AsyncSession, unit_id: str) -> Unit | None:
    """Return the unit at the end of a unit's mergers, None when it was never merged."""
    chain = select(UNIT.c.merged_into.label("unit_id")).where(UNIT.c.unit_id == unit_id).cte(recursive=True)
    chain = chain.union(select(UNIT.c.merged_into).where(UNIT.c.unit_id == chain.c.unit_id))
    asked = UNITS.where(UNIT.c.unit_id == chain.c.unit_id, UNIT.c.merged_into.is_(None))
    found = (await session.execute(asked)).mappings().one_or_none()
    return unit_of(found) if found else None


async def lock_tree(session: AsyncSession) -> None:
    """Let one transaction at a time move units within their trees: two moves may close a circle."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("unit-tree", 0))))


def within(scope: Scope) -> ColumnElement[bool]:
    """Return the filter of statements that read `unit`: rows outside the scope do not exist."""
    return scope.where(UNIT.c.unit_id, UNIT.c.agency_id)


WITHIN = """
    (cast(:units AS text[]) IS NULL OR unit.unit_id = any(:units))
    AND (cast(:agencies AS text[]) IS NULL OR unit.agency_id = any(:agencies))
"""
"""The same filter as text, for hot statements; its values are those of `reach`."""


def reach(scope: Scope) -> dict[str, list[str] | None]:
    """Return the units and agencies that a scope names, None where it is not limited by them."""
    return {
        "units": sorted(scope.units) if scope.level == "unit" else None,
        "agencies": sorted(scope.agencies) if scope.level == "agency" else None,
    }


def unit_of(row: RowMapping | Mapping[str, Any]) -> Unit:
    return Unit(**{**row, "zone": Zone(row["zone"])})


def _rows(units: Sequence[Unit]) -> dict[str, str]:
    return _MANY.of(
        [
            tuple(
                getattr(unit, name).value if name == "zone" else getattr(unit, name) for name in _MANY.names
            )
            for unit in units
        ]
    )
