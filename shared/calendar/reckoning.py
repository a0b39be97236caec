"""How long something runs, and when that is over: a length on a calendar, without a policy around it.

Source: complaints.md section 6, rules C1-C5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from shared.calendar.working import DAY, Pause, WorkingCalendar, add_months

DueEnd = Literal["day_end", "service_end"]


class LengthUnit(StrEnum):
    """What a length counts: working or calendar days, working or clock hours, months."""

    WORKING_DAY = "wd"
    CALENDAR_DAY = "cd"
    WORKING_HOUR = "wh"
    CLOCK_HOUR = "ch"
    MONTH = "month"

    @property
    def is_hours(self) -> bool:
        return self in (LengthUnit.WORKING_HOUR, LengthUnit.CLOCK_HOUR)


@dataclass(frozen=True, slots=True)
class Length:
    """How long something runs.

    With `most_days` the last day is at most that many calendar days after day 0, whatever it rolls to.
    """

    unit: LengthUnit
    amount: int
    is_rolling: bool = False
    due_end: DueEnd = "day_end"
    most_days: int | None = None


def due(
    length: Length, start: datetime, calendar: WorkingCalendar, pauses: Sequence[Pause] = ()
) -> tuple[date, datetime]:
    """Return the due day and the instant from which the act is late.

    Days end at 24:00 local, given as 00:00 of the next date (C2), or at the end of service; hours end to
    the microsecond (C3). The act is in time when it is done before that instant.
    """
    last, at = _counted(length, start, calendar, pauses)
    latest = last if length.most_days is None else calendar.local_date(start) + length.most_days * DAY
    return (last, at) if last <= latest else (latest, calendar.midnight(latest + DAY))


def passed_over(length: Length, start: datetime, calendar: WorkingCalendar) -> tuple[date, date]:
    """Return the first and last date of the stretch in which only days of work carry the count on.

    For calendar time that is what its last day rolled over; the first date lies after the last one where
    nothing did.
    """
    day0 = calendar.local_date(start)
    last, _ = due(length, start, calendar)
    if length.unit is LengthUnit.WORKING_DAY:
        return day0 + DAY, last
    if length.unit is LengthUnit.WORKING_HOUR:
        return day0, last
    if length.unit.is_hours:
        return last + DAY, last
    return unrolled(length, day0), last - DAY


def unrolled(length: Length, day0: date) -> date:
    """Return the last day of a length in calendar days or months, before it rolls (C3)."""
    if length.unit is LengthUnit.CALENDAR_DAY:
        return day0 + length.amount * DAY
    return add_months(day0, length.amount)


def _counted(
    length: Length, start: datetime, calendar: WorkingCalendar, pauses: Sequence[Pause]
) -> tuple[date, datetime]:
    if length.unit is LengthUnit.CLOCK_HOUR:
        at = start + timedelta(hours=length.amount)
        return calendar.local_date(at), at
    if length.unit is LengthUnit.WORKING_HOUR:
        at = calendar.after_service(start, timedelta(hours=length.amount), pauses)
        return calendar.local_date(at), at
    day0 = calendar.local_date(start)
    if length.unit is LengthUnit.WORKING_DAY:
        last = calendar.counted_day(day0, length.amount, pauses)
    else:
        last = unrolled(length, day0)
    if length.is_rolling:
        last = calendar.rolled(last)
    at = calendar.closing(last) if length.due_end == "service_end" else calendar.midnight(last + DAY)
    return last, at
