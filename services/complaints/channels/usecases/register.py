"""Open, change, publish, test and close channels; who may do so reaches the unit, or the whole agency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.channels import events, store
from services.complaints.channels.data import kinds, probe_rules
from services.complaints.channels.domain import (
    Channel,
    ChannelClosedError,
    ChannelKind,
    ChannelRefusedError,
    NothingToTestError,
    Place,
    Verdict,
    require_address,
)
from services.complaints.channels.store import Registered, Told
from services.complaints.channels.usecases.outages import take
from services.complaints.deadlines.events import SOURCE
from shared.contracts.base import EventData
from shared.db.clock import database_now
from shared.kernel import NotFoundError, StaleVersionError, Zone, new_id
from shared.recording import record
from shared.security import Principal

FIRST = UUID(int=0)
MISSING = "Saluran tidak ditemukan dalam wewenang Anda."


@dataclass(frozen=True, slots=True)
class Said:
    """What a channel is called, where it is reached, and the word that its page must hold."""

    label: str
    address: str
    mark: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """Where a channel is made known."""

    kind: str
    place: str
    published_on: date | None
    picture: str | None


async def show(session: AsyncSession, actor: Principal, channel_id: UUID) -> Registered:
    """Return a channel within reach; raises `NotFoundError`."""
    found = await store.get(session, actor.scope, channel_id)
    if found is None:
        raise NotFoundError(MISSING)
    return found


async def enter(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str | None,
    agency_id: str | None,
    kind: str,
    said: Said,
    opened_on: date | None,
    places: Sequence[Published] = (),
) -> Registered:
    """Open a channel of a unit, or with `agency_id` alone of the whole agency; today where no day is named.

    Raises `NotFoundError` outside the scope, `ChannelRefusedError`.
    """
    place, zone = await _place(session, actor, unit_id, agency_id)
    known = kinds().get(kind)
    if known is None:
        raise ChannelRefusedError("kind", "unknown_kind", f"Jenis saluran: pilih {', '.join(kinds())}.")
    require_address(known, said.address)
    _require_mark(known, said.mark)
    now = await database_now(session)
    today = now.astimezone(zone.tz).date()
    if opened_on is not None and opened_on > today:
        raise ChannelRefusedError("opened_on", "in_future", "Tanggal buka tidak boleh setelah hari ini.")
    one = Channel(
        id=new_id(),
        version=1,
        unit_id=unit_id,
        agency_id=place,
        kind=kind,
        label=said.label,
        address=said.address,
        mark=said.mark,
        opened_on=opened_on or today,
    )
    made = [_published(each, today, f"places.{at}.") for at, each in enumerate(places)]
    told = await store.enter(session, one, actor.subject, now, is_probed=known.probe is not None)
    for each in made:
        await store.publish(session, one.id, each, actor.subject, now)
    if made:
        told = replace(told, places=len(made))
        await store.save(session, one, told)
    await _record(session, actor, "open_channel", one, now, told=told)
    return await show(session, actor, one.id)


async def change(
    session: AsyncSession, actor: Principal, channel_id: UUID, expected: int, said: Said
) -> Registered:
    """Let a channel say something else; with another address or mark it is probed anew, at once.

    Raises `NotFoundError`, `StaleVersionError`, `ChannelClosedError`, `ChannelRefusedError`.
    """
    found, _ = await _locked(session, actor, channel_id, expected)
    known = kinds()[found.channel.kind]
    require_address(known, said.address)
    _require_mark(known, said.mark)
    before = found.channel
    after = replace(
        before, version=before.version + 1, label=said.label, address=said.address, mark=said.mark
    )
    now = await database_now(session)
    await store.save(session, after)
    if (before.address, before.mark) != (after.address, after.mark):
        watch = replace(found.watch, failures=0, last_ok_at=None)
        await store.keep_watch(session, channel_id, watch, None if known.probe is None else now)
    await _record(session, actor, "change_channel", after, now)
    return await show(session, actor, channel_id)


async def publish(
    session: AsyncSession, actor: Principal, channel_id: UUID, expected: int, said: Published
) -> Registered:
    """Note that a channel is made known at a place. Raises what `change` raises."""
    found, _ = await _locked(session, actor, channel_id, expected)
    now = await database_now(session)
    today = now.astimezone((await _zone(session, found.channel.unit_id)).tz).date()
    after = replace(found.channel, version=found.channel.version + 1)
    await store.publish(session, channel_id, _published(said, today), actor.subject, now)
    await store.save(session, after)
    await _record(session, actor, "publish_channel", after, now, places=found.places + 1)
    return await show(session, actor, channel_id)


async def close(
    session: AsyncSession,
    actor: Principal,
    channel_id: UUID,
    expected: int,
    reason: str,
    closed_on: date | None,
) -> Registered:
    """Close a channel for good: from `closed_on` on (today where none is named) it takes no case.

    Raises `NotFoundError`, `StaleVersionError`, `ChannelClosedError`, `ChannelRefusedError`.
    """
    found, told = await _locked(session, actor, channel_id, expected)
    now = await database_now(session)
    today = now.astimezone((await _zone(session, found.channel.unit_id)).tz).date()
    day = closed_on or today
    if day > today:
        raise ChannelRefusedError("closed_on", "in_future", "Tanggal tutup tidak boleh setelah hari ini.")
    if day < found.channel.opened_on:
        raise ChannelRefusedError(
            "closed_on", "before_opening", "Tanggal tutup tidak boleh sebelum tanggal buka."
        )
    after = replace(found.channel, version=found.channel.version + 1, closed_on=day, close_reason=reason)
    said = Told(after, "closed", told.version + 1, found.places, now)
    await store.save(session, after, said)
    await store.close_finding(session, channel_id, "closed", now)
    await store.keep_watch(session, channel_id, replace(found.watch, failures=0, down_since=None), None)
    await _record(session, actor, "close_channel", after, now, told=said, reason=reason)
    return await show(session, actor, channel_id)


async def record_test(
    session: AsyncSession, actor: Principal, channel_id: UUID, *, is_ok: bool, note: str
) -> Registered:
    """Note what a person found who called, wrote, or emptied the box; a good test ends an outage at once.

    Raises `NotFoundError`, `ChannelClosedError`, `NothingToTestError`.
    """
    found, told = await _locked(session, actor, channel_id, None)
    known = kinds()[found.channel.kind]
    if known.max_age_days is None or known.probe is None:
        raise NothingToTestError("Saluran jenis ini tidak diuji dengan catatan.")
    now = await database_now(session)
    verdict = Verdict(is_ok, None if is_ok else "test_failed")
    failures = 0 if is_ok else found.watch.failures + 1
    next_at = now + probe_rules().pause(known.probe, failures=failures)
    facts = await take(session, found, told, verdict, now, next_at, actor=actor.subject, note=note)
    await _record(session, actor, "record_channel_test", found.channel, now, facts=facts, is_ok=is_ok)
    return await show(session, actor, channel_id)


async def _locked(
    session: AsyncSession, actor: Principal, channel_id: UUID, expected: int | None
) -> tuple[Registered, Told]:
    """Lock an open channel that is the caller's to act on; `expected` None takes any version of it."""
    found = await store.locked(session, channel_id)
    if found is None or not _reaches(actor, found[0].channel.unit_id, found[0].channel.agency_id):
        raise NotFoundError(MISSING)
    one = found[0].channel
    if expected is not None and one.version != expected:
        raise StaleVersionError(version=one.version)
    if one.closed_on is not None:
        raise ChannelClosedError("Saluran ini sudah ditutup; buka saluran baru.")
    return found


def _reaches(actor: Principal, unit_id: str | None, agency_id: str) -> bool:
    """Tell whether a caller acts for a unit; for a whole agency only who has all of it."""
    return actor.scope.covers(unit_id or "", agency_id)


async def _place(
    session: AsyncSession, actor: Principal, unit_id: str | None, agency_id: str | None
) -> tuple[str, Zone]:
    """Return the agency of a new channel and the zone of its days."""
    if unit_id is not None:
        unit = await units.get(session, unit_id)
        if unit is None or not unit.is_active or not _reaches(actor, unit_id, unit.agency_id):
            raise NotFoundError("Unit tidak ditemukan dalam wewenang Anda.")
        return unit.agency_id, unit.zone
    agency = agency_id or ""
    if not _reaches(actor, None, agency) or not await units.has_agency(session, agency):
        raise NotFoundError("Instansi tidak ditemukan dalam wewenang Anda.")
    return agency, Zone.WIB


async def _zone(session: AsyncSession, unit_id: str | None) -> Zone:
    return Zone.WIB if unit_id is None else (await units.zones(session, [unit_id])).get(unit_id, Zone.WIB)


def _require_mark(kind: ChannelKind, mark: str | None) -> None:
    if kind.probe == "link" and mark is None:
        raise ChannelRefusedError(
            "mark", "required", "Sebutkan kata yang pasti tertulis pada laman itu, untuk diuji."
        )
    if kind.probe != "link" and mark is not None:
        raise ChannelRefusedError("mark", "not_asked", "Kata penanda hanya untuk saluran berupa tautan.")


def _published(said: Published, today: date, at: str = "") -> Place:
    day = said.published_on or today
    if day > today:
        raise ChannelRefusedError(
            f"{at}published_on", "in_future", "Tanggal pemasangan tidak boleh setelah hari ini."
        )
    return Place(new_id(), said.kind, said.place, day, said.picture)


async def _record(
    session: AsyncSession,
    actor: Principal,
    operation: str,
    one: Channel,
    at: datetime,
    *,
    told: Told | None = None,
    facts: Sequence[EventData] = (),
    reason: str | None = None,
    **changes: Any,
) -> None:
    noted: Mapping[str, Any] = {
        "unit_id": one.unit_id,
        "agency_id": one.agency_id,
        "kind": one.kind,
        "opened_on": one.opened_on.isoformat(),
        "closed_on": one.closed_on and one.closed_on.isoformat(),
    }
    await record(
        session,
        actor,
        operation,
        source=SOURCE,
        entity="channel",
        entity_id=one.id,
        facts=[*facts, *([] if told is None else [events.as_told(told)])],
        version=one.version,
        changes={**noted, **changes},
        reason=reason,
        at=at,
    )
