"""Years of the calendar: which decree each rests on, and a person's word that it was read."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines import events
from services.complaints.deadlines.domain.calendars import CalendarBook, Target, Version
from services.complaints.deadlines.store import calendars, told
from services.complaints.deadlines.store import years as confirmed
from services.complaints.deadlines.store.calendars import Draft
from services.complaints.deadlines.store.years import Confirmation
from shared.contracts.complaints import CalendarFact
from shared.db.clock import database_now
from shared.kernel import DomainError, NotFoundError, Zone
from shared.recording import record
from shared.security import Principal


class DecreeDiffersError(DomainError):
    """The number of the decree is not the one that the calendar was entered with."""

    code: ClassVar[str] = "decree_differs"


class DecreeUnknownError(DomainError):
    """The calendar of the year was entered without a decree, so there is nothing to confirm."""

    code: ClassVar[str] = "decree_unknown"


class DraftOutdatedError(DomainError):
    """The calendar was changed since its draft was made, or its draft since somebody looked at it."""

    code: ClassVar[str] = "calendar_draft_outdated"


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """A year with what it rests on; `confirmed_by` None: nobody here, or those who shipped it."""

    off: Version
    confirmation: Confirmation | None
    has_draft: bool = False

    @property
    def is_confirmed(self) -> bool:
        return self.off.is_confirmed or self.confirmation is not None

    @property
    def confirmed_by(self) -> str | None:
        return None if self.confirmation is None else self.confirmation.confirmed_by

    @property
    def confirmed_at(self) -> datetime | None:
        return None if self.confirmation is None else self.confirmation.confirmed_at


async def years(session: AsyncSession) -> list[CalendarYear]:
    """Return every year whose national days off anybody entered."""
    known = await confirmed.confirmations(session)
    waiting = await calendars.drafted(session)
    national = (await calendars.book(session, Zone.WIB, None)).years()
    return [
        CalendarYear(off, known.get(off.version), year in waiting) for year, off in sorted(national.items())
    ]


async def book_of(session: AsyncSession, target: Target) -> CalendarBook:
    """Return the calendars that hold what stands for the nation or a zone."""
    return await calendars.book(session, Zone(target.name) if target.name else Zone.WIB, None)


async def confirm(
    session: AsyncSession, actor: Principal, target: Target, decree: str, *, seen: datetime | None
) -> CalendarYear:
    """Note that the actor has read the decree behind a draft, or behind what stands; a draft counts from now.

    `seen` is when the draft that the actor looked at was entered, None when there was none: nothing else is
    confirmed.
    The same again changes nothing. The upkeep moves the deadlines that are concerned, step by step. Raises
    `NotFoundError`, `DecreeUnknownError`, `DraftOutdatedError`, and `DecreeDiffersError` when `decree` is
    another number than the one it was entered with.
    """
    await calendars.lock(session)
    now = await database_now(session)
    await calendars.keep_shipped(session, now)
    waiting = await calendars.draft(session, target)
    book = await book_of(session, target)
    standing = book.of(target)
    if waiting is not None:
        if seen is None:
            raise DraftOutdatedError("Ada usulan yang belum Anda lihat. Periksa usulan itu lebih dahulu.")
        if seen != waiting.entered_at:
            raise DraftOutdatedError("Usulan ini diganti sesudah Anda melihatnya. Periksa yang baru.")
        require_same(target, waiting.decree or decree, decree, is_shipped=False)
        standing = await _take(session, actor, book, waiting, decree, now)
    elif seen is not None and not (standing and book.is_confirmed(standing)):
        raise DraftOutdatedError("Usulan yang Anda lihat tidak ada lagi. Periksa kalender yang berlaku.")
    if standing is None:
        raise NotFoundError(f"Kalender tidak memuat tahun {target.year}.")
    if standing.decree is None:
        raise DecreeUnknownError(
            f"Hari libur {target.year} baru perkiraan; belum ada SKB yang dapat dikukuhkan."
        )
    require_same(target, standing.decree, decree, is_shipped=standing.shipped is not None)
    if not standing.is_confirmed:
        word = Confirmation(standing.version, target.year, standing.decree, actor.subject, now)
        if await confirmed.confirm(session, word):
            await tell(session, actor, "confirm_calendar", book, target, standing, now)
    return CalendarYear(standing, (await confirmed.confirmations(session)).get(standing.version))


async def _take(
    session: AsyncSession, actor: Principal, book: CalendarBook, draft: Draft, decree: str, now: datetime
) -> Version:
    target = draft.target
    require_current(draft, book.of(target))
    one = Version(
        version=await calendars.following(session),
        reach=target.reach,
        name=target.name,
        year=target.year,
        days=draft.days,
        ramadans=draft.ramadans,
        week=None,
        decree=draft.decree or decree,
        source=draft.source,
        is_confirmed=False,
        shipped=None,
    )
    await calendars.enter(session, one, actor.subject, now)
    await calendars.discard(session, target)
    return one


def require_current(draft: Draft, standing: Version | None) -> None:
    """Refuse a draft of what was changed since."""
    if draft.based_on != (0 if standing is None else standing.version):
        year = draft.target.year
        raise DraftOutdatedError(
            f"Kalender {year} sudah berubah sejak usulan ini disusun. Buang usulan lalu susun kembali."
        )


async def tell(
    session: AsyncSession,
    actor: Principal,
    operation: str,
    book: CalendarBook,
    target: Target,
    one: Version,
    now: datetime,
) -> None:
    """Say that a version counts now, `confirmed` the first time for its year, `changed` from then on."""
    was_confirmed = any(book.is_confirmed(other) for other in book.versions if other.what == one.what)
    state = await told.say(session, target.id, one.version, "changed" if was_confirmed else "confirmed", now)
    fact: CalendarFact = events.calendar(state, target, one)
    await record(
        session,
        actor,
        operation,
        source=events.SOURCE,
        entity="calendar",
        entity_id=str(target.year) if target.reach == "national" else target.id,
        facts=[fact],
        at=now,
        changes={"calendar_version": one.version, "decree": one.decree},
    )


def require_same(target: Target, entered: str, given: str, *, is_shipped: bool) -> None:
    """Refuse another decree than the one that days off were entered with, named where nobody typed it."""
    if _numbers(given) != _numbers(entered):
        decree = entered if is_shipped else "nomor lain"
        raise DecreeDiffersError(
            f"Kalender {target.year} dimuat menurut {decree}; periksa nomor SKB yang diisi, atau perbarui"
            " kalender.",
            field="decree",
        )


def _numbers(decree: str) -> list[str]:
    """Return the numbers of a decree: `SKB 1205/2026, 3/2026` and `1205/2026 dan 3/2026` are the same."""
    return re.findall(r"[0-9]+", decree)
