"""Reported gifts and nil returns.

A list reads what is open in the scope by `dossier_open`, a sum of the year what one person ever reported by
`dossier_own`, a period what its unit ever reported by `dossier_period`: days count, as the kind of period may
change.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, RowMapping, Select, func, literal, select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.integrity.domain.gifts import Gift
from services.complaints.integrity.domain.lives import GIFT
from services.complaints.integrity.domain.periods import Period
from services.complaints.integrity.store.readers import Reader
from services.complaints.integrity.tables import GRATIFICATION, NIL_RETURN
from services.complaints.matters import store as matters
from services.complaints.matters.tables import DOSSIER
from services.complaints.tables import UNIT, columns_of, row_of
from shared.db.arrays import among
from shared.outbox.snapshot import stream
from shared.security import Scope

_CONTENT = [column for column in GRATIFICATION.c if column.name != "dossier_id"]
_LISTED: Select[*tuple[Any, ...]] = matters.LISTED.add_columns(*_CONTENT).join(
    GRATIFICATION, GRATIFICATION.c.dossier_id == DOSSIER.c.id
)


async def keep(session: AsyncSession, dossier_id: UUID, gift: Gift) -> None:
    """Store what was reported, but who gave."""
    await session.execute(GRATIFICATION.insert().values(dossier_id=dossier_id, **row_of(gift, GRATIFICATION)))


async def change(session: AsyncSession, dossier_id: UUID, **values: Any) -> None:
    """Write these fields of a gift whose matter is locked."""
    if values:
        is_it = GRATIFICATION.c.dossier_id == dossier_id
        await session.execute(GRATIFICATION.update().where(is_it).values(**values))


async def gift_of(session: AsyncSession, dossier_id: UUID) -> tuple[Gift, str | None]:
    """Return what was reported, and whose the gift is, once that is settled."""
    asked = select(*columns_of(Gift, GRATIFICATION), GRATIFICATION.c.ownership)
    row = (await session.execute(asked.where(GRATIFICATION.c.dossier_id == dossier_id))).mappings().one()
    values = dict(row)
    ownership: str | None = values.pop("ownership")
    return Gift(**values), ownership


async def page(
    session: AsyncSession,
    reader: Reader,
    *,
    unit_id: str | None,
    is_open: bool,
    is_late: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return gifts within sight; see `matters.page` for their order."""
    asked = _LISTED.where(reader.sees(), DOSSIER.c.kind == GIFT)
    asked = asked if unit_id is None else asked.where(DOSSIER.c.unit_id == unit_id)
    return await matters.page(session, asked, is_open=is_open, is_late=is_late, after=after, limit=limit)


async def find(session: AsyncSession, dossier_id: UUID, reader: Reader) -> RowMapping | None:
    """Return a gift within sight with its matter."""
    asked = _LISTED.where(DOSSIER.c.id == dossier_id, reader.sees())
    return (await session.execute(asked)).mappings().one_or_none()


async def sum_of_year(session: AsyncSession, accounts: Collection[str], relation: str, year: int) -> int:
    """Return the rupiah of all that these accounts received from givers of a relation in a year."""
    asked = select(func.coalesce(func.sum(GRATIFICATION.c.estimate), 0)).join(
        DOSSIER, DOSSIER.c.id == GRATIFICATION.c.dossier_id
    )
    asked = asked.where(
        among(DOSSIER.c.opened_by, sorted(accounts)),
        DOSSIER.c.kind == GIFT,
        GRATIFICATION.c.direction == "terima",
        GRATIFICATION.c.giver_relation == relation,
        GRATIFICATION.c.received_on.between(date(year, 1, 1), date(year, 12, 31)),
    )
    return int(await session.scalar(asked) or 0)


async def reported_in(session: AsyncSession, unit_id: str, period: Period) -> list[UUID]:
    """Return the gifts that a unit received within a period, in the order they were reported."""
    asked = select(DOSSIER.c.id).join(GRATIFICATION, GRATIFICATION.c.dossier_id == DOSSIER.c.id)
    asked = asked.where(
        DOSSIER.c.kind == GIFT,
        DOSSIER.c.unit_id == unit_id,
        GRATIFICATION.c.received_on.between(period.first, period.last),
    )
    return list(await session.scalars(asked.order_by(DOSSIER.c.opened_at, DOSSIER.c.id)))


# -- nil returns ---------------------------------------------------------------------------------------

_SINCE = (
    select(func.count())
    .select_from(DOSSIER)
    .join(GRATIFICATION, GRATIFICATION.c.dossier_id == DOSSIER.c.id)
    .where(
        DOSSIER.c.kind == literal(GIFT),
        DOSSIER.c.unit_id == NIL_RETURN.c.unit_id,
        GRATIFICATION.c.received_on.between(NIL_RETURN.c.first_on, NIL_RETURN.c.last_on),
    )
    .correlate(NIL_RETURN)
    .scalar_subquery()
)
_NIL = select(NIL_RETURN, UNIT.c.name.label("unit_name"), _SINCE.label("reported_since")).outerjoin(
    UNIT, UNIT.c.unit_id == NIL_RETURN.c.unit_id
)


async def keep_nil(session: AsyncSession, row: Mapping[str, Any]) -> bool:
    """Store a nil return; False when the unit has one of the period already."""
    put = insert_into(NIL_RETURN).values(**row).on_conflict_do_nothing().returning(NIL_RETURN.c.id)
    return await session.scalar(put) is not None


async def nil_of(session: AsyncSession, unit_id: str, period: str) -> RowMapping:
    """Return the nil return of a unit's period, with how many gifts of it were reported since."""
    asked = _NIL.where(NIL_RETURN.c.unit_id == unit_id, NIL_RETURN.c.period == period)
    return (await session.execute(asked)).mappings().one()


async def nil_page(
    session: AsyncSession, scope: Scope, *, unit_id: str | None, after: UUID, limit: int
) -> Sequence[RowMapping]:
    """Return nil returns in scope, in the order they were given."""
    asked = _NIL.where(scope.where(NIL_RETURN.c.unit_id, NIL_RETURN.c.agency_id), NIL_RETURN.c.id > after)
    asked = asked if unit_id is None else asked.where(NIL_RETURN.c.unit_id == unit_id)
    return (await session.execute(asked.order_by(NIL_RETURN.c.id).limit(limit))).mappings().all()


async def nil_returns(session: AsyncSession, only: UUID | None = None) -> AsyncIterator[Mapping[str, Any]]:
    """Yield every nil return, or one."""
    asked = select(NIL_RETURN).order_by(NIL_RETURN.c.id)
    async for row in stream(session, asked if only is None else asked.where(NIL_RETURN.c.id == only)):
        yield row._asdict()


async def lift_nil(session: AsyncSession, nil_id: UUID, floor: int) -> None:
    """Raise a nil return's version above the floor."""
    above = func.greatest(NIL_RETURN.c.version, literal(floor, BigInteger)) + 1
    await session.execute(NIL_RETURN.update().where(NIL_RETURN.c.id == nil_id).values(version=above))
