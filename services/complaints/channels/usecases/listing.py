"""Which channels a unit has on a day: for who takes a case in, for the public, and for reports."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.channels import store
from services.complaints.channels.data import kinds
from services.complaints.channels.domain import ChannelKind, Place, is_working, open_kinds
from services.complaints.channels.store import Registered
from shared.db.clock import database_now
from shared.kernel import NotFoundError

Standing = Literal["working", "down", "untested"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A channel that the public may use; `registered` None: open by default, its address nobody entered."""

    kind: ChannelKind
    registered: Registered | None
    standing: Standing
    places: tuple[Place, ...] = ()


async def open_for(session: AsyncSession, unit_id: str | None, agency_id: str, on: date) -> frozenset[str]:
    """Return the kinds by which complaints about a unit may have come in on a local day."""
    return open_kinds(kinds(), await store.of_unit(session, unit_id, agency_id), on)


async def public(session: AsyncSession, unit_id: str) -> list[Listed]:
    """Return the channels of an active unit that are open today, by kind; raises `NotFoundError`."""
    unit = await units.get(session, unit_id)
    if unit is None or not unit.is_active:
        raise NotFoundError("Unit tidak ditemukan.")
    today = (await database_now(session)).astimezone(unit.zone.tz).date()
    standing = await store.standing(session, unit_id, unit.agency_id, today)
    places = await store.places(session, [one.channel.id for one in standing])
    opened = await open_for(session, unit_id, unit.agency_id, today)
    found = []
    for kind in kinds().values():
        theirs = [one for one in standing if one.channel.kind == kind.kind]
        found += [Listed(kind, one, standing_of(one, today), tuple(places[one.channel.id])) for one in theirs]
        if not theirs and kind.kind in opened:
            found.append(Listed(kind, None, "untested"))
    return found


async def working(session: AsyncSession, unit_id: str, agency_id: str, on: date) -> list[Registered]:
    """Return the registered channels of a unit and its agency that are open and answer."""
    standing = await store.standing(session, unit_id, agency_id, on)
    return [one for one in standing if is_working(kinds()[one.channel.kind], one.channel, one.watch, on)]


def standing_of(one: Registered, on: date) -> Standing:
    """Return how an open channel stands on a day."""
    if one.watch.down_since is not None:
        return "down"
    return "working" if is_working(kinds()[one.channel.kind], one.channel, one.watch, on) else "untested"
