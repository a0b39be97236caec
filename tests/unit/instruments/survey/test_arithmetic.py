"""The worked examples of the regulation and of published reports, to the last digit."""

import json
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shared.instruments.survey import ItemSum, Scale, convert, indices, regime, weighted_means
from shared.instruments.survey.arithmetic import unconvert
from shared.kernel import display2, half_up

SKM, MANDIRI = regime("skm.2017"), regime("mandiri.2023")
STARS = Scale(1, 6)
OWN = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[5] / "shared" / "data" / "survey"


def cases(name: str) -> list[Any]:
    """Return our own copy of a case, and the shared one where it is present."""
    found = [path for path in (OWN / name, SHARED / name) if path.is_file()]
    return [pytest.param(json.loads(path.read_text("utf-8")), id=path.parts[-4]) for path in found]


def skm_items() -> Any:
    assert SKM.instrument is not None
    return SKM.instrument.items


def gaspul() -> dict[str, ItemSum]:
    totals = [105, 101, 100, 116, 102, 105, 106, 105, 115]
    return {item.key: ItemSum(29, total) for item, total in zip(skm_items(), totals, strict=True)}


@pytest.mark.parametrize(
    ("weights", "ikm"), [("exact", "91.48"), ("literal_0_11", "90.56"), ("literal_0_111", "91.38")]
)
def test_published_skm_report_gives_each_of_its_printed_ikm_under_its_weights(weights: str, ikm: str) -> None:
    found = indices(SKM, skm_items(), gaspul(), {"weights": weights})
    assert found.ikm is not None
    assert display2(found.ikm) == ikm
    assert found.grade == "A"


def test_exact_weights_give_the_fraction_itself() -> None:
    assert indices(SKM, skm_items(), gaspul(), {"weights": "exact"}).ikm == Fraction(23875, 261)


@pytest.mark.parametrize("case", cases("01-skm-gaspul-tw3.json"))
def test_item_means_and_weighted_means_are_the_published_ones(case: dict[str, Any]) -> None:
    items = skm_items()
    sums = {
        item.key: ItemSum(case["input"]["respondents"], total)
        for item, total in zip(items, case["input"]["totals"].values(), strict=True)
    }
    terms = weighted_means(SKM.weight_profiles["literal_0_11"], items, sums)
    assert terms is not None
    assert [half_up(terms[item.key], 4) for item in items] == list(case["published"]["weighted_nrr"].values())
    means = [sums[item.key].mean for item in items]
    assert [half_up(mean, 4) for mean in means if mean is not None] == list(case["published"]["nrr"].values())


def test_rounding_weighted_terms_first_gives_the_wrong_index_we_never_print() -> None:
    terms = weighted_means(SKM.weight_profiles["literal_0_11"], skm_items(), gaspul())
    assert terms is not None
    early = 25 * sum((Fraction(display2(term)) for term in terms.values()), Fraction(0))
    assert display2(early) == "90.75"
    assert display2(25 * sum(terms.values(), Fraction(0))) == "90.56"


def test_replaced_item_leaves_eight_equal_weights() -> None:
    used = [item for item in skm_items() if item.key != "biaya"]
    found = indices(SKM, used, gaspul(), {"weights": "exact"})
    assert found.ikm == Fraction(839, 232) * 25
    assert display2(found.ikm) == "90.41"


def test_literal_weights_refuse_another_number_of_items() -> None:
    with pytest.raises(ValueError, match="hold for 9 items"):
        weighted_means(SKM.weight_profiles["literal_0_11"], skm_items()[:8], gaspul())


def test_converted_index_is_never_computed_from_the_shown_one() -> None:
    index = Fraction("96.81") / 25
    assert display2(index) == "3.87"
    assert display2(25 * index) == "96.81"
    assert display2(25 * Fraction(display2(index))) == "96.75"


@pytest.mark.parametrize("case", cases("12-scale6-to-scale4.json"))
def test_conversions_of_a_six_star_mean(case: dict[str, Any]) -> None:
    for row in case["examples"]:
        for policy in ("ratio", "affine"):
            value = convert(Fraction(row["mean_1_6"]), STARS, policy)
            assert value is not None
            assert half_up(value, 4) == row[policy]
            assert (value >= Fraction("3.6")) is row[f"{policy}_ge_3.6"]


@pytest.mark.parametrize(
    ("floor", "policy", "needed"),
    [
        ("3.6", "ratio", "27/5"),
        ("3.6", "affine", "16/3"),
        ("3.2", "ratio", "24/5"),
        ("3.2", "affine", "14/3"),
    ],
)
def test_mean_that_a_floor_asks_of_the_stars(floor: str, policy: str, needed: str) -> None:
    assert unconvert(Fraction(floor), STARS, policy) == Fraction(needed)
    assert convert(Fraction(needed), STARS, policy) == Fraction(floor)


def test_index_is_converted_once_and_not_each_answer() -> None:
    assert MANDIRI.instrument is not None
    items = MANDIRI.instrument.items
    sums = {item.key: ItemSum(2, 11) for item in items}
    found = indices(MANDIRI, items, sums, {"conversion": "affine"})
    assert (found.ipak, found.ipkp) == (Fraction(37, 10), Fraction(37, 10))


def test_an_item_nobody_answered_makes_its_index_unknown_and_not_zero() -> None:
    assert MANDIRI.instrument is not None
    items = MANDIRI.instrument.items
    sums = {item.key: ItemSum(3, 15) for item in items if item.key != "pungli"}
    found = indices(MANDIRI, items, sums, {"conversion": "ratio"})
    assert found.ipak is None
    assert found.ipkp == Fraction(10, 3)
    assert indices(SKM, skm_items(), {}, {"weights": "exact"}).ikm is None


def test_regime_run_by_tpn_has_no_index_of_ours() -> None:
    assert indices(regime("tpn_external.2021"), (), {}, {}).ipak is None


@pytest.mark.parametrize("case", cases("14-derived-numeric-traps.json"))
def test_sums_that_float_misjudges_pass_exactly(case: dict[str, Any]) -> None:
    for row in case["float_false_fail_at_3_6"]:
        means = [Fraction(total, row["respondents"]) for total in row["item_sums"]]
        assert sum(means, Fraction(0)) / len(means) == Fraction(row["exact"]) == Fraction(18, 5)


def test_literal_weights_lose_a_grade_exactly_in_these_ranges() -> None:
    """0.11 x 9 = 0.99: A is lost in [88.305, 89.1970), B in [76.605, 77.3788), C in [64.995, 65.6516)."""
    table = SKM.grade_table
    assert table is not None
    for grade, first, end in (
        ("A", "88.305", "88.305"),
        ("B", "76.605", "76.605"),
        ("C", "64.995", "64.995"),
    ):
        exact, kept = Fraction(first), Fraction(end) / Fraction("0.99")
        assert table.grade(exact) == grade
        assert table.grade(exact * Fraction("0.99")) != grade
        assert table.grade(kept * Fraction("0.99")) == grade
        assert table.grade((kept - Fraction(1, 10**6)) * Fraction("0.99")) != grade
    ends = [half_up(Fraction(low) / Fraction("0.99"), 4) for low in ("88.305", "76.605", "64.995")]
    assert ends == ["89.1970", "77.3788", "65.6515"]


@pytest.mark.parametrize(
    ("weights", "ikm_of_ones", "ikm_of_fours"),
    [("exact", "25.00", "100.00"), ("literal_0_11", "24.75", "99.00"), ("literal_0_111", "24.98", "99.90")],
)
def test_ends_of_the_scale_under_each_weight_profile(
    weights: str, ikm_of_ones: str, ikm_of_fours: str
) -> None:
    shown = []
    for score in (1, 4):
        sums = {item.key: ItemSum(1, score) for item in skm_items()}
        ikm = indices(SKM, skm_items(), sums, {"weights": weights}).ikm
        assert ikm is not None
        shown.append(display2(ikm))
    assert shown == [ikm_of_ones, ikm_of_fours]


def test_display_rounds_half_up_like_the_printed_tables() -> None:
    for text in ("3.595", "64.995", "24.975", "0.005"):
        expected = str(Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP))
        assert display2(Fraction(text)) == expected
