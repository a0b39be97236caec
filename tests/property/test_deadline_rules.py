"""Rules of the deadline arithmetic over arbitrary starts, lengths and pauses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.complaints.deadlines.data import load_policies, unit_calendar
from services.complaints.deadlines.domain.policy import LengthUnit, Rule
from services.complaints.deadlines.domain.schedule import emitted, length_of, schedule
from shared.calendar.reckoning import due
from shared.calendar.working import DAY, Pause
from shared.kernel import Zone

BOOK = load_policies()
D5 = next(rule for rule in BOOK.rules if rule.version == "D5-tidak-berkadar.1")
RULES = st.sampled_from(BOOK.rules)
ZONES = st.sampled_from(list(Zone))
STARTS = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2027, 6, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
LENGTHS = st.integers(1, 60)


@st.composite
def pauses(draw: st.DrawFn) -> tuple[datetime, list[Pause]]:
    start = at = draw(STARTS)
    made = []
    for _ in range(draw(st.integers(0, 3))):
        begin = at + timedelta(minutes=draw(st.integers(0, 20_000)))
        at = begin + timedelta(minutes=draw(st.integers(1, 20_000)))
        made.append(Pause(begin, at))
    return start, made


def working(unit: LengthUnit) -> Rule:
    return replace(D5, unit=unit)


@given(RULES, ZONES, STARTS)
def test_due_is_a_pure_function(rule: Rule, zone: Zone, start: datetime) -> None:
    calendar = unit_calendar(zone)
    assert schedule(rule, start, calendar, BOOK.superiors) == schedule(rule, start, calendar, BOOK.superiors)


@given(RULES, ZONES, STARTS)
def test_rungs_rise_start_after_the_start_and_hold_the_due_time_once(
    rule: Rule, zone: Zone, start: datetime
) -> None:
    made = schedule(rule, start, unit_calendar(zone), BOOK.superiors)
    instants = [rung.at for rung in made.rungs]
    assert instants == sorted(set(instants))
    assert start < instants[0]
    assert [rung.code for rung in made.rungs].count("due") == 1
    assert (made.rungs[made.due_rung].code, made.rungs[made.due_rung].at) == ("due", made.due_at)
    assert all(rung.notify_at >= rung.at for rung in made.rungs)


@given(LENGTHS, ZONES, STARTS)
def test_working_days_are_never_fewer_than_promised(n: int, zone: Zone, start: datetime) -> None:
    calendar = unit_calendar(zone)
    last, at = due(length_of(working(LengthUnit.WORKING_DAY), n), start, calendar)
    day0 = calendar.local_date(start)
    days = [day0 + timedelta(days=i) for i in range(1, (last - day0).days + 1)]
    assert sum(calendar.is_working(day) for day in days) == n
    assert calendar.is_working(last)
    assert calendar.local_date(at - timedelta(microseconds=1)) == last


@given(LENGTHS, ZONES, STARTS)
def test_a_longer_clock_is_never_due_earlier(n: int, zone: Zone, start: datetime) -> None:
    calendar = unit_calendar(zone)
    for unit in LengthUnit:
        rule = working(unit)
        assert due(length_of(rule, n + 1), start, calendar)[1] > due(length_of(rule, n), start, calendar)[1]


@given(LENGTHS, pauses())
def test_pauses_only_ever_postpone(n: int, paused: tuple[datetime, list[Pause]]) -> None:
    start, stretches = paused
    calendar = unit_calendar(Zone.WIB)
    for unit in (LengthUnit.WORKING_DAY, LengthUnit.WORKING_HOUR):
        rule = working(unit)
        assert (
            due(length_of(rule, n), start, calendar, stretches)[1]
            >= due(length_of(rule, n), start, calendar)[1]
        )


@given(RULES, ZONES, STARTS, st.integers(1, 40), st.integers(1, 40))
def test_a_cap_holds_whatever_the_last_day_rolls_to(
    rule: Rule, zone: Zone, start: datetime, length: int, cap: int
) -> None:
    calendar = unit_calendar(zone)
    last, at = due(length_of(rule, length, cap), start, calendar)
    free, free_at = due(length_of(rule, length), start, calendar)
    latest = calendar.local_date(start) + timedelta(days=cap)
    assert (last, at) == ((free, free_at) if free <= latest else (latest, calendar.midnight(latest + DAY)))


@given(LENGTHS, pauses())
@settings(max_examples=50)
def test_working_hours_lose_exactly_the_service_time_of_their_pauses(
    n: int, paused: tuple[datetime, list[Pause]]
) -> None:
    start, stretches = paused
    calendar = unit_calendar(Zone.WIB)
    _, at = due(length_of(working(LengthUnit.WORKING_HOUR), n), start, calendar, stretches)
    day0 = calendar.local_date(start)
    served = timedelta()
    for i in range((calendar.local_date(at) - day0).days + 1):
        day = day0 + timedelta(days=i)
        if not calendar.is_working(day):
            continue
        for opens, closes in calendar._intervals(day):
            begin = max(calendar._at(day, opens), start)
            end = min(calendar._at(day, closes), at)
            served += max(end - begin, timedelta())
            for pause in stretches:
                served -= max(min(end, pause.end) - max(begin, pause.start), timedelta())
    assert served == timedelta(hours=n)


@given(st.integers(0, 12), st.integers(1, 12), st.integers(0, 8))
def test_however_late_the_poller_a_breach_is_emitted_once_and_at_most_two_rungs_speak(
    first: int, passed: int, due_rung: int
) -> None:
    end = first + passed
    made = emitted(first, end, due_rung)
    assert (due_rung in made) == (first <= due_rung < end)
    assert 1 <= len(made) <= 2
    assert made[-1] == end - 1
    assert len(set(made)) == len(made)
