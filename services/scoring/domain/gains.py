"""What a better answer to each item would gain, exactly, and which missed gates it would meet.

An item is raised in the layer that counts, all others stay. The roll-up is a sum (lke.md section 5), so that
an item's gain in TOTAL is its share times the value it adds: no score is counted again.
Cost: 0.4 ms for a whole worksheet with eleven gates missed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from shared.indonesian import number
from shared.instruments.lke import Answer, GateResult, Question, QuestionType, Score, lke_instrument
from shared.instruments.lke.result import INDEX_TOP

FULL = "100%"
"""How the best answer to a ratio is said: its counts are not ours to name."""
MOST = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A better answer and the points it adds to TOTAL; `answer` is None for a ratio, which has many."""

    text: str
    answer: Answer | None
    points: Fraction


@dataclass(frozen=True, slots=True)
class Gain:
    """An item that could earn more: its better answers, the next one first and the best one last.

    `current` is None for an item that is open. The next better index is the floor of the gate it misses, the
    next better ratio a full one. `closes` names the missed gates that the next step alone would meet.
    """

    code: str
    current: str | None
    steps: tuple[Step, ...]
    closes: tuple[str, ...]

    @property
    def next(self) -> Step:
        return self.steps[0]

    @property
    def best(self) -> Step:
        return self.steps[-1]


class Missed(NamedTuple):
    """What of a missed gate is asked for each item."""

    code: str
    floor: Fraction | None
    shortfall: Fraction
    items: frozenset[str]


def gains(score: Score, gates: Sequence[GateResult]) -> list[Gain]:
    """Return every item of a zero-mode score that could earn more, in the order of the sheet.

    `gates` are those of the predicate that is aimed at, measured on the same score.
    """
    missed = missed_of(gates)
    found = []
    for code, question in lke_instrument().questions.items():
        answer, item = score.answers.get(code), score.questions[code]
        is_open = item.state != "answered"
        steps = _steps(question, answer, item.points or Fraction(0), is_open=is_open, missed=missed)
        if not steps:
            continue
        points = steps[0].points
        closes = tuple(gate.code for gate in missed if code in gate.items and points >= gate.shortfall)
        found.append(Gain(code, None if is_open else _said(answer), steps, closes))
    return found


def missed_of(gates: Iterable[GateResult]) -> list[Missed]:
    """Return the gates that are not met, in their order."""
    return [
        Missed(gate.gate.code, gate.gate.index, gate.shortfall, _items(gate.gate.basis))
        for gate in gates
        if not gate.is_met
    ]


def sensitivity(gate: GateResult, found: Iterable[Gain]) -> list[tuple[Gain, bool]]:
    """Rank the items that a gate measures by what they lose, (1 - value) x w/n, and mark who closes it alone.

    None closes a gate that is met.
    """
    items = _items(gate.gate.basis)
    under = sorted((gain for gain in found if gain.code in items), key=lambda gain: -gain.best.points)
    return [(gain, not gate.is_met and gain.best.points >= gate.shortfall) for gain in under]


def most(found: Iterable[Gain], count: int = MOST) -> list[Gain]:
    """Return the gains to begin with: those that close a missed gate, then by points, then by the sheet."""
    return sorted(found, key=lambda gain: (not gain.closes, -gain.next.points))[:count]


def _said(answer: Answer | None) -> str | None:
    return None if answer is None else str(answer)


@cache
def _items(basis: tuple[str, ...]) -> frozenset[str]:
    return frozenset(item.code for code in basis for item in lke_instrument().questions_under(code))


def _steps(
    question: Question,
    answer: Answer | None,
    points: Fraction,
    *,
    is_open: bool,
    missed: Sequence[Missed],
) -> tuple[Step, ...]:
    """Return the better answers, the next one first; none when nothing is better."""
    if question.scale is not None:
        return _letters(question.code, None if is_open or answer is None else answer.letter)
    if points >= question.share:
        return ()
    if question.type is not QuestionType.INDEX:
        return (Step(FULL, None, question.share - points),)
    floors = (gate.floor for gate in missed if question.code in gate.items)
    aims = {index for index in floors if index is not None} | {Fraction(INDEX_TOP)}
    return tuple(_index_step(question, index, points) for index in sorted(aims))


def _index_step(question: Question, index: Fraction, points: Fraction) -> Step:
    answer = Answer(index=Decimal(index.numerator) / Decimal(index.denominator))
    return Step(number(index), answer, question.share * index / INDEX_TOP - points)


@cache
def _letters(code: str, letter: str | None) -> tuple[Step, ...]:
    """Hold the steps between options: 103 items with at most 6 states each."""
    question = lke_instrument().questions[code]
    scale: Mapping[str, Fraction] = {} if question.scale is None else question.scale.values
    now = Fraction(0) if letter is None else scale[letter]
    better = (
        Step(option, Answer(letter=option), (value - now) * question.share)
        for option, value in scale.items()
        if value > now
    )
    return tuple(sorted(better, key=lambda step: step.points))
