"""Worksheets at random, with what real ones hold and what they hold at the edges."""

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from shared.instruments.lke import Answer, Question, QuestionType, lke_instrument

_COUNTS = (1, 2, 3, 7, 10, 11, 100, 10**9)
_INDEXES = ("0", "4", "3.6", "3.71", "0.01", "3.999999", "2.50")


def random_answers(seed: int, *, in_any_case: bool = False) -> dict[str, Answer]:
    """Return a worksheet; from seed to seed it differs how much is blank, partial, or cannot be divided.

    Letters are those of the scale, or `in_any_case` as people type them.
    """
    chance = Random(seed)
    blank, partial = chance.choice((0, 0, 0.01, 0.1, 0.9)), chance.choice((0, 0, 0, 0, 0.3))
    zero = chance.choice((0, 0, 0, 0.4))
    found = {}
    for code, question in lke_instrument().questions.items():
        if chance.random() >= blank:
            answer = _answer(question, chance, partial, zero)
            if answer is not None and answer.letter is not None and in_any_case:
                typed = (answer.letter, answer.letter.lower(), answer.letter.upper())
                answer = Answer(letter=chance.choice(typed))
            if answer is not None:
                found[code] = answer
    return found


def _answer(question: Question, chance: Random, partial: float, zero: float) -> Answer | None:
    if question.scale is not None:
        return Answer(letter=chance.choice(list(question.scale.values)))
    if question.type is QuestionType.INDEX:
        return Answer(index=Decimal(chance.choice(_INDEXES)))
    counts = {
        entry.key: 0 if chance.random() < zero else chance.choice(_COUNTS)
        for entry in question.inputs
        if chance.random() >= partial
    }
    return Answer(inputs=_with_total(question, counts, chance)) if counts else None


def _with_total(question: Question, counts: Mapping[str, int], chance: Random) -> dict[str, int]:
    """Return counts with a total of their own in half of all cases, sometimes the sum of the parts."""
    if question.optional_total is None or chance.random() < 0.5:
        return dict(counts)
    parts = sum(count for key, count in counts.items() if key != "n4")
    return {**counts, "n0": chance.choice((parts, parts + 1, *_COUNTS))}
