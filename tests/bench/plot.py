"""The report as a picture: a panel per figure, a bar per side at its median, a whisker from least to most.

Own writer: bars, text and lines are all it takes, and the file stays readable in a diff.
"""

import statistics
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

WIDTH, LABELS, FIGURES = 920, 330, 170
"""The whole picture, the column of names and the column of figures, in pixels."""
ROW, GAP, TOP = 22, 16, 34
OURS, THEIRS, WHISKER, INK, FAINT = "#1f6f6b", "#b9bec6", "#23272e", "#23272e", "#5c6470"
OWN_SIDES = ("ours", "this")


def svg(results: Sequence[Mapping[str, Any]], conditions: Sequence[str]) -> str:
    """Return the picture of all results that have bars; `conditions` is its foot."""
    parts: list[str] = []
    y = TOP
    for result in results:
        panels: dict[str, list[Mapping[str, Any]]] = {}
        for bar in result.get("bars", ()):
            panels.setdefault(bar["panel"], []).append(bar)
        if not panels:
            continue
        parts.append(_text(0, y, f"{result['id']}: {result['what']}", size=15, weight="bold"))
        y += ROW
        for name, bars in panels.items():
            parts.append(_text(0, y, name, color=FAINT))
            y += 8
            most = max(max(bar["values"]) for bar in bars) or 1.0
            for bar in bars:
                parts += _bar(bar, y, most)
                y += ROW
            y += GAP
        y += GAP
    for line in conditions:
        parts.append(_text(0, y, line, size=11, color=FAINT))
        y += ROW
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 0 {WIDTH + 24} {y}" width="{WIDTH + 24}" '
        f'height="{y}" font-family="system-ui, sans-serif" role="img">'
    )
    title = "<title>Benchmarks: median of the rounds, with least and most</title>"
    ground = f'<rect x="-12" width="{WIDTH + 24}" height="{y}" fill="#ffffff"/>'
    return "\n".join([head, title, ground, *parts, "</svg>", ""])


def _bar(bar: Mapping[str, Any], y: int, most: float) -> list[str]:
    values = [float(value) for value in bar["values"]]
    room = WIDTH - LABELS - FIGURES
    least, median, top = (
        LABELS + room * value / most for value in (min(values), statistics.median(values), max(values))
    )
    color = OURS if bar["label"].startswith(OWN_SIDES) else THEIRS
    middle = y + ROW / 2 - 2
    whisker = f"M{least:.1f} {middle}H{top:.1f}M{least:.1f} {middle - 4}v8M{top:.1f} {middle - 4}v8"
    figures = f"{_figure(statistics.median(values))} ({_figure(min(values))}–{_figure(max(values))})"
    return [
        _text(LABELS - 8, middle + 4, bar["label"], anchor="end"),
        f'<rect x="{LABELS}" y="{y}" width="{median - LABELS:.1f}" height="{ROW - 6}" fill="{color}"/>',
        f'<path d="{whisker}" stroke="{WHISKER}" fill="none"/>',
        _text(WIDTH, middle + 4, figures, anchor="end"),
    ]


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _text(
    x: float,
    y: float,
    words: str,
    *,
    size: int = 13,
    weight: str = "normal",
    anchor: str = "start",
    color: str = INK,
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{color}">{escape(words)}</text>'
    )
