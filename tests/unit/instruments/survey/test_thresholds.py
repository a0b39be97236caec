from fractions import Fraction
from typing import Any

import pytest

from shared.instruments.survey import (
    ItemSum,
    Scale,
    fewest_more,
    has_thresholds,
    mean_needed,
    reachable,
    threshold_status,
)

FOUR = Scale(1, 4)


def status(
    predicate: Any = "WBK", n: int = 30, willing: int = 30, ipak: str = "3.6", ipkp: str = "3.6"
) -> Any:
    return threshold_status(predicate, n, willing, Fraction(ipak), Fraction(ipkp))


@pytest.mark.parametrize(
    ("predicate", "ipak", "ipkp", "failed"),
    [
        ("WBK", "3.59", "3.20", ("ipak",)),
        ("WBK", "3.60", "3.20", ()),
        ("WBK", "3.60", "3.19", ("ipkp",)),
        ("WBBM", "3.60", "3.59", ("ipkp",)),
        ("WBBM", "3.60", "3.60", ()),
        ("WBK", "3.595", "3.60", ("ipak",)),
    ],
)
def test_floors_of_each_predicate(predicate: Any, ipak: str, ipkp: str, failed: tuple[str, ...]) -> None:
    found = status(predicate, ipak=ipak, ipkp=ipkp)
    assert found.failed == failed
    assert found.result == ("not_met" if failed else "met")


def test_twenty_nine_willing_fail_even_when_the_indices_pass() -> None:
    assert status(willing=29, ipak="4", ipkp="4").failed == ("willing",)


def test_twenty_nine_respondents_fail() -> None:
    assert status(n=29).failed == ("respondents",)


def test_unknown_index_fails_without_a_margin() -> None:
    found = threshold_status("WBK", 0, 30, None, None)
    assert found.failed == ("respondents", "ipak", "ipkp")
    assert found.margins == {"willing": 0, "respondents": -30, "ipak": None, "ipkp": None}


def test_margin_is_exact() -> None:
    assert status(ipak="3.595").margins["ipak"] == Fraction(-1, 200)


def test_small_population_lowers_respondents_and_leaves_willing() -> None:
    found = threshold_status("WBK", 12, 12, Fraction(4), Fraction(4), population=12)
    assert found.failed == ("willing",)
    assert found.minimum["respondents"] == 12


def test_satisfaction_survey_has_no_thresholds() -> None:
    assert not has_thresholds("skm.2017")
    assert has_thresholds("mandiri.2023")
    with pytest.raises(ValueError, match="has no thresholds"):
        threshold_status("WBK", 30, 30, None, None, regime_id="skm.2017")


def test_shown_3_60_that_is_3_595_fails_and_one_perfect_answer_mends_it() -> None:
    total, n, items, floor = 719, 40, 5, Fraction(18, 5)
    assert status(ipak="3.595").result == "not_met"
    assert fewest_more(floor, n, total, items, FOUR) == 1
    assert mean_needed(floor, n, total, items, 10) == Fraction("3.62")
    sums = [ItemSum(n, part) for part in (144, 144, 144, 144, 143)]
    bounds = reachable(sums, 1, FOUR)
    assert bounds is not None
    assert bounds[1] == Fraction(739, 205)


def test_nothing_more_is_needed_at_the_floor() -> None:
    assert fewest_more(Fraction(18, 5), 30, 540, 5, FOUR) == 0


def test_floor_at_the_top_of_the_scale_is_out_of_reach_after_one_lower_answer() -> None:
    assert fewest_more(Fraction(4), 1, 19, 5, FOUR) is None


def test_bounds_are_unknown_before_the_first_answer() -> None:
    assert reachable([ItemSum()], 0, FOUR) is None
    assert reachable([ItemSum()], 3, FOUR) == (Fraction(1), Fraction(4))
