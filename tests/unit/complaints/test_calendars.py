"""Versions of calendars: what stands for whom, what was said before, and which numbers shipped ones get."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from services.complaints.deadlines.commands import _change, _hours, due_in_words
from services.complaints.deadlines.data import base_week, shipped_calendars
from services.complaints.deadlines.domain.calendars import (
    CalendarBook,
    CalendarMissingError,
    Target,
    UnitWeek,
    Version,
    numbered,
)
from shared.calendar.days_off import DayOff, difference
from shared.calendar.working import Hours
from shared.cli.errors import CliError
from shared.kernel import Zone

SHIPPED = shipped_calendars()
HOURS = Hours({day: ((time(8), time(13)),) for day in range(1, 7)})


def own(
    version: int, reach: Any = "national", name: str = "", year: int | None = 2026, **more: Any
) -> Version:
    told: dict[str, Any] = {
        "days": (),
        "ramadans": (),
        "week": None,
        "decree": "SKB 1/2026",
        "shipped": None,
    } | more
    return Version(version, reach, name, year, source="a test", is_confirmed=True, **told)


def book(*versions: Version) -> CalendarBook:
    return CalendarBook(Zone.WIB, numbered(versions, SHIPPED), base_week(), frozenset())


def test_shipped_versions_have_their_own_numbers_while_nobody_entered_any() -> None:
    assert [one.version for one in numbered((), SHIPPED)] == [one.shipped for one in SHIPPED] == [1, 2, 3, 4]


def test_a_version_that_is_shipped_later_comes_after_what_was_entered_here() -> None:
    kept = (*SHIPPED, own(5))
    shipped = (*SHIPPED, replace(SHIPPED[-1], version=5, shipped=5, year=2028))
    assert [(one.version, one.shipped) for one in numbered(kept, shipped)][-2:] == [(5, None), (6, 5)]


def test_a_version_that_is_shipped_later_does_not_speak_over_a_person_here() -> None:
    kept = (*SHIPPED, own(5))
    shipped = (*SHIPPED, replace(SHIPPED[2], version=5, shipped=5))
    assert numbered(kept, shipped) == kept


def test_a_version_says_all_of_its_year_and_nothing_of_others() -> None:
    christmas = DayOff(date(2026, 12, 25), "national", "Hari Raya Natal")
    found = book(*SHIPPED, own(5, days=(christmas,)))
    assert [day for day in found.names() if day.year == 2026] == [christmas.day]
    assert found.names()[date(2025, 8, 17)].kind == "national"
    assert found.names(4).keys() > found.names().keys() - {christmas.day}


def test_a_place_adds_to_the_nation_and_the_nation_names_what_is_off_anyway() -> None:
    local = (
        DayOff(date(2026, 8, 17), "local", "Hari Jadi Kota"),
        DayOff(date(2026, 8, 18), "local", "Hari Jadi Kota"),
    )
    found = book(*SHIPPED, own(5, "unit", "u-1", days=local))
    assert found.names()[date(2026, 8, 17)].kind == "national"
    assert not found.calendar().is_working(date(2026, 8, 18))
    assert found.calendar(4).is_working(date(2026, 8, 18))
    assert found.years().keys() == {2025, 2026, 2027}, "a place does not make a national year"


def test_a_unit_works_as_it_chose_last_before_the_day() -> None:
    weeks = [
        UnitWeek(date(2026, month, 1), frozenset(range(1, days)), HOURS, HOURS)
        for month, days in ((7, 7), (3, 6))
    ]
    found = book(*SHIPPED, *(own(5 + i, "unit", "u-1", None, week=week) for i, week in enumerate(weeks)))
    assert [week.first.month for week in found.calendar().weeks] == [3, 7]
    assert not found.calendar().is_working(date(2026, 4, 11))
    assert found.calendar().is_working(date(2026, 7, 11))


def test_a_stretch_into_a_year_that_nobody_entered_is_refused_by_that_year() -> None:
    book().require_years(date(2025, 12, 1), date(2027, 1, 1))
    with pytest.raises(CalendarMissingError, match="Kalender tahun 2028 belum dimuat"):
        book().require_years(date(2027, 12, 1), date(2028, 1, 1))


def test_ids_of_calendars_are_never_two_things() -> None:
    ids = [Target("national", "", 2026), Target("zone", "WITA", 2026), Target("unit", "WITA", 2026)]
    assert [one.id for one in ids] == ["national:2026", "zone:WITA:2026", "unit:WITA:2026"]


def test_a_difference_tells_days_that_come_go_and_change_their_name() -> None:
    one, two, three = (DayOff(date(2026, 1, day), "national", "A") for day in (1, 2, 3))
    told = difference([one, two], [replace(two, name="B"), three])
    assert (told.adds, told.removes, told.renames) == ((three,), (one,), (replace(two, name="B"),))
    assert told.moves == [one.day, three.day]


def test_a_due_day_is_told_in_words_with_its_end_at_24() -> None:
    lines = due_in_words(
        {
            "due_on": "2026-03-26",
            "zone": "WIB",
            "due_at": "2026-03-26T17:00:00Z",
            "calendar_version": 4,
            "is_provisional": True,
            "skipped": [
                {"date": "2026-03-14", "kind": "weekend", "name": "Sabtu"},
                {"date": "2026-03-18", "kind": "cuti_bersama", "name": "Cuti Bersama Hari Suci Nyepi"},
            ],
        }
    )
    assert lines == [
        "Due on Thursday 26 March 2026: in time until 2026-03-26 24:00 WIB.",
        "Late from 2026-03-26T17:00:00Z on (calendar version 4).",
        "Provisional: a year on the way has no confirmed calendar.",
        "Passed over, 2 days:",
        "  Sat 2026-03-14  Sabtu (not worked)",
        "  Wed 2026-03-18  Cuti Bersama Hari Suci Nyepi (joint leave)",
    ]


def test_hours_are_read_by_weekday_and_what_cannot_be_read_is_named() -> None:
    found = _hours("--hours", ["1-2=07:30-12:00,13:00-16:00", "6=07:30-12:30"])
    assert list(found) == ["1", "2", "6"]
    assert found["2"][1] == {"opens": "13:00", "closes": "16:00"}
    with pytest.raises(CliError, match="--ramadan 7=08:00: write WEEKDAYS=HOURS"):
        _hours("--ramadan", ["7=08:00"])


def test_a_day_is_added_with_its_name() -> None:
    assert _change(["2026-12-28=Cuti"], None, "cuti_bersama", "SKB 7")["adds"] == [
        {"date": "2026-12-28", "kind": "cuti_bersama", "name": "Cuti"}
    ]
    with pytest.raises(CliError, match="write DATE=NAME"):
        _change(["2026-12-28"], None, "cuti_bersama", "SKB 7")


def test_a_unit_keeps_its_own_hours_in_the_ramadans_of_the_nation() -> None:
    ramadan = (date(2028, 1, 28), date(2028, 2, 25))
    late = Hours({day: ((time(9), time(12)),) for day in range(1, 7)})
    week = UnitWeek(date(2026, 3, 1), frozenset(range(1, 7)), HOURS, late)
    found = book(*SHIPPED, own(5, year=2028, ramadans=(ramadan,)), own(6, "unit", "u-1", None, week=week))
    opened = [found.calendar().opening(date(2028, 2, day)).astimezone(Zone.WIB.tz).hour for day in (25, 26)]
    assert opened == [9, 8]
    assert found.calendar(5).opening(ramadan[0]).astimezone(Zone.WIB.tz).hour == 8, "as most units in Ramadan"
    assert found.calendar(4).opening(ramadan[0]).astimezone(Zone.WIB.tz).hour == 7, "nobody had said it yet"
