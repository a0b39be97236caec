"""The history of scores: written a batch at a time on the hot path, read for a story or a chart."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Date, Text, and_, bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.history import Moment, Told
from services.scoring.tables import HISTORY, HistoryRow
from shared.db.arrays import Columns
from shared.kernel import Zone

_ROW = Columns.of_table(HistoryRow, *Moment._fields)
# The first to tell a version stays: a state that is said again carries no causes.
_KEEP = text(f"{_ROW.insert('history')} ON CONFLICT DO NOTHING")
_OF_LAYER = and_(
    HISTORY.c.unit_id == bindparam("unit_id", type_=Text),
    HISTORY.c.year == bindparam("year", type_=HISTORY.c.year.type),
    HISTORY.c.layer == bindparam("layer", type_=Text),
)
_STORY = HISTORY.c["at", "total", "causes"]
_BEFORE = (
    select(HISTORY.c.version, *_STORY)
    .where(_OF_LAYER, HISTORY.c.at < bindparam("start", type_=HISTORY.c.at.type))
    .order_by(HISTORY.c.version.desc())
    .limit(1)
)
_SINCE = (
    select(*_STORY)
    .where(
        _OF_LAYER,
        HISTORY.c.version > bindparam("version", type_=BigInteger),
        HISTORY.c.at < bindparam("end", type_=HISTORY.c.at.type),
    )
    .order_by(HISTORY.c.version)
)
_DAY = cast(func.timezone(bindparam("zone", type_=Text), HISTORY.c.at), Date)
_LAST_OF_DAYS = (
    select(*(HISTORY.c[name] for name in Moment._fields if name != "causes"))
    .where(_OF_LAYER)
    .ext(distinct_on(_DAY))
    .order_by(_DAY, HISTORY.c.version.desc())
)
_NEWEST = (
    select(*HISTORY.c["id", "causes"])
    .where(_OF_LAYER, HISTORY.c.id > bindparam("after", type_=BigInteger), HISTORY.c.causes != "[]")
    .order_by(HISTORY.c.version.desc())
    .limit(bindparam("limit"))
)
_LAYERS = (
    select(HISTORY.c.layer)
    .where(
        HISTORY.c.unit_id == bindparam("unit_id", type_=Text),
        HISTORY.c.year == bindparam("year", type_=HISTORY.c.year.type),
    )
    .distinct()
)


class Key(NamedTuple):
    """One layer of a unit's year."""

    unit_id: str
    year: int
    layer: str


async def keep(session: AsyncSession, moments: Sequence[Moment]) -> None:
    """Append moments; one statement for any number of them."""
    if moments:
        await session.execute(_KEEP, _ROW.of(moments))


async def layers(session: AsyncSession, unit_id: str, year: int) -> set[str]:
    """Return the layers that a unit's year ever had a score of."""
    return set(await session.scalars(_LAYERS, {"unit_id": unit_id, "year": year}))


async def last_of_days(session: AsyncSession, key: Key, zone: Zone) -> list[Moment]:
    """Return the last moment of each day where the unit is, the earliest first, without causes."""
    rows = await session.execute(_LAST_OF_DAYS, {**key._asdict(), "zone": zone.tz.key})
    return [Moment(*row) for row in rows]


async def newest_causes(
    session: AsyncSession, key: Key, *, after: int, limit: int
) -> Sequence[tuple[int, str]]:
    """Return id and packed causes of the newest moments that have some, newest first."""
    rows = await session.execute(_NEWEST, {**key._asdict(), "after": after, "limit": limit})
    return [(row.id, row.causes) for row in rows]


async def story(
    session: AsyncSession, key: Key, start: datetime, end: datetime
) -> tuple[Told | None, Sequence[Told]]:
    """Return the last moment before `start`, None when there was none, and those since then before `end`."""
    found = (await session.execute(_BEFORE, {**key._asdict(), "start": start})).one_or_none()
    version = 0 if found is None else found.version
    rows = await session.execute(_SINCE, {**key._asdict(), "version": version, "end": end})
    return None if found is None else Told(*found[1:]), [Told(*row) for row in rows]
