import json
from pathlib import Path
from typing import Any

import pytest

from shared.instruments.survey import sample_size
from shared.instruments.survey.sample import formula
from shared.kernel import half_up

SHARED = Path(__file__).parents[5] / "shared" / "data" / "survey" / "08-krejcie-morgan-permenpanrb14.json"

PRINTED = [
    (10, 10),
    (15, 14),
    (25, 24),
    (30, 28),
    (100, 80),
    (500, 217),
    (550, 226),
    (1200, 291),
    (1000000, 384),
]


def printed_rows() -> list[Any]:
    more = json.loads(SHARED.read_text("utf-8"))["rows"] if SHARED.is_file() else []
    return PRINTED + [(row["N"], row["n"]) for row in more]


@pytest.mark.parametrize(("population", "sample"), printed_rows())
def test_printed_rows_are_the_formula_rounded_half_up(population: int, sample: int) -> None:
    assert sample_size(population) == sample_size(population, between="formula") == sample


@pytest.mark.parametrize(("population", "table", "by_formula"), [(505, 226, 218), (1150, 291, 288)])
def test_between_rows_the_next_row_up_or_the_formula(population: int, table: int, by_formula: int) -> None:
    assert sample_size(population) == table
    assert sample_size(population, between="formula") == by_formula


def test_table_is_at_most_eight_above_the_formula() -> None:
    gaps = {sample_size(n) - sample_size(n, between="formula") for n in range(10, 3000)}
    assert min(gaps) >= 0
    assert max(gaps) <= 8


@pytest.mark.parametrize(("population", "sample"), [(1, 1), (9, 9), (12, 12), (2_000_000, 384)])
def test_never_more_than_the_population_and_never_more_than_the_last_row(
    population: int, sample: int
) -> None:
    assert sample_size(population) == sample


@pytest.mark.parametrize("population", [0, -5])
def test_population_of_nobody_is_refused(population: int) -> None:
    with pytest.raises(ValueError, match="at least one person"):
        sample_size(population)


def test_formula_is_exact() -> None:
    assert half_up(formula(15), 4) == "14.4725"
