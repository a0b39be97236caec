"""Data compared value by value, for what no model of ours describes."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shared.instruments.lke.comparison.differences import Comparison, Difference, different
from shared.instruments.lke.plain import plain


def compare_data(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """Compare data value by value: prose is text, everything else a rule."""
    old, new = dict(_flat(before, "")), dict(_flat(after, ""))
    rules: list[Difference] = []
    texts: list[Difference] = []
    for path in dict.fromkeys([*old, *new]):
        values = [flat[path] for flat in (old, new) if path in flat]
        found = different(path, "value", _value(old.get(path)), _value(new.get(path)))
        is_prose = any(isinstance(value, str) and " " in value for value in values)
        (texts if is_prose else rules).extend(found)
    return Comparison(tuple(rules), tuple(texts), ())


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, entry in value.items():
            yield from _flat(entry, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and all(isinstance(entry, Mapping) for entry in value):
        for at, entry in enumerate(value):
            key = entry.get("id") or entry.get("item") or at
            yield from _flat(entry, f"{path}[{key}]")
    else:
        yield path, value


def _value(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return plain(Fraction(value))
    if isinstance(value, list):
        return ", ".join(_value(entry) or "-" for entry in value)
    return "yes" if value else "no"
