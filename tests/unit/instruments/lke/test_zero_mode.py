"""The default score: every figure that the design pins, exactly."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from shared.instruments.lke import (
    TOTAL,
    Answer,
    UnscorableAnswerError,
    ZeroDenominator,
    default_policies,
    lke_instrument,
    parse_answers,
    score,
    totals,
)
from shared.kernel import display2, exact_text
from tests.support.lke import answers, best, case, workbook_cases

TOLERANCE = Fraction(1, 10**9)


def value(code: str, raw: Any) -> Fraction | None:
    return score(parse_answers({code: raw})).questions[code].value


def test_best_answers_earn_every_weight() -> None:
    specimen = case("02-specimen")
    result = score(answers(specimen["answers"]))
    assert {code: result.points(code) for code in specimen["expected"]} == {
        code: Fraction(points) for code, points in specimen["expected"].items()
    }
    assert result.total.points == 100
    assert result.total.completeness == "113/113"


def test_the_directorates_case_scores_exactly() -> None:
    result = score(answers(case("03-directorate")["answers"]))
    assert exact_text(result.total.points or Fraction(0)) == "27957887/306000"
    assert exact_text(result.total.upper) == "28365887/306000"
    assert result.total.completeness == "110/113"
    assert [display2(result.points(code) or Fraction(0)) for code in ("A.I", "A.II", "A", "B")] == [
        "23.37", "27.99", "51.37", "40.00",
    ]  # fmt: skip


def test_the_directorates_case_matches_the_computed_figures() -> None:
    directorate = case("03-directorate")
    result = score(answers(directorate["answers"]))
    for code, expected in directorate["computed"]["unanswered_zero"].items():
        assert abs((result.points(code) or Fraction(0)) - Fraction(expected)) < Fraction(1, 10**4)


def test_the_directorates_percentages_are_the_published_ones() -> None:
    directorate = case("03-directorate")
    result = score(answers(directorate["answers"]))
    for code, published in directorate["published_percent"].items():
        computed = result.questions[code].value
        assert computed is not None
        assert Fraction(display2(100 * computed)) == Fraction(published.rstrip("%"))


@pytest.mark.parametrize("expected", workbook_cases(), ids=lambda entry: entry["id"])
def test_recalculated_sets_have_their_plain_totals(expected: dict[str, Any]) -> None:
    result = score(answers(expected["answers"]))
    for code, points in expected["zero"].items():
        assert abs((result.points(code) or Fraction(0)) - Fraction(points)) < TOLERANCE


def test_lhkasn_counts_as_much_as_lhkpn() -> None:
    result = score(answers(case("06-random-1")["answers"]))
    assert result.questions["A.II.5.iii.a"].value == 1
    assert result.questions["A.II.5.iii.b"].value == 0
    assert result.points("A.II.5.iii") == 1


def test_the_published_screen_rounds_half_up_from_exact_points() -> None:
    screen = case("05-screen")
    result = score(answers(screen["answers"]))
    for code, shown in screen["rounded"].items():
        assert display2(result.points(code) or Fraction(0)) == shown
    weigh = lke_instrument().weight_of
    for code, shown in screen["percent"].items():
        percent = 100 * (result.points(code) or Fraction(0)) / weigh(code)
        assert display2(percent) + "%" == shown


def test_a_blank_stays_in_the_mean() -> None:
    two_of_three = parse_answers({"A.I.1.ii.a": "Ya", "A.I.1.ii.b": "B"})
    assert score(two_of_three).points("A.I.1.ii") == Fraction(1, 2)


def test_an_answer_worth_zero_is_complete() -> None:
    result = score(parse_answers({"A.I.1.i.a": "Tidak", "B.I.a": 0}))
    assert result.total.answered == 2
    assert result.total.points == 0
    assert result.questions["A.I.1.i.a"].upper == 0


@pytest.mark.parametrize(
    ("last_year", "this_year", "expected"),
    [(10, 7, Fraction(3, 10)), (10, 5, Fraction(1, 2)), (0, 0, 1), (0, 3, None), (5, 8, 0)],
)
def test_discipline_is_the_reduction_of_violations(
    last_year: int, this_year: int, expected: Fraction | None
) -> None:
    assert value("A.II.3.iii.a", {"n1": last_year, "n2": this_year, "n3": 0}) == expected


def test_a_ratio_is_capped_at_one() -> None:
    assert value("A.II.1.i.a", {"n1": 4, "n2": 15}) == 1


def test_complaints_done_are_measured_against_all_to_follow_up() -> None:
    assert value("A.II.5.ii.a", {"n1": 170, "n2": 13, "n3": 157}) == Fraction(157, 170)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"n0": 10, "n1": 1, "n2": 10, "n3": 0, "n4": 10}, 1),
        ({"n1": 1, "n2": 10, "n3": 0, "n4": 10}, Fraction(10, 11)),
        ({"n0": 10, "n4": 5}, Fraction(1, 2)),
        ({"n1": 1, "n2": 10, "n4": 10}, None),
        ({"n0": 10, "n1": 1}, None),
        ({"n0": 0, "n4": 0}, None),
    ],
)
@pytest.mark.parametrize("code", ["A.II.5.iii.a", "A.II.5.iii.b"])
def test_a_typed_total_stands_for_its_parts(
    code: str, counts: dict[str, int], expected: Fraction | None
) -> None:
    assert value(code, counts) == expected


@pytest.mark.parametrize("code", ["A.II.3.iii.a", "A.II.5.ii.a"])
def test_inputs_outside_the_formula_must_be_filled_all_the_same(code: str) -> None:
    unused = next(entry.key for entry in lke_instrument().questions[code].inputs if not entry.is_used)
    partial = {"n1": 2, "n2": 1, "n3": 1}
    del partial[unused]
    item = score(parse_answers({code: partial})).questions[code]
    assert (item.state, item.value, item.points) == ("partial", None, Fraction(0))


def test_a_denominator_of_zero_is_undefined_and_incomplete() -> None:
    result = score(best(A_II_6_i_b={"n1": 0, "n2": 0}))
    item = result.questions["A.II.6.i.b"]
    assert (item.state, item.value, item.points, item.upper) == ("undefined", None, Fraction(0), item.weight)
    assert result.total.completeness == "112/113"
    assert result.unanswered(TOTAL, "undefined") == ("A.II.6.i.b",)
    assert result.total.upper == 100


@pytest.mark.parametrize(
    ("choice", "points"), [(ZeroDenominator.ZERO, 0), (ZeroDenominator.FULL, Fraction(5, 4))]
)
def test_an_adopted_policy_gives_an_undefined_item_a_value(choice: ZeroDenominator, points: Fraction) -> None:
    policies = replace(default_policies(), questions={"A.II.6.i.b": choice})
    filled = best(A_II_6_i_b={"n1": 0, "n2": 0})
    result = score(filled, policies=policies)
    assert result.questions["A.II.6.i.b"].points == points
    assert result.total.completeness == "113/113"
    assert totals(filled, policies).points(TOTAL) == result.total.points


def test_the_default_policy_leaves_a_zero_denominator_undefined() -> None:
    assert default_policies().of("A.II.6.i.b") is ZeroDenominator.UNDEFINED


def test_index_3_59_is_exact() -> None:
    result = score(parse_answers({"B.I.a": 3.59}))
    assert result.points("B.I.a") == Fraction("15.70625")


def test_one_percent_is_not_one() -> None:
    assert value("A.II.1.i.a", {"n1": 100, "n2": 1}) == Fraction(1, 100)


def test_rounded_parts_are_never_summed() -> None:
    thirds = parse_answers({"A.I.1.ii.a": "Ya", "A.I.1.iii.a": "B", "A.I.2.i.a": "B"})
    result = score(thirds)
    parts = [node.points or Fraction(0) for node in result.level("indicator")]
    assert sum(parts) == result.points("A")
    assert sum(Fraction(display2(part)) for part in parts) != result.points("A")


@pytest.mark.parametrize("answer", [Answer(letter="E"), Answer(index=Decimal(1)), Answer(inputs={"n1": 1})])
def test_an_answer_that_does_not_fit_is_never_scored(answer: Answer) -> None:
    with pytest.raises(UnscorableAnswerError):
        score({"A.I.3.v.a": answer})
    with pytest.raises(UnscorableAnswerError):
        totals({"A.I.3.v.a": answer})


@pytest.mark.parametrize("index", ["4.01", "-0.01", "5"])
def test_an_index_outside_0_to_4_is_never_scored(index: str) -> None:
    with pytest.raises(UnscorableAnswerError):
        score({"B.I.a": Answer(index=Decimal(index))})
    with pytest.raises(UnscorableAnswerError):
        totals({"B.I.a": Answer(index=Decimal(index))})


def test_a_negative_count_is_never_scored() -> None:
    with pytest.raises(UnscorableAnswerError):
        score({"A.II.1.i.a": Answer(inputs={"n1": -1, "n2": 1})})


def test_an_empty_layer_scores_zero_and_could_reach_100() -> None:
    total = score({}).total
    assert (total.points, total.upper, total.completeness) == (Fraction(0), Fraction(100), "0/113")


def test_levels_are_counted_by_node() -> None:
    result = score(best(A_I_4_i_c=None))
    assert result.nodes["A.I.4.i"].completeness == "2/3"
    assert result.nodes["A.I"].completeness == "86/87"
    assert [len(result.level(level)) for level in ("component", "subcomponent", "area", "indicator")] == [
        2,
        4,
        12,
        42,
    ]
