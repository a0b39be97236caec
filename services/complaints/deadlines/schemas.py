"""What is sent and received about the working-day calendar."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from services.complaints.deadlines.domain.calendars import UnitWeek
from services.complaints.deadlines.domain.policy import LengthUnit
from services.complaints.deadlines.usecases.drafts import Proposed
from services.complaints.deadlines.usecases.own import Set, UnitCalendar
from services.complaints.deadlines.usecases.preview import DueDay, Move, Moves
from services.complaints.deadlines.usecases.years import CalendarYear
from shared.calendar.days_off import DayOff, DayOffKind
from shared.calendar.working import Hours
from shared.http.fields import Body, Day, Flag, Moment, Year, read_digits
from shared.http.text import FreeText
from shared.indonesian import until
from shared.kernel import EARLIEST, LATEST, Zone

WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
Decree = Annotated[str, FreeText(3, 200)]


def _is_moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("YYYY-MM-DD atau YYYY-MM-DDTHH:MM") from error
    if not EARLIEST.year <= moment.year < LATEST.year:
        raise ValueError("2000-2099")
    return text


LocalMoment = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$",
        description="Local date, or date and time, e.g. 2026-03-12T15:00",
    ),
    AfterValidator(_is_moment),
]
Amount = Annotated[int, Field(ge=1, le=1000), BeforeValidator(read_digits)]
WeekDays = Annotated[int, Field(ge=5, le=6), BeforeValidator(read_digits)]
ClockText = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["07:30"])]


class CalendarYearOut(BaseModel):
    """A year of the working-day calendar and what it rests on."""

    year: int
    calendar_version: int = Field(description="The last version that speaks of this year")
    decree: str | None = Field(description="Joint decree of three ministers (SKB); null: days only expected")
    source: str
    is_confirmed: bool = Field(description="False: clocks that reach into the year are provisional")
    confirmed_by: str | None = Field(description="Null: confirmed before shipping, or not at all")
    confirmed_at: datetime | None
    has_draft: bool = Field(default=False, description="A change waits for confirmation")

    @classmethod
    def of(cls, year: CalendarYear) -> Self:
        """Return a year as the API tells it."""
        off = year.off
        return cls(
            year=off.year or 0,
            calendar_version=off.version,
            decree=off.decree,
            source=off.source,
            is_confirmed=year.is_confirmed,
            confirmed_by=year.confirmed_by,
            confirmed_at=year.confirmed_at,
            has_draft=year.has_draft,
        )


class CalendarYearsOut(BaseModel):
    """All years that the calendar speaks of."""

    items: list[CalendarYearOut]


class CalendarConfirmIn(Body):
    """The number of the decree, as the person who confirms has read it."""

    decree: Decree = Field(examples=["SKB 1205/2026, 3/2026, 2/2026"])
    seen: Moment | None = Field(
        default=None,
        description="`entered_at` of the draft that they looked at; null: none waited. Another draft, or one"
        " that they did not look at, is not confirmed (409 `calendar_draft_outdated`)",
    )


class DayOffIn(Body):
    """A day off to be added."""

    date: Day
    kind: DayOffKind
    name: Annotated[str, FreeText(3, 120)]

    def told(self) -> DayOff:
        return DayOff(self.date, self.kind, self.name)


class CalendarChangeIn(Body):
    """Days off to be added and removed, by a decree."""

    adds: list[DayOffIn] = Field(default_factory=list, max_length=100)
    removes: list[Day] = Field(default_factory=list, max_length=100)
    decree: Decree = Field(examples=["SKB 933/2025, 1/2025, 3/2025"])

    def added(self) -> list[DayOff]:
        return [off.told() for off in self.adds]


class RamadanIn(Body):
    """From when to when Ramadan lasts, both included: units keep other hours."""

    first: Day
    last: Day


class YearChangeIn(CalendarChangeIn):
    """Days off of the nation or a zone to be added and removed; of the nation Ramadan, too."""

    ramadans: list[RamadanIn] | None = Field(
        default=None, max_length=2, description="All that begin in the year; null: as they are"
    )

    def spans(self) -> list[tuple[date, date]] | None:
        return None if self.ramadans is None else [(one.first, one.last) for one in self.ramadans]


class DaysOffIn(CalendarChangeIn):
    """Days off of a unit's own place to be added and removed."""

    year: Year
    is_preview: Flag = Field(default=False, description="Only tell what would move")


class DayOffOut(BaseModel):
    """A day off."""

    date: date
    kind: DayOffKind
    name: str

    @classmethod
    def of(cls, off: DayOff) -> Self:
        """Return a day off as the API tells it."""
        return cls(date=off.day, kind=off.kind, name=off.name)


class RamadanOut(BaseModel):
    """From when to when Ramadan lasts, both included."""

    first: date
    last: date


class CalendarDraftOut(BaseModel):
    """What waits for confirmation, against what stands."""

    year: int
    zone: Zone | None = Field(description="Null: the nation")
    is_waiting: bool = Field(description="False: the days off would stay as they are, so nothing waits")
    decree: str | None = Field(description="Null: whoever confirms names it")
    source: str | None
    based_on: int | None = Field(description="Calendar version that it changes; 0: the year had none")
    entered_by: str | None
    entered_at: datetime | None
    joint_leave_days: int = Field(description="Of the year; 0 where joint leave was not announced yet")
    adds: list[DayOffOut]
    removes: list[DayOffOut]
    renames: list[DayOffOut]
    ramadans: list[RamadanOut] = Field(description="From when to when Ramadan lasts")

    @classmethod
    def of(cls, proposed: Proposed) -> Self:
        """Return a draft as the API tells it."""
        target, draft, told = proposed.target, proposed.draft, proposed.difference
        return cls(
            year=target.year,
            zone=Zone(target.name) if target.name else None,
            is_waiting=draft is not None,
            decree=draft and draft.decree,
            source=draft and draft.source,
            based_on=draft and draft.based_on,
            entered_by=draft and draft.entered_by,
            entered_at=draft and draft.entered_at,
            joint_leave_days=proposed.joint_leave_days,
            adds=[DayOffOut.of(off) for off in told.adds],
            removes=[DayOffOut.of(off) for off in told.removes],
            renames=[DayOffOut.of(off) for off in told.renames],
            ramadans=[RamadanOut(first=first, last=last) for first, last in proposed.ramadans],
        )


class MoveOut(BaseModel):
    """Clocks of a unit that would move from one due time to another."""

    unit_id: str
    zone: Zone
    rule_id: str
    clocks: int
    old_due_at: datetime
    old_due_text: str
    new_due_at: datetime
    new_due_text: str
    is_lifted: bool = Field(description="It would lie in the past: it gets the next working day instead")

    @classmethod
    def of(cls, move: Move, clocks: int) -> Self:
        """Return a move as the API tells it."""
        return cls(
            unit_id=move.unit_id,
            zone=move.zone,
            rule_id=move.rule_id,
            clocks=clocks,
            old_due_at=move.old_due_at,
            old_due_text=until(move.old_due_at, move.zone),
            new_due_at=move.new_due_at,
            new_due_text=until(move.new_due_at, move.zone),
            is_lifted=move.is_lifted,
        )


class MovesOut(BaseModel):
    """What a calendar would move, or moves within minutes."""

    clocks: int = Field(description="Open clocks whose time holds a changed day")
    moved: int = Field(description="Those of them whose due time moves")
    is_complete: bool = Field(description="False: there are more clocks than were looked at")
    items: list[MoveOut]

    @classmethod
    def of(cls, moves: Moves) -> Self:
        """Return moves by their old due time."""
        by_due = sorted(moves.moved.items(), key=lambda one: (one[0].old_due_at, one[0].unit_id))
        return cls(
            clocks=moves.clocks,
            moved=moves.moved.total(),
            is_complete=moves.is_complete,
            items=[MoveOut.of(move, clocks) for move, clocks in by_due],
        )


class SkippedOut(BaseModel):
    """A day that was passed over."""

    date: date
    kind: Literal["weekend"] | DayOffKind
    name: str


class DueOut(BaseModel):
    """When something is due and why."""

    start_at: datetime
    zone: Zone
    due_on: date
    due_at: datetime = Field(description="The instant from which it is late: 00:00 after the due day")
    due_text: str = Field(description="The same for people: the due day itself, at its end 24.00")
    calendar_version: int
    is_provisional: bool = Field(description="A year on the way has no confirmed calendar")
    skipped: list[SkippedOut]

    @classmethod
    def of(cls, due: DueDay) -> Self:
        """Return a due day as the API tells it."""
        return cls(
            start_at=due.start,
            zone=due.calendar.zone,
            due_on=due.due_on,
            due_at=due.due_at,
            due_text=until(due.due_at, due.calendar.zone),
            calendar_version=due.calendar.version,
            is_provisional=due.is_provisional,
            skipped=[
                SkippedOut(date=one.day, kind="weekend", name=WEEKDAYS[one.day.weekday()])
                if one.off is None
                else SkippedOut(date=one.day, kind=one.off.kind, name=one.off.name)
                for one in due.skipped
            ],
        )


TIME_UNITS: Mapping[str, LengthUnit] = {
    unit.value: unit for unit in LengthUnit if unit is not LengthUnit.MONTH
}


class IntervalIn(Body):
    """A stretch of service."""

    opens: ClockText
    closes: ClockText


class HoursOut(BaseModel):
    """A stretch of service on a day of the week."""

    weekday: int = Field(description="1 Monday to 7 Sunday")
    opens: str
    closes: str


MOST_STRETCHES = 4
"""Of service within one day."""
Stretches = dict[
    Annotated[str, Field(pattern="^[1-7]$")], Annotated[list[IntervalIn], Field(max_length=MOST_STRETCHES)]
]


class WeekIn(Body):
    """How a unit works from a date on."""

    first: Day = Field(description="First local date of it, tomorrow at the earliest")
    days: Literal[5, 6] = Field(description="From Monday on")
    hours: Stretches = Field(description="By weekday, 1 Monday to 6 Saturday")
    ramadan_hours: Stretches = Field(description="The same in Ramadan")
    is_preview: Flag = Field(default=False, description="Only tell what would move")


def hours_of(given: Stretches) -> Hours:
    """Return hours as they were sent."""
    return Hours(
        {
            int(weekday): tuple(
                (time.fromisoformat(one.opens), time.fromisoformat(one.closes)) for one in intervals
            )
            for weekday, intervals in given.items()
        }
    )


class WeekOut(BaseModel):
    """How a unit works from a date on."""

    first: date | None = Field(description="Null: as units work that chose nothing")
    days: int
    hours: list[HoursOut]
    ramadan_hours: list[HoursOut]

    @classmethod
    def of(cls, week: UnitWeek) -> Self:
        """Return a week as the API tells it."""
        return cls(
            first=None if week.first == date.min else week.first,
            days=len(week.weekdays),
            hours=_stretches(week.hours),
            ramadan_hours=_stretches(week.ramadan_hours),
        )


def _stretches(hours: Hours) -> list[HoursOut]:
    return [
        HoursOut(weekday=weekday, opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}")
        for weekday, intervals in sorted(hours.by_weekday.items())
        for opens, closes in intervals
    ]


class UnitCalendarOut(BaseModel):
    """How a unit counts."""

    unit_id: str
    zone: Zone
    calendar_version: int
    week: WeekOut = Field(description="As it works today")
    chosen: list[WeekOut] = Field(description="The weeks it chose, also those to come")
    days_off: list[DayOffOut] = Field(description="Of its own place, beside those of the nation and its zone")

    @classmethod
    def of(cls, shown: UnitCalendar) -> Self:
        """Return a unit's calendar as the API tells it."""
        return cls(
            unit_id=shown.unit.unit_id,
            zone=shown.unit.zone,
            calendar_version=shown.calendar_version,
            week=WeekOut.of(shown.week),
            chosen=_weeks(shown.chosen),
            days_off=[DayOffOut.of(off) for off in shown.days_off],
        )


def _weeks(weeks: Sequence[UnitWeek]) -> list[WeekOut]:
    return [WeekOut.of(week) for week in weeks]


class SetOut(BaseModel):
    """What was set, and what it moves."""

    calendar_version: int | None = Field(description="Null: nothing was set, this is a preview")
    moves: MovesOut

    @classmethod
    def of(cls, done: Set) -> Self:
        """Return what was set as the API tells it."""
        return cls(calendar_version=done.calendar_version, moves=MovesOut.of(done.moves))
