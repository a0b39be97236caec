"""Which minima a score meets, how far the others are, and what holds them back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import islice

from shared.instruments.lke.answer import Answer
from shared.instruments.lke.hot_path import Span, Totals, span
from shared.instruments.lke.result import Score, exact_sum
from shared.instruments.lke.rule_sets import Gate, RuleSet
from shared.kernel import PREDICATES, Predicate


@dataclass(frozen=True, slots=True)
class Loss:
    """An item with the points it does not earn now."""

    code: str
    points: Fraction


@dataclass(frozen=True, slots=True)
class Half:
    """One half of an area, for information: gates look at both together."""

    code: str
    points: Fraction
    weight: Fraction


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate against one score, exact points.

    `shortfall` is 0 when met; `is_reachable` tells whether answering all open items best would meet it.
    `open_items` are the unanswered items of its basis, `losses` its costliest items, most points first.
    `index` is set for the IPAK and IPKP gates (0-4), `letter` for B.I.b, `halves` for areas.
    """

    gate: Gate
    value: Fraction
    upper: Fraction
    open_items: tuple[str, ...]
    losses: tuple[Loss, ...]
    halves: tuple[Half, ...]
    index: Fraction | None
    letter: str | None

    @property
    def is_met(self) -> bool:
        return self.value >= self.gate.floor

    @property
    def is_reachable(self) -> bool:
        return self.upper >= self.gate.floor

    @property
    def shortfall(self) -> Fraction:
        return max(Fraction(0), self.gate.floor - self.value)


def evaluate_gates(
    score: Score, rules: RuleSet, predicate: Predicate | None = None, most_losses: int = 5
) -> tuple[GateResult, ...]:
    """Evaluate the gates of one predicate, or of both, on exact unrounded points.

    Raises `ValueError` for a score in workbook mode: that mode never decides a gate. Met is not awarded: the
    decree decides. Source: PermenPANRB 90/2021 Lampiran II Bab III A.3-A.6, Tabel 6.
    """
    if score.mode != "zero":
        raise ValueError("gates are evaluated in zero mode only")
    wanted = PREDICATES if predicate is None else (predicate,)
    losses = _losses(score)
    return tuple(_result(score, gate, losses, most_losses) for name in wanted for gate in rules.of(name))


def gates_met(totals: Totals, rules: RuleSet) -> Mapping[tuple[Predicate, str], bool]:
    """Return by predicate and gate whether it is met: the hot path that tells which gates flipped."""
    bases, floors = _floors(rules)
    denominator = totals.denominator
    points = [totals.units(spans) for spans in bases]
    return {
        key: points[basis] * minimum_denominator >= minimum * denominator
        for key, basis, minimum, minimum_denominator in floors
    }


SCALE = 10**12
"""Whole units of a point in which `gate_points` and `gate_minima` count."""


def gate_points(totals: Totals, rules: RuleSet) -> list[int]:
    """Return the points of each gate's basis in 1/`SCALE`, rounded down, in the order of `gate_minima`.

    Rounded down, a value is below a whole minimum exactly when the value itself is.
    """
    bases, _ = _floors(rules)
    denominator = totals.denominator
    return [totals.units(spans) * SCALE // denominator for spans in bases]


@cache
def gate_minima(rules: RuleSet, predicate: Predicate) -> Mapping[str, int]:
    """Return the least points that meet each gate in 1/`SCALE` points, in the order of `gate_points`."""
    bases, floors = _floors(rules)
    found: dict[int, tuple[str, int]] = {}
    for (name, code), basis, minimum, denominator in floors:
        if name == predicate:
            found[basis] = code, -(-minimum * SCALE // denominator)
    return dict(found[basis] for basis in range(len(bases)))


@cache
def _floors(
    rules: RuleSet,
) -> tuple[tuple[tuple[Span, ...], ...], tuple[tuple[tuple[Predicate, str], int, int, int], ...]]:
    """Return the bases of a rule set as spans, and per gate its key, basis and minimum as whole numbers.

    Both predicates measure the same bases, so each is added up once.
    """
    bases = {gate.basis: tuple(map(span, gate.basis)) for gate in rules.gates}
    places = {basis: place for place, basis in enumerate(bases)}
    return tuple(bases.values()), tuple(
        ((gate.predicate, gate.code), places[gate.basis], *gate.floor.as_integer_ratio())
        for gate in rules.gates
    )


def _result(score: Score, gate: Gate, losses: Sequence[Loss], most_losses: int) -> GateResult:
    instrument = score.instrument
    questions = [item for code in gate.basis for item in instrument.questions_under(code)]
    under = {item.code for item in questions}
    halves = tuple(Half(code, _points(score, code), instrument.weight_of(code)) for code in gate.basis)
    only = questions[0] if len(questions) == 1 else None
    answer = score.answers.get(only.code) if only else None
    return GateResult(
        gate=gate,
        value=exact_sum(half.points for half in halves),
        upper=exact_sum(score.upper(code) for code in gate.basis),
        open_items=tuple(code for code in score.open_items if code in under),
        losses=tuple(islice((loss for loss in losses if loss.code in under), most_losses)),
        halves=halves if gate.code.startswith("A.*") else (),
        index=_index(answer) if gate.index is not None else None,
        letter=answer.letter if answer is not None else None,
    )


def _losses(score: Score) -> list[Loss]:
    """Return every item that loses points, the costliest first, equals in the order of the sheet."""
    items = score.questions.values()
    losses = [Loss(item.code, item.weight - (item.points or Fraction(0))) for item in items]
    return sorted((loss for loss in losses if loss.points), key=lambda loss: -loss.points)


def _points(score: Score, code: str) -> Fraction:
    return score.points(code) or Fraction(0)


def _index(answer: Answer | None) -> Fraction | None:
    return None if answer is None or answer.index is None else Fraction(answer.index)
