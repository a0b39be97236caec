"""What can still become of a threshold, and how likely the rest brings it."""

from fractions import Fraction

import pytest

from shared.instruments.survey import (
    Indices,
    ItemSum,
    Progress,
    floors,
    index_outlook,
    outlook,
    regime,
    threshold_status,
)
from shared.instruments.survey.chance import Spread, chance_to_reach, upper_tail
from shared.instruments.survey.outlook import Outlook

MANDIRI = regime("mandiri.2023")
assert MANDIRI.instrument is not None
ITEMS = MANDIRI.instrument.items
WBK = floors(MANDIRI, ITEMS, "WBK", MANDIRI.default_policies())


def look(
    score: Fraction | int,
    *,
    n: int = 30,
    willing: int = 40,
    more: int = 10,
    invited: int = 50,
    chance: float | None = None,
    is_final: bool = False,
    before: str | None = None,
) -> Outlook:
    """Return the outlook when all items have this mean on the scale of six stars."""
    sums = {item.key: ItemSum(n, int(score * n)) for item in ITEMS}
    index = None if n == 0 else Fraction(score) * Fraction(2, 3)
    known = Indices(ipak=index, ipkp=index)
    status = threshold_status("WBK", n, willing, known.ipak, known.ipkp, regime_id=MANDIRI.id)
    progress = Progress(n, willing, more, invited)
    of_indices = index_outlook(more, MANDIRI, WBK, sums, lambda: chance, before=before)
    return outlook(status, progress, of_indices, is_final=is_final)


def test_floors_stand_on_the_raw_scale() -> None:
    assert [(floor.index, floor.raw) for floor in WBK] == [
        ("ipak", Fraction(27, 5)),
        ("ipkp", Fraction(24, 5)),
    ]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"score": 6, "is_final": True}, "MET"),
        ({"score": 5, "is_final": True}, "NOT_MET"),
        ({"score": 5, "more": 10}, "IMPOSSIBLE"),  # ten times six stars: 5.25 of 5.4
        ({"score": 6, "n": 5, "more": 24}, "IMPOSSIBLE"),  # 29 of 30 people at most
        ({"score": 0, "n": 0, "more": 0, "willing": 0, "invited": 0}, "TOO_FEW_CONSENTS"),
        ({"score": 0, "n": 0, "more": 30, "willing": 29}, "TOO_FEW_CONSENTS"),
        ({"score": 6, "n": 29, "more": 1, "willing": 30}, "BELOW_MIN_N"),
        ({"score": 6, "more": 3}, "GUARANTEED"),  # three times one star: 5.54
        ({"score": 6, "more": 5}, "UNCERTAIN"),
        ({"score": 6, "more": 5, "chance": 0.80}, "LIKELY"),
        ({"score": 6, "more": 5, "chance": 0.79}, "UNCERTAIN"),
        ({"score": 6, "more": 5, "chance": 0.20}, "UNLIKELY"),
    ],
)
def test_the_first_class_that_matches_is_told(case: dict[str, int], expected: str) -> None:
    assert look(**case) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "chance", "expected"),
    [
        ("LIKELY", 0.76, "LIKELY"),
        ("LIKELY", 0.74, "UNCERTAIN"),
        ("UNLIKELY", 0.24, "UNLIKELY"),
        ("UNLIKELY", 0.26, "UNCERTAIN"),
        ("UNCERTAIN", 0.84, "UNCERTAIN"),
        ("UNCERTAIN", 0.86, "LIKELY"),
        ("UNCERTAIN", 0.16, "UNCERTAIN"),
        ("UNCERTAIN", 0.14, "UNLIKELY"),
        ("BELOW_MIN_N", 0.80, "LIKELY"),
    ],
)
def test_a_class_of_chance_is_left_only_past_its_border(before: str, chance: float, expected: str) -> None:
    assert look(6, more=5, chance=chance, before=before) == expected


@pytest.mark.parametrize(
    ("t", "freedom", "tail"),
    [
        (1.7613101, 14, 0.05),
        (2.0452296, 29, 0.025),
        (0.0, 9, 0.5),
        (-1.3830287, 9, 0.90),
        (3.3649300, 5, 0.01),
    ],
)
def test_tail_of_students_t_is_that_of_the_printed_tables(t: float, freedom: int, tail: float) -> None:
    assert upper_tail(t, freedom) == pytest.approx(tail, abs=1e-6)


def spread(totals: list[int], items: int = 5) -> Spread:
    return Spread(len(totals), items, sum(totals), sum(total * total for total in totals))


def test_spread_is_that_of_the_respondents_item_means() -> None:
    found = spread([25, 30, 20])
    assert (found.mean, found.deviation) == (5.0, 1.0)


def test_nothing_is_said_below_fifteen_answers_or_when_nobody_is_left() -> None:
    assert chance_to_reach(spread([25] * 14), 5, 5.0) is None
    assert chance_to_reach(spread([25] * 15), 0, 5.0) is None


def test_chance_is_even_at_the_mean_and_never_shown_as_certain() -> None:
    totals = [25, 30, 20] * 6
    assert chance_to_reach(spread(totals), 5, 5.0) == pytest.approx(0.5)
    assert chance_to_reach(spread(totals), 5, 1.0) == 0.95
    assert chance_to_reach(spread(totals), 5, 6.5) == 0.05
    assert chance_to_reach(spread([25] * 15), 5, 5.0) == 0.95
    assert chance_to_reach(spread([25] * 15), 5, 5.1) == 0.05
