"""Quiet hours and weekly digests by the clock on the recipient's wall."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import Zone
from shared.notices.rhythm import Rhythm

NIGHT = Rhythm("night", quiet=(time(20), time(6)))
LUNCH = Rhythm("lunch", quiet=(time(12), time(13)))


def local(day: int, hour: int, minute: int = 0, zone: Zone = Zone.WIB) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=zone.tz)


@pytest.mark.parametrize(
    ("rhythm", "moment", "opens"),
    [
        (NIGHT, local(4, 19, 59), local(4, 19, 59)),
        (NIGHT, local(4, 20), local(5, 6)),
        (NIGHT, local(4, 23, 59), local(5, 6)),
        (NIGHT, local(5, 0), local(5, 6)),
        (NIGHT, local(5, 5, 59), local(5, 6)),
        (NIGHT, local(5, 6), local(5, 6)),
        (NIGHT, local(31, 22), datetime(2026, 6, 1, 6, tzinfo=Zone.WIB.tz)),
        (LUNCH, local(4, 11, 59), local(4, 11, 59)),
        (LUNCH, local(4, 12), local(4, 13)),
        (LUNCH, local(4, 12, 59), local(4, 13)),
        (LUNCH, local(4, 13), local(4, 13)),
    ],
)
def test_quiet_hours_end_at_their_end_also_across_midnight(
    rhythm: Rhythm, moment: datetime, opens: datetime
) -> None:
    assert rhythm.opens(moment, Zone.WIB) == opens


def test_the_zone_decides_what_is_night() -> None:
    moment = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)  # 19.30 WIB, 20.30 WITA, 21.30 WIT
    assert NIGHT.opens(moment, Zone.WIB) == moment
    assert NIGHT.opens(moment, Zone.WITA) == local(5, 6, zone=Zone.WITA)
    assert NIGHT.opens(moment, Zone.WIT) == local(5, 6, zone=Zone.WIT)


@given(st.integers(0, 366 * 24 * 3600), st.sampled_from(Zone), st.data())
def test_what_opens_is_never_quiet_never_earlier_and_within_a_day(
    seconds: int, zone: Zone, data: st.DataObject
) -> None:
    begins = data.draw(st.times(), label="begins")
    ends = data.draw(st.times().filter(lambda one: one != begins), label="ends")
    rhythm = Rhythm("any", quiet=(begins, ends))
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    opens = rhythm.opens(moment, zone)
    assert moment <= opens < moment + timedelta(days=1)
    assert rhythm.opens(opens, zone) == opens


WEEKLY = Rhythm("weekly", weekday=1, hour=time(8))


@pytest.mark.parametrize(
    ("queued", "due"),
    [
        (local(4, 7, 59), local(4, 8)),
        (local(4, 8), local(4, 8)),
        (local(4, 8, 1), local(11, 8)),
        (local(6, 12), local(11, 8)),
        (local(10, 23, 59), local(11, 8)),
    ],
)
def test_a_weekly_digest_is_due_at_the_next_such_moment(queued: datetime, due: datetime) -> None:
    assert WEEKLY.due(queued, Zone.WIB) == due


def test_the_first_waits_for_its_fellows_and_then_for_the_end_of_the_night() -> None:
    gathered = Rhythm("gathered", gather=timedelta(hours=2), quiet=(time(20), time(6)))
    assert gathered.due(local(4, 10), Zone.WIB) == local(4, 12)
    assert gathered.due(local(4, 19), Zone.WIB) == local(5, 6)
