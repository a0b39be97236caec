"""Exact numbers as people write them."""

from fractions import Fraction

from shared.kernel import exact_text, half_up


def plain(value: Fraction) -> str:
    """Return `5.25` for 21/4, and `1/3` where no decimals end it: never rounded."""
    rest, places = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        places = max(places, count)
    return half_up(value, places) if rest == 1 else exact_text(value)
