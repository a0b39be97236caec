"""Channels in and out of their tables; a unit has few, so that each look-up reads those of one."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.channels.domain import Channel, Fact, Place, Verdict, Watch
from services.complaints.channels.tables import (
    CHANNEL,
    CHANNEL_CHECK,
    CHANNEL_FINDING,
    CHANNEL_PLACE,
    CHANNEL_WATCH,
)
from services.complaints.tables import UNIT, columns_of, row_of
from shared.db.arrays import among
from shared.kernel import new_id
from shared.outbox.snapshot import stream
from shared.security import Scope

_OF = CHANNEL.c
_THEIRS = UNIT.alias("theirs")
_WATCH = [field.name for field in fields(Watch)]
_PLACES = (
    select(func.count())
    .where(CHANNEL_PLACE.c.channel_id == _OF.id)
    .select_from(CHANNEL_PLACE)
    .scalar_subquery()
)
_LISTED = select(
    *columns_of(Channel, CHANNEL),
    *(CHANNEL_WATCH.c[name] for name in _WATCH),
    CHANNEL_WATCH.c.next_at,
    _PLACES.label("places"),
    UNIT.c.name.label("unit_name"),
).select_from(
    CHANNEL.outerjoin(CHANNEL_WATCH, CHANNEL_WATCH.c.channel_id == _OF.id).outerjoin(
        UNIT, UNIT.c.unit_id == _OF.unit_id
    )
)


@dataclass(frozen=True, slots=True)
class Registered:
    """A channel with what is known of it. `next_at`: when it is probed again."""

    channel: Channel
    watch: Watch
    next_at: datetime | None
    places: int
    unit_name: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What others were told last of a channel."""

    channel: Channel
    fact: Fact
    version: int
    places: int
    at: datetime


def _serves(unit_id: str | None, agency_id: str) -> ColumnElement[bool]:
    """Keep the channels of a unit and those of its whole agency."""
    of_agency = and_(_OF.agency_id == agency_id, _OF.unit_id.is_(None))
    return of_agency if unit_id is None else or_(_OF.unit_id == unit_id, of_agency)


def _within(scope: Scope) -> ColumnElement[bool]:
    """Keep the channels of a scope; those of an agency also for whoever has a unit of it."""
    if scope.level == "national":
        return scope.where(_OF.unit_id, _OF.agency_id)
    has_unit = exists().where(
        _THEIRS.c.agency_id == _OF.agency_id, scope.where(_THEIRS.c.unit_id, _THEIRS.c.agency_id)
    )
    return or_(scope.where(_OF.unit_id, _OF.agency_id), and_(_OF.unit_id.is_(None), has_unit))


def _of_unit(unit_id: str) -> ColumnElement[bool]:
    """Keep the channels of a unit and those of its agency, whichever that is."""
    its = select(_THEIRS.c.agency_id).where(_THEIRS.c.unit_id == unit_id).scalar_subquery()
    return or_(_OF.unit_id == unit_id, and_(_OF.agency_id == its, _OF.unit_id.is_(None)))


async def of_unit(session: AsyncSession, unit_id: str | None, agency_id: str) -> list[Channel]:
    """Return the channels of a unit and of its agency, closed ones too; without a unit its own alone."""
    asked = select(*columns_of(Channel, CHANNEL)).where(_serves(unit_id, agency_id)).order_by(_OF.id)
    return [Channel(**row) for row in (await session.execute(asked)).mappings()]


async def standing(
    session: AsyncSession, unit_id: str | None, agency_id: str, on: date, scope: Scope | None = None
) -> list[Registered]:
    """Return the channels of a unit and of its agency that are open on a day, by kind and age."""
    is_open = and_(_OF.opened_on <= on, or_(_OF.closed_on.is_(None), _OF.closed_on > on))
    asked = _LISTED.where(_serves(unit_id, agency_id), is_open)
    if scope is not None:
        asked = asked.where(_within(scope))
    rows = await session.execute(asked.order_by(_OF.opened_on, _OF.id))
    return [_registered(row) for row in rows.mappings()]


async def page(
    session: AsyncSession,
    scope: Scope,
    *,
    unit_id: str | None = None,
    kind: str | None = None,
    is_open: bool | None = None,
    is_down: bool = False,
    lacks_place: bool = False,
    after: UUID,
    limit: int,
) -> list[Registered]:
    """Return channels within reach by id; with `unit_id` those that serve this unit."""
    asked = _LISTED.where(_within(scope), _OF.id > after).order_by(_OF.id).limit(limit)
    if unit_id is not None:
        asked = asked.where(_of_unit(unit_id))
    if kind is not None:
        asked = asked.where(_OF.kind == kind)
    if is_open is not None:
        asked = asked.where(_OF.closed_on.is_(None) if is_open else _OF.closed_on.is_not(None))
    if is_down:
        asked = asked.where(CHANNEL_WATCH.c.down_since.is_not(None), _OF.closed_on.is_(None))
    if lacks_place:
        asked = asked.where(_PLACES == 0, _OF.closed_on.is_(None))
    return [_registered(row) for row in (await session.execute(asked)).mappings()]


async def get(session: AsyncSession, scope: Scope, channel_id: UUID) -> Registered | None:
    """Return a channel within reach."""
    row = (await session.execute(_LISTED.where(_OF.id == channel_id, _within(scope)))).mappings()
    found = row.one_or_none()
    return None if found is None else _registered(found)


async def locked(session: AsyncSession, channel_id: UUID) -> tuple[Registered, Told] | None:
    """Lock a channel and what is known of it, and return both with what was told last."""
    await session.execute(select(_OF.id).where(_OF.id == channel_id).with_for_update())
    await session.execute(
        select(CHANNEL_WATCH.c.channel_id).where(CHANNEL_WATCH.c.channel_id == channel_id).with_for_update()
    )
    told = _LISTED.add_columns(_OF.told_fact, _OF.told_version, _OF.told_places, _OF.told_at)
    row = (await session.execute(told.where(_OF.id == channel_id))).mappings().one_or_none()
    if row is None:
        return None
    found = _registered(row)
    return found, Told(
        found.channel, row["told_fact"], row["told_version"], row["told_places"], row["told_at"]
    )


async def enter(session: AsyncSession, one: Channel, actor: str, at: datetime, *, is_probed: bool) -> Told:
    """Keep a new channel, to be probed at once where it is probed at all."""
    told = Told(one, "opened", 1, 0, at)
    await session.execute(
        insert(CHANNEL).values(**row_of(one, CHANNEL), **_told(told), entered_by=actor, entered_at=at)
    )
    watch = {"channel_id": one.id, **row_of(Watch(), CHANNEL_WATCH), "next_at": at if is_probed else None}
    await session.execute(insert(CHANNEL_WATCH).values(**watch))
    return told


async def save(session: AsyncSession, one: Channel, told: Told | None = None) -> None:
    """Keep the next version of a channel that is locked, and what others are told of it, if anything."""
    values = row_of(one, CHANNEL) | ({} if told is None else _told(told))
    await session.execute(update(CHANNEL).where(_OF.id == one.id).values(**values))


async def publish(session: AsyncSession, channel_id: UUID, one: Place, actor: str, at: datetime) -> None:
    """Keep where a channel is made known."""
    row = row_of(one, CHANNEL_PLACE)
    await session.execute(
        insert(CHANNEL_PLACE).values(channel_id=channel_id, **row, entered_by=actor, entered_at=at)
    )


async def places(session: AsyncSession, channel_ids: Sequence[UUID]) -> dict[UUID, list[Place]]:
    """Return where channels are made known, the newest first."""
    of = CHANNEL_PLACE.c
    asked = select(of.channel_id, *columns_of(Place, CHANNEL_PLACE)).where(among(of.channel_id, channel_ids))
    found: dict[UUID, list[Place]] = {one: [] for one in channel_ids}
    for row in (await session.execute(asked.order_by(of.published_on.desc(), of.id.desc()))).mappings():
        values = dict(row)
        found[values.pop("channel_id")].append(Place(**values))
    return found


async def checks(session: AsyncSession, channel_id: UUID, most: int) -> Sequence[RowMapping]:
    """Return the newest tests of a channel."""
    of = CHANNEL_CHECK.c
    asked = select(of.at, of.is_ok, of.reason, of.actor, of.note).where(of.channel_id == channel_id)
    return (await session.execute(asked.order_by(of.at.desc(), of.id.desc()).limit(most))).mappings().all()


async def findings(session: AsyncSession, channel_id: UUID, most: int) -> Sequence[RowMapping]:
    """Return the newest outages of a channel."""
    of = CHANNEL_FINDING.c
    asked = select(of.id, of.reason, of.opened_at, of.closed_at, of.closed_by)
    asked = asked.where(of.channel_id == channel_id).order_by(of.opened_at.desc()).limit(most)
    return (await session.execute(asked)).mappings().all()


async def last_record(session: AsyncSession, channel_id: UUID) -> tuple[datetime, bool] | None:
    """Return when a person last tested a channel, and whether it went well."""
    of = CHANNEL_CHECK.c
    asked = select(of.at, of.is_ok).where(of.channel_id == channel_id, of.actor.is_not(None))
    row = (await session.execute(asked.order_by(of.at.desc(), of.id.desc()).limit(1))).one_or_none()
    return None if row is None else (row.at, row.is_ok)


async def entered_at(session: AsyncSession, channel_id: UUID) -> datetime | None:
    """Return since when a channel is registered."""
    found: datetime | None = await session.scalar(select(_OF.entered_at).where(_OF.id == channel_id))
    return found


async def keep_watch(session: AsyncSession, channel_id: UUID, watch: Watch, next_at: datetime | None) -> None:
    """Keep what is known of a channel that is locked, and free it for the next probe."""
    values = row_of(watch, CHANNEL_WATCH) | {"next_at": next_at, "lease": None, "leased_until": None}
    of_it = CHANNEL_WATCH.c.channel_id == channel_id
    await session.execute(update(CHANNEL_WATCH).where(of_it).values(**values))


async def note_check(
    session: AsyncSession,
    channel_id: UUID,
    verdict: Verdict,
    at: datetime,
    actor: str | None = None,
    note: str | None = None,
) -> None:
    """Keep what a test found."""
    found = {"at": at, "is_ok": verdict.is_ok, "reason": verdict.reason, "actor": actor, "note": note}
    await session.execute(insert(CHANNEL_CHECK).values(id=new_id(), channel_id=channel_id, **found))


async def sweep_checks(session: AsyncSession, channel_id: UUID, before: datetime) -> None:
    """Forget old probes of a channel; what people recorded stays."""
    of = CHANNEL_CHECK.c
    await session.execute(
        CHANNEL_CHECK.delete().where(of.channel_id == channel_id, of.at < before, of.actor.is_(None))
    )


async def open_finding(session: AsyncSession, channel_id: UUID, reason: str, at: datetime) -> None:
    """Open the finding of an outage; a channel has one open at most."""
    row = {"id": new_id(), "channel_id": channel_id, "reason": reason, "opened_at": at}
    await session.execute(insert(CHANNEL_FINDING).values(**row))


async def close_finding(session: AsyncSession, channel_id: UUID, how: str, at: datetime) -> None:
    """End the open finding of a channel, if there is one."""
    is_it = and_(CHANNEL_FINDING.c.channel_id == channel_id, CHANNEL_FINDING.c.closed_at.is_(None))
    await session.execute(update(CHANNEL_FINDING).where(is_it).values(closed_at=at, closed_by=how))


async def claim(session: AsyncSession, lease: UUID, now: datetime, seconds: int) -> UUID | None:
    """Lease the channel whose probe is due the longest, and that nobody probes just now; return its id."""
    of = CHANNEL_WATCH.c
    due = (
        select(of.channel_id)
        .where(of.next_at <= now, or_(of.leased_until.is_(None), of.leased_until <= now))
        .order_by(of.next_at, of.channel_id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = update(CHANNEL_WATCH).where(of.channel_id == due)
    leased = leased.values(lease=lease, leased_until=now + timedelta(seconds=seconds))
    found: UUID | None = await session.scalar(leased.returning(of.channel_id))
    return found


async def holds(session: AsyncSession, channel_id: UUID, lease: UUID) -> bool:
    """Tell whether a lease of a channel that is locked is still the one that counts."""
    asked = select(CHANNEL_WATCH.c.lease).where(CHANNEL_WATCH.c.channel_id == channel_id)
    return await session.scalar(asked) == lease


async def leased(session: AsyncSession, channel_id: UUID) -> Channel | None:
    """Return a channel that is to be probed."""
    row = await session.execute(select(*columns_of(Channel, CHANNEL)).where(_OF.id == channel_id))
    found = row.mappings().one_or_none()
    return None if found is None else Channel(**found)


@dataclass(frozen=True, slots=True)
class Needs:
    """How many open channels there are, and how many of them are down, or made known nowhere."""

    opened: int
    down: int
    unknown: int


async def needs(session: AsyncSession, scope: Scope, unit_id: str | None = None) -> Needs:
    """Count the open channels within reach; with `unit_id` those that serve this unit."""
    asked = select(
        func.count(),
        func.count().filter(CHANNEL_WATCH.c.down_since.is_not(None)),
        func.count().filter(_PLACES == 0),
    ).select_from(CHANNEL.outerjoin(CHANNEL_WATCH, CHANNEL_WATCH.c.channel_id == _OF.id))
    asked = asked.where(_within(scope), _OF.closed_on.is_(None))
    row = (await session.execute(asked if unit_id is None else asked.where(_of_unit(unit_id)))).one()
    return Needs(*row)


async def by_kind(session: AsyncSession) -> Mapping[str, tuple[int, int]]:
    """Return by kind how many channels are open now, and how many of those are down."""
    is_down = CHANNEL_WATCH.c.down_since.is_not(None)
    asked = (
        select(_OF.kind, func.count(), func.count().filter(is_down))
        .select_from(CHANNEL.join(CHANNEL_WATCH, CHANNEL_WATCH.c.channel_id == _OF.id))
        .where(_OF.closed_on.is_(None))
        .group_by(_OF.kind)
    )
    return {kind: (opened, down) for kind, opened, down in await session.execute(asked)}


async def told(session: AsyncSession, only: UUID | None = None) -> AsyncIterator[Told]:
    """Yield what others were told last of every channel, or of one."""
    columns = (_OF.told_fact, _OF.told_version, _OF.told_places, _OF.told_at)
    asked = select(*columns_of(Channel, CHANNEL), *columns).order_by(_OF.id)
    async for row in stream(session, asked if only is None else asked.where(_OF.id == only)):
        values = row._asdict()
        fact, version, count, at = (values.pop(column.name) for column in columns)
        yield Told(Channel(**values), fact, version, count, at)


async def lift(session: AsyncSession, channel_id: UUID, floor: int) -> None:
    """Raise above the floor as which version a channel is told; its own versions count on as they do."""
    above = func.greatest(_OF.told_version, literal(floor, BigInteger)) + 1
    await session.execute(update(CHANNEL).where(_OF.id == channel_id).values(told_version=above))


def _told(told: Told) -> dict[str, Any]:
    return {
        "told_fact": told.fact,
        "told_version": told.version,
        "told_places": told.places,
        "told_at": told.at,
    }


def _registered(row: RowMapping) -> Registered:
    names = [field.name for field in fields(Channel)]
    return Registered(
        Channel(**{name: row[name] for name in names}),
        Watch(failures=row["failures"] or 0, **{name: row[name] for name in _WATCH if name != "failures"}),
        row["next_at"],
        row["places"],
        row["unit_name"],
    )
