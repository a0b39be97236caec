"""The hot path: the same default score in machine integers, for recomputing a unit at every change.

Every option's points are whole multiples of one common denominator, so a layer is 103 table look-ups, and
running sums make each node a subtraction. The ten % and index items join by the least common multiple of
their denominators.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import accumulate
from math import lcm
from operator import getitem, itemgetter
from typing import Any

from shared.instruments.lke.cells import Cell, answer_of, cells_of, positions
from shared.instruments.lke.consistency import Answers
from shared.instruments.lke.load import lke_instrument
from shared.instruments.lke.model import TOTAL, Question
from shared.instruments.lke.policies import Policies, default_policies
from shared.instruments.lke.result import UnscorableAnswerError
from shared.instruments.lke.zero_mode import state_and_value

Span = tuple[int, int]
"""Consecutive questions of the sheet, from the first to before the second place."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """`earned` and `missing` say for each option item what a cell is worth in 1/`denominator` points."""

    denominator: int
    pick_options: Callable[[Sequence[Cell]], tuple[Any, ...]]
    earned: tuple[Mapping[str | None, int], ...]
    missing: tuple[Mapping[str | None, int], ...]
    measured: tuple[tuple[int, Question, int], ...]
    spans: Mapping[str, Span]


@dataclass(frozen=True, slots=True)
class Totals:
    """Running sums of the points in the order of the sheet, in units of 1/`denominator`.

    `earned[n]` are the points of the first n items, `missing[n]` what item n could still earn (0 when it is
    answered). `points`, `upper` and `completeness` take TOTAL, any node, or an item; else `KeyError`.
    """

    denominator: int
    earned: list[int]
    missing: list[int]

    def points(self, code: str) -> Fraction:
        start, end = _compiled().spans[code]
        return Fraction(self.earned[end] - self.earned[start], self.denominator)

    def upper(self, code: str) -> Fraction:
        start, end = _compiled().spans[code]
        points = self.earned[end] - self.earned[start] + sum(self.missing[start:end])
        return Fraction(points, self.denominator)

    def units(self, spans: Sequence[Span]) -> int:
        """Return the points over several spans together, in units of 1/`denominator`."""
        earned = self.earned
        return sum([earned[end] - earned[start] for start, end in spans])

    def completeness(self, code: str = TOTAL) -> tuple[int, int]:
        """Return answered and total items."""
        start, end = _compiled().spans[code]
        return self.missing[start:end].count(0), end - start


def span(code: str) -> Span:
    """Return the questions a code covers: TOTAL, a node, or the question itself; `KeyError` else."""
    return _compiled().spans[code]


def totals(answers: Answers, policies: Policies | None = None) -> Totals:
    """Score a layer by the default rules, as `score` in zero mode does, without the detail.

    Raises `UnscorableAnswerError` for an answer outside its scale or range.
    """
    return totals_of_cells(cells_of(answers), policies)


def totals_of_cells(cells: Sequence[Cell], policies: Policies | None = None) -> Totals:
    """Score a layer given as cells in the order of the sheet; the same as `totals` of their answers."""
    compiled = _compiled()
    letters = compiled.pick_options(cells)
    try:
        points = list(map(getitem, compiled.earned, letters))
        missing = list(map(getitem, compiled.missing, letters))
    except (KeyError, TypeError) as error:  # another letter, or no letter at all
        raise UnscorableAnswerError(_fault(compiled, letters)) from error
    denominator = compiled.denominator
    values = [
        (place, _value(question, cells[place], policies), full) for place, question, full in compiled.measured
    ]
    wider = lcm(denominator, *[value.denominator for _, value, _ in values if value is not None])
    if wider != denominator:
        factor = wider // denominator
        points = [part * factor for part in points]
        missing = [part * factor for part in missing]
    for place, value, full in values:  # in the order of the sheet: each goes in at its own place
        if value is None:
            points.insert(place, 0)
            missing.insert(place, full * (wider // denominator))
        else:
            points.insert(place, value.numerator * (wider // value.denominator))
            missing.insert(place, 0)
    return Totals(wider, list(accumulate(points, initial=0)), missing)


def item_points(code: str, cell: Cell, policies: Policies | None = None) -> Fraction:
    """Return the points an item earns with this answer, 0 when it is open."""
    question = lke_instrument().questions[code]
    return _value(question, cell, policies) or Fraction(0)


def _value(question: Question, cell: Cell, policies: Policies | None) -> Fraction | None:
    if cell is None:
        return None
    value = state_and_value(question, answer_of(cell), policies or default_policies())[1]
    return None if value is None else value * question.share


def _fault(compiled: _Compiled, letters: Sequence[Any]) -> str:
    codes = compiled.pick_options(tuple(positions()))
    for code, letter, points_of in zip(codes, letters, compiled.earned, strict=True):
        if not isinstance(letter, str | None) or letter not in points_of:
            return f"{code}: {letter} is not on its scale"
    raise AssertionError("every letter is on its scale")


@cache
def _compiled() -> _Compiled:
    instrument = lke_instrument()
    places = positions()
    spans: dict[str, Span] = {}
    for code in (TOTAL, *instrument.nodes, *places):
        under = [places[item.code] for item in instrument.questions_under(code)]
        spans[code] = (min(under), max(under) + 1)
    questions = instrument.questions.values()
    options = [(item, item.scale.values) for item in questions if item.scale is not None]
    denominator = lcm(*(value.denominator for _, scale in options for value in scale.values())) * lcm(
        *(item.share.denominator for item in questions)
    )
    return _Compiled(
        denominator=denominator,
        pick_options=itemgetter(*(places[item.code] for item, _ in options)),
        earned=tuple(
            {None: 0} | {letter: int(value * item.share * denominator) for letter, value in scale.items()}
            for item, scale in options
        ),
        missing=tuple(
            {None: int(item.share * denominator)} | dict.fromkeys(scale, 0) for item, scale in options
        ),
        measured=tuple(
            (places[item.code], item, int(item.share * denominator))
            for item in questions
            if item.scale is None
        ),
        spans=spans,
    )
