"""Which minima are met: exact, on the whole area, by name, and never by the total alone."""

from fractions import Fraction
from typing import Any

import pytest

from shared.instruments.lke import (
    GateResult,
    evaluate_gates,
    gates_met,
    lke_instrument,
    parse_answers,
    rule_set,
    score,
    totals,
)
from shared.kernel import display2
from tests.support.lke import answers, best, case

RULES = rule_set("panrb-90-2021")


def gates(given: Any, predicate: Any) -> dict[str, GateResult]:
    return {entry.gate.code: entry for entry in evaluate_gates(score(given), RULES, predicate)}


def met(given: Any, predicate: Any) -> list[str]:
    return [code for code, entry in gates(given, predicate).items() if entry.is_met]


def test_the_random_set_meets_five_gates_of_wbk() -> None:
    random = gates(answers(case("06-random-1")["answers"]), "WBK")
    found = {code: entry.value for code, entry in random.items() if entry.is_met}
    assert found.keys() == {"A.*.6", "B.I", "B.I.a", "B.I.b", "B.II"}
    assert display2(found["A.*.6"]) == "6.61"
    assert [found[code] for code in ("B.I", "B.I.a", "B.I.b", "B.II")] == [
        Fraction("19.98125"), Fraction("16.23125"), Fraction("3.75"), Fraction("14.56875"),
    ]  # fmt: skip


def test_the_random_set_meets_three_gates_of_wbbm_and_equal_passes() -> None:
    random = answers(case("06-random-1")["answers"])
    assert met(random, "WBBM") == ["B.I", "B.I.a", "B.I.b"]
    letter = gates(random, "WBBM")["B.I.b"]
    assert (letter.value, letter.gate.minimum, letter.letter) == (Fraction("3.75"), Fraction("3.75"), "B")
    assert letter.upper == letter.gate.minimum
    assert letter.is_reachable
    assert letter.shortfall == 0


def test_the_directorate_fails_wbbm_in_accountability_alone() -> None:
    found = gates(answers(case("03-directorate")["answers"]), "WBBM")
    failed = [entry for entry in found.values() if not entry.is_met]
    assert [entry.gate.code for entry in failed] == ["A.*.4"]
    area = failed[0]
    assert area.value == Fraction(133, 18)  # 7.3889
    assert display2(area.value * 10) == "73.89"
    assert area.upper == Fraction(74, 9)  # 8.2222
    assert area.is_reachable
    assert area.open_items == ("A.I.4.i.c",)
    assert [loss.code for loss in area.losses] == ["A.II.4.i.a", "A.I.4.i.c"]
    assert [half.code for half in area.halves] == ["A.I.4", "A.II.4"]
    assert area.shortfall == Fraction("7.5") - Fraction(133, 18)


@pytest.mark.parametrize(
    ("change", "value", "is_met"),
    [
        ({"A.I.4.i.c": "C"}, "7.6639", True),
        ({"A.I.4.i.c": "D"}, "7.3889", False),
        ({"A.II.4.i.a": {"n1": 9, "n2": 2}}, "7.6111", True),
    ],
)
def test_what_would_close_the_directorates_gap(change: dict[str, Any], value: str, is_met: bool) -> None:
    area = gates(answers(case("03-directorate")["answers"] | change), "WBBM")["A.*.4"]
    assert abs(area.value - Fraction(value)) < Fraction(1, 10**4)
    assert area.is_met is is_met


def test_a_high_total_alone_does_not_pass() -> None:
    poor_survey = best(B_I_a="3.59")
    found = gates(poor_survey, "WBK")
    assert found["TOTAL"].is_met
    assert [code for code, entry in found.items() if not entry.is_met] == ["B.I.a"]


def test_an_index_of_3_60_passes_and_3_5951_does_not() -> None:
    assert gates(best(B_I_a="3.60"), "WBK")["B.I.a"].is_met
    just_below = gates(best(B_I_a="3.5951"), "WBK")["B.I.a"]
    assert not just_below.is_met
    assert just_below.index == Fraction("3.5951")
    assert not just_below.is_reachable


@pytest.mark.parametrize(("predicate", "lowest", "below"), [("WBK", "C", "D"), ("WBBM", "B", "C")])
def test_performance_has_a_lowest_letter_per_predicate(predicate: str, lowest: str, below: str) -> None:
    assert gates(best(B_I_b=lowest), predicate)["B.I.b"].is_met
    assert not gates(best(B_I_b=below), predicate)["B.I.b"].is_met


def test_an_area_passes_as_a_whole_although_one_half_fails() -> None:
    weak_half = best(A_II_6_i_a="D", A_II_6_i_b={"n1": 1, "n2": 0})
    area = gates(weak_half, "WBBM")["A.*.6"]
    assert [half.points / half.weight for half in area.halves] == [1, Fraction(1, 2)]
    assert area.is_met


def test_an_unreachable_gate_is_named_as_such() -> None:
    found = gates(parse_answers({"B.I.b": "E"}), "WBK")
    assert not found["B.I.b"].is_reachable
    assert found["TOTAL"].is_reachable


def test_index_and_letter_are_shown_where_the_rule_is_stated_so() -> None:
    found = gates(best(), "WBK")
    assert [code for code, entry in found.items() if entry.index is not None] == ["B.I.a", "B.II"]
    assert [code for code, entry in found.items() if entry.letter is not None] == ["B.I.b"]


def test_workbook_mode_never_decides_a_gate() -> None:
    with pytest.raises(ValueError, match="zero mode"):
        evaluate_gates(score(best(), "workbook"), RULES)


def test_both_predicates_come_together_when_none_is_named() -> None:
    assert len(evaluate_gates(score(best()), RULES)) == 24


@pytest.mark.parametrize("name", ["02-specimen", "03-directorate", "06-random-1"])
def test_the_hot_path_finds_the_same_gates_met(name: str) -> None:
    given = answers(case(name)["answers"])
    detailed = {
        (entry.gate.predicate, entry.gate.code): entry.is_met for entry in evaluate_gates(score(given), RULES)
    }
    assert gates_met(totals(given), RULES) == detailed


def test_an_empty_sheet_reaches_nothing_and_lacks_every_minimum_and_every_share() -> None:
    for entry in evaluate_gates(score({}), RULES, most_losses=200):
        weight = sum((lke_instrument().weight_of(code) for code in entry.gate.basis), Fraction(0))
        assert (entry.value, entry.upper) == (Fraction(0), weight)
        assert entry.shortfall == entry.gate.minimum
        assert sum(loss.points for loss in entry.losses) == weight
        assert [loss.points for loss in entry.losses] == sorted(
            (loss.points for loss in entry.losses), reverse=True
        )
        assert {loss.code for loss in entry.losses} == set(entry.open_items)


def test_an_item_loses_what_its_answer_leaves_of_its_share() -> None:
    given = best(A_II_4_i_a={"n1": 4, "n2": 3}, A_I_4_i_c="D", A_II_4_ii_a="B")
    share = {code: lke_instrument().questions[code].share for code in given}
    area = gates(given, "WBK")["A.*.4"]
    assert {loss.code: loss.points for loss in area.losses} == {
        "A.II.4.i.a": share["A.II.4.i.a"] / 4,
        "A.I.4.i.c": share["A.I.4.i.c"],
        "A.II.4.ii.a": share["A.II.4.ii.a"] * Fraction("0.33"),  # B is worth 0.67
    }
