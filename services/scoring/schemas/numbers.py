"""Numbers of the API: text with 12 decimals, exact fractions beside, 2 decimals to show."""

from fractions import Fraction

from shared.kernel import decimal12, display2, exact_text


def twelve(value: Fraction | None) -> str | None:
    return None if value is None else decimal12(value)


def exact(value: Fraction | None) -> str | None:
    return None if value is None else exact_text(value)


def shown(value: Fraction | None) -> str | None:
    return None if value is None else display2(value)
