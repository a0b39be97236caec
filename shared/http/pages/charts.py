"""The geometry of bars, curves and line charts: exact shares of a whole, for the parts that draw them.

A curve is a step line, since a score holds until the next answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from shared.indonesian import number, signed
from shared.kernel import half_up

HEIGHT_PX = 240
"""Of a line chart's field; its numbers in pixels are measured from the top."""


def share(value: Fraction, full: Fraction) -> str:
    """Return a length as a share of the whole, as SVG wants it: `97.91%`; at most the whole."""
    return f"{_plain(100 * min(value, full) / full)}%"


@dataclass(frozen=True, slots=True)
class Curve:
    """A step line in a field of 100 by 100, where it ends, and how high its floor lies, if it has one."""

    path: str
    end_x: str
    end_y: str
    floor: str | None


def curve(
    points: Sequence[tuple[Fraction, Fraction]],
    *,
    lowest: Fraction,
    highest: Fraction,
    floor: Fraction | None = None,
) -> Curve:
    """Return the step line of (time as a share of its span from 0 to 1, value), the earliest first."""

    def height(value: Fraction) -> str:
        return _plain(100 * (highest - value) / (highest - lowest))

    (start, first), *rest = points
    path = f"M{_plain(100 * start)} {height(first)}"
    path += "".join(f"H{_plain(100 * at)}V{height(value)}" for at, value in rest)
    end, last = points[-1]
    return Curve(path, _plain(100 * end), height(last), None if floor is None else height(floor))


@dataclass(frozen=True, slots=True)
class Mark:
    """An event on a line chart: its place (x in percent, y in pixels) and its words."""

    x: str
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """A measure over time: its curve, scale, events and the same numbers as rows of a table."""

    title: str
    measure: str
    curve: Curve
    end_y: int
    left: str
    scale: Sequence[tuple[str, int]]
    times: Sequence[tuple[str, str]]
    floor_y: int | None
    floor_text: str
    marks: Sequence[Mark]
    rows: Sequence[tuple[str, ...]]


def line_chart(
    *,
    title: str,
    measure: str,
    points: Sequence[tuple[Fraction, Fraction, str]],
    scale: Sequence[int],
    times: Sequence[tuple[str, Fraction]],
    floor: Fraction | None = None,
    floor_text: str = "",
    events: Sequence[tuple[Fraction, str]] = (),
) -> LineChart:
    """Return a chart of (time as a share of its span, value, the time in words), the earliest first.

    `scale` are the numbers at its left, the lowest and the highest of them its ends; `times` the words below
    with their shares. An event (share, words) stands on the line where it happened.
    """
    lowest, highest = Fraction(min(scale)), Fraction(max(scale))

    def height(value: Fraction) -> int:
        return round(HEIGHT_PX * (highest - value) / (highest - lowest))

    def value_at(at: Fraction) -> Fraction:
        return [value for time, value, _ in points if time <= at or time == points[0][0]][-1]

    drawn = curve([(at, value) for at, value, _ in points], lowest=lowest, highest=highest, floor=floor)
    return LineChart(
        title=title,
        measure=measure,
        curve=drawn,
        end_y=height(points[-1][1]),
        left=_plain(100 * (1 - points[-1][0])),
        scale=[(str(value), height(Fraction(value))) for value in scale],
        times=[(text, _plain(100 * at)) for text, at in times],
        floor_y=None if floor is None else height(floor),
        floor_text=floor_text,
        marks=[Mark(_plain(100 * at), height(value_at(at)), text) for at, text in events],
        rows=[
            (text, number(value), *(() if floor is None else (signed(value - floor),)))
            for _, value, text in points
        ],
    )


def _plain(value: Fraction) -> str:
    return half_up(value, 2)
