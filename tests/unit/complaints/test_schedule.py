"""Due times and rungs of the shipped policies."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.complaints.deadlines.data import load_policies, unit_calendar
from services.complaints.deadlines.domain.policy import LengthUnit, Matter, Rule
from services.complaints.deadlines.domain.schedule import (
    Schedule,
    emitted,
    event_id,
    event_key,
    fact_of,
    repeat_code,
    schedule,
)
from shared.calendar.working import Pause
from shared.kernel import Zone

WIB = ZoneInfo("Asia/Jakarta")
BOOK = load_policies()
CALENDAR = unit_calendar(Zone.WIB)


def wib(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=WIB)


def rule(rule_id: str, case_class: str | None = None) -> Rule:
    matter = Matter(UUID(int=1), "U", "A", "pengaduan", case_class)
    found = BOOK.in_force(rule_id, matter, date(2026, 3, 2))
    assert found is not None
    return found


def make(rule_id: str, start: datetime, case_class: str | None = None, **options: object) -> Schedule:
    return schedule(rule(rule_id, case_class), start, CALENDAR, BOOK.superiors, **options)  # type: ignore[arg-type]


def codes(made: Schedule) -> list[tuple[str, datetime]]:
    return [(rung.code, rung.at) for rung in made.rungs]


def test_a_day_clock_is_due_at_the_midnight_that_ends_its_last_day() -> None:
    made = make("D5", datetime(2026, 3, 12, 16, 30, tzinfo=UTC), "normatif")
    assert made.due_at == datetime(2026, 3, 26, 17, 0, tzinfo=UTC)
    assert made.due_on == date(2026, 3, 26)


def test_the_same_instant_is_another_day_in_another_zone() -> None:
    made = schedule(
        rule("D5", "normatif"),
        datetime(2026, 3, 12, 16, 30, tzinfo=UTC),
        unit_calendar(Zone.WITA),
        BOOK.superiors,
    )
    assert made.due_at == datetime(2026, 3, 27, 16, 0, tzinfo=UTC)


def test_the_cap_of_sixty_calendar_days_does_not_roll_and_the_reporters_thirty_do() -> None:
    assert make("D6C", wib(2026, 3, 2)).due_on == date(2026, 5, 1)
    assert make("D2", wib(2026, 4, 1)).due_on == date(2026, 5, 4)


def test_a_clock_into_an_unconfirmed_year_is_provisional() -> None:
    assert make("D5", wib(2026, 12, 23), "normatif").is_provisional
    assert not make("D5", wib(2026, 3, 2), "normatif").is_provisional


def test_the_standard_ladder_reminds_breaches_and_escalates() -> None:
    made = make("D5", wib(2026, 1, 5), "tidak_berkadar")  # 14 days: 26 January, 16 January is off
    assert made.due_on == date(2026, 1, 26)
    assert codes(made) == [
        ("p50", wib(2026, 1, 14, 7, 30)),
        ("p80", wib(2026, 1, 22, 7, 30)),
        ("minus1", wib(2026, 1, 23, 7, 30)),
        ("due", wib(2026, 1, 27, 0)),
        ("plus1", wib(2026, 1, 28, 7, 30)),
        ("plus3", wib(2026, 1, 30, 7, 30)),
        ("plus5", wib(2026, 2, 3, 7, 30)),
    ]
    assert made.rungs[made.due_rung].to == ("case_handler", "case_approver")
    assert [rung.to for rung in made.rungs[4:]] == [("case_approver",), ("inspector",), ("agency_head",)]


def test_reminders_at_an_equal_instant_fall_together() -> None:
    made = make("D5", wib(2026, 1, 5), "normatif")  # 5 days: p80 and minus1 both open 9 January
    assert [code for code, _ in codes(made)] == ["p50", "p80", "due", "plus1", "plus3", "plus5"]


def test_a_short_clock_has_one_reminder() -> None:
    made = make("D3", wib(2026, 1, 5))
    assert [code for code, _ in codes(made)] == ["p50", "due", "plus1", "plus3"]


def test_the_breach_is_at_the_due_time_but_its_message_waits_for_opening() -> None:
    breach = (made := make("D3", wib(2026, 1, 5))).rungs[made.due_rung]
    assert (breach.at, breach.notify_at) == (wib(2026, 1, 7, 0), wib(2026, 1, 7, 7, 30))


def in_hours(hours: int) -> Rule:
    return replace(rule("D3"), unit=LengthUnit.WORKING_HOUR, length=hours)


@pytest.mark.parametrize(
    ("start", "hours", "told", "plus1", "plus3"),
    [
        pytest.param(wib(2026, 1, 5), 2, wib(2026, 1, 5, 11), wib(2026, 1, 6, 11), wib(2026, 1, 8, 11)),
        pytest.param(
            wib(2026, 1, 8, 15), 1, wib(2026, 1, 9, 7, 30), wib(2026, 1, 12, 7, 30), wib(2026, 1, 14, 7, 30)
        ),
    ],
    ids=["due-in-service", "due-at-closing"],
)
def test_the_superior_is_told_a_working_day_after_the_holder(
    start: datetime, hours: int, told: datetime, plus1: datetime, plus3: datetime
) -> None:
    made = schedule(in_hours(hours), start, CALENDAR, BOOK.superiors)
    assert made.rungs[made.due_rung].notify_at == told
    assert dict(codes(made))["plus1"] == plus1
    assert dict(codes(made))["plus3"] == plus3


def test_no_escalation_leaves_with_the_message_of_the_breach() -> None:
    for case_class in ("normatif", "tidak_berkadar"):
        made = make("D5", wib(2026, 1, 9), case_class)
        breach, first = made.rungs[made.due_rung : made.due_rung + 2]
        assert CALENDAR.counted_day(CALENDAR.local_date(breach.notify_at), 1) == CALENDAR.local_date(first.at)
        assert first.notify_at == first.at


def test_the_roll_of_a_capped_deadline_stays_inside_the_cap() -> None:
    started = wib(2026, 4, 1)  # 30 days end on 1 May, a day off before a weekend
    assert make("D2", started).due_on == date(2026, 5, 4)
    assert make("D2", started, most_days=30).due_on == date(2026, 5, 1)
    assert make("D2", started, length=30, most_days=32).due_on == date(2026, 5, 3)
    assert make("D2", started, length=30, most_days=33).due_on == date(2026, 5, 4)


def test_the_reporters_ladder_ends_at_the_due_time() -> None:
    made = make("D8", wib(2026, 1, 5))
    assert [code for code, _ in codes(made)] == ["p50", "minus1", "due"]
    assert made.rungs[made.due_rung].to == ()


def test_a_rung_that_has_passed_does_not_come_again_after_a_pause() -> None:
    pause = Pause(wib(2026, 1, 8), wib(2026, 1, 12))
    made = make("D5", wib(2026, 1, 5), "normatif", pauses=[pause], passed={"p50"})
    assert made.due_on == date(2026, 1, 14)
    assert "p50" not in dict(codes(made))


def test_a_shorter_length_replaces_the_rules() -> None:
    assert make("D2", wib(2026, 1, 5), length=3).due_on == date(2026, 1, 8)


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        (0, 1, (0,)),
        (0, 2, (1,)),
        (0, 4, (3,)),
        (1, 4, (3,)),
        (0, 6, (3, 5)),
        (3, 5, (3, 4)),
        (4, 5, (4,)),
        (4, 9, (8,)),
    ],
)
def test_a_late_poller_owes_the_breach_and_the_highest_rung(
    first: int, end: int, expected: tuple[int, ...]
) -> None:
    assert emitted(first, end, due_rung=3) == expected


def test_the_place_of_a_rung_says_what_it_tells() -> None:
    assert [fact_of(i, 3) for i in (2, 3, 4)] == ["reminded", "overdue", "escalated"]
    assert repeat_code(7, 7) == "repeat1"


def test_the_event_id_of_a_rung_never_changes() -> None:
    key = event_key(UUID(int=7), "due")
    assert key == "00000000-0000-0000-0000-000000000007:due"
    assert event_id(key) == UUID("b87d6f13-a22b-59a3-a653-461d8680e743")


def test_a_week_after_the_last_rung_is_the_same_local_time() -> None:
    last = make("D5", wib(2026, 1, 5), "normatif").rungs[-1].at
    assert (last + timedelta(days=7)).astimezone(WIB).time() == last.astimezone(WIB).time()
