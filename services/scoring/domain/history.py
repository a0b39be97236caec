"""A score as it once was, the story that such moments tell, and what became of a year between two of them.

Every moment is one event of a layer. Its causes add up to what TOTAL moved by since the moment before; where
they do not (another rule was pinned, a rebuild told the score) the rest is a line of its own, so that all
lines together are the change of TOTAL, exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from services.scoring.domain.changes import Change, sentence
from shared.instruments.lke import TOTAL, RuleSet, gate_minima

RECOUNT = "recount"
"""Cause of what no line tells: the score was counted by other rules, or told again by a rebuild."""


class Moment(NamedTuple):
    """One moment of a layer's score: the columns of its row; `total` exact as text.

    A moment that was read for its numbers alone has no causes.
    """

    unit_id: str
    year: int
    layer: str
    version: int
    at: datetime
    total: str
    answered: int
    parts: str
    causes: str = "[]"


def pack_causes(lines: Sequence[Change]) -> str:
    """Return lines as a moment keeps them: per line time, subject, exact points, cause, detail, event."""
    packed = [
        (line.at, line.subject, line.delta, line.cause, line.detail, line.event_id and str(line.event_id))
        for line in lines
    ]
    return orjson.dumps(packed).decode()


def pack_parts(points: Mapping[str, str] | None) -> str:
    """Return points by gate, decimals as text, as a moment keeps them: `A=51.3656... B.I=...`, by code."""
    return "" if points is None else " ".join(f"{code}={points[code]}" for code in sorted(points))


def unpack_parts(parts: str) -> Mapping[str, Fraction]:
    """Return by gate the points of what it measures; nothing where they were not told."""
    pairs = (pair.partition("=") for pair in parts.split())
    return {code: Fraction(points) for code, _, points in pairs}


def part_texts(parts: str, rules: RuleSet) -> dict[str, str]:
    """Return by gate the points of its basis as decimals of text, from whole numbers of 1/`SCALE`."""
    codes = gate_minima(rules, "WBK")
    return {
        code: f"{number[:-12] or 0}.{number[-12:]:>012}"
        for code, number in zip(codes, parts.split(), strict=True)
    }


class Line(NamedTuple):
    """One cause of what TOTAL moved by: item, gate's node or TOTAL, exact points, why, and which event."""

    at: datetime
    subject: str
    delta: Fraction
    cause: str
    text: str
    event_id: UUID | None


def lines_of(causes: str) -> list[Line]:
    """Read the lines of a moment."""
    return [_line(*packed) for packed in orjson.loads(causes)]


def _line(
    at: str, subject: str, delta: str, cause: str, detail: Mapping[str, Any], event_id: str | None
) -> Line:
    return Line(
        datetime.fromisoformat(at),
        subject,
        Fraction(delta),
        cause,
        sentence(cause, detail),
        None if event_id is None else UUID(event_id),
    )


@dataclass(frozen=True, slots=True)
class Between:
    """What became of a layer's TOTAL from one moment to another, newest line first.

    `lines` sum to `after` less `before`; `before` is 0 where there was no score yet.
    """

    before: Fraction
    after: Fraction
    lines: Sequence[Line]

    @property
    def delta(self) -> Fraction:
        return self.after - self.before

    def by_subject(self) -> Mapping[str, Fraction]:
        """Return what each item moved in all, the largest first; what cancelled itself out is left out."""
        sums: dict[str, Fraction] = {}
        for line in self.lines:
            sums[line.subject] = sums.get(line.subject, Fraction(0)) + line.delta
        moved = {subject: points for subject, points in sums.items() if points}
        return dict(sorted(moved.items(), key=lambda pair: (-abs(pair[1]), pair[0])))


class Told(NamedTuple):
    """What is read of a moment to tell a story: when, the exact total, and its packed causes."""

    at: datetime
    total: str
    causes: str


def between(before: Told | None, moments: Iterable[Told]) -> Between:
    """Tell a story from the moment before it, None where there was none, over its moments in their order."""
    first = Fraction(0) if before is None else Fraction(before.total)
    total, lines = first, list[Line]()
    for moment in moments:
        now, told = Fraction(moment.total), lines_of(moment.causes)
        rest = now - total - sum((line.delta for line in told), Fraction(0))
        if rest:
            told.insert(0, Line(moment.at, TOTAL, rest, RECOUNT, sentence(RECOUNT, {}), None))
        lines += told
        total = now
    return Between(first, total, lines[::-1])


class Day(NamedTuple):
    """A layer's score at the end of a day."""

    day: date
    total: Fraction
    answered: int
    parts: Mapping[str, Fraction]


def days(lasts: Iterable[Moment], zone: tzinfo) -> list[Day]:
    """Return the days of moments, each the last one of its day where the unit is."""
    return [
        Day(
            moment.at.astimezone(zone).date(),
            Fraction(moment.total),
            moment.answered,
            unpack_parts(moment.parts),
        )
        for moment in lasts
    ]


class Turn(NamedTuple):
    """A gate that was met on a day and not on the one before, or the other way round."""

    day: date
    gate: str
    is_met: bool


def turns(told: Sequence[Day], floors: Mapping[str, Fraction]) -> list[Turn]:
    """Return the gates that turned, day by day; a day without parts says nothing of any."""
    found, met = [], dict.fromkeys(floors, False)
    for one in told:
        for gate in floors.keys() & one.parts.keys():
            is_met = one.parts[gate] >= floors[gate]
            if is_met != met[gate]:
                found.append(Turn(one.day, gate, is_met))
            met[gate] = is_met
    order = {gate: place for place, gate in enumerate(floors)}
    return sorted(found, key=lambda turn: (turn.day, order[turn.gate]))
