"""Worksheets made up from a seed: letters, counts and indices that lead to the situation wanted."""

import json
import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from deploy.local.demo.situations import Situation
from shared.instruments.lke import (
    TOTAL,
    Answer,
    gates_met,
    lke_instrument,
    parse_answers,
    rule_set,
    rule_set_for_year,
    totals,
)

Worksheet = dict[str, Answer]

CASE_03 = Path(__file__).parent / "data" / "case03.json"
FED_BY_COMPLAINTS = "A.II.5.ii.a"
HALF_DONE = Answer(inputs={"n1": 2, "n2": 1, "n3": 1})
"""What the fed item is worth while a worksheet is made up; the unit's complaints decide it later."""


def unit_answers(seed: str, situation: Situation, year: int) -> Worksheet:
    """Return the unit's own answers; the same seed gives the same ones.

    The item that complaints feed is left to them, except in case 03 and where a whole sheet was handed in.
    """
    if situation.is_case_03:
        return case_03()
    rng = random.Random(seed)
    questions = list(lke_instrument().questions)
    blank = set(rng.sample(questions, round(len(questions) * (1 - situation.filled))))
    answers = _best(rng, situation)
    _lower(rng, answers, situation, year)
    left = blank if situation.is_handed_in else blank | {FED_BY_COMPLAINTS}
    return {code: answers[code] for code in questions if code not in left}


def case_03() -> Worksheet:
    """Return the answers of case 03 (lke.md section 12)."""
    raw: Mapping[str, Any] = json.loads(CASE_03.read_text(), parse_float=Decimal)["answers"]
    return {code: answer for code, answer in parse_answers(raw).items() if answer is not None}


def assessed(seed: str, answers: Worksheet, lowered: int) -> Worksheet:
    """Return an assessor's answers: those of the layer below, `lowered` of them one option lower."""
    rng = random.Random(seed)
    seen = dict(answers)
    candidates = [code for code in answers if _one_lower(code, answers[code]) is not None]
    for code in rng.sample(candidates, min(lowered, len(candidates))):
        lower = _one_lower(code, answers[code])
        if lower is not None:
            seen[code] = lower
    return seen


def one_higher(code: str, answer: Answer) -> Answer | None:
    """Return the option above an answer, None at the top and for counts and indices."""
    return _moved(code, answer, -1)


def _one_lower(code: str, answer: Answer) -> Answer | None:
    return _moved(code, answer, +1)


def _moved(code: str, answer: Answer, steps: int) -> Answer | None:
    scale = lke_instrument().questions[code].scale
    if scale is None or answer.letter is None:
        return None
    letters = list(scale.values)
    place = letters.index(answer.letter) + steps
    return Answer(letter=letters[place]) if 0 <= place < len(letters) else None


def _best(rng: random.Random, situation: Situation) -> Worksheet:
    """Return every option at its best, indices and performance as the situation has them, likely counts."""
    best = {
        code: Answer(letter=next(iter(question.scale.values)))
        for code, question in lke_instrument().questions.items()
        if question.scale is not None
    }
    agents = rng.randint(3, 6)
    changes = agents - rng.randint(0, 1)
    targets = rng.randint(8, 12)
    services = rng.randint(5, 9)
    officials, staff = rng.randint(3, 7), rng.randint(18, 60)
    counts = {
        "A.II.1.i.a": {"n1": agents, "n2": changes},
        "A.II.1.i.b": {"n1": changes, "n2": changes - rng.randint(0, 1)},
        "A.II.3.iii.a": {"n1": 4, "n2": rng.randint(0, 1), "n3": 1},
        "A.II.4.i.a": {"n1": targets, "n2": targets - rng.randint(0, 2)},
        "A.II.5.iii.a": {"n1": 1, "n2": officials, "n3": 0, "n4": officials + 1},
        "A.II.5.iii.b": {"n1": 1, "n2": 4, "n3": staff, "n4": staff + 5 - rng.randint(0, 2)},
        "A.II.6.i.b": {"n1": services, "n2": services - rng.randint(0, 2)},
    }
    return best | {
        **{code: Answer(inputs=inputs) for code, inputs in counts.items()},
        FED_BY_COMPLAINTS: HALF_DONE,
        "B.I.a": Answer(index=Decimal(situation.ipak)),
        "B.I.b": Answer(letter=situation.performance),
        "B.II.a": Answer(index=Decimal(situation.ipkp)),
    }


def _lower(rng: random.Random, answers: Worksheet, situation: Situation, year: int) -> None:
    """Lower options step by step: first the weak area until its gate fails, then all down to the goal."""
    areas = [code for code in answers if code.startswith("A.") and answers[code].letter is not None]
    if situation.weak_area is not None:
        weak = f"A.*.{situation.weak_area}"
        in_area = [code for code in areas if code.split(".")[2] == str(situation.weak_area)]
        _step_down(rng, answers, in_area, lambda now: weak in _gates(now, situation, year))
    kept = _gates(answers, situation, year) - {TOTAL} if situation.holds else frozenset()
    _step_down(
        rng,
        answers,
        areas,
        lambda now: totals(now).points(TOTAL) > situation.goal,
        lambda now: kept <= _gates(now, situation, year),
    )


def _step_down(
    rng: random.Random,
    answers: Worksheet,
    codes: list[str],
    is_unfinished: Callable[[Worksheet], bool],
    is_allowed: Callable[[Worksheet], bool] = lambda _now: True,
) -> None:
    steps = [code for code in codes for _ in lke_instrument().questions[code].scale.values]  # type: ignore[union-attr]
    rng.shuffle(steps)
    for code in steps:
        if not is_unfinished(answers):
            return
        before = answers[code]
        lower = _one_lower(code, before)
        if lower is not None:
            answers[code] = lower
            if not is_allowed(answers):
                answers[code] = before


def _gates(answers: Worksheet, situation: Situation, year: int) -> frozenset[str]:
    """Return the gates that are met of the predicate to hold, else of the target."""
    wanted = situation.holds or situation.target
    met = gates_met(totals(answers), rule_set(rule_set_for_year(year)))
    return frozenset(code for (predicate, code), is_met in met.items() if predicate == wanted and is_met)


def points(answers: Worksheet) -> Fraction:
    """Return the total of a worksheet in which complaints are half done."""
    return totals({FED_BY_COMPLAINTS: HALF_DONE} | answers).points(TOTAL)
