from fractions import Fraction

import pytest

from shared.instruments.survey import grade_table


@pytest.mark.parametrize(
    ("ikm", "grade"),
    [
        ("24.75", None),
        ("24.994", None),
        ("24.995", "D"),
        ("25.00", "D"),
        ("64.99", "D"),
        ("64.995", "C"),
        ("65.00", "C"),
        ("76.00", "C"),
        ("76.30", "C"),
        ("76.60", "C"),
        ("76.604999", "C"),
        ("76.605", "B"),
        ("76.61", "B"),
        ("88.30", "B"),
        ("88.305", "A"),
        ("88.31", "A"),
        ("99.00", "A"),
        ("99.90", "A"),
        ("100.00", "A"),
    ],
)
def test_grade_is_looked_up_after_rounding_half_up(ikm: str, grade: str | None) -> None:
    assert grade_table("skm.2017").grade(Fraction(ikm)) == grade


@pytest.mark.parametrize(("ikm", "grade"), [("81.26", "A"), ("81.25", "B"), ("62.51", "B"), ("43.75", "D")])
def test_repealed_bounds_of_2004_stay_readable(ikm: str, grade: str) -> None:
    assert grade_table("ikm.2004").grade(Fraction(ikm)) == grade


def test_labels_are_those_of_the_regulation() -> None:
    labels = [label for _, label, _ in grade_table("skm.2017").bounds]
    assert labels == ["Sangat baik", "Baik", "Kurang baik", "Tidak baik"]
