"""The worked cases of complaints.md section 6, and the rules C1-C4 they stand for."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.complaints.deadlines.data import shipped_book, unit_calendar
from services.complaints.deadlines.data.announced import announced
from shared.calendar.working import Hours, Pause, Week, add_months
from shared.kernel import Zone

WIB = ZoneInfo("Asia/Jakarta")
CALENDAR = unit_calendar(Zone.WIB)
EIGHT_TO_FOUR = Hours({day: ((time(8), time(12)), (time(13), time(16))) for day in range(1, 6)})


def wib(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=WIB)


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        pytest.param(date(2026, 3, 12), 5, date(2026, 3, 26), id="over-idul-fitri"),
        pytest.param(date(2026, 3, 12), 14, date(2026, 4, 9), id="over-idul-fitri-and-good-friday"),
        pytest.param(date(2026, 1, 9), 3, date(2026, 1, 14), id="from-friday"),
        pytest.param(date(2026, 1, 10), 3, date(2026, 1, 14), id="from-saturday"),
        pytest.param(date(2025, 12, 23), 5, date(2026, 1, 2), id="over-new-year"),
        pytest.param(date(2026, 12, 23), 5, date(2027, 1, 4), id="into-an-unconfirmed-year"),
        pytest.param(date(2026, 3, 2), 60, date(2026, 6, 10), id="sixty-working-days"),
        pytest.param(date(2026, 3, 2), 14, date(2026, 3, 27), id="fourteen-working-days"),
    ],
)
def test_day_n_is_the_nth_working_day_after_the_start(start: date, n: int, due: date) -> None:
    assert CALENDAR.counted_day(start, n) == due


def test_leaving_out_joint_leave_or_all_days_off_would_be_wrong() -> None:
    start = date(2026, 3, 12)
    without_joint_leave = replace(
        CALENDAR,
        days_off=frozenset(
            day for day, off in shipped_book(Zone.WIB).names().items() if off.kind != "cuti_bersama"
        ),
    )
    assert replace(CALENDAR, days_off=frozenset()).counted_day(start, 5) == date(2026, 3, 19)
    assert without_joint_leave.counted_day(start, 5) == date(2026, 3, 20)


def test_a_unit_of_six_days_counts_saturdays() -> None:
    six_days = replace(CALENDAR, weekdays=frozenset(range(1, 7)))
    assert six_days.counted_day(date(2026, 3, 12), 5) == date(2026, 3, 25)


def test_day_0_is_the_local_date_of_the_unit() -> None:
    instant = datetime(2026, 3, 12, 16, 30, tzinfo=UTC)
    assert CALENDAR.local_date(instant) == date(2026, 3, 12)
    assert unit_calendar(Zone.WITA).local_date(instant) == date(2026, 3, 13)


def test_a_decree_in_mid_year_moves_what_is_counted_over_it() -> None:
    start = date(2025, 8, 4)
    assert unit_calendar(Zone.WIB, 1).counted_day(start, 14) == date(2025, 8, 22)
    assert unit_calendar(Zone.WIB, 2).counted_day(start, 14) == date(2025, 8, 25)


@pytest.mark.parametrize(
    ("pause_start", "due"),
    [(wib(2026, 3, 5), date(2026, 4, 1)), (wib(2026, 3, 7), date(2026, 3, 30))],
    ids=["from-thursday", "from-saturday"],
)
def test_working_days_inside_a_pause_are_not_counted(pause_start: datetime, due: date) -> None:
    pause = Pause(pause_start, wib(2026, 3, 10, 23))
    assert CALENDAR.counted_day(date(2026, 3, 2), 14, [pause]) == due


@pytest.mark.parametrize(
    "pauses",
    [
        [Pause(wib(2026, 3, day, 23), wib(2026, 3, day + 1, 1)) for day in (3, 4, 5)],
        [Pause(wib(2026, 3, day, 15), wib(2026, 3, day + 1, 8)) for day in (3, 4, 5)],
        [Pause(wib(2026, 3, 6, 16), wib(2026, 3, 9, 8))],
    ],
    ids=["over-midnight", "over-closing", "over-a-weekend"],
)
def test_short_pauses_win_no_days(pauses: list[Pause]) -> None:
    assert CALENDAR.counted_day(date(2026, 3, 2), 14, pauses) == date(2026, 3, 27)


def test_a_pause_of_a_service_day_moves_the_days_it_spans() -> None:
    pause = Pause(wib(2026, 3, 3, 9), wib(2026, 3, 4, 9))  # Ramadan: 08-12, 12.30-15, 6.5 hours a day
    assert CALENDAR.standing_still([pause]) == [(date(2026, 3, 3), date(2026, 3, 4))]
    a_minute_less = Pause(wib(2026, 3, 3, 9), wib(2026, 3, 4, 8, 59))
    assert CALENDAR.standing_still([a_minute_less]) == []


def test_a_service_day_is_the_units_own() -> None:
    half = Hours({**EIGHT_TO_FOUR.by_weekday, 6: ((time(8), time(12)),)})
    six_days = replace(CALENDAR, weekdays=frozenset(range(1, 7)), hours=half, seasons=())
    saturday = Pause(wib(2026, 4, 18, 8), wib(2026, 4, 19, 8))
    assert six_days.standing_still([saturday]) == [(date(2026, 4, 18), date(2026, 4, 19))]
    assert CALENDAR.standing_still([saturday]) == [], "nobody works on Saturday there"


def test_a_working_day_without_hours_takes_a_whole_day_to_pause() -> None:
    six_days = replace(CALENDAR, weekdays=frozenset(range(1, 7)))
    night = Pause(wib(2026, 4, 18, 22), wib(2026, 4, 19, 2))
    assert six_days.standing_still([night]) == []


def test_what_a_pause_moved_before_it_had_to_be_long_stays_moved() -> None:
    night = Pause(wib(2026, 3, 3, 23), wib(2026, 3, 4, 1), is_by_dates=True)
    assert CALENDAR.counted_day(date(2026, 3, 2), 14, [night]) == date(2026, 3, 30)


def test_a_unit_that_changes_its_week_counts_by_the_week_of_each_day() -> None:
    six = Week(date(2026, 3, 9), frozenset(range(1, 7)), EIGHT_TO_FOUR)
    calendar = replace(CALENDAR, weeks=(six,))
    assert calendar.is_working(date(2026, 3, 14))
    assert not calendar.is_working(date(2026, 3, 7))
    assert calendar.opening(date(2026, 3, 10)) == wib(2026, 3, 10, 8)


def test_working_hours_walk_the_service_hours() -> None:
    calendar = replace(CALENDAR, hours=EIGHT_TO_FOUR)
    start = wib(2026, 4, 16, 15)
    assert calendar.after_service(start, timedelta(hours=3)) == wib(2026, 4, 17, 10)


def test_working_hours_that_end_at_closing_end_there() -> None:
    calendar = replace(CALENDAR, hours=EIGHT_TO_FOUR)
    assert calendar.after_service(wib(2026, 4, 16, 15), timedelta(hours=1)) == wib(2026, 4, 16, 16)


def test_a_pause_takes_exactly_its_service_time_out_of_working_hours() -> None:
    calendar = replace(CALENDAR, hours=EIGHT_TO_FOUR)
    pauses = [Pause(wib(2026, 4, 16, 15, 30), wib(2026, 4, 17, 9, 15))]  # 30 + 75 minutes of service
    assert calendar.after_service(wib(2026, 4, 16, 15), timedelta(hours=3), pauses) == wib(
        2026, 4, 17, 11, 45
    )


def test_ramadan_has_its_own_opening() -> None:
    assert CALENDAR.opening(date(2026, 2, 18)) == wib(2026, 2, 18, 7, 30)
    assert CALENDAR.opening(date(2026, 2, 19)) == wib(2026, 2, 19, 8)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (wib(2026, 4, 17, 0), wib(2026, 4, 17, 7, 30)),
        (wib(2026, 4, 17, 10), wib(2026, 4, 17, 10)),
        (wib(2026, 4, 17, 17), wib(2026, 4, 20, 7, 30)),
        (wib(2026, 4, 18, 10), wib(2026, 4, 20, 7, 30)),
    ],
)
def test_a_message_waits_for_the_next_opening(instant: datetime, expected: datetime) -> None:
    assert CALENDAR.next_opening(instant) == expected


def test_a_last_day_rolls_to_the_next_working_day() -> None:
    assert CALENDAR.rolled(date(2026, 5, 1)) == date(2026, 5, 4)
    assert CALENDAR.rolled(date(2026, 5, 4)) == date(2026, 5, 4)


def test_months_clamp_to_the_month_end() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2025, 11, 30), 3) == date(2026, 2, 28)


def test_a_window_into_a_year_without_decree_is_not_confirmed() -> None:
    assert CALENDAR.is_confirmed(date(2025, 12, 31), date(2026, 12, 31))
    assert not CALENDAR.is_confirmed(date(2026, 12, 31), date(2027, 1, 4))


@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_the_shipped_days_off_hold_public_and_joint_leave_days(year: int) -> None:
    assert list(shipped_book(Zone.WIB).years()[year].days) == announced(year)
