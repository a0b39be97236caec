"""Periods of reports: how they are written, which days they hold, and what shares are of nothing."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from services.complaints.cases.domain.acts import State
from services.complaints.handling.domain.figures import Figures, share, total
from services.complaints.handling.domain.periods import PeriodUnknownError, period_of
from services.complaints.handling.schemas import FiguresOut, written
from shared.kernel import Zone


@pytest.mark.parametrize(
    ("name", "first", "last", "words"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "tahun 2026"),
        ("2026-S1", date(2026, 1, 1), date(2026, 6, 30), "semester 1 tahun 2026"),
        ("2026-S2", date(2026, 7, 1), date(2026, 12, 31), "semester 2 tahun 2026"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "triwulan 1 tahun 2026"),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "triwulan 4 tahun 2026"),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29), "Februari 2028"),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31), "Desember 2026"),
    ],
)
def test_a_period_holds_whole_months(name: str, first: date, last: date, words: str) -> None:
    period = period_of(name)
    assert (period.first, period.last, period.words) == (first, last, words)


@pytest.mark.parametrize(
    "name", ["", "26", "2026-Q5", "2026-S3", "2026-13", "2026-00", "2026-1", "1999", "２０２６"]
)
def test_no_period_is_written_otherwise(name: str) -> None:
    with pytest.raises(PeriodUnknownError) as refused:
        period_of(name)
    assert refused.value.details["field"] == "period"


def test_a_period_begins_two_hours_earlier_in_the_east() -> None:
    first, end = period_of("2026").bounds(Zone.WIT)
    assert (first.astimezone(UTC), end.astimezone(UTC)) == (
        datetime(2025, 12, 31, 15, tzinfo=UTC),
        datetime(2026, 12, 31, 15, tzinfo=UTC),
    )
    assert period_of("2026").bounds(Zone.WIB)[0].astimezone(UTC) == datetime(2025, 12, 31, 17, tzinfo=UTC)


def test_complaints_alone_are_due_and_each_state_counts_once() -> None:
    figures = Figures()
    for state in State:
        figures.take("pengaduan", "web", state, 1)
        figures.take("konsultasi", "loket", state, 1)
    assert (figures.received, figures.due, figures.in_progress, figures.completed) == (28, 9, 8, 1)
    assert (figures.withdrawn, figures.closed, figures.dismissed.total()) == (2, 2, 8)


def test_a_share_of_nothing_is_none_and_others_are_exact() -> None:
    assert (share(0, 0), share(1, 3), share(0, 2)) == (None, Fraction(1, 3), Fraction(0))
    told = FiguresOut.of(Figures())
    assert (told.completed_share.share, told.late.share, told.median_first_response_seconds) == (
        None,
        None,
        None,
    )
    assert (written(Fraction(2, 3)), written(Fraction(1))) == ("0.6667", "1.0000")


def test_sums_add_what_adds_up_and_no_median() -> None:
    one, two = Figures(received=2, late=1), Figures(received=3)
    one.kinds["pengaduan"], two.kinds["pengaduan"] = 2, 3
    found = total([one, two])
    assert (found.received, found.late, found.kinds["pengaduan"], found.median_first_response) == (
        5,
        1,
        5,
        None,
    )
