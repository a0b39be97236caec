"""Enter, change and end handling units; who may do so reaches all that the unit serves, before and after."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.decrees import events, store
from services.complaints.decrees.domain import (
    Decree,
    DecreeRefusedError,
    HandlingUnit,
    HandlingUnitEndedError,
    Member,
    Reach,
    Stream,
    require_member,
    require_sound,
)
from shared.db.clock import database_now
from shared.kernel import NotFoundError, StaleVersionError, Zone, new_id
from shared.recording import record
from shared.security import Principal, Scope

FIRST = UUID(int=0)
UNITS_OF_A_STEP = 100
WIDER = "Unit penanganan tidak ditemukan, atau melayani lebih luas dari wewenang Anda."


@dataclass(frozen=True, slots=True)
class Content:
    """What a decree says of a handling unit."""

    name: str
    reach: Reach
    decree: Decree
    streams: tuple[Stream, ...]
    members: tuple[Member, ...]


async def require_appointed(
    session: AsyncSession, unit_id: str, agency_id: str, stream: Stream, subject: str, day: date
) -> None:
    """Refuse somebody who is no member of a handling unit in force; see `require_member`."""
    require_member(await store.serving(session, unit_id, agency_id), unit_id, stream, subject, day)


async def listed(
    session: AsyncSession, actor: Principal, *, unit_id: str | None, after: UUID, limit: int
) -> list[HandlingUnit]:
    """Return the handling units that serve something within reach, by id."""
    return await store.page(session, actor.scope, unit_id=unit_id, after=after, limit=limit)


async def show(session: AsyncSession, actor: Principal, handling_unit_id: UUID) -> HandlingUnit:
    """Return a handling unit; raises `NotFoundError` for one that serves nothing within reach."""
    found = await store.get(session, actor.scope, handling_unit_id)
    if found is None:
        raise NotFoundError("Unit penanganan tidak ditemukan.")
    return found


async def show_editable(session: AsyncSession, actor: Principal, handling_unit_id: UUID) -> HandlingUnit:
    """Return a handling unit that the caller may change; raises `NotFoundError` for one that serves more."""
    found = await show(session, actor, handling_unit_id)
    if not reaches(actor.scope, found.reach):
        raise NotFoundError(WIDER)
    return found


async def enter(session: AsyncSession, actor: Principal, content: Content) -> HandlingUnit:
    """Enter a handling unit. Raises `NotFoundError` outside the scope, `DecreeRefusedError`."""
    made = HandlingUnit(
        id=new_id(),
        version=1,
        name=content.name,
        reach=await _settled(session, actor, content.reach),
        decree=content.decree,
        streams=content.streams,
        members=content.members,
    )
    require_sound(made, await _today(session, made.reach))
    if made.is_decree_missing:
        raise DecreeRefusedError(
            "decree_number", "required", "Nomor dan tanggal surat keputusan wajib diisi."
        )
    now = await database_now(session)
    await store.enter(session, made, actor.subject, now)
    await _tell(session, actor, "enter_handling_unit", made, now)
    return made


async def change(
    session: AsyncSession, actor: Principal, handling_unit_id: UUID, expected: int, content: Content
) -> HandlingUnit:
    """Enter what a decree says now. One without a decree may change its members, but does not last longer.

    Raises `NotFoundError`, `StaleVersionError`, `HandlingUnitEndedError`, `DecreeRefusedError`.
    """
    before = await _locked(session, actor, handling_unit_id, expected)
    after = replace(
        before,
        version=before.version + 1,
        name=content.name,
        reach=await _settled(session, actor, content.reach),
        decree=content.decree,
        streams=content.streams,
        members=content.members,
    )
    require_sound(after, await _today(session, after.reach))
    if after.reach.agency_id != before.reach.agency_id:
        raise DecreeRefusedError("agency_id", "other_agency", "Unit penanganan tetap pada instansinya.")
    if after.is_decree_missing and after.decree != before.decree:
        raise DecreeRefusedError(
            "decree_number", "required", "Nomor dan tanggal surat keputusan wajib diisi."
        )
    now = await database_now(session)
    await store.save(session, after, now)
    await _tell(session, actor, "change_handling_unit", after, now)
    return after


async def end(
    session: AsyncSession, actor: Principal, handling_unit_id: UUID, expected: int, reason: str
) -> HandlingUnit:
    """End a handling unit today: its members are named no more, what they handle stays theirs.

    Raises `NotFoundError`, `StaleVersionError`, `HandlingUnitEndedError`.
    """
    before = await _locked(session, actor, handling_unit_id, expected)
    ended = replace(before, version=before.version + 1, ended_on=await _today(session, before.reach))
    now = await database_now(session)
    await store.save(session, ended, now)
    await _tell(session, actor, "end_handling_unit", ended, now, reason)
    return ended


async def tell_untold(session: AsyncSession) -> int:
    """Tell others of some handling units whose newest version they do not know; return of how many."""
    found = await store.untold(session, UNITS_OF_A_STEP)
    now = await database_now(session)
    for unit in found:
        await store.note_told(session, unit, now)
        await _tell(session, None, "tell_handling_unit", unit, now)
    return len(found)


async def _locked(
    session: AsyncSession, actor: Principal, handling_unit_id: UUID, expected: int
) -> HandlingUnit:
    found = await store.get(session, actor.scope, handling_unit_id, is_locked=True)
    if found is None or not reaches(actor.scope, found.reach):
        raise NotFoundError(WIDER)
    if found.version != expected:
        raise StaleVersionError(version=found.version)
    if found.ended_on is not None:
        raise HandlingUnitEndedError("Unit penanganan ini sudah diakhiri; masukkan yang baru.")
    return found


async def _settled(session: AsyncSession, actor: Principal, reach: Reach) -> Reach:
    """Return whom a handling unit serves, with the agency of its units where none is said.

    Refuses what lies outside the scope, and units that the agency does not have.
    """
    if not reach.agency_id and reach.unit_ids:
        unit = await units.get(session, reach.unit_ids[0])
        reach = reach if unit is None else replace(reach, agency_id=unit.agency_id)
    known = await store.known_units(session, reach.agency_id)
    if not known or not reaches(actor.scope, reach):
        raise NotFoundError("Instansi atau unit tidak ditemukan dalam wewenang Anda.")
    for place, unit_id in enumerate(reach.unit_ids):
        if unit_id not in known:
            raise DecreeRefusedError(
                f"unit_ids.{place}", "unknown_unit", "Unit tidak dikenal di instansi ini."
            )
    return reach


def reaches(scope: Scope, reach: Reach) -> bool:
    """Tell whether a scope holds all that is served: who may change and end a handling unit."""
    served: Collection[str] = reach.unit_ids
    if scope.level == "unit":
        return not reach.is_for_agency and scope.units.issuperset(served)
    return scope.level == "national" or reach.agency_id in scope.agencies


async def _today(session: AsyncSession, reach: Reach) -> date:
    [today] = await days(session, [reach])
    return today


async def days(session: AsyncSession, reaches: Sequence[Reach]) -> list[date]:
    """Return for each the present day where the first unit served is; Jakarta's for an agency."""
    now = await database_now(session)
    zones = await units.zones(session, {one.unit_ids[0] for one in reaches if one.unit_ids})
    of = (zones.get(one.unit_ids[0], Zone.WIB) if one.unit_ids else Zone.WIB for one in reaches)
    return [now.astimezone(zone.tz).date() for zone in of]


async def _tell(
    session: AsyncSession,
    actor: Principal | None,
    operation: str,
    unit: HandlingUnit,
    now: datetime,
    reason: str | None = None,
) -> None:
    await record(
        session,
        actor,
        operation,
        source=events.SOURCE,
        entity="handling_unit",
        entity_id=unit.id,
        facts=[events.designation(unit)],
        version=unit.version,
        changes=_told(unit),
        reason=reason,
        at=now,
    )


def _told(unit: HandlingUnit) -> dict[str, Any]:
    days = {name: value and str(value) for name, value in asdict(unit.decree).items()}
    return {
        "name": unit.name,
        **asdict(unit.reach),
        **days,
        "streams": list(unit.streams),
        "members": [asdict(member) for member in unit.members],
        "ended_on": unit.ended_on and unit.ended_on.isoformat(),
    }
