"""The instrument is loaded only from data that agree with themselves."""

import copy
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from shared.instruments.lke import (
    InvalidInstrumentError,
    QuestionType,
    edition_for_year,
    lke_instrument,
    rule_set,
    rule_set_for_year,
)
from shared.instruments.lke.load import load, read
from shared.instruments.lke.rule_sets import load_rule_sets
from shared.kernel import Predicate


@pytest.fixture
def data() -> Any:
    return copy.deepcopy(read("instrument.json"))


def test_the_sheet_has_60_nodes_and_113_items_of_three_kinds() -> None:
    instrument = lke_instrument()
    kinds = [item.type for item in instrument.questions.values()]
    assert len(instrument.nodes) == 60
    assert len(kinds) == 113
    assert kinds.count(QuestionType.PERCENT) == 8
    assert kinds.count(QuestionType.INDEX) == 2


def test_the_workbook_has_137_answer_cells() -> None:
    items = lke_instrument().questions.values()
    cells = sum(1 + len(item.inputs) + (item.optional_total is not None) for item in items)
    assert cells == 113 + 22 + 2


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (QuestionType.YA_TIDAK, {"Ya": "1", "Tidak": "0"}),
        (QuestionType.ABC, {"A": "1", "B": "0.5", "C": "0"}),
        (QuestionType.ABCD, {"A": "1", "B": "0.67", "C": "0.33", "D": "0"}),
        (QuestionType.ABCDE, {"A": "1", "B": "0.75", "C": "0.5", "D": "0.25", "E": "0"}),
    ],
)
def test_option_values_are_exact(kind: QuestionType, values: dict[str, str]) -> None:
    found = [item.scale for item in lke_instrument().questions.values() if item.type is kind]
    assert found
    for scale in found:
        assert scale is not None
        assert list(scale.values.items()) == [(letter, Fraction(value)) for letter, value in values.items()]


def test_the_hasil_items_carry_the_weights_17_5_and_5_and_17_5() -> None:
    items = lke_instrument().questions
    assert [items[code].share for code in ("B.I.a", "B.I.b", "B.II.a")] == [
        Fraction(35, 2),
        5,
        Fraction(35, 2),
    ]


def test_both_halves_of_an_area_weigh_the_same() -> None:
    weigh = lke_instrument().weight_of
    assert [weigh(f"A.I.{n}") for n in range(1, 7)] == [weigh(f"A.II.{n}") for n in range(1, 7)]


@pytest.mark.parametrize(
    ("year", "edition"), [(2020, "2021"), (2021, "2021"), (2025, "2021"), (2026, "2026"), (2031, "2026")]
)
def test_an_assessment_from_2026_on_pins_edition_2026(year: int, edition: str) -> None:
    assert edition_for_year(year) == edition
    assert rule_set_for_year(year) == "panrb-90-2021"


@pytest.mark.parametrize("code", ["A.I.1.i", "A.II.5.iii", "B.I.a", "B.II.a"])
def test_plan_activities_serve_indicators_and_hasil_items(code: str) -> None:
    assert lke_instrument().is_plan_code(code)


@pytest.mark.parametrize("code", ["A", "A.I.1", "A.I.1.i.a", "B.I", "X"])
def test_plan_activities_serve_nothing_else(code: str) -> None:
    assert not lke_instrument().is_plan_code(code)


def _indicator(data: Any) -> Any:
    return data["tree"][0]["children"][0]["children"][0]["children"][0]


def test_weights_that_do_not_add_up_give_no_instrument(data: Any) -> None:
    _indicator(data)["weight"] = Decimal("0.51")
    with pytest.raises(InvalidInstrumentError, match=r"A\.I\.1: children weigh"):
        load(data)


def test_a_code_used_twice_gives_no_instrument(data: Any) -> None:
    _indicator(data)["questions"][1]["code"] = "A.I.1.i.a"
    with pytest.raises(InvalidInstrumentError, match=r"codes used twice: A\.I\.1\.i\.a"):
        load(data)


def test_a_missing_soal_id_gives_no_instrument(data: Any) -> None:
    _indicator(data)["questions"][0]["portalrb_2026"]["soal_id"] = 999
    with pytest.raises(InvalidInstrumentError, match="soal_id"):
        load(data)


@pytest.mark.parametrize("layout", ["workbook_2021", "portalrb_2026"])
def test_a_row_used_twice_gives_no_instrument(data: Any, layout: str) -> None:
    questions = _indicator(data)["questions"]
    questions[1][layout]["row"] = questions[0][layout]["row"]
    with pytest.raises(InvalidInstrumentError, match=f"{layout}: rows used twice"):
        load(data)


def test_counts_that_differ_give_no_instrument(data: Any) -> None:
    data["counts"]["scored_items"]["reform"] = 24
    with pytest.raises(InvalidInstrumentError, match="scored items"):
        load(data)


def test_an_area_named_differently_in_its_halves_gives_no_instrument(data: Any) -> None:
    data["tree"][0]["children"][1]["children"][0]["name"] = "Lain"
    with pytest.raises(InvalidInstrumentError, match="named differently"):
        load(data)


def test_a_typed_area_minimum_of_5_6_for_5_625_gives_no_instrument(data: Any) -> None:
    data["criteria"]["WBBM"]["area_min_points"]["A.*.2"] = Decimal("5.3")
    with pytest.raises(InvalidInstrumentError, match=r"WBBM A\.\*\.2: minimum is 5.25, not 5.3"):
        load(data)


def test_a_hasil_minimum_unlike_its_index_gives_no_instrument(data: Any) -> None:
    data["criteria"]["WBK"]["hasil_min"]["B.II"]["points"] = Decimal("14.10")
    with pytest.raises(InvalidInstrumentError, match=r"WBK B\.II: minimum is 14"):
        load(data)


def test_an_unknown_formula_gives_no_instrument(data: Any) -> None:
    reform = data["tree"][0]["children"][1]["children"][0]["children"][0]
    reform["questions"][0]["formula"] = "__import__('os')"
    with pytest.raises(InvalidInstrumentError, match="unknown formula"):
        load(data)


def test_an_unknown_type_gives_no_instrument(data: Any) -> None:
    _indicator(data)["questions"][0]["type"] = "ABCDEF"
    with pytest.raises(InvalidInstrumentError, match="unknown type"):
        load(data)


def test_both_predicates_have_twelve_gates() -> None:
    rules = rule_set("panrb-90-2021")
    for predicate in ("WBK", "WBBM"):
        codes = [gate.code for gate in rules.of(predicate)]
        assert codes == ["TOTAL", "A", *(f"A.*.{n}" for n in range(1, 7)), "B.I", "B.I.a", "B.I.b", "B.II"]


def test_area_minima_are_computed_from_their_percent() -> None:
    minima = {(gate.predicate, gate.code): gate.minimum for gate in rule_set("panrb-90-2021").gates}
    percent: dict[Predicate, Fraction] = {"WBK": Fraction(60, 100), "WBBM": Fraction(75, 100)}
    weights = {"A.*.1": 8, "A.*.2": 7, "A.*.3": 10, "A.*.4": 10, "A.*.5": 15, "A.*.6": 10}
    for predicate, share in percent.items():
        assert {code: minima[predicate, code] for code in weights} == {
            code: share * weight for code, weight in weights.items()
        }


def test_the_other_minima_are_those_of_the_regulation() -> None:
    minima = {(gate.predicate, gate.code): gate.minimum for gate in rule_set("panrb-90-2021").gates}
    codes = ("TOTAL", "A", "B.I", "B.I.a", "B.I.b", "B.II")
    wbk = ["75", "40", "18.25", "15.75", "2.5", "14"]
    wbbm = ["85", "48", "19.5", "15.75", "3.75", "15.75"]
    assert [minima["WBK", code] for code in codes] == [Fraction(value) for value in wbk]
    assert [minima["WBBM", code] for code in codes] == [Fraction(value) for value in wbbm]


def test_the_floors_without_the_total_sum_to_72_25_and_83_25() -> None:
    rules = rule_set("panrb-90-2021")
    totals: dict[Predicate, str] = {"WBK": "72.25", "WBBM": "83.25"}
    for predicate, total in totals.items():
        minima = {gate.code: gate.minimum for gate in rules.of(predicate)}
        assert minima["A"] + minima["B.I"] + minima["B.II"] == Fraction(total)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": "hearsay"}, "unknown source"),
        ({"op": ">"}, "unknown comparison"),
        ({"basis": ["C"]}, "unknown basis"),
        ({"WBK": {"minimum": "74"}}, "minimum is 74, the instrument says 75"),
        ({"WBK": {"minimum": "75", "percent": "75"}}, "exactly one"),
    ],
)
def test_a_rule_set_that_contradicts_the_instrument_is_refused(change: dict[str, Any], said: str) -> None:
    rules = copy.deepcopy(read("rule_sets.json"))
    rules["rule_sets"][0]["gates"][0].update(change)
    with pytest.raises(InvalidInstrumentError, match=said):
        load_rule_sets(rules)
