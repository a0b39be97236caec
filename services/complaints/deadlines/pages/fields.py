"""The forms of the calendar: days off that come and go, and a week with its hours, as people type them."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from services.complaints.deadlines.domain.calendars import Span, UnitWeek
from services.complaints.deadlines.schemas import MOST_STRETCHES, WEEKDAYS, Decree
from shared.calendar.days_off import DayOff, DayOffKind
from shared.calendar.working import Hours
from shared.http.fields import Body, Day
from shared.http.once import OnceBody
from shared.http.pages.forms import Form
from shared.http.text import FreeText

ROWS = (1, 2, 3)
"""Days that a form adds at once; a further sending adds to the same draft."""
AT = {"adds": "date_1", "removes": "removes", "ramadans": "ramadan_1_first", "hours": "hours_1",
      "ramadan_hours": "ramadan_1"}  # fmt: skip
"""The field of our forms for what a refusal of the calendar names."""
LABELS = {
    **{f"date_{n}": f"Tanggal libur baru {n}" for n in ROWS},
    **{f"name_{n}": f"Nama libur baru {n}" for n in ROWS},
    **{f"kind_{n}": f"Jenis libur baru {n}" for n in ROWS},
    "removes": "Yang tidak lagi libur",
    "ramadan_1_first": "Ramadan, hari pertama",
    "ramadan_1_last": "Ramadan, hari terakhir",
    "ramadan_2_first": "Ramadan kedua, hari pertama",
    "ramadan_2_last": "Ramadan kedua, hari terakhir",
    "decree": "Nomor keputusan",
    "first": "Berlaku sejak",
    "days": "Hari kerja seminggu",
    **{f"hours_{n}": f"Jam layanan {WEEKDAYS[n - 1]}" for n in range(1, 7)},
    **{f"ramadan_{n}": f"Jam layanan {WEEKDAYS[n - 1]} selama Ramadan" for n in range(1, 7)},
}
"""Fields in the order of the pages, by the words that stand before them."""
_STRETCH = re.compile(r"\s*([0-9]{2}[.:][0-9]{2})\s*[-\u2013]\s*([0-9]{2}[.:][0-9]{2})\s*")
Name = Annotated[str, FreeText(3, 120)]
Intervals = tuple[tuple[time, time], ...]


def _read_stretches(value: Any) -> Any:
    """Read `07.30-12.00, 13.00-16.00`; raises `ValueError`."""
    if not isinstance(value, str):
        return value
    found = []
    for part in value.split(","):
        match = _STRETCH.fullmatch(part)
        try:
            edges = [] if match is None else [time.fromisoformat(match[n].replace(".", ":")) for n in (1, 2)]
        except ValueError:
            edges = []
        if not edges:
            raise ValueError("Tulis jam seperti 07.30-12.00, 13.00-16.00.")
        opens, closes = edges
        if closes <= opens:
            raise ValueError("Jam tutup harus sesudah jam buka.")
        found.append((opens, closes))
    if len(found) > MOST_STRETCHES:
        raise ValueError(f"Paling banyak {MOST_STRETCHES} rentang jam sehari.")
    return tuple(found)


Stretches = Annotated[Intervals, BeforeValidator(_read_stretches)]


def written(intervals: Intervals) -> str:
    """Write hours as the form reads them."""
    return ", ".join(f"{opens:%H.%M}-{closes:%H.%M}" for opens, closes in intervals)


class DaysForm(OnceBody):
    """Days off that are added, a row each, and those that are taken back, by a decree."""

    date_1: Day | None = None
    name_1: Name | None = None
    kind_1: DayOffKind | None = None
    date_2: Day | None = None
    name_2: Name | None = None
    kind_2: DayOffKind | None = None
    date_3: Day | None = None
    name_3: Name | None = None
    kind_3: DayOffKind | None = None
    removes: list[Day] = Field(default_factory=list)
    decree: Decree

    def rows(self) -> Iterator[tuple[int, date | None, str | None, DayOffKind | None]]:
        """Yield each row with its number."""
        for n in ROWS:
            yield n, *(getattr(self, f"{part}_{n}") for part in ("date", "name", "kind"))

    def added(self) -> list[DayOff]:
        """Return the days off of the rows that are filled in."""
        return [DayOff(day, kind, name) for _, day, name, kind in self.rows() if day and name and kind]


class YearForm(DaysForm):
    """The same of the nation or a zone, with the Ramadans that begin in the year."""

    ramadan_1_first: Day | None = None
    ramadan_1_last: Day | None = None
    ramadan_2_first: Day | None = None
    ramadan_2_last: Day | None = None

    def ramadans(self) -> list[Span]:
        """Return the Ramadans that have both their ends."""
        pairs = (
            (self.ramadan_1_first, self.ramadan_1_last),
            (self.ramadan_2_first, self.ramadan_2_last),
        )
        return [(first, last) for first, last in pairs if first and last]


class OwnDaysForm(DaysForm):
    """The same of a unit; `is_confirmed` comes from the page that says what would move."""

    is_confirmed: bool = False


class WeekForm(OnceBody):
    """A week from a date on, with hours for each day that is worked."""

    first: Day
    days: Literal["5", "6"]
    hours_1: Stretches = ()
    hours_2: Stretches = ()
    hours_3: Stretches = ()
    hours_4: Stretches = ()
    hours_5: Stretches = ()
    hours_6: Stretches = ()
    ramadan_1: Stretches = ()
    ramadan_2: Stretches = ()
    ramadan_3: Stretches = ()
    ramadan_4: Stretches = ()
    ramadan_5: Stretches = ()
    ramadan_6: Stretches = ()
    is_confirmed: bool = False

    def hours(self, part: Literal["hours", "ramadan"]) -> Hours:
        """Return the hours of the days that have any."""
        given = {n: getattr(self, f"{part}_{n}") for n in range(1, 7)}
        return Hours({n: intervals for n, intervals in given.items() if intervals})


NO_DRAFT = "tanpa-usulan"


class ConfirmForm(Body):
    """The decree as whoever confirms has read it; `seen` says which draft the page showed, or `NO_DRAFT`."""

    decree: Decree
    seen: Annotated[str, FreeText(0, 40)] = ""


def check_rows(form: Form[Any], sent: DaysForm) -> bool:
    """Tell whether every row is either empty or whole, and say at its field what a row lacks."""
    said = {"date": "Isi tanggalnya.", "name": "Isi namanya.", "kind": "Pilih jenisnya."}
    for n, *given in sent.rows():
        if any(given):
            lacking = [name for name, value in zip(said, given, strict=True) if not value]
            form.errors |= {f"{name}_{n}": said[name] for name in lacking}
    return not form.errors


def check_ramadans(form: Form[Any], sent: YearForm) -> bool:
    """Tell whether each Ramadan has both ends or none, and say at its field what it lacks."""
    for n in (1, 2):
        ends = {f"ramadan_{n}_{end}": getattr(sent, f"ramadan_{n}_{end}") for end in ("first", "last")}
        if any(ends.values()):
            form.errors |= {name: "Isi kedua tanggalnya." for name, value in ends.items() if not value}
    return not form.errors


def year_values(ramadans: Sequence[Span]) -> dict[str, str]:
    """Return what the form of a year starts with."""
    found: dict[str, str] = {}
    for n, (first, last) in enumerate(ramadans[:2], 1):
        found |= {f"ramadan_{n}_first": first.isoformat(), f"ramadan_{n}_last": last.isoformat()}
    return found


def week_values(week: UnitWeek, first: date) -> dict[str, str]:
    """Return what the form of a week starts with: how the unit works now."""
    parts = (("hours", week.hours), ("ramadan", week.ramadan_hours))
    hours = {
        f"{part}_{weekday}": written(intervals)
        for part, given in parts
        for weekday, intervals in given.by_weekday.items()
    }
    return {"first": first.isoformat(), "days": str(len(week.weekdays)), **hours}
