"""Declarations, and the map of conflicts with its years.

A list reads what is open in the scope by `dossier_open`, a map its unit's entries by `conflict_map_once`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, Text, cast, exists, extract, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.store.people import today
from services.complaints.integrity.domain.conflicts import Conflict, Coverage, MapEntry
from services.complaints.integrity.domain.lives import CONFLICT as KIND
from services.complaints.integrity.domain.lives import MAP, State
from services.complaints.integrity.store.readers import Reader
from services.complaints.integrity.tables import CONFLICT, CONFLICT_MAP, CONFLICT_MAP_CHANGE
from services.complaints.matters import store as matters
from services.complaints.matters.tables import DOSSIER
from services.complaints.tables import UNIT, columns_of, row_of

_CONTENT = [column for column in CONFLICT.c if column.name != "dossier_id"]
_LISTED: Select[*tuple[Any, ...]] = matters.LISTED.add_columns(*_CONTENT).join(
    CONFLICT, CONFLICT.c.dossier_id == DOSSIER.c.id
)
_ENTRIES = select(*columns_of(MapEntry, CONFLICT_MAP))
_REVIEWS: Select[*tuple[Any, ...]] = matters.LISTED.where(DOSSIER.c.kind == MAP)
_STANDS = DOSSIER.c.state != literal(State.DIKOSONGKAN.value, literal_execute=True)
HAS_OPEN_REVIEW = exists().where(
    DOSSIER.c.kind == MAP, DOSSIER.c.unit_id == UNIT.c.unit_id, DOSSIER.c.closed_at.is_(None)
)
"""Tells of a unit that a review of its map is open."""


async def keep(session: AsyncSession, dossier_id: UUID, conflict: Conflict) -> None:
    """Store what was declared."""
    await session.execute(CONFLICT.insert().values(dossier_id=dossier_id, **row_of(conflict, CONFLICT)))


async def control(session: AsyncSession, dossier_id: UUID, text: str | None) -> None:
    """Store how a conflict is controlled; its matter is locked."""
    await session.execute(CONFLICT.update().where(CONFLICT.c.dossier_id == dossier_id).values(control=text))


async def conflict_of(session: AsyncSession, dossier_id: UUID) -> Conflict:
    """Return what was declared."""
    asked = select(*columns_of(Conflict, CONFLICT)).where(CONFLICT.c.dossier_id == dossier_id)
    return Conflict(**(await session.execute(asked)).mappings().one())


async def page(
    session: AsyncSession,
    reader: Reader,
    *,
    unit_id: str | None,
    is_open: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return declarations within sight; see `matters.page` for their order."""
    asked = _LISTED.where(reader.sees(), DOSSIER.c.kind == KIND)
    asked = asked if unit_id is None else asked.where(DOSSIER.c.unit_id == unit_id)
    return await matters.page(session, asked, is_open=is_open, after=after, limit=limit)


async def find(session: AsyncSession, dossier_id: UUID, reader: Reader) -> RowMapping | None:
    """Return a declaration within sight with its matter."""
    asked = _LISTED.where(DOSSIER.c.id == dossier_id, reader.sees())
    return (await session.execute(asked)).mappings().one_or_none()


# -- the map ---------------------------------------------------------------------------------------


async def lock_unit(session: AsyncSession, unit_id: str) -> None:
    """Let nobody else change the map of a unit, or open its year, beside this transaction."""
    await session.execute(select(UNIT.c.unit_id).where(UNIT.c.unit_id == unit_id).with_for_update())


async def entries(session: AsyncSession, unit_id: str) -> list[MapEntry]:
    """Return the map of a unit, by activity and position."""
    asked = _ENTRIES.where(CONFLICT_MAP.c.unit_id == unit_id, ~CONFLICT_MAP.c.is_retired)
    asked = asked.order_by(CONFLICT_MAP.c.activity, CONFLICT_MAP.c.position, CONFLICT_MAP.c.id)
    return [MapEntry(**row) for row in (await session.execute(asked)).mappings()]


async def entry(session: AsyncSession, entry_id: UUID) -> MapEntry | None:
    """Return an entry of some map, retired or not."""
    row = (await session.execute(_ENTRIES.where(CONFLICT_MAP.c.id == entry_id))).mappings().one_or_none()
    return MapEntry(**row) if row else None


async def is_there(session: AsyncSession, one: MapEntry) -> bool:
    """Tell whether another entry of the unit's map says the same position has the same conflict."""
    of = CONFLICT_MAP.c
    same = exists().where(
        of.unit_id == one.unit_id,
        func.lower(of.activity) == func.lower(one.activity),
        func.lower(of.position) == func.lower(one.position),
        of.conflict_type == one.conflict_type,
        of.id != one.id,
        ~of.is_retired,
    )
    return bool(await session.scalar(select(same)))


async def put(session: AsyncSession, one: MapEntry, act: str, actor: str, at: datetime) -> None:
    """Write an entry in its newest version, and keep that version."""
    row = row_of(one, CONFLICT_MAP)
    if one.version == 1:
        await session.execute(CONFLICT_MAP.insert().values(**row))
    else:
        await session.execute(CONFLICT_MAP.update().where(CONFLICT_MAP.c.id == one.id).values(**row))
    version = {name: value for name, value in row.items() if name in CONFLICT_MAP_CHANGE.c}
    await session.execute(
        CONFLICT_MAP_CHANGE.insert().values(**version, entry_id=one.id, act=act, actor=actor, at=at)
    )


async def changes(session: AsyncSession, entry_id: UUID) -> Sequence[RowMapping]:
    """Return the versions of an entry in order."""
    asked = select(*(column for column in CONFLICT_MAP_CHANGE.c if column.name != "entry_id"))
    asked = asked.where(CONFLICT_MAP_CHANGE.c.entry_id == entry_id).order_by(CONFLICT_MAP_CHANGE.c.version)
    return (await session.execute(asked)).mappings().all()


async def coverage(session: AsyncSession, unit_id: str, year: int) -> Coverage:
    """Return how many of a unit's entries were looked at in a year or after it."""
    reviewed = func.count().filter(CONFLICT_MAP.c.reviewed_on >= date(year, 1, 1))
    asked = select(reviewed, func.count()).where(
        CONFLICT_MAP.c.unit_id == unit_id, ~CONFLICT_MAP.c.is_retired
    )
    return Coverage(*(await session.execute(asked)).one())


async def review(session: AsyncSession, unit_id: str, year: int) -> RowMapping | None:
    """Return the review of a unit's map in a year, with its clock; one that ended with the map is none."""
    asked = _REVIEWS.where(DOSSIER.c.unit_id == unit_id, DOSSIER.c.period == str(year), _STANDS)
    return (await session.execute(asked)).mappings().one_or_none()


async def open_reviews(session: AsyncSession, unit_id: str) -> Sequence[RowMapping]:
    """Return the open reviews of a unit's map, the oldest year first."""
    asked = _REVIEWS.where(DOSSIER.c.unit_id == unit_id, DOSSIER.c.closed_at.is_(None))
    return (await session.execute(asked.order_by(DOSSIER.c.period))).mappings().all()


async def units_without_year(session: AsyncSession, limit: int) -> list[str]:
    """Return units that have a map whose review of their present local year is not open yet."""
    year = cast(extract("year", today(UNIT.c.zone)), Text)
    has_map = exists().where(CONFLICT_MAP.c.unit_id == UNIT.c.unit_id, ~CONFLICT_MAP.c.is_retired)
    has_year = exists().where(
        DOSSIER.c.kind == MAP, DOSSIER.c.unit_id == UNIT.c.unit_id, DOSSIER.c.period == year, _STANDS
    )
    asked = select(UNIT.c.unit_id).where(UNIT.c.is_active, has_map, ~has_year)
    return list(await session.scalars(asked.order_by(UNIT.c.unit_id).limit(limit)))
