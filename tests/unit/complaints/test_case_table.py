"""The case table of complaints.md section 6, row by row, as somebody who asks for a due day sees it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from services.complaints.deadlines.data import shipped_book
from services.complaints.deadlines.domain.policy import LengthUnit
from shared.calendar.reckoning import Length, due
from shared.calendar.working import Hours, Pause
from shared.indonesian import until
from shared.kernel import Zone

WD, CD, WH = LengthUnit.WORKING_DAY, LengthUnit.CALENDAR_DAY, LengthUnit.WORKING_HOUR
EVENING = datetime(2026, 3, 12, 16, 30, tzinfo=UTC)
SIX = frozenset(range(1, 7))
FIVE = frozenset(range(1, 6))


def local(year: int, month: int, day: int, hour: int = 9, zone: Zone = Zone.WIB) -> datetime:
    return datetime(year, month, day, hour, tzinfo=zone.tz)


@pytest.mark.parametrize(
    ("zone", "weekdays", "start", "length", "told"),
    [
        (Zone.WIB, FIVE, local(2026, 3, 12), Length(WD, 5), "26 Maret 2026"),
        (Zone.WIB, SIX, local(2026, 3, 12), Length(WD, 5), "25 Maret 2026"),
        (Zone.WIB, FIVE, local(2026, 3, 12), Length(WD, 14), "9 April 2026"),
        (Zone.WIB, FIVE, EVENING, Length(WD, 5), "26 Maret 2026"),
        (Zone.WITA, FIVE, EVENING, Length(WD, 5), "27 Maret 2026"),
        (Zone.WIT, FIVE, EVENING, Length(WD, 5), "27 Maret 2026"),
        (Zone.WITA, SIX, EVENING, Length(WD, 5), "26 Maret 2026"),
        (Zone.WIB, FIVE, local(2026, 1, 9), Length(WD, 3), "14 Januari 2026"),
        (Zone.WIB, FIVE, local(2026, 1, 10), Length(WD, 3), "14 Januari 2026"),
        (Zone.WIB, SIX, local(2026, 1, 9), Length(WD, 3), "13 Januari 2026"),
        (Zone.WIT, FIVE, local(2025, 12, 23, zone=Zone.WIT), Length(WD, 5), "2 Januari 2026"),
        (Zone.WIB, FIVE, local(2026, 12, 23), Length(WD, 5), "4 Januari 2027"),
        (Zone.WIB, FIVE, local(2026, 3, 2), Length(WD, 60), "10 Juni 2026"),
        (Zone.WIB, FIVE, local(2026, 3, 2), Length(CD, 60), "1 Mei 2026"),
        (Zone.WIB, FIVE, local(2026, 3, 2), Length(CD, 60, is_rolling=True), "4 Mei 2026"),
        (Zone.WIB, SIX, local(2026, 3, 2), Length(CD, 60, is_rolling=True), "2 Mei 2026"),
        (Zone.WIB, FIVE, local(2026, 3, 2), Length(WD, 14), "27 Maret 2026"),
    ],
)
def test_a_due_day_ends_at_24_local_time_of_the_day_that_the_table_says(
    zone: Zone, weekdays: frozenset[int], start: datetime, length: Length, told: str
) -> None:
    calendar = replace(shipped_book(zone).calendar(), weekdays=weekdays)
    _, at = due(length, start, calendar)
    assert until(at, zone) == f"{told} pukul 24.00 {zone}"


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        (Zone.WIB, datetime(2026, 3, 26, 17, tzinfo=UTC)),
        (Zone.WITA, datetime(2026, 3, 27, 16, tzinfo=UTC)),
        (Zone.WIT, datetime(2026, 3, 27, 15, tzinfo=UTC)),
    ],
)
def test_the_instant_is_that_of_the_units_zone(zone: Zone, instant: datetime) -> None:
    assert due(Length(WD, 5), EVENING, shipped_book(zone).calendar())[1] == instant


@pytest.mark.parametrize(
    ("version", "last"), [(1, date(2025, 8, 22)), (2, date(2025, 8, 25))], ids=["before", "after-skb-933"]
)
def test_a_decree_in_mid_year_moves_the_due_day(version: int, last: date) -> None:
    assert due(Length(WD, 14), local(2025, 8, 4), shipped_book(Zone.WIB).calendar(version))[0] == last


@pytest.mark.parametrize(
    ("paused_from", "paused_to", "last"),
    [
        (local(2026, 3, 5), local(2026, 3, 10), date(2026, 4, 1)),
        (local(2026, 3, 7), local(2026, 3, 10), date(2026, 3, 30)),
        (local(2026, 3, 5, 23), local(2026, 3, 6, 1), date(2026, 3, 27)),
    ],
    ids=["5-10-march", "saturday-to-tuesday", "over-midnight"],
)
def test_a_pause_moves_the_due_day(paused_from: datetime, paused_to: datetime, last: date) -> None:
    calendar = shipped_book(Zone.WIB).calendar()
    assert due(Length(WD, 14), local(2026, 3, 2), calendar, [Pause(paused_from, paused_to)])[0] == last


def test_a_clock_into_a_year_without_a_confirmed_decree_is_provisional() -> None:
    calendar = shipped_book(Zone.WIB).calendar()
    assert calendar.is_confirmed(date(2025, 12, 23), date(2026, 1, 2))
    assert not calendar.is_confirmed(date(2026, 12, 23), date(2027, 1, 4))


def test_working_hours_go_on_the_next_morning() -> None:
    hours = Hours({day: ((time(8), time(12)), (time(13), time(16))) for day in FIVE})
    calendar = replace(shipped_book(Zone.WIB).calendar(), hours=hours)
    _, at = due(Length(WH, 3), local(2026, 4, 16, 15), calendar)
    assert (at, until(at, Zone.WIB)) == (local(2026, 4, 17, 10), "17 April 2026 pukul 10.00 WIB")
