"""What a better answer gains is what a new count of the whole worksheet says, for every set of answers."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.gains import MOST, Gain, Step, gains, missed_of, most
from services.scoring.domain.way import Closing, closing
from shared.instruments.lke import (
    PREDICATES,
    Answer,
    GateResult,
    Predicate,
    Question,
    QuestionType,
    Score,
    evaluate_gates,
    gates_met,
    lke_instrument,
    rule_set,
    score,
    totals,
)
from shared.instruments.lke.model import TOTAL
from tests.property.test_lke_arithmetic import Answers, layers

RULES = rule_set("panrb-90-2021")
QUESTIONS = lke_instrument().questions


def found_in(
    answers: Answers, predicate: Predicate = "WBK"
) -> tuple[Score, tuple[GateResult, ...], list[Gain]]:
    counted = score(answers)
    gates = evaluate_gates(counted, RULES, predicate)
    return counted, gates, gains(counted, gates)


def full(question: Question) -> Answer:
    """Return counts of a ratio whose value is 1."""
    keys = [entry.key for entry in question.inputs]
    counts = dict.fromkeys(keys, 4)
    if question.formula is not None and question.formula.working == "(n1-n2)/n1":
        counts["n2"] = 0
    if "n4" in counts:
        counts["n4"] = sum(counts[key] for key in ("n1", "n2", "n3"))
    return Answer(inputs=counts)


def every_answer(question: Question) -> Iterator[Answer]:
    """Yield every option, or a full value."""
    if question.scale is not None:
        yield from (Answer(letter=letter) for letter in question.scale.values)
    elif question.type is QuestionType.INDEX:
        yield from (Answer(index=Decimal(index)) for index in range(5))
    else:
        yield full(question)


def total(answers: Answers) -> Fraction:
    return totals(answers).points(TOTAL)


@given(layers())
@settings(deadline=None, max_examples=8)
def test_each_gain_is_the_difference_of_two_whole_counts(answers: Answers) -> None:
    before = total(answers)
    counted, _, found = found_in(answers)
    told = {gain.code: gain for gain in found}
    for code, question in QUESTIONS.items():
        tried = [total({**answers, code: answer}) - before for answer in every_answer(question)]
        better = sorted({gain for gain in tried if gain > 0})
        assert (code in told) == bool(better), code
        if not better:
            continue
        gain = told[code]
        for step in gain.steps:
            raised = {**answers, code: step.answer or full(question)}
            assert total(raised) - before == step.points > 0, code
        assert gain.best.points == better[-1]
        if question.scale is not None:
            assert [step.points for step in gain.steps] == better
        assert (gain.current is None) == (counted.questions[code].state != "answered")


@given(layers())
@settings(deadline=None, max_examples=8)
def test_the_answers_that_close_a_gate_do_and_nothing_fewer_does(answers: Answers) -> None:
    for predicate in PREDICATES:
        _, gates, found = found_in(answers, predicate)
        for gate in gates:
            if gate.is_met:
                continue
            (missed,) = missed_of([gate])
            way = closing(missed, found)
            raised = [(gain.code, step.answer or full(QUESTIONS[gain.code])) for gain, step in way.steps]
            changes = [dict([pair]) for pair in raised] if way.is_any else [dict(raised)]
            for change in changes:
                assert is_met({**answers, **change}, gate)
            assert way.is_any or is_least(way, gate, found)
        closers = {gain.code: set(gain.closes) for gain in found}
        for gain in found:
            step = {**answers, gain.code: gain.next.answer or full(QUESTIONS[gain.code])}
            flipped = {gate.gate.code for gate in gates if not gate.is_met and is_met(step, gate)}
            assert flipped == closers[gain.code]


def is_met(answers: Answers, gate: GateResult) -> bool:
    return gates_met(totals(answers), RULES)[gate.gate.predicate, gate.gate.code]


def is_least(way: Closing, gate: GateResult, found: list[Gain]) -> bool:
    """Tell whether no smaller number of answers would do, and no answer alone."""
    basis = gate.gate.basis
    under = {item.code for code in basis for item in lke_instrument().questions_under(code)}
    mine = [gain for gain in found if gain.code in under]
    points = [gain.best.points for gain in mine]
    fewer = sum(sorted(points, reverse=True)[: len(way.steps) - 1], Fraction(0))
    return fewer < gate.shortfall and all(gain.best.points < gate.shortfall for gain in mine)


@given(
    st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True), min_size=1, max_size=5),
    st.integers(1, 45),
)
@settings(deadline=None, max_examples=200)
def test_no_smaller_number_of_answers_closes_a_gate(items: list[list[int]], missing: int) -> None:
    missing = min(missing, sum(map(max, items)))
    _, gates, _ = found_in({})
    (whole,) = (gate for gate in gates if gate.gate.code == TOTAL)
    gate = replace(whole, value=whole.gate.minimum - missing)
    codes = [item.code for code in gate.gate.basis for item in lke_instrument().questions_under(code)]
    found = [
        Gain(code, None, tuple(Step("", None, Fraction(points)) for points in sorted(steps)), ())
        for code, steps in zip(codes, items, strict=False)
    ]
    (told_missing,) = missed_of([gate])
    way = closing(told_missing, found)
    told = 1 if way.is_any else len(way.steps)
    assert told == min(
        count
        for count in range(1, len(items) + 1)
        for some in combinations(items, count)
        if any(sum(chosen) >= missing for chosen in product(*some))
    )
    closed = [[step.points] for _, step in way.steps] if way.is_any else [[s.points for _, s in way.steps]]
    assert all(sum(points) >= missing for points in closed)


def test_a_blank_sheet_says_the_fewest_answers() -> None:
    _, gates, found = found_in({})
    for gate, missed in zip(gates, missed_of(gates), strict=True):
        way = closing(missed, found)
        assert way.is_any or is_least(way, gate, found)


@given(layers())
@settings(deadline=None, max_examples=8)
def test_the_first_five_close_a_gate_or_gain_most(answers: Answers) -> None:
    _, _, found = found_in(answers)
    first = most(found)
    assert len(first) == min(MOST, len(found))
    rest = [gain for gain in found if gain not in first]
    for one in first:
        for other in rest:
            assert (bool(one.closes), one.next.points) >= (bool(other.closes), other.next.points)
