"""A later edition is loaded and counted beside the shipped one, and nothing of the shipped one moves."""

import copy
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shared.instruments.lke import (
    TOTAL,
    Answer,
    InvalidAnswerError,
    InvalidInstrumentError,
    Totals,
    evaluate_gates,
    explain,
    explain_question,
    gates_met,
    lke_instrument,
    load_instrument,
    load_policies,
    load_rule_sets,
    parse_answers,
    rule_set,
    score,
    totals,
)
from shared.instruments.lke.feeds import load_feeds
from shared.instruments.lke.load import load, read
from shared.instruments.lke.options import load_option_ranges
from shared.instruments.lke.usual_documents import load_documents
from tests.support import lke
from tests.support.lke_editions import (
    ADDED,
    RESCALED,
    RETYPED,
    REWEIGHED,
    next_data,
    next_instrument,
    next_rules,
    next_rules_data,
    node_of,
    points_of,
)

BEST = {**lke.best(), ADDED: Answer(letter="A")}


def as_bytes(data: Any) -> bytes:
    """Return data as a file has them, decimals as numbers."""
    return json.dumps(data, ensure_ascii=False, default=float).encode()


def test_any_file_becomes_an_instrument_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "next.json"
    file.write_bytes(as_bytes(next_data()))
    from_path, from_bytes = load_instrument(file), load_instrument(file.read_bytes())
    for one in (from_path, from_bytes):
        assert (one.id, len(one.questions), list(one.editions)) == ("lke-zi-next", 114, ["2031"])
        assert one.weight_of(TOTAL) == 100
    assert from_path is not from_bytes
    assert lke_instrument().id == "lke-zi-permenpanrb-90-2021"
    assert ADDED not in lke_instrument().questions


def test_best_answers_earn_every_weight_of_each_edition() -> None:
    of_next = score(BEST, instrument=next_instrument())
    assert {code: node.points for code, node in of_next.nodes.items()} == {
        code: node.weight for code, node in next_instrument().nodes.items()
    }
    assert of_next.total.points == 100
    assert of_next.total.completeness == "114/114"
    assert score(lke.best()).total.completeness == "113/113"


@pytest.mark.parametrize("code", [ADDED, RETYPED, RESCALED])
@pytest.mark.parametrize("letter", ["B", "C"])
def test_a_letter_earns_what_its_own_edition_says(code: str, letter: str) -> None:
    answers = {code: Answer(letter=letter)}
    of_next = score(answers, instrument=next_instrument())
    assert of_next.points(code) == of_next.total.points == points_of(answers, next_data(), code)
    if code != ADDED:
        before = score(answers)
        assert before.points(code) == before.total.points == points_of(answers, read("instrument.json"), code)
        assert before.points(code) != of_next.points(code)


def test_answers_are_read_by_the_scale_of_their_edition() -> None:
    raws = {ADDED: "e", RETYPED: "d"}
    assert parse_answers(raws, next_instrument()) == {
        ADDED: Answer(letter="E"),
        RETYPED: Answer(letter="D"),
    }
    with pytest.raises(InvalidAnswerError) as refused:
        parse_answers(raws)
    assert [(one.code, one.reason) for one in refused.value.findings] == [
        (ADDED, "unknown_code"),
        (RETYPED, "outside_scale"),
    ]


def test_the_figures_of_the_later_edition_by_hand() -> None:
    answers = {RESCALED: Answer(letter="B"), RETYPED: Answer(letter="C"), ADDED: Answer(letter="D")}
    of_next = score(answers | lke.answers({REWEIGHED: "3.6"}), instrument=next_instrument())
    assert of_next.points(RESCALED) == Fraction("0.7") / 3  # one of three, weight 1
    assert of_next.points(RETYPED) == Fraction("0.3") / 3
    assert of_next.points(ADDED) == Fraction("0.25") * Fraction("0.75") / 3
    assert of_next.points(REWEIGHED) == Fraction("15.3")


def test_gates_explanation_and_open_items_follow_the_edition_that_was_counted() -> None:
    given = {code: answer for code, answer in BEST.items() if code != ADDED} | lke.answers({REWEIGHED: "3.6"})
    of_next = score(given, instrument=next_instrument())
    gates = {(one.gate.predicate, one.gate.code): one for one in evaluate_gates(of_next, next_rules())}
    assert gates["WBK", "B.I.a"].value == gates["WBK", "B.I.a"].gate.minimum == Fraction("15.3")
    assert gates["WBK", "A.*.1"].open_items == (ADDED,)
    assert gates["WBBM", "B.II"].gate.minimum == Fraction("16.2")
    assert of_next.unanswered("A.I.1") == explain(of_next, "A.I.1").blank == (ADDED,)
    assert explain(of_next, "A.I.1.i").questions[2].lost == Fraction(1, 4)
    assert explain_question(of_next, RESCALED).contribution == Fraction(1, 3)


def test_workbook_mode_counts_by_the_edition_too() -> None:
    answers = {**BEST, RESCALED: Answer(letter="B")}
    assert score(answers, "workbook", instrument=next_instrument()).total.points == 100 - Fraction("0.3") / 3
    assert score({**lke.best(), RESCALED: Answer(letter="B")}, "workbook").total.points == (
        100 - Fraction("0.33") / 3
    )


def test_a_file_of_rules_fits_the_edition_that_it_is_made_for() -> None:
    with pytest.raises(InvalidInstrumentError, match="criteria of 'lke-zi-next', which is not"):
        load_rule_sets(next_rules_data())
    policies = copy.deepcopy(read("policies.json"))
    policies["zero_denominator"][0]["questions"] = {ADDED: "zero"}
    with pytest.raises(InvalidInstrumentError, match=f"{ADDED} is no % item"):
        load_policies(policies, next_instrument())
    assert load_feeds(read("feeds.json"), next_instrument()).keys() == load_feeds(read("feeds.json")).keys()
    assert load_option_ranges(read("option_ranges.json"), next_instrument())
    with pytest.raises(InvalidInstrumentError, match=f"items without a usual document: {ADDED}"):
        load_documents(read("usual_documents.json"), next_instrument())


def test_a_later_rule_set_has_minima_of_its_own_while_one_of_the_instrument_must_repeat_its_criteria() -> (
    None
):
    data = copy.deepcopy(read("rule_sets.json"))
    later = copy.deepcopy(data["rule_sets"][0]) | {"id": "panrb-later", "valid_from": "2027"}
    later["gates"][0]["WBK"] = {"minimum": "76.5"}
    data["rule_sets"].append(later)
    with pytest.raises(InvalidInstrumentError, match=r"panrb-later WBK TOTAL: minimum is 76\.5"):
        load_rule_sets(data)
    del later["criteria_of"]
    assert load_rule_sets(data)["panrb-later"].of("WBK")[0].minimum == Fraction("76.5")
    later["gates"][0]["WBK"] = {"minimum": "100"}
    assert load_rule_sets(data)["panrb-later"].of("WBK")[0].minimum == 100
    later["gates"][0]["WBK"] = {"minimum": "100.5"}
    with pytest.raises(InvalidInstrumentError, match="must be above 0 and within the 100 to earn"):
        load_rule_sets(data)


def rounding_rules() -> Any:
    data = copy.deepcopy(read("rule_sets.json"))
    data["rule_sets"][0] |= {"id": "panrb-rounding", "gate_rounding": "two_decimals"}
    return load_rule_sets(data)["panrb-rounding"]


@pytest.mark.parametrize(
    ("index", "exact", "rounded"),
    [("3.60", True, True), ("3.5951", False, True), ("3.595", False, True), ("3.5949", False, False)],
)
def test_whether_3_5951_passes_3_60_is_what_the_rule_set_says(index: str, exact: bool, rounded: bool) -> None:
    given = lke.best(B_I_a=index)
    for rules, is_met in ((rule_set("panrb-90-2021"), exact), (rounding_rules(), rounded)):
        found = {one.gate.code: one for one in evaluate_gates(score(given), rules, "WBK")}
        assert found["B.I.a"].is_met is is_met
        assert found["B.I.a"].gate.minimum == Fraction("15.75")
        assert (found["B.I.a"].shortfall == 0) is is_met
        assert gates_met(totals(given), rules)["WBK", "B.I.a"] is is_met


@pytest.mark.parametrize(("points", "is_met"), [("75", True), ("74.995", True), ("74.99499999", False)])
def test_points_are_rounded_half_up_to_two_decimals_where_the_rule_set_says_so(
    points: str, is_met: bool
) -> None:
    numerator, denominator = Fraction(points).as_integer_ratio()
    count = len(lke_instrument().questions)
    earned = Totals(denominator, [0] + [numerator] * count, [0] * count)
    # every item but the first earns nothing: TOTAL alone is of interest
    assert gates_met(earned, rounding_rules())["WBK", "TOTAL"] is is_met


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda d: node_of(d, ADDED).update(type="ABCDEF"), f"{ADDED}: unknown type 'ABCDEF' (row 900"),
        (lambda d: d["scales"]["ABCD"]["values"].update(C="0.7"), "scale ABCD: values must fall from 1"),
        (lambda d: d["scales"]["ABC"]["values"].update(A="1.5"), "scale ABC A: '1.5' is no value 0-1"),
        (lambda d: d["scales"]["ABC"].update(printed="A/B"), "scale ABC: 'A/B' is printed"),
        (lambda d: d["scales"].pop("ABCDE"), "scales: ABCDE is missing"),
        (
            lambda d: node_of(d, "A.II.1.i.a")["inputs"].pop(1),
            "A.II.1.i.a: the formula reads n2, which is no input",
        ),
        (
            lambda d: node_of(d, "A.II.1.i.a").update(formula="index/4"),
            "A.II.1.i.a: formula 'index/4' is that of another type",
        ),
        (
            lambda d: node_of(d, "A.II.1.i.a")["inputs"][0].update(used_in_formula=False),
            "A.II.1.i.a.n1: used_in_formula",
        ),
        (lambda d: node_of(d, "A.II.1.i.a")["inputs"][0].update(min=1), "A.II.1.i.a.n1: counts are whole"),
        (lambda d: node_of(d, ADDED).update(weight=1), f"{ADDED}: an item of an indicator shares its weight"),
        (lambda d: node_of(d, "B.I.b").pop("weight"), "B.I.b: an item outside indicators has a weight"),
        (lambda d: node_of(d, "B.I.b").update(rollup="sum"), "B.I.b: rollup must be value_times_weight"),
        (lambda d: node_of(d, "A.I.1").update(rollup="max"), "A.I.1: rollup must be sum, not 'max'"),
        (lambda d: node_of(d, "A.I.1").update(level="indicator"), "A.I.1: is called 'indicator' where area"),
        (lambda d: node_of(d, ADDED).update(code="A.I.9.i.c"), "A.I.9.i.c: stands below A.I.1.i"),
        (
            lambda d: node_of(d, ADDED)["portalrb_2026"].update(soal_id=1),
            f"soal_id 1 stands at A.I.1.i.a and {ADDED}",
        ),
        (
            lambda d: node_of(d, ADDED)["portalrb_2026"].update(soal_id=400),
            f"{ADDED}: soal_id 400 is outside 1-128",
        ),
        (lambda d: d["editions"][0].update(layout="x"), "edition 2031: unknown layout 'x'"),
        (lambda d: d["editions"][0].update(valid_from="soon"), "edition 2031: valid_from 'soon'"),
        (lambda d: d["editions"].append(d["editions"][0]), "edition 2031 is defined twice"),
        (lambda d: node_of(d, "B.I.b")["option_facts"].update(F="x"), "B.I.b: option_facts of 'F'"),
        (lambda d: d["criteria"]["WBK"]["hasil_min"]["B.I.b"].update(lowest_option="Z"), "WBK B.I.b: 'Z'"),
        (lambda d: d["criteria"]["area_weights"].update({"A.*.1": 9}), "criteria A.*.1: weighs 8, not 9"),
        (
            lambda d: d["criteria"]["WBK"]["hasil_min"]["B.I.b"].update(lowest_option="E"),
            "WBK B.I.b: minimum is 0, not 2.5",
        ),
        (lambda d: d["scales"]["ABC"].update(values="A, B, C"), "scale ABC: an option type needs a value"),
        (lambda d: d["scales"]["ABC"].update(values={}), "scale ABC: an option type needs a value"),
        (
            lambda d: node_of(d, "B.I.a").update(inputs=node_of(d, "A.II.1.i.a")["inputs"]),
            "B.I.a: an index takes no inputs",
        ),
        (
            lambda d: node_of(d, "A.II.1.i.a").update(
                optional_inputs=node_of(d, "A.II.5.iii.a")["optional_inputs"]
            ),
            "A.II.1.i.a: the one optional input is n0",
        ),
        (
            lambda d: node_of(d, "A.II.5.iii.a")["optional_inputs"][0].update(key="n8"),
            "A.II.5.iii.a: the one optional input is n0",
        ),
        (
            lambda d: node_of(d, "A.I.1.i").update(children=[node_of(d, "A.I.1.ii")]),
            "A.I.1.ii: is called 'indicator' where no further level stands",
        ),
        (lambda d: d["counts"].update(portalrb_2026_soal=131), "soal_id 129 and 2 more of 1-131"),
        (lambda d: node_of(d, "A").update(code="C"), "A.I: stands below C"),
        (lambda d: d["tree"].pop(), "B: there is no such node"),
    ],
)
def test_an_edition_that_contradicts_itself_is_not_loaded(spoil: Any, fault: str) -> None:
    data = next_data()
    spoil(data)
    with pytest.raises(InvalidInstrumentError) as refused:
        load(data)
    assert any(one.startswith(fault) for one in refused.value.faults), refused.value.faults
