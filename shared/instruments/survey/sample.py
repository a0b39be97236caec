"""How many people of a population must answer.

Source: PermenPANRB 14/2017, Lampiran I Bab IV B (formula) and Lampiran II Tabel 1 (its 90 printed rows).
"""

from bisect import bisect_left
from fractions import Fraction
from functools import cache
from typing import Any, Literal

from shared.instruments.survey.load import read
from shared.kernel import half_up


@cache
def _rule() -> dict[str, Any]:
    return dict(read("regimes.json")["sample_size"])


def formula(population: int) -> Fraction:
    """Return `X2*N*P*Q / (d^2*(N-1) + X2*P*Q)`, exact and unrounded."""
    rule = _rule()
    chi, p, d = Fraction(rule["chi_square"]), Fraction(rule["proportion"]), Fraction(rule["error"])
    spread = chi * p * (1 - p)
    return spread * population / (d**2 * (population - 1) + spread)


def sample_size(population: int, *, between: Literal["next_row_up", "formula"] = "next_row_up") -> int:
    """Return the smallest sample of a population of at least one person, never more than the population.

    The table is the formula rounded half up; a population between two rows takes the next row up, or the
    formula itself. Under 10 people everybody is asked; above the last row its value stands.
    """
    if population < 1:
        raise ValueError("a population has at least one person")
    rule = _rule()
    if population < rule["all_below"]:
        return population
    rows: list[int] = rule["rows"]
    if population > rows[-1]:
        row = rows[-1]
    elif between == "next_row_up":
        row = rows[bisect_left(rows, population)]
    else:
        row = population
    return min(population, int(half_up(formula(row), 0)))
