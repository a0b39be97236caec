"""Periods of nil returns: halves or quarters of a year, as the data say."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Self

PeriodKind = Literal["semester", "quarter"]
_MONTHS = {"semester": 6, "quarter": 3}
_LETTER = {"semester": "S", "quarter": "Q"}
PERIOD_PATTERN = r"^20[0-9]{2}-(S[12]|Q[1-4])$"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The part `number`, from 1, of a year."""

    year: int
    number: int
    kind: PeriodKind

    @classmethod
    def of(cls, day: date, kind: PeriodKind) -> Self:
        """Return the period in which a day lies."""
        return cls(day.year, (day.month - 1) // _MONTHS[kind] + 1, kind)

    @classmethod
    def parse(cls, code: str) -> Self:
        """Return the period of a code such as `2026-S1`; raises `ValueError`."""
        year, _, part = code.partition("-")
        for kind, letter in (("semester", "S"), ("quarter", "Q")):
            if part[:1] == letter:
                return cls(int(year), int(part[1:]), kind)  # type: ignore[arg-type]
        raise ValueError(code)

    @property
    def code(self) -> str:
        return f"{self.year}-{_LETTER[self.kind]}{self.number}"

    @property
    def first(self) -> date:
        return date(self.year, (self.number - 1) * _MONTHS[self.kind] + 1, 1)

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> "Period":
        parts = 12 // _MONTHS[self.kind]
        is_last = self.number == parts
        return Period(self.year + is_last, 1 if is_last else self.number + 1, self.kind)

    @property
    def before(self) -> "Period":
        """The period that ended before this one began."""
        return Period.of(self.first - timedelta(days=1), self.kind)
