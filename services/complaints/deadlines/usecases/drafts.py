"""Days off that wait for somebody who has read their decree: taken in whole, or changed day by day."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.data import announced
from services.complaints.deadlines.domain.calendars import Reach, Span, Target, Version
from services.complaints.deadlines.store import calendars
from services.complaints.deadlines.store.calendars import Draft
from services.complaints.deadlines.usecases.years import book_of, require_current, require_same
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
LONGEST_MONTH_DAYS = 30
"""Of the Islamic calendar: a month has 29 or 30 days."""


class CalendarChangeError(DomainError):
    """A change to days off that cannot be: the day is off already, is not off, or lies in another year."""

    code: ClassVar[str] = "calendar_change_refused"


@dataclass(frozen=True, slots=True)
class Proposed:
    """What somebody may confirm; `draft` is None where everything would stay as it is."""

    target: Target
    draft: Draft | None
    difference: Difference
    joint_leave_days: int
    ramadans: tuple[Span, ...]
    old_ramadans: tuple[Span, ...]

    @property
    def moves(self) -> list[date]:
        """Return the dates from the first to the last of which something is counted otherwise, in order."""
        changed = set(self.ramadans) ^ set(self.old_ramadans)
        return sorted({*self.difference.moves, *(day for span in changed for day in span)})


async def take_in(session: AsyncSession, actor: Principal, year: int) -> Proposed:
    """Draft the national days off of a year as the package `holidays` has them, in place of any draft.

    Of a year that was not announced yet the package knows estimates, and no joint leave. Ramadan stays.
    """
    target = Target("national", "", year)
    await calendars.lock(session)
    standing = (await book_of(session, target)).of(target)
    ramadans = () if standing is None else standing.ramadans
    days = announced.announced(year)
    return await _propose(session, actor, target, days, ramadans, None, announced.source())


async def change(
    session: AsyncSession,
    actor: Principal,
    target: Target,
    adds: Sequence[DayOff],
    removes: Collection[date],
    decree: str,
    ramadans: Sequence[Span] | None = None,
) -> Proposed:
    """Draft what stands, or the draft that waits, with days added and removed by a decree.

    `ramadans` None leaves Ramadan as it is. Raises `CalendarMissingError` for a year that the nation has not,
    `DraftOutdatedError` and `DecreeDiffersError` where something else waits, and `CalendarChangeError`.
    """
    await calendars.lock(session)
    waiting = await calendars.draft(session, target)
    book = await book_of(session, target)
    standing = book.of(target)
    if waiting is None:
        book.require_years(date(target.year, 1, 1), date(target.year, 12, 31))
    else:
        require_current(waiting, standing)
        require_same(target, waiting.decree or decree, decree, is_shipped=False)
    before = waiting or standing
    days = before.days if before else ()
    if ramadans is None or adds or removes:
        days = tuple(changed(target, days, adds, removes))
    spans = before.ramadans if before else ()
    if ramadans is not None:
        spans = _checked(target, ramadans)
    return await _propose(session, actor, target, days, spans, decree, f"Changed by {decree}")


def _checked(target: Target, ramadans: Sequence[Span]) -> tuple[Span, ...]:
    for first, last in ramadans:
        is_long = (last - first).days + 1 > LONGEST_MONTH_DAYS
        if target.reach != "national" or first.year != target.year or last < first or is_long:
            raise CalendarChangeError(
                f"Ramadan {first} sampai {last} tidak dapat dipakai di sini: mulai dalam tahun {target.year},"
                f" paling lama {LONGEST_MONTH_DAYS} hari, untuk seluruh Indonesia.",
                field="ramadans",
            )
    return tuple(sorted(ramadans))


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
            raise CalendarChangeError(f"{off.day} sudah hari libur.", field="adds")
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
    return _proposed(waiting, (await book_of(session, target)).of(target))


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
    ramadans: tuple[Span, ...],
    decree: str | None,
    source: str,
) -> Proposed:
    now = await database_now(session)
    await calendars.keep_shipped(session, now)
    standing = (await book_of(session, target)).of(target)
    based_on = 0 if standing is None else standing.version
    draft = Draft(target, tuple(days), ramadans, decree, source, based_on, actor.subject, now)
    await calendars.discard(session, target)
    is_new = standing is None or (standing.days, standing.ramadans) != (draft.days, draft.ramadans)
    if is_new:
        await calendars.keep_draft(session, draft)
    await _note(session, actor, "draft_calendar", target, decree)
    return replace(_proposed(draft, standing), draft=draft if is_new else None)


def _proposed(draft: Draft, standing: Version | None) -> Proposed:
    return Proposed(
        draft.target,
        draft,
        difference(() if standing is None else standing.days, draft.days),
        sum(off.kind == "cuti_bersama" for off in draft.days),
        draft.ramadans,
        () if standing is None else standing.ramadans,
    )


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
