"""Periods of reports: a year, a half, a quarter or a month, in each unit's own zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from shared.kernel import DomainError, Zone

PERIOD = r"^20[0-9]{2}(-(Q[1-4]|S[12]|0[1-9]|1[0-2]))?$"
"""How a period is written: 2026, 2026-S1, 2026-Q1 or 2026-03."""
_PERIOD = re.compile(PERIOD)
_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
    "November", "Desember",
)  # fmt: skip
_YEAR = 12


class PeriodUnknownError(DomainError):
    """No period is written so (422)."""

    code: ClassVar[str] = "period_unknown"

    def __init__(self) -> None:
        message = "Tulis masa sebagai 2026, 2026-S1, 2026-Q1, atau 2026-03."
        errors = [{"field": "period", "code": self.code, "message": message}]
        super().__init__(message, field="period", errors=errors)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to before `end`."""

    name: str
    first: date
    end: date

    def bounds(self, zone: Zone) -> tuple[datetime, datetime]:
        """Return the instant at which the period begins in a zone, and the one at which it is over."""
        first, end = (datetime.combine(day, time(), zone.tz) for day in (self.first, self.end))
        return first, end

    @property
    def last(self) -> date:
        """The last day."""
        return self.end - timedelta(days=1)

    @property
    def words(self) -> str:
        """The period as people call it."""
        year, _, part = self.name.partition("-")
        if not part:
            return f"tahun {year}"
        if part.startswith("Q"):
            return f"triwulan {part[1]} tahun {year}"
        if part.startswith("S"):
            return f"semester {part[1]} tahun {year}"
        return f"{_MONTHS[int(part) - 1]} {year}"


def period_of(name: str) -> Period:
    """Return the period of this name. Raises `PeriodUnknownError`."""
    if _PERIOD.fullmatch(name) is None:
        raise PeriodUnknownError
    year, _, part = name.partition("-")
    months = {"": _YEAR, "Q": 3, "S": 6}.get(part[:1], 1)
    place = int(part.lstrip("QS") or 1) - 1
    first, end = place * months, (place + 1) * months
    return Period(name, _first(int(year), first), _first(int(year), end))


def _first(year: int, month: int) -> date:
    return date(year + month // _YEAR, month % _YEAR + 1, 1)
