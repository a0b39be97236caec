"""Two scores beside each other: two years, two layers, two units, or one worksheet and what it could be.

Items' points add up to the total, so that the differences of the items are the difference of TOTAL, exactly.
Source: lke.md section 6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from shared.instruments.lke import TOTAL, Answer, GateResult, RuleSet, Score, evaluate_gates, score
from shared.kernel import Predicate


@dataclass(frozen=True, slots=True)
class Pair:
    """Points of one code on both sides."""

    code: str
    before: Fraction
    after: Fraction

    @property
    def delta(self) -> Fraction:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class ItemPair(Pair):
    """An item on both sides with its answers, None while it is blank."""

    answer_before: Answer | None
    answer_after: Answer | None


@dataclass(frozen=True, slots=True)
class GatePair:
    """A gate on both sides."""

    before: GateResult
    after: GateResult

    @property
    def is_flipped(self) -> bool:
        return self.before.is_met != self.after.is_met


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two zero-mode scores: total, every node in the order of the sheet, and the items that differ.

    `items` are those whose answer or points differ, the largest difference first; their deltas sum to the
    total's.
    """

    total: Pair
    nodes: Sequence[Pair]
    items: Sequence[ItemPair]

    def under(self, codes: frozenset[str]) -> Fraction:
        """Return what some of the items differ by together."""
        return sum((item.delta for item in self.items if item.code in codes), Fraction(0))


def compare(before: Score, after: Score) -> Comparison:
    """Compare two scores in zero mode."""
    items = [
        ItemPair(
            code,
            before.questions[code].points or Fraction(0),
            after.questions[code].points or Fraction(0),
            before.answers.get(code),
            after.answers.get(code),
        )
        for code in before.questions
    ]
    differing = [one for one in items if one.delta or one.answer_before != one.answer_after]
    return Comparison(
        _pair(TOTAL, before, after),
        [_pair(code, before, after) for code in before.nodes],
        sorted(differing, key=lambda one: -abs(one.delta)),
    )


def _pair(code: str, before: Score, after: Score) -> Pair:
    return Pair(code, before.points(code) or Fraction(0), after.points(code) or Fraction(0))


def what_if(
    now: Score, changes: Mapping[str, Answer | None], rules: RuleSet, predicate: Predicate
) -> tuple[Comparison, Sequence[GatePair]]:
    """Count a copy of a worksheet with some answers changed, None to blank one; gates are the predicate's."""
    answers = {code: answer for code, answer in {**now.answers, **changes}.items() if answer is not None}
    then = score(answers, "zero", now.policies)
    pairs = zip(evaluate_gates(now, rules, predicate), evaluate_gates(then, rules, predicate), strict=True)
    return compare(now, then), [GatePair(*pair) for pair in pairs]
