"""Going to another version of a policy: as if armed under it, with the pauses kept, there and back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.complaints.deadlines.data import shipped_policies, unit_calendar
from services.complaints.deadlines.domain.migrating import cast
from services.complaints.deadlines.domain.policy import Rule
from services.complaints.deadlines.domain.schedule import Deadline, Schedule, schedule
from shared.calendar.working import Pause
from shared.kernel import Zone

BOOK = shipped_policies()
FIRST = BOOK.version("D5-normatif.1")
CALENDAR = unit_calendar(Zone.WIB)
LENGTHS = st.integers(3, 60)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 30), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def stretches(draw: st.DrawFn) -> list[Pause]:
    """Draw pauses in order, none within another."""
    at, found = datetime(2026, 1, 1, tzinfo=UTC), []
    for _ in range(draw(st.integers(0, 3))):
        start = at + timedelta(hours=draw(st.integers(1, 24 * 40)))
        at = start + timedelta(hours=draw(st.integers(0, 24 * 12)))
        found.append(Pause(start, at))
    return found


def armed(rule: Rule, start: datetime, pauses: list[Pause]) -> Deadline:
    made = schedule(rule, start, CALENDAR, BOOK.superiors, pauses=pauses)
    return Deadline(
        id=UUID(int=1),
        case_ref=UUID(int=2),
        unit_key="u-1",
        kind="pengaduan",
        rule_id=rule.id,
        policy=rule.version,
        calendar_version=CALENDAR.version,
        cycle=1,
        start_fact="file_complete",
        start_at=start,
        length=rule.length,
        most_days=None,
        due_at=made.due_at,
        next_fire_at=made.rungs[0].at,
        passed=(),
        status="armed",
        breached_at=None,
        met_at=None,
        is_provisional=made.is_provisional,
        is_backdated=False,
        version=1,
    )


def recomputed(deadline: Deadline, rule: Rule, pauses: list[Pause]) -> Schedule:
    return schedule(rule, deadline.start_at, CALENDAR, BOOK.superiors, length=deadline.length, pauses=pauses)


@given(LENGTHS, LENGTHS, MOMENTS, stretches())
def test_a_clock_that_goes_to_another_version_is_due_as_if_it_had_been_armed_under_it(
    old_length: int, new_length: int, start: datetime, pauses: list[Pause]
) -> None:
    old, new = replace(FIRST, length=old_length), replace(FIRST, version="D5-normatif.2", length=new_length)
    gone = cast(armed(old, start, pauses), old, new)
    assert recomputed(gone, new, pauses).due_at == armed(new, start, pauses).due_at
    assert gone.policy == new.version


@given(LENGTHS, LENGTHS, MOMENTS, stretches())
def test_a_clock_that_goes_there_and_back_is_due_as_before(
    old_length: int, new_length: int, start: datetime, pauses: list[Pause]
) -> None:
    old, new = replace(FIRST, length=old_length), replace(FIRST, version="D5-normatif.2", length=new_length)
    first = armed(old, start, pauses)
    back = cast(cast(first, old, new), new, old)
    assert (recomputed(back, old, pauses).due_at, back.length) == (first.due_at, first.length)


@given(LENGTHS, LENGTHS, LENGTHS, MOMENTS, stretches())
def test_two_steps_bring_a_clock_where_one_does(
    first: int, second: int, third: int, start: datetime, pauses: list[Pause]
) -> None:
    a, b, c = (
        replace(FIRST, version=f"D5-normatif.{n}", length=length)
        for n, length in enumerate((first, second, third), 1)
    )
    clock = armed(a, start, pauses)
    assert cast(cast(clock, a, b), b, c) == cast(clock, a, c)


@given(st.integers(1, 30), st.integers(0, 20), st.integers(1, 30), st.integers(0, 20))
def test_what_was_extended_stays_extended_by_what_the_new_version_allows(
    old_length: int, old_more: int, new_length: int, new_more: int
) -> None:
    old = replace(FIRST, length=old_length, extension=old_more)
    new = replace(FIRST, version="D5-normatif.2", length=new_length, extension=new_more)
    clock = armed(old, datetime(2026, 3, 2, tzinfo=UTC), [])
    extended = replace(clock, length=old_length + old_more)
    expected = new_length + (new_more if old_more else 0)
    assert cast(extended, old, new).length == expected
    assert cast(clock, old, new).length == new_length
