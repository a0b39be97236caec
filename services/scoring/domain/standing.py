"""A unit's year recomputed: totals per layer, met gates, and what differs from what was known before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.scoring.domain.layers import Layer, Sheet, Sheets
from shared.instruments.lke import (
    TOTAL,
    Answer,
    Predicate,
    default_policies,
    gates_met,
    lke_instrument,
    rule_set,
    totals,
)
from shared.instruments.lke.zero_mode import state_and_value

PENGUNGKIT = "A"
GateKey = tuple[Predicate, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a programme pins, and the predicate it aims at."""

    edition: str
    rule_set: str
    target: str


@dataclass(frozen=True, slots=True)
class LayerScore:
    """The zero-mode score of one layer, exact points. `gates` are the met ones, in the rules' order."""

    edition: str
    total: Fraction
    upper: Fraction
    answered: int
    items: int
    pengungkit: Fraction
    gates: tuple[GateKey, ...]

    def is_like(self, other: "LayerScore") -> bool:
        """Tell whether nothing of what `ScoreChanged` says differs."""
        return (self.total, self.upper, self.answered, self.items, self.edition) == (
            other.total,
            other.upper,
            other.answered,
            other.items,
            other.edition,
        )


@dataclass(frozen=True, slots=True)
class GateFlip:
    """A gate that is met now and was not, or the reverse."""

    predicate: Predicate
    gate: str
    is_met: bool
    value: Fraction
    minimum: Fraction


def scores(sheets: Sheets, rules: Rules) -> dict[Layer, LayerScore]:
    """Score every layer that has a score of its own; layers with the same answers are computed once."""
    found: dict[Layer, LayerScore] = {}
    done: list[tuple[Sheet, LayerScore]] = []
    for layer in sheets.present():
        answers = sheets.answers(layer)
        known = next((score for sheet, score in done if sheet == answers), None)
        if known is None:
            known = _score(answers, rules)
            done.append((answers, known))
        found[layer] = known
    return found


def _score(answers: Mapping[str, Answer], rules: Rules) -> LayerScore:
    result = totals(answers)
    answered, items = result.completeness()
    met = gates_met(result, rule_set(rules.rule_set))
    return LayerScore(
        edition=rules.edition,
        total=result.points(TOTAL),
        upper=result.upper(TOTAL),
        answered=answered,
        items=items,
        pengungkit=result.points(PENGUNGKIT),
        gates=tuple(key for key, is_met in met.items() if is_met),
    )


def flips(
    before: Sequence[GateKey], after: LayerScore, answers: Mapping[str, Answer], rules: Rules
) -> Iterator[GateFlip]:
    """Yield the gates whose verdict differs; a gate never seen counts as not met."""
    changed = set(before) ^ set(after.gates)
    if not changed:
        return
    result = totals(answers)
    for gate in rule_set(rules.rule_set).gates:
        key = (gate.predicate, gate.code)
        if key in changed:
            value = sum((result.points(code) for code in gate.basis), Fraction(0))
            yield GateFlip(gate.predicate, gate.code, key in after.gates, value, gate.minimum)


def item_points(code: str, answer: Answer | None) -> Fraction:
    """Return what an answer earns in points of TOTAL; blank, partial and undefined ones earn 0."""
    question = lke_instrument().questions[code]
    value = state_and_value(question, answer, default_policies())[1]
    return Fraction(0) if value is None else value * question.share
