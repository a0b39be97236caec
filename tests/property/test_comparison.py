"""What two scores differ by, item by item, is what their totals differ by; what if counts a copy."""

from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.comparison import compare, what_if
from services.scoring.domain.gains import gains, sensitivity
from shared.instruments.lke import Answer, evaluate_gates, lke_instrument, rule_set, score
from tests.property.test_lke_arithmetic import Answers, layers

RULES = rule_set("panrb-90-2021")


@given(layers(), layers())
@settings(deadline=None, max_examples=15)
def test_items_that_differ_add_up_to_the_difference_of_every_node(one: Answers, other: Answers) -> None:
    before, after = score(one), score(other)
    told = compare(before, after)
    assert told.total.delta == (after.total.points or 0) - (before.total.points or 0)
    assert sum((item.delta for item in told.items), Fraction(0)) == told.total.delta
    for node in told.nodes:
        under = frozenset(item.code for item in lke_instrument().questions_under(node.code))
        assert told.under(under) == node.delta
    named = {item.code for item in told.items}
    assert named >= {code for code in lke_instrument().questions if one.get(code) != other.get(code)}
    sizes = [abs(item.delta) for item in told.items]
    assert sizes == sorted(sizes, reverse=True)


@given(layers(), layers(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=10)
def test_what_if_is_a_count_of_the_changed_copy_and_leaves_the_worksheet_alone(
    answers: Answers, others: Answers, draw: Random
) -> None:
    codes = draw.sample(list(lke_instrument().questions), 9)
    changes: dict[str, Answer | None] = {code: others.get(code) for code in codes}
    now, before = score(answers), dict(answers)
    told, gates = what_if(now, changes, RULES, "WBBM")
    copy = {code: answer for code, answer in {**answers, **changes}.items() if answer is not None}
    then = score(copy)
    assert answers == before
    assert (told.total.before, told.total.after) == (now.total.points, then.total.points)
    assert {item.code for item in told.items} <= set(codes)
    assert [pair.before for pair in gates] == list(evaluate_gates(now, RULES, "WBBM"))
    assert [pair.after for pair in gates] == list(evaluate_gates(then, RULES, "WBBM"))


@given(layers())
@settings(deadline=None, max_examples=8)
def test_sensitivity_ranks_what_a_gate_loses_and_marks_who_closes_it_alone(answers: Answers) -> None:
    counted = score(answers)
    gates = evaluate_gates(counted, RULES, "WBK")
    found = gains(counted, gates)
    for gate in gates:
        ranked = sensitivity(gate, found)
        lost = {
            item.code: item.share * (1 - (counted.questions[item.code].value or 0))
            for basis in gate.gate.basis
            for item in lke_instrument().questions_under(basis)
        }
        assert {gain.code: gain.best.points for gain, _ in ranked} == {
            code: points for code, points in lost.items() if points
        }
        points = [gain.best.points for gain, _ in ranked]
        assert points == sorted(points, reverse=True)
        for gain, closes in ranked:
            assert closes == (not gate.is_met and lost[gain.code] >= gate.shortfall)
