"""What the official workbook shows, blanks, errors and its slip in A.II.5.iii included."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from shared.instruments.lke import TOTAL, Answer, ExcelError, lke_instrument, parse_answers, score
from tests.support.lke import answers, best, case, workbook_cases

TOLERANCE = Fraction(1, 10**9)
DIV0, VALUE = ExcelError.DIV0, ExcelError.VALUE


@pytest.mark.parametrize("expected", workbook_cases(), ids=lambda entry: entry["id"])
def test_every_level_of_the_recalculated_workbooks_is_reproduced(expected: dict[str, Any]) -> None:
    result = score(answers(expected["answers"]), "workbook")
    for code, points in expected["expected"].items():
        ours = result.points(code)
        assert ours is not None
        assert abs(ours - Fraction(points)) < TOLERANCE, code


@pytest.mark.parametrize("expected", workbook_cases(), ids=lambda entry: entry["id"])
def test_every_item_of_the_recalculated_workbooks_is_reproduced(expected: dict[str, Any]) -> None:
    result = score(answers(expected["answers"]), "workbook")
    for code, shown in expected["question_values"].items():
        ours = result.questions[code].value
        if shown is None:
            assert ours is None
        else:
            assert ours is not None
            assert abs(ours - Fraction(shown)) < TOLERANCE, code


def test_the_pinned_totals_of_the_official_workbook() -> None:
    first = score(answers(case("06-kspstk-2024-answers")["answers"]), "workbook").total.points
    second = score(answers(case("06-random-1")["answers"]), "workbook").total.points
    assert first is not None
    assert second is not None
    assert abs(first - Fraction("92.4368256090315")) < TOLERANCE
    assert abs(second - Fraction("65.2527378241619")) < TOLERANCE


def test_blanks_merely_skipped_give_92_6186_when_the_typed_lhkpn_total_is_used() -> None:
    directorate = case("03-directorate")["answers"] | {"A.II.5.iii.a": {"n1": 0, "n2": 10, "n3": 0, "n4": 10}}
    total = score(answers(directorate), "workbook").total.points
    assert total is not None
    assert abs(total - Fraction("92.6186")) < Fraction(1, 10**4)


def test_a_blank_is_skipped_in_the_mean() -> None:
    given = best(A_I_1_ii_b="B", A_I_1_ii_c=None)
    assert score(given, "workbook").points("A.I.1.ii") == Fraction(3, 4)


def test_blanking_a_weak_answer_raises_the_score() -> None:
    weak, blank = best(A_I_1_ii_c="C"), best(A_I_1_ii_c=None)
    assert (score(blank, "workbook").points(TOTAL) or 0) > (score(weak, "workbook").points(TOTAL) or 0)
    assert score(blank).points(TOTAL) == score(weak).points(TOTAL)


def test_a_letter_outside_the_scale_is_skipped_and_case_is_ignored() -> None:
    outside = best() | {"A.I.1.ii.b": Answer(letter="D"), "A.I.1.ii.c": Answer(letter="b")}
    assert score(outside, "workbook").points("A.I.1.ii") == Fraction(3, 4)


def test_a_letter_with_a_space_is_blank_to_excel() -> None:
    spaced = best() | {"A.I.1.ii.b": Answer(letter="C "), "A.I.1.ii.c": Answer(letter="A")}
    assert score(spaced, "workbook").points("A.I.1.ii") == 1


def test_an_indicator_left_blank_is_div_0_up_to_the_total() -> None:
    result = score(best(A_I_3_v_a=None), "workbook")
    for code in ("A.I.3.v", "A.I.3", "A.I", "A"):
        assert (result.nodes[code].points, result.nodes[code].error) == (None, DIV0)
    assert (result.total.points, result.total.error) == (None, DIV0)
    assert result.nodes["A.II"].points == 30
    assert result.total.upper == 100


def test_a_zero_denominator_is_div_0_up_to_the_total() -> None:
    result = score(best(A_II_4_i_a={"n1": 0, "n2": 0}), "workbook")
    assert result.questions["A.II.4.i.a"].error is DIV0
    assert result.total.error is DIV0


@pytest.mark.parametrize("code", ["B.I.a", "B.I.b", "B.II.a"])
def test_a_blank_hasil_item_is_value_up_to_the_total(code: str) -> None:
    result = score(best(**{code.replace(".", "_"): None}), "workbook")
    assert result.questions[code].error is VALUE
    assert result.nodes[code.rsplit(".", 1)[0]].error is VALUE
    assert result.total.error is VALUE
    assert result.nodes["A"].points == 60


def test_a_hasil_letter_outside_its_scale_is_value() -> None:
    assert score(best() | {"B.I.b": Answer(letter="F")}, "workbook").total.error is VALUE


def test_lhkasn_has_no_effect_not_even_its_error() -> None:
    lhkpn = {"n1": 1, "n2": 1, "n3": 0, "n4": 1}
    for lhkasn in (None, {"n1": 0, "n2": 0, "n3": 0, "n4": 0}, {"n1": 9, "n2": 0, "n3": 0, "n4": 0}):
        result = score(best(A_II_5_iii_a=lhkpn, A_II_5_iii_b=lhkasn), "workbook")
        assert result.points("A.II.5.iii") == 1
        assert result.questions["A.II.5.iii.b"].weight == 0


def test_an_lhkasn_error_is_shown_on_the_item_alone() -> None:
    result = score(best(A_II_5_iii_b={"n0": 0, "n4": 0}), "workbook")
    assert result.questions["A.II.5.iii.b"].error is DIV0
    assert result.total.points == 100


def test_the_lhkpn_total_is_always_the_sum_of_its_parts() -> None:
    counts = {"n0": 10, "n1": 1, "n2": 10, "n3": 0, "n4": 10}
    assert score(best(A_II_5_iii_a=counts), "workbook").questions["A.II.5.iii.a"].value == Fraction(10, 11)
    assert score(best(A_II_5_iii_b=counts), "workbook").questions["A.II.5.iii.b"].value == 1


@pytest.mark.parametrize(
    ("counts", "error"),
    [
        ({"n1": 1, "n2": 2, "n4": 1}, VALUE),
        ({"n0": 3, "n4": 3}, VALUE),
        ({"n1": 1, "n2": 1, "n3": 1}, DIV0),
        ({"n1": 0, "n2": 0, "n3": 0, "n4": 0}, DIV0),
        (None, DIV0),
    ],
)
def test_an_unfinished_lhkpn_is_an_error_up_to_the_total(
    counts: dict[str, int] | None, error: ExcelError
) -> None:
    result = score(best(A_II_5_iii_a=counts), "workbook")
    assert result.nodes["A.II.5.iii"].error is error
    assert result.total.error is error


def test_of_two_errors_excel_shows_the_first_of_its_sum() -> None:
    both = best(A_I_3_v_a=None, A_II_5_iii_a={"n1": 1, "n4": 1})
    assert score(both, "workbook").nodes["A"].error is VALUE  # L198 = SUM(L125, L5)
    assert score(both | {"B.I.a": None}, "workbook").total.error is VALUE
    assert score(best(A_I_3_v_a=None, B_I_a=None), "workbook").total.error is DIV0


def test_numbers_out_of_range_are_computed_as_they_stand() -> None:
    wild = best() | {
        "B.I.a": Answer(index=Decimal(5)),
        "A.II.1.i.a": Answer(inputs={"n1": 4, "n2": -2}),
        "A.II.6.i.b": Answer(index=Decimal("0.25")),
    }
    result = score(wild, "workbook")
    assert result.points("B.I.a") == Fraction(175, 8)
    assert result.questions["A.II.1.i.a"].value == Fraction(-1, 2)
    assert result.questions["A.II.6.i.b"].value == Fraction(1, 4)


def test_partial_counts_are_skipped_like_blanks() -> None:
    result = score(best(A_II_1_i_a={"n1": 4}), "workbook")
    assert result.points("A.II.1.i") == 2


def test_contributions_sum_to_the_indicator_in_workbook_mode_too() -> None:
    result = score(answers(case("06-kspstk-2024-answers")["answers"]), "workbook")
    for node in lke_instrument().nodes.values():
        if node.level == "indicator":
            parts = [result.points(item.code) or Fraction(0) for item in node.questions]
            assert sum(parts) == result.points(node.code)


def test_an_empty_workbook_has_no_score_and_names_why() -> None:
    result = score(parse_answers({}), "workbook")
    assert (result.total.points, result.total.error) == (None, DIV0)
    assert (result.nodes["B"].points, result.nodes["B"].error) == (None, VALUE)
    assert result.total.completeness == "0/113"
