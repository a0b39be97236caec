"""The hot path: the same default score in machine integers, for recomputing a unit at every change.

Every option's points are whole multiples of one common denominator, so a layer is 103 table look-ups; the
% and index items join by the least common multiple of their denominators.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import lcm

from shared.instruments.lke.answer import Answer
from shared.instruments.lke.consistency import Answers
from shared.instruments.lke.load import lke_instrument
from shared.instruments.lke.model import TOTAL, Question
from shared.instruments.lke.policies import Policies, default_policies
from shared.instruments.lke.result import UnscorableAnswerError
from shared.instruments.lke.zero_mode import state_and_value

Span = tuple[int, int]
"""Consecutive leaves of the sheet; a leaf is an indicator or a hasil item."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    denominator: int
    options: tuple[tuple[str, int, Mapping[str | None, int], int], ...]
    measured: tuple[tuple[Question, int], ...]
    items: tuple[int, ...]
    spans: Mapping[str, Span]


@dataclass(frozen=True, slots=True)
class Totals:
    """Points and upper bound per leaf in units of 1/`denominator`, open (not answered) items per leaf.

    `points`, `upper` and `completeness` take TOTAL, any node, or a hasil item; `KeyError` for other codes.
    """

    denominator: int
    earned: tuple[int, ...]
    missing: tuple[int, ...]
    open_items: tuple[int, ...]

    def points(self, code: str) -> Fraction:
        start, end = _compiled().spans[code]
        return Fraction(sum(self.earned[start:end]), self.denominator)

    def upper(self, code: str) -> Fraction:
        start, end = _compiled().spans[code]
        return Fraction(sum(self.earned[start:end]) + sum(self.missing[start:end]), self.denominator)

    def reaches(self, basis: Sequence[str], minimum: Fraction) -> bool:
        """Tell whether the points over `basis` together are at least `minimum`, exactly."""
        spans = _compiled().spans
        earned = sum(sum(self.earned[slice(*spans[code])]) for code in basis)
        return earned * minimum.denominator >= minimum.numerator * self.denominator

    def completeness(self, code: str = TOTAL) -> tuple[int, int]:
        """Return answered and total items."""
        compiled = _compiled()
        start, end = compiled.spans[code]
        items = sum(compiled.items[start:end])
        return items - sum(self.open_items[start:end]), items


def totals(answers: Answers, policies: Policies | None = None) -> Totals:
    """Score a layer by the default rules, as `score` in zero mode does, without the detail.

    Raises `UnscorableAnswerError` for an answer outside its scale or range.
    """
    compiled = _compiled()
    leaves = len(compiled.items)
    earned, missing, open_items = [0] * leaves, [0] * leaves, [0] * leaves
    for code, leaf, points_of, full in compiled.options:
        answer = answers.get(code)
        if answer is None:
            missing[leaf] += full
            open_items[leaf] += 1
            continue
        points = points_of.get(answer.letter)
        if points is None:
            raise UnscorableAnswerError(f"{code}: {answer} is not on its scale")
        earned[leaf] += points
    fractions = _measured(compiled, answers, policies or default_policies(), missing, open_items)
    denominator = compiled.denominator
    wider = lcm(denominator, *(fraction.denominator for _, fraction in fractions))
    if wider != denominator:
        factor = wider // denominator
        earned = [points * factor for points in earned]
        missing = [points * factor for points in missing]
    for leaf, fraction in fractions:
        earned[leaf] += fraction.numerator * (wider // fraction.denominator)
    return Totals(wider, tuple(earned), tuple(missing), tuple(open_items))


def _measured(
    compiled: _Compiled, answers: Answers, policies: Policies, missing: list[int], open_items: list[int]
) -> list[tuple[int, Fraction]]:
    found = []
    for question, leaf in compiled.measured:
        answer: Answer | None = answers.get(question.code)
        value = state_and_value(question, answer, policies)[1]
        if value is None:
            missing[leaf] += int(question.share * compiled.denominator)
            open_items[leaf] += 1
        else:
            found.append((leaf, value * question.share))
    return found


@cache
def _compiled() -> _Compiled:
    instrument = lke_instrument()
    leaves: list[tuple[Question, ...]] = []
    spans: dict[str, Span] = {}
    for node in instrument.nodes.values():  # in the order of the sheet: parents before their children
        groups = [node.questions] if node.level == "indicator" else [(item,) for item in node.questions]
        for group in groups:
            if node.level != "indicator":
                spans[group[0].code] = (len(leaves), len(leaves) + 1)
            leaves.append(group)
    leaf_of = {item.code: leaf for leaf, group in enumerate(leaves) for item in group}
    for code in (TOTAL, *instrument.nodes):
        under = [leaf_of[item.code] for item in instrument.questions_under(code)]
        spans[code] = (min(under), max(under) + 1)
    questions = instrument.questions.values()
    values = [value for item in questions if item.scale for value in item.scale.values.values()]
    denominator = lcm(*(value.denominator for value in values)) * lcm(
        *(item.share.denominator for item in questions)
    )
    return _Compiled(
        denominator=denominator,
        options=tuple(
            (
                item.code,
                leaf_of[item.code],
                {
                    letter: int(value * item.share * denominator)
                    for letter, value in item.scale.values.items()
                },
                int(item.share * denominator),
            )
            for item in questions
            if item.scale is not None
        ),
        measured=tuple((item, leaf_of[item.code]) for item in questions if item.scale is None),
        items=tuple(len(group) for group in leaves),
        spans=spans,
    )
