"""Days off that wait for somebody who has read their decree: taken in whole, or changed day by day."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.data import announced
from services.complaints.deadlines.domain.calendars import Reach, Target
from services.complaints.deadlines.store import calendars
from services.complaints.deadlines.store.calendars import Draft
from services.complaints.deadlines.usecases.years import book_of
from shared import audit
from shared.calendar.days_off import DayOff, DayOffKind, Difference, difference
from shared.db.clock import database_now
from shared.kernel import DomainError, NotFoundError
from shared.security import Principal

KINDS: Mapping[Reach, tuple[DayOffKind, ...]] = {
    "national": ("national", "cuti_bersama"),
    "zone": ("local", "election"),
    "unit": ("local", "election"),
}
"""What may be off for whom."""


class CalendarChangeError(DomainError):
    """A change to days off that cannot be: the day is off already, is not off, or lies in another year."""

    code: ClassVar[str] = "calendar_change_refused"


@dataclass(frozen=True, slots=True)
class Proposed:
    """What somebody may confirm: None where the days off would stay as they are."""

    target: Target
    draft: Draft | None
    difference: Difference
    joint_leave_days: int


async def take_in(session: AsyncSession, actor: Principal, year: int) -> Proposed:
    """Draft the national days off of a year as the package `holidays` has them, in place of any draft.

    Of a year that was not announced yet the package knows estimates, and no joint leave.
    """
    target = Target("national", "", year)
    return await _propose(session, actor, target, announced.announced(year), None, announced.source())


async def change(
    session: AsyncSession,
    actor: Principal,
    target: Target,
    adds: Sequence[DayOff],
    removes: Collection[date],
    decree: str,
) -> Proposed:
    """Draft what stands, or the draft that waits, with days added and removed by a decree.

    Raises `CalendarMissingError` for a year that the nation has not, and `CalendarChangeError`.
    """
    waiting = await calendars.draft(session, target)
    book = await book_of(session, target)
    standing = book.of(target)
    if waiting is None:
        book.require_years(date(target.year, 1, 1), date(target.year, 12, 31))
    before = waiting.days if waiting else standing.days if standing else ()
    days = changed(target, before, adds, removes)
    return await _propose(session, actor, target, days, decree, f"Changed by {decree}")


def changed(
    target: Target, before: Iterable[DayOff], adds: Sequence[DayOff], removes: Collection[date]
) -> list[DayOff]:
    """Return days off with some added and some removed; raises `CalendarChangeError`."""
    year, kinds = target.year, KINDS[target.reach]
    if not adds and not removes:
        raise CalendarChangeError("Tidak ada hari yang ditambahkan atau dihapus.", field="adds")
    known = {off.day: off for off in before}
    for day in removes:
        if known.pop(day, None) is None:
            raise CalendarChangeError(f"{day} bukan hari libur, jadi tidak dapat dihapus.", field="removes")
    for off in adds:
        if off.day in known:
            raise CalendarChangeError(f"{off.day} sudah hari libur: {known[off.day].name}.", field="adds")
        if off.day.year != year:
            raise CalendarChangeError(f"{off.day} bukan hari dalam tahun {year}.", field="adds")
        if off.kind not in kinds:
            raise CalendarChangeError(
                f"Jenis {off.kind} tidak dapat dipakai di sini; pilih {' atau '.join(kinds)}.", field="adds"
            )
        known[off.day] = off
    return [known[day] for day in sorted(known)]


async def show(session: AsyncSession, target: Target) -> Proposed:
    """Return what waits; raises `NotFoundError`."""
    waiting = await calendars.draft(session, target)
    if waiting is None:
        raise NotFoundError(f"Tidak ada usulan perubahan kalender {target.year} yang menunggu.")
    return await _proposed(session, target, waiting, waiting.days)


async def discard(session: AsyncSession, actor: Principal, target: Target) -> None:
    """Forget what waits; raises `NotFoundError`."""
    await show(session, target)
    await calendars.discard(session, target)
    await _note(session, actor, "discard_calendar_draft", target, None)


async def _propose(
    session: AsyncSession,
    actor: Principal,
    target: Target,
    days: Sequence[DayOff],
    decree: str | None,
    source: str,
) -> Proposed:
    await calendars.lock(session)
    now = await database_now(session)
    await calendars.keep_shipped(session, now)
    standing = (await book_of(session, target)).of(target)
    await calendars.discard(session, target)
    draft = None
    if standing is None or list(standing.days) != list(days):
        based_on = 0 if standing is None else standing.version
        draft = Draft(target, tuple(days), decree, source, based_on, actor.subject, now)
        await calendars.keep_draft(session, draft)
    await _note(session, actor, "draft_calendar", target, decree)
    return await _proposed(session, target, draft, days)


async def _proposed(
    session: AsyncSession, target: Target, draft: Draft | None, days: Sequence[DayOff]
) -> Proposed:
    standing = (await book_of(session, target)).of(target)
    told = difference(() if standing is None else standing.days, days)
    return Proposed(target, draft, told, sum(off.kind == "cuti_bersama" for off in days))


async def _note(
    session: AsyncSession, actor: Principal, operation: str, target: Target, decree: str | None
) -> None:
    await audit.record(
        session,
        actor=actor,
        operation=operation,
        entity="calendar",
        entity_id=target.id,
        changes={"decree": decree},
    )
