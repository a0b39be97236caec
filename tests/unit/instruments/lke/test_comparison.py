"""What differs between two versions of the data, exactly, and what becomes of an answer."""

import copy
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from shared.instruments.lke import lke_instrument, load_feeds, load_policies, load_rule_sets, score
from shared.instruments.lke.comparison import (
    Comparison,
    compare_data,
    compare_editions,
    compare_instruments,
    compare_policies,
    compare_rule_sets,
)
from shared.instruments.lke.load import load, read
from shared.instruments.lke.plain import plain
from tests.support.lke_editions import ADDED, RESCALED, RETYPED, next_data, next_instrument, node_of


def against_shipped(change: Callable[[Any], object]) -> Comparison:
    data = copy.deepcopy(read("instrument.json"))
    change(data)
    return compare_instruments(lke_instrument(), load(data), (read("instrument.json"), data))


def lines(found: Comparison) -> list[str]:
    return [str(one) for one in found.rules]


def meanings(found: Comparison) -> dict[str | None, tuple[str, tuple[str, ...]]]:
    return {
        one.after or one.before: (one.meaning, one.reasons) for one in found.items if one.meaning != "same"
    }


def test_the_same_data_have_no_difference_and_every_answer_means_the_same() -> None:
    found = against_shipped(lambda _: None)
    assert found.is_same
    assert len(found.items) == 113
    assert not meanings(found)


def test_weights_are_told_exactly_and_change_no_answers_meaning() -> None:
    def change(data: Any) -> None:
        node_of(data, "A.I.1.i")["weight"] = 1
        node_of(data, "A.I.1.iv")["weight"] = 1

    found = against_shipped(change)
    assert lines(found)[:2] == ["A.I.1.i: weight: 0.5 -> 1", "A.I.1.iv: weight: 1.5 -> 1"]
    assert "A.I.1.i.a: points at best: 0.25 -> 0.5" in lines(found)
    assert not meanings(found)


def test_an_item_put_in_between_renumbers_those_after_it_and_rewrites_none() -> None:
    def change(data: Any) -> None:
        items = node_of(data, "A.I.1.i")["questions"]
        places = {"portalrb_2026": {"soal_id": 128, "row": 900}, "workbook_2021": {"row": 900}}
        new = items[0] | {"code": "A.I.1.i.b", "text": "Butir baru", **places}
        items[1]["code"] = "A.I.1.i.c"
        items.insert(1, new)
        data["counts"]["portalrb_2026_soal"] = 128
        data["counts"]["scored_items"] |= {"pemenuhan": 88, "total": 114}

    found = against_shipped(change)
    assert [line for line in lines(found) if line.startswith(("A.I.1.i.b: ", "A.I.1.i.c: "))] == [
        "A.I.1.i.b: item added: YA_TIDAK, row 900: Butir baru",
        "A.I.1.i.c: code: A.I.1.i.b -> A.I.1.i.c",
        "A.I.1.i.c: points at best: 0.25 -> 1/6",
    ]
    assert meanings(found) == {"A.I.1.i.b": ("added", ())}


def test_a_code_that_is_gone_and_one_that_is_new_with_the_same_text_are_one_item() -> None:
    found = against_shipped(lambda data: node_of(data, "A.I.1.i.b").update(code="A.I.1.i.c"))
    assert lines(found) == ["A.I.1.i.c: code: A.I.1.i.b -> A.I.1.i.c"]
    assert [(one.before, one.after, one.meaning) for one in found.items if one.before != one.after] == [
        ("A.I.1.i.b", "A.I.1.i.c", "same")
    ]


def third_of_first(data: Any) -> None:
    item = node_of(data, "A.II.6.i.b")
    item["formula"] = "min(1, n3/n1)"
    item["inputs"][1]["used_in_formula"] = False
    places = {"portalrb_2026": {"row": 901}, "workbook_2021": {"row": 901}}
    item["inputs"].append({"key": "n3", "label": "Jumlah", **places})


def other_limits(data: Any) -> None:
    node_of(data, "A.II.1.ii.a")["option_facts"]["A"] = "> 90%"


@pytest.mark.parametrize(
    ("change", "code", "reasons"),
    [
        (lambda d: node_of(d, "A.I.1.i.b").update(type="ABCD"), "A.I.1.i.b", ("type",)),
        (third_of_first, "A.II.6.i.b", ("formula", "inputs")),
        (lambda d: node_of(d, "A.II.5.iii.a").pop("optional_inputs"), "A.II.5.iii.a", ("inputs",)),
        (other_limits, "A.II.1.ii.a", ("limits of options",)),
    ],
)
def test_what_makes_an_answer_mean_something_else_is_named(
    change: Callable[[Any], object], code: str, reasons: tuple[str, ...]
) -> None:
    assert meanings(against_shipped(change)) == {code: ("changed", reasons)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: node_of(d, "A.II.6.i.b").update(text="Lain"), "text"),
        (lambda d: node_of(d, "A.II.6.i.b")["inputs"][0].update(label="Lain"), "label"),
        (lambda d: node_of(d, "A.II.6.i.b").update(note="Lain"), "note"),
    ],
)
def test_other_words_leave_the_value_and_are_told_apart(change: Callable[[Any], object], reason: str) -> None:
    found = against_shipped(change)
    assert meanings(found) == {"A.II.6.i.b": ("reworded", (reason,))}
    assert not found.rules
    assert len(found.texts) == 1


def test_rows_and_soal_id_that_move_are_told() -> None:
    def change(data: Any) -> None:
        first, second = node_of(data, "A.I.1.i.a"), node_of(data, "A.I.1.i.b")
        places = first["portalrb_2026"], second["portalrb_2026"]
        second["portalrb_2026"], first["portalrb_2026"] = places

    found = against_shipped(change)
    assert "A.I.1.i.a: soal_id: 1 -> 2" in lines(found)
    assert "A.I.1.i.b: row of portalrb_2026: 7 -> 6" in lines(found)
    assert not meanings(found)


def test_what_stands_beside_the_tree_is_compared_value_by_value() -> None:
    def change(data: Any) -> None:
        data["kawasan"]["integration_score_min"]["WBK"] = 7
        data["prerequisites"]["source"] = "Peraturan yang lain"
        data["editions"].pop(0)

    found = against_shipped(change)
    assert lines(found) == [
        "edition 2021: edition removed: PermenPANRB 90/2021 Lampiran III",
        "kawasan.integration_score_min.WBK: value: 6.5 -> 7",
    ]
    assert [one.place for one in found.texts] == ["prerequisites.source"]


def test_an_answer_that_means_the_same_has_the_same_value_and_one_that_does_not_has_another() -> None:
    """The statement is held against the arithmetic: a letter's value in each edition."""
    found = compare_instruments(lke_instrument(), next_instrument())
    told = {one.after: one.meaning for one in found.items}
    assert (told[ADDED], told[RETYPED], told[RESCALED]) == ("added", "changed", "changed")
    for code, question in lke_instrument().questions.items():
        if question.scale is None:
            assert told[code] == "same"
            continue
        other = next_instrument().questions[code].scale
        assert (told[code] == "same") == (other == question.scale)


def test_items_that_are_in_one_alone_are_told_both_ways() -> None:
    there, back = (
        compare_instruments(*pair)
        for pair in ((lke_instrument(), next_instrument()), (next_instrument(), lke_instrument()))
    )
    assert f"{ADDED}: item added: ABCDE, row 900: Butir baru" in lines(there)
    assert f"{ADDED}: item removed: ABCDE, row 900: Butir baru" in lines(back)
    assert meanings(back)[ADDED] == ("removed", ())


def test_a_number_is_told_with_all_its_decimals_or_as_a_fraction() -> None:
    assert [plain(value) for value in map(Fraction, ("1/3", "21/4", "40", "1/8", "-1/20"))] == [
        "1/3", "5.25", "40", "0.125", "-0.05",
    ]  # fmt: skip


def test_editions_of_one_instrument_share_every_answer() -> None:
    found = compare_editions(lke_instrument(), "2021", "2026")
    assert {one.meaning for one in found.items} == {"same"}
    assert "edition: layout: workbook_2021 -> portalrb_2026" in lines(found)
    assert "edition: rows of 113 of 113 items: workbook_2021 -> portalrb_2026" in lines(found)
    assert compare_editions(lke_instrument(), "2026", "2026").is_same


def test_gates_are_compared_by_their_exact_minima_and_as_the_rule_states_them() -> None:
    data = copy.deepcopy(read("rule_sets.json"))
    later = data["rule_sets"][0]
    later |= {"id": "later", "gate_rounding": "two_decimals"}
    del later["criteria_of"]
    gates = later["gates"]
    gates[2]["WBBM"] = {"percent": "80"}
    gates[9]["WBK"] = {"index": "3.5"}
    gates[10]["WBK"] = {"option": "B"}
    removed = gates.pop(7)["gate"]
    gates[1]["name"] = "Pengungkit (A)"
    found = compare_rule_sets(load_rule_sets(read("rule_sets.json")), load_rule_sets(data))
    told = lines(found)
    assert told[:2] == [
        "panrb-90-2021: id: panrb-90-2021 -> later",
        "panrb-90-2021: gate rounding: none -> two_decimals",
    ]
    assert "panrb-90-2021 WBBM A.*.1: minimum: 6 (75 percent) -> 6.4 (80 percent)" in told
    assert f"panrb-90-2021 WBK {removed}: gate removed: 6 (60 percent)" in told
    assert "panrb-90-2021 WBK B.I.b: minimum: 2.5 (letter C) -> 3.75 (letter B)" in told
    assert "panrb-90-2021 WBK B.I.a: minimum: 15.75 (index 3.6) -> 15.3125 (index 3.5)" in told
    assert "panrb-90-2021 WBK TOTAL: least that meets it: 75 -> 74.995" in told
    assert [one.what for one in found.texts] == ["name", "name"]


def test_policies_are_compared_by_what_a_denominator_of_0_is_worth() -> None:
    data = copy.deepcopy(read("policies.json"))
    data["zero_denominator"].append(
        data["zero_denominator"][0] | {"id": "full-2", "questions": {"A.II.6.i.b": "full"}}
    )
    data["default"] = "full-2"
    shipped = read("policies.json")
    chosen = [{name: one[name] for name in ("default", "before_pinning")} for one in (shipped, data)]
    found = compare_policies(load_policies(shipped), load_policies(data), *chosen)
    assert lines(found) == [
        "policies: default: undefined-1 -> full-2",
        "full-2: policy added: undefined from 2021-12-31",
    ]
    alone = {"full-2": load_policies(data)["full-2"]}
    assert "undefined-1: denominator 0 of A.II.6.i.b: undefined -> full" in lines(
        compare_policies(load_policies(shipped), alone)
    )


def test_feeds_are_compared_by_their_items() -> None:
    data = copy.deepcopy(read("feeds.json"))
    data["feeds"][1]["letter"] = "Tidak"
    data["feeds"].pop(0)
    assert load_feeds(data)
    told = lines(compare_data(read("feeds.json"), data))
    assert "feeds[A.I.5.iii.b].letter: value: Ya -> Tidak" in told
    assert "feeds[A.II.5.ii.a].stream: value removed: masyarakat" in told


def test_comparing_counts_nothing_anew() -> None:
    before = score({}).total
    compare_instruments(lke_instrument(), load(next_data()))
    assert score({}).total == before
