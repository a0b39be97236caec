"""An explanation leads from points to answers without a gap."""

from fractions import Fraction

import pytest

from shared.instruments.lke import TOTAL, explain, explain_question, lke_instrument, parse_answers, score
from tests.support.lke import answers, best, case


def test_the_whole_is_explained_by_its_components() -> None:
    result = explain(score(answers(case("03-directorate")["answers"])))
    assert [child.code for child in result.children] == ["A", "B"]
    assert result.lost == 100 - Fraction(27957887, 306000)
    assert result.blank == ("A.I.2.i.a", "A.I.4.i.c", "A.I.6.ii.b")


@pytest.mark.parametrize("code", [TOTAL, *lke_instrument().nodes])
def test_what_stands_below_a_node_sums_to_it_exactly(code: str) -> None:
    result = explain(score(answers(case("06-random-1")["answers"])), code)
    below = [child.points for child in result.children] + [item.contribution for item in result.questions]
    assert sum(part for part in below if part is not None) == result.node.points
    assert result.lost == result.node.weight - (result.node.points or 0)


@pytest.mark.parametrize(
    ("code", "raw", "working"),
    [
        ("A.I.1.i.b", "b", "B = 0,5"),
        ("A.I.1.i.a", "Tidak", "Tidak = 0"),
        ("B.I.a", "3,71", "3,71/4 = 0,9275"),
        ("A.II.5.ii.a", {"n1": 170, "n2": 13, "n3": 157}, "n3/n1 = 157/170 = 0,9235"),
        ("A.II.3.iii.a", {"n1": 10, "n2": 7, "n3": 1}, "(n1-n2)/n1 = (10-7)/10 = 0,3"),
        ("A.II.5.iii.a", {"n0": 10, "n4": 5}, "n4/n0 = 5/10 = 0,5"),
        ("A.II.5.iii.a", {"n1": 1, "n2": 10, "n3": 0, "n4": 10}, "n4/(n1+n2+n3) = 10/(1+10+0) = 0,9091"),
        ("A.II.6.i.b", {"n1": 0, "n2": 0}, "n2/n1 = 0/0 = tidak terdefinisi"),
        ("A.II.6.i.b", {"n1": 3}, "n1 = 3 (isian belum lengkap)"),
    ],
)
def test_the_way_to_a_value_is_shown_with_its_figures(code: str, raw: object, working: str) -> None:
    assert explain_question(score(parse_answers({code: raw})), code).working == working


def test_a_blank_item_has_no_working_and_loses_its_share() -> None:
    item = explain_question(score({}), "A.I.1.i.a")
    assert (item.state, item.working) == ("blank", None)
    assert (item.contribution, item.lost) == (Fraction(0), Fraction(1, 4))


def test_undefined_and_partial_items_are_named() -> None:
    given = best(A_II_4_i_a={"n1": 0, "n2": 0}, A_II_6_i_b={"n1": 1})
    result = explain(score(given), "A.II")
    assert (result.undefined, result.partial, result.blank) == (("A.II.4.i.a",), ("A.II.6.i.b",), ())


def test_warnings_are_shown_at_every_level_above_their_item() -> None:
    result = score(parse_answers({"A.II.1.i.a": {"n1": 4, "n2": 15}}))
    for code in (TOTAL, "A", "A.II", "A.II.1", "A.II.1.i"):
        assert [warning.code for warning in explain(result, code).warnings] == ["A.II.1.i.a"]
    assert explain(result, "A.II.2").warnings == ()
