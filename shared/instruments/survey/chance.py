"""How likely the answers still to come bring an index to its floor: statistics in floating point.

No verdict is made with it, so nothing that judges a gate may import this. Source: survey.md section 9.
"""

from dataclasses import dataclass
from math import exp, lgamma, log, log1p, sqrt

FEWEST_ANSWERS = 15
"""Below it nothing is said. Source: survey.md section 9."""
LOWEST, HIGHEST = 0.05, 0.95
"""A chance is never shown as nearly certain: the rest of the people are no random sample."""
_STEPS, _EPSILON, _TINY = 300, 1e-14, 1e-300


@dataclass(frozen=True, slots=True)
class Spread:
    """Of `n` respondents' totals over the `items` of one index: their sum and the sum of their squares."""

    n: int
    items: int
    total: int
    squares: int

    @property
    def mean(self) -> float:
        """Mean of the respondents' item means, on the raw scale."""
        return self.total / (self.n * self.items)

    @property
    def deviation(self) -> float:
        """Standard deviation (n - 1) of the respondents' item means."""
        around = self.squares - self.total * self.total / self.n
        return sqrt(max(0.0, around) / (self.n - 1)) / self.items


def chance_to_reach(spread: Spread, more: int, needed: float) -> float | None:
    """Return the chance that `more` >= 1 further answers have at least the mean `needed`, 0.05-0.95.

    None below 15 answers or when nobody is left to answer.
    """
    if spread.n < FEWEST_ANSWERS or more < 1:
        return None
    error = spread.deviation * sqrt(1 / spread.n + 1 / more)
    if error == 0:
        return HIGHEST if spread.mean >= needed else LOWEST
    return min(HIGHEST, max(LOWEST, upper_tail((needed - spread.mean) / error, spread.n - 1)))


def upper_tail(t: float, freedom: int) -> float:
    """Return the chance that Student's t of `freedom` degrees exceeds `t`."""
    half = 0.5 * _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))
    return half if t >= 0 else 1 - half


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, by Lentz's continued fraction."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            result *= c * d
        if abs(c * d - 1) < _EPSILON:
            break
    return front * result


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
