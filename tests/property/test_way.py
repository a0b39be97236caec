"""The way to a predicate is the shortest there is: beside brute force on small sheets, and on whole ones."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.gains import Gain, Missed, Step, gains, missed_of
from services.scoring.domain.way import Limits, Way, area_of, way
from shared.instruments.lke import (
    PREDICATES,
    Predicate,
    evaluate_gates,
    gates_met,
    lke_instrument,
    rule_set,
    score,
    totals,
)
from tests.property.test_gains import full
from tests.property.test_lke_arithmetic import Answers, layers

RULES = rule_set("panrb-90-2021")
QUESTIONS = lke_instrument().questions
SMALL = ("A.I.1.i.a", "A.I.1.i.b", "A.II.1.ii.a", "A.I.2.i.a", "A.II.2.i.a", "A.I.3.i.a", "B.I.b", "B.II.a")
"""A small instrument: items of three areas and of the results."""
NESTED: Mapping[str, frozenset[str]] = {
    "TOTAL": frozenset(SMALL),
    "A": frozenset(code for code in SMALL if code.startswith("A")),
    "A.*.1": frozenset(SMALL[:3]),
    "A.*.2": frozenset(SMALL[3:5]),
    "A.*.3": frozenset(SMALL[5:6]),
    "B.I": frozenset({"B.I.b"}),
    "B.II": frozenset({"B.II.a"}),
}


def gain_of(code: str, points: Sequence[int]) -> Gain:
    return Gain(code, None, tuple(Step(str(one), None, Fraction(one)) for one in sorted(points)), ())


@st.composite
def small_sheets(draw: st.DrawFn) -> tuple[list[Missed], list[Gain], Limits]:
    found = [
        gain_of(code, draw(st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True)))
        for code in draw(st.lists(st.sampled_from(SMALL), min_size=1, unique=True))
    ]
    codes = draw(st.lists(st.sampled_from(list(NESTED)), min_size=1, unique=True))
    gates = [
        Missed(code, None, Fraction(draw(st.integers(1, 20 if code in ("TOTAL", "A") else 9))), NESTED[code])
        for code in codes
    ]
    without = draw(st.frozensets(st.sampled_from(SMALL), max_size=2))
    return gates, found, Limits(without, draw(st.sampled_from([None, None, 0, 1, 2])))


def every_way(gates: Sequence[Missed], found: Sequence[Gain], limits: Limits) -> Iterator[int]:
    """Yield the number of answers of every set of raised answers that meets the gates within the limits."""
    allowed = [gain for gain in found if gain.code not in limits.without]
    for count in range(len(allowed) + 1):
        for some in combinations(allowed, count):
            areas = {area_of(gain.code) for gain in some} - {None}
            if limits.most_areas is not None and len(areas) > limits.most_areas:
                continue
            for steps in product(*(gain.steps for gain in some)):
                if meets(gates, {gain.code: step.points for gain, step in zip(some, steps, strict=True)}):
                    yield count
                    break


def meets(gates: Sequence[Missed], raised: Mapping[str, Fraction]) -> bool:
    return all(
        sum((points for code, points in raised.items() if code in gate.items), Fraction(0)) >= gate.shortfall
        for gate in gates
    )


def points_of(found: Way) -> dict[str, Fraction]:
    return {one.gain.code: one.step.points for one in found.raised}


def check(found: Way, gates: Sequence[Missed], limits: Limits) -> None:
    """The way meets the gates within the limits, and none of its answers could rise less."""
    raised = points_of(found)
    assert meets(gates, raised)
    assert not raised.keys() & limits.without
    areas = {area_of(code) for code in raised} - {None}
    assert limits.most_areas is None or len(areas) <= limits.most_areas
    for one in found.raised:
        place = one.gain.steps.index(one.step)
        lower = one.gain.steps[place - 1].points if place else Fraction(0)
        assert not meets(gates, {**raised, one.gain.code: lower})


@given(small_sheets())
@settings(deadline=None, max_examples=400)
def test_no_way_has_fewer_answers_and_none_is_found_only_where_there_is_none(
    drawn: tuple[list[Missed], list[Gain], Limits],
) -> None:
    gates, found, limits = drawn
    told = way(gates, found, limits)
    shortest = min(every_way(gates, found, limits), default=None)
    assert told.is_open == (shortest is not None)
    if shortest is None:
        assert told.raised == ()
        assert all(points > 0 for points in told.left.values())
    else:
        assert len(told.raised) == shortest
        check(told, gates, limits)


@given(layers(), st.sampled_from(PREDICATES), st.sampled_from([None, 2, 3]))
@settings(deadline=None, max_examples=10)
def test_the_way_from_any_worksheet_meets_every_gate_when_it_is_counted_anew(
    answers: Answers, predicate: Predicate, most_areas: int | None
) -> None:
    counted = score(answers)
    gates = evaluate_gates(counted, RULES, predicate)
    missed, found = missed_of(gates), gains(counted, gates)
    told = way(missed, found, Limits(most_areas=most_areas))
    if not told.is_open:
        assert most_areas is not None
        return
    raised = {one.gain.code: one.step.answer or full(QUESTIONS[one.gain.code]) for one in told.raised}
    met = gates_met(totals({**answers, **raised}), RULES)
    assert all(is_met for (name, _), is_met in met.items() if name == predicate)
    check(told, missed, Limits(most_areas=most_areas))


def test_each_gate_of_a_blank_sheet_has_a_way_and_all_together_are_no_shorter() -> None:
    counted = score({})
    gates = evaluate_gates(counted, RULES, "WBBM")
    missed, found = missed_of(gates), gains(counted, gates)
    whole = way(missed, found)
    assert whole.is_open
    for gate in missed:
        assert 0 < len(way([gate], found).raised) <= len(whole.raised)


def test_what_everything_allowed_cannot_reach_is_named_with_the_points_that_stay_missing() -> None:
    counted = score({})
    gates = evaluate_gates(counted, RULES, "WBK")
    told = way(missed_of(gates), gains(counted, gates), Limits(frozenset({"B.I.a"})))
    assert dict(told.left) == {"B.I": Fraction("13.25"), "B.I.a": Fraction("15.75")}


def test_gates_that_cross_are_refused() -> None:
    crossing = [
        Missed("one", None, Fraction(1), frozenset(SMALL[:2])),
        Missed("two", None, Fraction(1), frozenset(SMALL[1:3])),
    ]
    with pytest.raises(ValueError, match="one and two overlap"):
        way(crossing, [])
