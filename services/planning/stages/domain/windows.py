"""The days on which a stage is open: announced per year, for all or for one agency.

The last day counts whole, in the unit's zone. What was not announced is open (own rule), but for what has a
day by regulation. Source: lke.md section 7.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from services.planning.stages.domain.stage import Window
from shared.kernel import DomainError


class WindowInvalidError(DomainError):
    """A window without any day, or one that ends before it begins."""

    code: ClassVar[str] = "window_invalid"


@dataclass(frozen=True, slots=True)
class Days:
    """From the first to the last day, both within; None leaves that end open."""

    opens_on: date | None = None
    closes_on: date | None = None

    def hold(self, day: date) -> bool:
        return (self.opens_on is None or self.opens_on <= day) and not self.are_over(day)

    def are_over(self, day: date) -> bool:
        return self.closes_on is not None and day > self.closes_on


@dataclass(frozen=True, slots=True)
class AnnouncedWindow:
    """A window as an administrator announced it; `agency_id` None for every agency without its own."""

    window_id: UUID
    year: int
    window: Window
    agency_id: str | None
    opens_on: date | None
    closes_on: date | None
    reason: str | None
    version: int

    @property
    def days(self) -> Days:
        return Days(self.opens_on, self.closes_on)


def check_days(days: Days) -> None:
    """Raise `WindowInvalidError` for days that are no window."""
    if days.opens_on is None and days.closes_on is None:
        raise WindowInvalidError("Isi hari pertama, hari terakhir, atau keduanya.", field="closes_on")
    if days.opens_on is not None and days.closes_on is not None and days.closes_on < days.opens_on:
        raise WindowInvalidError("Hari terakhir mendahului hari pertama.", field="closes_on")


def in_force(announced: Iterable[tuple[Window, str | None, Days]], window: Window, default: Days) -> Days:
    """Return the days of a window: the agency's own before everybody's, the default before none.

    One without a last day ends when the next of these does: who tells a first day lifts no deadline.
    `announced` holds windows of one year, of all agencies (None) and of the unit's own.
    """
    told = {agency_id is None: days for name, agency_id, days in announced if name is window}
    found = [days for days in (told.get(False), told.get(True), default) if days is not None]
    return Days(found[0].opens_on, next((days.closes_on for days in found if days.closes_on), None))
