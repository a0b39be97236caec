"""Rules of counting over arbitrary calendars, against an oracle that walks day by day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.calendar.working import Hours, Pause, Week, WorkingCalendar
from shared.kernel import Zone

Intervals = Mapping[int, tuple[tuple[time, time], ...]]
Stretch = tuple[datetime, datetime]
OFFSETS = {Zone.WIB: 7, Zone.WITA: 8, Zone.WIT: 9}
FIRST = date(2026, 1, 1)


@dataclass(frozen=True)
class Plain:
    """A calendar in words of nobody's: what the oracle walks over."""

    zone: Zone
    weekdays: frozenset[int]
    off: frozenset[date]
    hours: Intervals

    def ours(self) -> WorkingCalendar:
        years = frozenset({2026, 2027})
        return WorkingCalendar(1, self.zone, self.weekdays, self.off, years, Hours(self.hours))

    def works(self, day: date) -> bool:
        return day.isoweekday() in self.weekdays and day not in self.off

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(timezone(timedelta(hours=OFFSETS[self.zone])))

    def service(self, day: date) -> Iterator[Stretch]:
        zone = timezone(timedelta(hours=OFFSETS[self.zone]))
        for opens, closes in self.hours[day.isoweekday()]:
            yield datetime.combine(day, opens, zone), datetime.combine(day, closes, zone)

    def stood_still(self, pauses: Sequence[Stretch]) -> set[date]:
        """Return the working days that pauses take out: by dates, when they hold a service day's hours."""
        taken: set[date] = set()
        for start, end in pauses:
            dates = list(_dates(self.local(start).date(), self.local(end).date()))
            working = [day for day in dates if self.works(day)]
            touched = [day for day in (*dates, self.local(end).date()) if self.works(day)]
            served = sum(
                (_shared(one, (start, end)) for day in touched for one in self.service(day)), start=0
            )
            if working and served >= sum(_seconds(one) for one in self.service(working[0])):
                taken.update(working)
        return taken

    def due(self, start: datetime, n: int, pauses: Sequence[Stretch] = ()) -> date:
        taken = self.stood_still(pauses)
        day = self.local(start).date()
        while n:
            day += timedelta(days=1)
            n -= self.works(day) and day not in taken
        return day


def _dates(first: date, end: date) -> Iterator[date]:
    while first < end:
        yield first
        first += timedelta(days=1)


def _seconds(stretch: Stretch) -> int:
    return round((stretch[1] - stretch[0]).total_seconds())


def _shared(one: Stretch, other: Stretch) -> int:
    return max(0, _seconds((max(one[0], other[0]), min(one[1], other[1]))))


@st.composite
def plains(draw: st.DrawFn) -> Plain:
    weekdays = frozenset(range(1, draw(st.sampled_from([6, 7]))))
    off = draw(st.sets(st.integers(0, 500), max_size=60))
    hours = {}
    for weekday in range(1, 8):
        marks = sorted(draw(st.sets(st.integers(12, 47), min_size=4, max_size=4)))
        clocks = [time(mark // 2, mark % 2 * 30) for mark in marks]
        hours[weekday] = ((clocks[0], clocks[1]), (clocks[2], clocks[3]))
    days = frozenset(FIRST + timedelta(days=one) for one in off)
    return Plain(draw(st.sampled_from(list(Zone))), weekdays, days, hours)


STARTS = st.integers(0, 200 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
LENGTHS = st.integers(1, 40)


@st.composite
def stretches(draw: st.DrawFn) -> tuple[datetime, list[Stretch]]:
    start = at = draw(STARTS)
    made = []
    for _ in range(draw(st.integers(0, 4))):
        begin = at + timedelta(minutes=draw(st.integers(1, 10_000)))
        at = begin + timedelta(minutes=draw(st.integers(1, 6_000)))
        made.append((begin, at))
    return start, made


def ours(pauses: Sequence[Stretch]) -> list[Pause]:
    return [Pause(*one) for one in pauses]


@given(plains(), LENGTHS, stretches())
@settings(max_examples=300)
def test_the_due_day_is_what_somebody_finds_who_walks_day_by_day(
    plain: Plain, n: int, paused: tuple[datetime, list[Stretch]]
) -> None:
    start, pauses = paused
    calendar = plain.ours()
    assert calendar.counted_day(calendar.local_date(start), n, ours(pauses)) == plain.due(start, n, pauses)


@given(plains(), LENGTHS, stretches())
def test_a_clock_is_never_due_early(plain: Plain, n: int, paused: tuple[datetime, list[Stretch]]) -> None:
    start, pauses = paused
    calendar = plain.ours()
    day0 = calendar.local_date(start)
    due = calendar.counted_day(day0, n, ours(pauses))
    worked = [day for day in _dates(day0 + timedelta(days=1), due + timedelta(days=1)) if plain.works(day)]
    assert len(worked) >= n
    assert due == worked[-1]


@given(plains(), LENGTHS, STARTS, st.integers(0, 5000))
def test_who_starts_later_is_not_due_earlier(plain: Plain, n: int, start: datetime, minutes: int) -> None:
    calendar = plain.ours()
    later = start + timedelta(minutes=minutes)
    first, second = (calendar.counted_day(calendar.local_date(at), n) for at in (start, later))
    assert first <= second


@given(plains(), st.integers(1, 60), STARTS, st.integers(0, 5000))
def test_hours_that_start_later_do_not_end_earlier(
    plain: Plain, n: int, start: datetime, minutes: int
) -> None:
    calendar, length = plain.ours(), timedelta(hours=n)
    later = start + timedelta(minutes=minutes)
    assert calendar.after_service(start, length) <= calendar.after_service(later, length)


@given(plains(), LENGTHS, STARTS)
def test_a_week_of_six_days_is_never_slower_than_one_of_five(plain: Plain, n: int, start: datetime) -> None:
    five, six = (
        Plain(plain.zone, frozenset(range(1, days + 1)), plain.off, plain.hours).ours() for days in (5, 6)
    )
    day0 = five.local_date(start)
    assert six.counted_day(day0, n) <= five.counted_day(day0, n)


@given(plains(), stretches())
def test_pauses_take_out_together_what_each_takes_out_alone(
    plain: Plain, paused: tuple[datetime, list[Stretch]]
) -> None:
    _, pauses = paused
    calendar = plain.ours()
    alone = [one for pause in ours(pauses) for one in calendar.standing_still([pause])]
    assert calendar.standing_still(ours(pauses)) == alone


@given(plains(), stretches(), st.integers(1, 99))
def test_a_pause_cut_in_two_takes_out_what_it_took_out_whole(
    plain: Plain, paused: tuple[datetime, list[Stretch]], percent: int
) -> None:
    _, pauses = paused
    calendar = plain.ours()
    halves = []
    for start, end in pauses:
        cut = start + (end - start) * percent / 100
        halves += [(start, cut), (cut, end)]
    assert calendar.standing_still(ours(halves)) == calendar.standing_still(ours(pauses))


@given(plains(), LENGTHS, STARTS, st.integers(0, 60))
def test_a_week_that_a_unit_chooses_counts_from_its_first_date_alone(
    plain: Plain, n: int, start: datetime, after: int
) -> None:
    before = plain.ours()
    day0 = before.local_date(start)
    first = day0 + timedelta(days=after)
    six = Week(first, frozenset(range(1, 7)), Hours(plain.hours))
    calendar = WorkingCalendar(
        1, plain.zone, plain.weekdays, plain.off, before.confirmed_years, Hours(plain.hours), weeks=(six,)
    )
    due = calendar.counted_day(day0, n)
    counted = [
        day
        for day in _dates(day0 + timedelta(days=1), due + timedelta(days=1))
        if day not in plain.off and day.isoweekday() in (six.weekdays if day >= first else plain.weekdays)
    ]
    assert len(counted) == n
