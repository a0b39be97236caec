"""Years of the calendar: which decree each rests on, and a person's word that it was read."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.data import YearOff, years_off
from services.complaints.deadlines.store import years as confirmed
from services.complaints.deadlines.store.years import Confirmation
from shared import audit
from shared.db.clock import database_now
from shared.kernel import DomainError, NotFoundError
from shared.security import Principal


class DecreeDiffersError(DomainError):
    """The number of the decree is not the one that the calendar was entered with."""

    code: ClassVar[str] = "decree_differs"


class DecreeUnknownError(DomainError):
    """The calendar of the year was entered without a decree, so there is nothing to confirm."""

    code: ClassVar[str] = "decree_unknown"


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """A year with what it rests on; `confirmed_by` None: nobody here, or those who shipped it."""

    off: YearOff
    confirmation: Confirmation | None

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
    """Return every year that the shipped calendar speaks of."""
    known = await confirmed.confirmations(session)
    return [CalendarYear(off, known.get(off.version)) for _, off in sorted(years_off().items())]


async def confirm(session: AsyncSession, actor: Principal, year: int, decree: str) -> CalendarYear:
    """Note that the actor has read the decree of a year; the same again changes nothing.

    Deadlines that reach into the year are told so by the upkeep, step by step. Raises `NotFoundError`,
    `DecreeUnknownError`, and `DecreeDiffersError` when `decree` is another number than the shipped one.
    """
    off = years_off().get(year)
    if off is None:
        raise NotFoundError(f"Kalender tidak memuat tahun {year}.")
    if off.decree is None:
        raise DecreeUnknownError(f"Hari libur {year} baru perkiraan; belum ada SKB yang dapat dikukuhkan.")
    if _numbers(decree) != _numbers(off.decree):
        raise DecreeDiffersError(
            f"Kalender {year} dimuat menurut {off.decree}; periksa nomor SKB yang diisi, atau perbarui"
            " kalender.",
            field="decree",
        )
    if not off.is_confirmed:
        word = Confirmation(off.version, year, off.decree, actor.subject, await database_now(session))
        if await confirmed.confirm(session, word):
            await audit.record(
                session,
                actor=actor,
                operation="confirm_calendar",
                entity="calendar",
                entity_id=str(year),
                changes={"calendar_version": off.version, "decree": off.decree},
            )
    return CalendarYear(off, (await confirmed.confirmations(session)).get(off.version))


def _numbers(decree: str) -> list[str]:
    """Return the numbers of a decree: `SKB 1205/2026, 3/2026` and `1205/2026 dan 3/2026` are the same."""
    return re.findall(r"[0-9]+", decree)
