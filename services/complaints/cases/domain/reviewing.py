"""When an ended case may be looked at once more, and by whom. Source: complaints.md section 2.5."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from services.complaints.cases.domain.acts import ActName
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.people import NOBODY, People
from services.complaints.cases.domain.refusals import (
    AlreadyAppealedError,
    IllegalActError,
    NotNewToCaseError,
    WindowOverError,
)
from shared.calendar.working import DAY, WorkingCalendar


@dataclass(frozen=True, slots=True)
class Window:
    """For how many working days after the end of a case something may be asked."""

    working_days: int

    def end(self, closed_at: datetime, calendar: WorkingCalendar) -> datetime:
        """Return the instant from which it is too late: 24:00 local of the last counted day."""
        last = calendar.counted_day(calendar.local_date(closed_at), self.working_days)
        return calendar.midnight(last + DAY)


def require_within(case: Case, now: datetime, calendar: WorkingCalendar, window: Window) -> None:
    """Refuse what comes after the window of an ended case."""
    if case.closed_at is None or now >= window.end(case.closed_at, calendar):
        raise WindowOverError(
            f"Jangka waktunya, {window.working_days} hari kerja sejak pemberitahuan, sudah lewat."
        )


def require_first_appeal(has_appealed: bool) -> None:
    """Refuse a second appeal."""
    if has_appealed:
        raise AlreadyAppealedError("Banding atas pengaduan ini sudah pernah diajukan.")


def require_appeal(case: Case, act: ActName, *, is_open: bool) -> None:
    """Refuse to decide about an appeal that nobody filed, or that is decided."""
    if not is_open:
        raise IllegalActError("Tidak ada banding yang menunggu keputusan.", state=case.state.value, act=act)


def require_no_open_appeal(case: Case, *, is_open: bool) -> None:
    """Refuse to reopen a case while an appeal waits: who decides it decides about the case."""
    if is_open:
        raise IllegalActError(
            "Banding atas pengaduan ini masih menunggu keputusan.", state=case.state.value, act="reopen"
        )


def require_new_to_case(officer: str, actors: Collection[str], people: People = NOBODY) -> None:
    """Refuse a decision by somebody who acted on the case before: accounts and substitutes are one."""
    if any(people.are_one(one, officer) for one in actors):
        raise NotNewToCaseError("Banding diputuskan oleh orang yang belum pernah menangani pengaduan ini.")
