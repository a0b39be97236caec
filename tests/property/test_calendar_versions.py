"""Whatever is entered later, what an older version of a calendar says never changes."""

from datetime import date, time, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.complaints.deadlines.data import base_week, shipped_calendars
from services.complaints.deadlines.domain.calendars import CalendarBook, UnitWeek, Version, numbered
from shared.calendar.days_off import DayOff, difference
from shared.calendar.working import Hours
from shared.kernel import Zone

SHIPPED = shipped_calendars()
FIRST = date(2026, 1, 1)
HOURS = Hours({day: ((time(8), time(13)),) for day in range(1, 7)})


@st.composite
def days(draw: st.DrawFn, year: int) -> tuple[DayOff, ...]:
    found = draw(st.sets(st.integers(0, 364), max_size=12))
    return tuple(
        DayOff(date(year, 1, 1) + timedelta(days=one), "national", f"{one}") for one in sorted(found)
    )


@st.composite
def entered(draw: st.DrawFn) -> list[Version]:
    made = []
    for number in range(len(SHIPPED) + 1, len(SHIPPED) + 1 + draw(st.integers(1, 6))):
        reach = draw(st.sampled_from(["national", "zone", "unit"]))
        year = draw(st.sampled_from([2026, 2027, 2028]))
        told: dict[str, Any] = {"year": year, "days": draw(days(year)), "ramadans": (), "week": None}
        if reach == "unit" and draw(st.booleans()):
            first = FIRST + timedelta(days=draw(st.integers(0, 400)))
            week = UnitWeek(first, frozenset(range(1, 7)), HOURS, HOURS)
            told = {"year": None, "days": (), "ramadans": (), "week": week}
        name = {"national": "", "zone": "WIB", "unit": "u-1"}[reach]
        made.append(
            Version(number, reach, name, decree="SKB 1", source="x", is_confirmed=True, shipped=None, **told)  # type: ignore[arg-type]
        )
    return made


def book(own: list[Version]) -> CalendarBook:
    return CalendarBook(Zone.WIB, numbered((*SHIPPED, *own), SHIPPED), base_week(), frozenset())


@given(entered(), st.data())
def test_what_an_older_version_says_never_changes(own: list[Version], data: st.DataObject) -> None:
    known = data.draw(st.integers(0, len(own)))
    before, after = book(own[:known]), book(own)
    for version in range(1, before.newest + 1):
        assert after.calendar(version) == before.calendar(version)
        assert after.names(version) == before.names(version)


@given(entered(), st.integers(0, 700))
def test_a_day_is_off_when_the_nation_the_zone_or_the_unit_says_so_last(
    own: list[Version], step: int
) -> None:
    day = FIRST + timedelta(days=step)
    last: dict[tuple[str, int | None], Version] = {}
    for one in (*SHIPPED, *own):
        if one.week is None:
            last[one.reach, one.year] = one
    is_off = any(off.day == day for one in last.values() for off in one.days)
    assert (day in book(own).calendar().days_off) == is_off


@given(days(2026), days(2026))
def test_a_difference_leads_from_one_list_to_the_other(
    old: tuple[DayOff, ...], new: tuple[DayOff, ...]
) -> None:
    told = difference(old, new)
    gone = {off.day for off in (*told.removes, *told.renames)}
    led = [off for off in old if off.day not in gone] + [*told.adds, *told.renames]
    assert sorted(led, key=lambda off: off.day) == list(new)
