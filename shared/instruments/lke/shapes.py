"""What a data file is made of, said once as a value: each shape tells every place that is made otherwise."""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from shared.instruments.lke.strict_json import MOST_DECIMALS, MOST_DIGITS

Shape = Callable[[Any, str], Iterator[str]]
"""Takes a value and its place; yields a sentence for each fault."""

_NUMBER = re.compile(rf"\d{{1,{MOST_DIGITS}}}(\.\d{{1,{MOST_DECIMALS}}})?", re.ASCII)


def text(value: Any, place: str) -> Iterator[str]:
    """A text that says something."""
    if not isinstance(value, str) or not value.strip():
        yield f"{place}: {shown(value)} is no text"


def flag(value: Any, place: str) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield f"{place}: {shown(value)} is neither true nor false"


def whole(value: Any, place: str) -> Iterator[str]:
    """A whole number from 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        yield f"{place}: {shown(value)} is no whole number from 0"


def number(value: Any, place: str) -> Iterator[str]:
    """A number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
        yield f"{place}: {shown(value)} is no number from 0"


def number_text(value: Any, place: str) -> Iterator[str]:
    """A number from 0 as text, so that nothing reads it as a float on its way."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value) is None:
        yield f'{place}: {shown(value)} is no number from 0 as text, such as "0.67"'


def anything(_value: Any, _place: str) -> Iterator[str]:
    """Prose and whatever nothing is computed from."""
    yield from ()


def nothing_or(shape: Shape) -> Shape:
    """Return a shape that takes null too."""

    def check(value: Any, place: str) -> Iterator[str]:
        if value is not None:
            yield from shape(value, place)

    return check


def one_of(*known: Any) -> Shape:
    """Return the shape of one of some values."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not any(type(value) is type(one) and value == one for one in known):
            yield f"{place}: {shown(value)} is none of {', '.join(map(shown, known))}"

    return check


def list_of(shape: Shape, *, least: int = 0) -> Shape:
    """Return the shape of a list."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{place}: {shown(value)} is no list"
            return
        if len(value) < least:
            yield f"{place}: {len(value)} entries, at least {least} are needed"
        for at, entry in enumerate(value):
            yield from shape(entry, f"{place}[{at}]")

    return check


def row_of(*shapes: Shape) -> Shape:
    """Return the shape of a list with one entry per shape."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, list) or len(value) != len(shapes):
            yield f"{place}: {shown(value)} is no list of {len(shapes)}"
            return
        for at, (shape, entry) in enumerate(zip(shapes, value, strict=True)):
            yield from shape(entry, f"{place}[{at}]")

    return check


def map_of(shape: Shape, *, least: int = 0) -> Shape:
    """Return the shape of an object whose names are data."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{place}: {shown(value)} is no object"
            return
        if len(value) < least:
            yield f"{place}: {len(value)} entries, at least {least} are needed"
        for name, entry in value.items():
            yield from shape(entry, f"{place}.{name}")

    return check


def record(
    needed: Mapping[str, Shape],
    optional: Mapping[str, Shape] | None = None,
    *,
    called: str | None = None,
    is_part: bool = False,
    is_open: bool = False,
) -> Shape:
    """Return the shape of an object with these names and no other, unless it is open.

    `called` names the field by which people know the object: its place is told by that and not by its path,
    for a part below that of the object that it is a part of.
    """
    known = {**needed, **(optional or {})}

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{place}: {shown(value)} is no object"
            return
        own = value.get(called) if called else None
        if isinstance(own, str) and own:
            place = f"{place.rpartition('.')[0]}.{own}" if is_part else own
        yield from (f"{place}: {name} is missing" for name in needed if name not in value)
        for name, entry in value.items():
            if name in known:
                yield from known[name](entry, f"{place}.{name}" if place else name)
            elif not is_open:
                yield f"{place}: {shown(name)} is unknown here; known are {', '.join(sorted(known))}"

    return check


def shown(value: Any) -> str:
    """Return a value as a sentence shows it."""
    if isinstance(value, Decimal):
        return str(value)
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004 - part of a sentence
