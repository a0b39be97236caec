"""A score as it once was, the story that such moments tell, and what became of a year between two of them.

Every moment is one event of a layer, told when the score was counted. The causes of the effective layer add
up to what TOTAL moved by since the moment before; where they do not (other rules were pinned, a rebuild or a
restore told the score) the rest is a line of its own, so that all lines together are the change, exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from services.scoring.domain.changes import Change, sentence
from services.scoring.domain.scores import LayerScore, part_texts
from shared.instruments.lke import TOTAL

RECOUNT = "recount"
"""Cause of what no line tells."""
BEGIN = "begin"
"""Cause of a first moment that tells none: what was before it is not kept."""


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
    packed = [(line.at, line.subject, line.delta, line.cause, line.detail, line.event_id) for line in lines]
    return orjson.dumps(packed).decode()


def moment_of(score: LayerScore, version: int, at: datetime, lines: Sequence[Change]) -> Moment:
    """Return what is kept of a score that goes out now with the lines that moved it."""
    return Moment(
        *score[:3],
        version,
        at,
        score.total,
        score.answered,
        score.parts,
        pack_causes(lines) if lines else "[]",
    )


class Line(NamedTuple):
    """One cause of what TOTAL moved by: when, item or TOTAL, exact points, why, and which event.

    Time, words and id are made of what is kept when somebody reads them: of thousands few are shown.
    """

    moment: datetime | str
    subject: str
    delta: Fraction
    cause: str
    detail: Mapping[str, Any]
    event: str | None

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.moment) if isinstance(self.moment, str) else self.moment

    @property
    def text(self) -> str:
        return sentence(self.cause, self.detail)

    @property
    def event_id(self) -> UUID | None:
        return None if self.event is None else UUID(self.event)


def lines_of(causes: str) -> list[Line]:
    """Read the lines of a moment."""
    return [
        Line(at, subject, Fraction(delta), cause, detail, event)
        for at, subject, delta, cause, detail, event in orjson.loads(causes)
    ]


@dataclass(frozen=True, slots=True)
class Between:
    """What became of a layer's TOTAL from one moment to another, newest line first.

    `lines` sum to `after` less `before`; `before` is 0 where there was no score yet. A layer whose causes
    nobody keeps has no lines.
    """

    before: Fraction
    after: Fraction
    lines: Sequence[Line]

    @property
    def delta(self) -> Fraction:
        return self.after - self.before

    def by_subject(self) -> Mapping[str, Fraction]:
        """Return what the lines of each item sum to, the largest first; what cancelled out is left out."""
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


def between(before: Told | None, moments: Sequence[Told], *, has_causes: bool = True) -> Between:
    """Tell a story from the moment before it, None where there was none, over its moments in their order.

    Without `has_causes` no line is told: it would say of every answer that its cause is not known.
    """
    first = Fraction(0) if before is None else Fraction(before.total)
    if not has_causes:
        return Between(first, Fraction(moments[-1].total) if moments else first, ())
    total, lines = first, list[Line]()
    for place, moment in enumerate(moments):
        now, told = Fraction(moment.total), lines_of(moment.causes)
        rest = now - total - sum((line.delta for line in told), Fraction(0))
        if rest:
            is_begin = before is None and place == 0 and not told
            told.insert(0, Line(moment.at, TOTAL, rest, BEGIN if is_begin else RECOUNT, {}, None))
        lines += told
        total = now
    return Between(first, total, lines[::-1])


class Day(NamedTuple):
    """A layer's score at the end of a day; `parts` are by gate the points of what it measures, if told."""

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
            {code: Fraction(text) for code, text in (part_texts(moment.parts) or {}).items()},
        )
        for moment in lasts
    ]


class Turn(NamedTuple):
    """A gate that was met on a day and not on the one before, or the other way round."""

    day: date
    gate: str
    is_met: bool


def turns(told: Sequence[Day], floors: Mapping[str, Fraction]) -> list[Turn]:
    """Return the gates that turned, day by day; a day without parts says nothing of any.

    Before the first of all days no gate was met; where the first days have no parts, what was met already on
    the first one that has some did not turn there.
    """
    order = {gate: place for place, gate in enumerate(floors)}
    found: list[Turn] = []
    met: dict[str, bool] | None = dict.fromkeys(floors, False) if told and told[0].parts else None
    for one in told:
        now = {gate: points >= floors[gate] for gate, points in one.parts.items() if gate in floors}
        if met is None:
            met = now or None
            continue
        found += [
            Turn(one.day, gate, is_met) for gate, is_met in now.items() if is_met != met.get(gate, is_met)
        ]
        met |= now
    return sorted(found, key=lambda turn: (turn.day, order[turn.gate]))
