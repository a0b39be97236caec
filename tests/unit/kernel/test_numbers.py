"""Numbers leave the system exact, or rounded half up, never otherwise."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import decimal12, display2, exact_text, half_up, is_unit_id, to_fraction


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction("16.625"), "16.63"),  # float formatting and half-even give 16.62
        (Fraction("3.595"), "3.60"),
        (Fraction(1, 3), "0.33"),
        (Fraction("0.005"), "0.01"),
        (Fraction(0), "0.00"),
        (Fraction(100), "100.00"),
        (Fraction("-0.005"), "0.00"),
        (Fraction("-0.006"), "-0.01"),
        (Fraction("-1.5"), "-1.50"),
    ],
)
def test_display_rounds_half_up_from_the_exact_value(value: Fraction, shown: str) -> None:
    assert display2(value) == shown


def test_twelve_decimals_are_rounded_half_up() -> None:
    assert decimal12(Fraction(27957887, 306000)) == "91.365643790850"
    assert decimal12(Fraction(2, 3)) == "0.666666666667"


def test_exact_text_is_in_lowest_terms() -> None:
    assert exact_text(Fraction(27957887, 306000)) == "27957887/306000"
    assert exact_text(Fraction(80, 2)) == "40"


@given(st.fractions(min_value=-1000, max_value=1000))
def test_exact_text_reads_back_as_the_same_number(value: Fraction) -> None:
    assert to_fraction(exact_text(value)) == value


@given(st.fractions(min_value=-1000, max_value=1000), st.integers(0, 12))
def test_rounding_is_off_by_half_a_unit_at_most(value: Fraction, places: int) -> None:
    difference = to_fraction(half_up(value, places)) - value
    assert -Fraction(1, 2 * 10**places) < difference <= Fraction(1, 2 * 10**places)


@pytest.mark.parametrize(("text", "is_id"), [("kantor-a", True), ("A.1_b", True), ("", False), ("-a", False)])
def test_unit_ids_are_short_plain_words(text: str, is_id: bool) -> None:
    assert is_unit_id(text) is is_id
    assert not is_unit_id(text + " ")
    assert not is_unit_id(text + "\n")
    assert not is_unit_id("a" * 65)
