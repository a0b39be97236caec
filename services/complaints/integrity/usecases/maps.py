"""The map of a unit's possible conflicts: entries by version, each looked at every year."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.integrity import events
from services.complaints.integrity.domain.conflicts import ConflictType, MapEntry
from services.complaints.integrity.domain.lives import MAP, State
from services.complaints.integrity.domain.refusals import EntryExistsError, ReviewIncompleteError
from services.complaints.integrity.store import conflicts as store
from services.complaints.integrity.usecases.acting import (
    open_as_engine,
    open_matter,
    subject_of,
)
from services.complaints.matters.store import Dossier
from services.complaints.matters.usecases import begin
from services.complaints.units import Unit
from shared import audit
from shared.kernel import NotFoundError, StaleVersionError, new_id
from shared.security import Principal
from shared.security.roles import CONFLICT_DECIDERS

YEARS_OF_A_STEP = 100
ENTRY_MISSING = "Butir peta tidak ditemukan."


@dataclass(frozen=True, slots=True)
class Said:
    """What an entry says."""

    activity: str
    position: str
    conflict_type: ConflictType
    control: str


async def enter(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, unit_id: str, said: Said
) -> MapEntry:
    """Enter a possible conflict of a position; the year's review begins with the first one.

    Raises `NotFoundError`, `EntryExistsError`, `ClockHeldError`.
    """
    unit = await units.within_scope(session, actor, unit_id)
    now = await engine.clock.now(session)
    await store.lock_unit(session, unit_id)
    today = (await engine.calendar_of(session, unit_id)).local_date(now)
    one = MapEntry(
        id=new_id(),
        unit_id=unit_id,
        agency_id=unit.agency_id,
        activity=said.activity,
        position=said.position,
        conflict_type=said.conflict_type,
        control=said.control,
        version=1,
        reviewed_on=today,
        is_retired=False,
    )
    await _put(session, one, "enter", actor, now)
    if await store.review(session, unit_id, today.year) is None:
        await _open_year(session, engine, unit, today.year, now)
    return one


async def change(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    entry_id: UUID,
    expected: int,
    said: Said,
) -> MapEntry:
    """Let an entry say something else from now on; that counts as looking at it."""
    one, today, now = await _locked(session, engine, actor, entry_id, expected)
    changed = replace(
        one,
        activity=said.activity,
        position=said.position,
        conflict_type=said.conflict_type,
        control=said.control,
        version=one.version + 1,
        reviewed_on=today,
    )
    return await _put(session, changed, "change", actor, now)


async def confirm(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, entry_id: UUID, expected: int
) -> MapEntry:
    """Note that an entry was looked at and stays as it is."""
    one, today, now = await _locked(session, engine, actor, entry_id, expected)
    return await _put(
        session, replace(one, version=one.version + 1, reviewed_on=today), "confirm", actor, now
    )


async def retire(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, entry_id: UUID, expected: int
) -> MapEntry:
    """Take an entry off the map; what it said stays known.

    With the last one the open reviews end: there is nothing left to look at.
    """
    one, _, now = await _locked(session, engine, actor, entry_id, expected)
    retired = replace(one, version=one.version + 1, is_retired=True)
    await _put(session, retired, "retire", actor, now)
    if not await store.entries(session, one.unit_id):
        for found in await store.open_reviews(session, one.unit_id):
            opened = await open_as_engine(session, engine, MAP, "empty", found["id"], found["version"])
            await opened.perform(actor, events.of_map)
    return retired


async def review(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    unit_id: str,
    year: int,
    expected: int,
) -> Dossier:
    """State that every entry of a unit's map was looked at in a year; also of a unit that is active no more.

    Raises `NotFoundError`, `ReviewIncompleteError`, which says which are left, and what `open_matter` raises.
    """
    await units.ever_within_scope(session, actor, unit_id)
    await store.lock_unit(session, unit_id)
    found = await store.review(session, unit_id, year)
    if found is None:
        raise NotFoundError("Peninjauan peta tahun itu belum dibuka; peta unit ini masih kosong.")
    opened = await open_matter(
        session, engine, actor, MAP, "review", found["id"], expected, CONFLICT_DECIDERS
    )
    entries = await store.entries(session, unit_id)
    if left := [str(one.id) for one in entries if one.reviewed_on < date(year, 1, 1)]:
        raise ReviewIncompleteError(left)
    return await opened.perform(actor, events.of_map, entries=len(entries))


async def open_years(session: AsyncSession, engine: DeadlineEngine) -> int:
    """Open the present year's review of some maps that have none; return of how many."""
    now = await engine.clock.now(session)
    found = await store.units_without_year(session, YEARS_OF_A_STEP)
    for unit_id in found:
        await store.lock_unit(session, unit_id)
        unit = await units.get(session, unit_id)
        year = (await engine.calendar_of(session, unit_id)).local_date(now).year
        if unit is not None and await store.review(session, unit_id, year) is None:
            await _open_year(session, engine, unit, year, now)
    return len(found)


async def shown(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, unit_id: str, year: int | None
) -> Mapping[str, Any]:
    """Return a unit's map with its coverage and the review of a year, the present one if None is named.

    `earlier` are reviews of years before that are still open, each with its coverage.
    """
    unit = await units.ever_within_scope(session, actor, unit_id)
    if year is None:
        year = (await engine.calendar_of(session, unit_id)).local_date(await engine.clock.now(session)).year
    reviews = await store.open_reviews(session, unit_id)
    return {
        "unit_id": unit_id,
        "unit_name": unit.name,
        "is_active": unit.is_active,
        "year": year,
        "coverage": await store.coverage(session, unit_id, year),
        "review": await store.review(session, unit_id, year),
        "items": await store.entries(session, unit_id),
        "earlier": [
            (one, await store.coverage(session, unit_id, int(one["period"])))
            for one in reviews
            if int(one["period"]) < year
        ],
    }


async def entry_of(session: AsyncSession, actor: Principal, entry_id: UUID) -> MapEntry:
    """Return an entry that is on a map within the caller's scope; raises `NotFoundError`."""
    one = await entry_ever_of(session, actor, entry_id)
    if one.is_retired:
        raise NotFoundError(ENTRY_MISSING)
    return one


async def entry_ever_of(session: AsyncSession, actor: Principal, entry_id: UUID) -> MapEntry:
    """Return an entry that is or was on a map within the caller's scope; raises `NotFoundError`."""
    one = await store.entry(session, entry_id)
    if one is None or not actor.scope.covers(one.unit_id, one.agency_id):
        raise NotFoundError(ENTRY_MISSING)
    return one


async def _open_year(
    session: AsyncSession, engine: DeadlineEngine, unit: Unit, year: int, now: datetime
) -> None:
    """Open the review of a year, whose clock runs from its first day."""
    calendar = await engine.calendar_of(session, unit.unit_id)
    dossier = Dossier(
        id=new_id(),
        kind=MAP,
        unit_id=unit.unit_id,
        agency_id=unit.agency_id,
        state=State.DITINJAU,
        period=str(year),
        is_late=False,
        opened_by="engine",
        opened_at=now,
        closed_at=None,
        version=1,
    )
    begins = calendar.midnight(date(year, 1, 1))
    await begin(
        session, engine, subject_of(MAP), dossier, events.of_map, None, now, starts={"year_begun": begins}
    )


async def _locked(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, entry_id: UUID, expected: int
) -> tuple[MapEntry, date, datetime]:
    """Lock the map that an entry is on; return the entry, the unit's present day and the moment."""
    await store.lock_unit(session, (await entry_of(session, actor, entry_id)).unit_id)
    one = await entry_of(session, actor, entry_id)
    if one.version != expected:
        raise StaleVersionError(version=one.version)
    now = await engine.clock.now(session)
    return one, (await engine.calendar_of(session, one.unit_id)).local_date(now), now


async def _put(session: AsyncSession, one: MapEntry, act: str, actor: Principal, at: datetime) -> MapEntry:
    if not one.is_retired and await store.is_there(session, one):
        raise EntryExistsError("Jabatan ini dengan benturan yang sama sudah ada pada peta.")
    await store.put(session, one, act, actor.subject, at)
    await audit.record(
        session,
        actor=actor,
        operation=f"{act}_map_entry",
        entity="conflict_map",
        entity_id=str(one.id),
        version=one.version,
        changes={"unit_id": one.unit_id, "conflict_type": one.conflict_type},
    )
    return one
