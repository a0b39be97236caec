"""A later edition of the LKE, made from the shipped one: other weights, an item more, other scales."""

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

from shared.instruments.lke import Answer, Instrument, QuestionType, RuleSet, load_rule_sets
from shared.instruments.lke.load import load, read

ADDED, RETYPED, RESCALED, REWEIGHED = "A.I.1.i.c", "A.I.1.ii.b", "A.I.1.iii.a", "B.I.a"
"""The item more, one of another scale, one of the scale with other values, one of another weight."""


def node_of(data: Any, code: str) -> Any:
    """Return a node or an item of a file as read."""
    waiting = list(data["tree"])
    for one in waiting:
        if one["code"] == code:
            return one
        waiting += [*one.get("children", []), *one.get("questions", [])]
    raise KeyError(code)


def next_data() -> Any:
    """Return the file of the later edition, as read; each call gives one of its own to change."""
    data = deepcopy(read("instrument.json"))
    data |= {"id": "lke-zi-next", "title": "LKE berikutnya"}
    data["editions"] = [
        data["editions"][1] | {"id": "2031", "valid_from": "2031", "basis": "aturan berikutnya"}
    ]
    data["scales"]["ABCD"]["values"] |= {"B": "0.7", "C": "0.3"}
    for code, weight in {
        "A.I.1.i": "0.75", "A.I.1.iv": "1.25",
        "B.I": "22", REWEIGHED: "17", "B.II": "18", "B.II.a": "18",
    }.items():  # fmt: skip
        node_of(data, code)["weight"] = Decimal(weight)
    node_of(data, RETYPED)["type"] = "ABCD"
    node_of(data, "A.I.1.i")["questions"].append(
        {
            "code": ADDED,
            "level": "question",
            "type": "ABCDE",
            "text": "Butir baru",
            "portalrb_2026": {"soal_id": 128, "row": 900},
            "workbook_2021": {"row": 900},
        }
    )
    data["counts"] |= {"portalrb_2026_soal": 128}
    data["counts"]["scored_items"] |= {"pemenuhan": 88, "total": 114}
    for predicate, points in {
        "WBK": {"B.I": "17.8", "B.I.a": "15.3", "B.II": "14.4"},
        "WBBM": {"B.I": "19.05", "B.I.a": "15.3", "B.II": "16.2"},
    }.items():
        for code, value in points.items():
            data["criteria"][predicate]["hasil_min"][code]["points"] = Decimal(value)
    return data


@cache
def next_instrument() -> Instrument:
    return load(next_data())


def next_rules_data() -> Any:
    """Return rule sets for the later edition, as read: other minima of the results."""
    data = deepcopy(read("rule_sets.json"))
    data["rule_sets"][0] |= {"id": "panrb-next", "valid_from": "2031", "criteria_of": "lke-zi-next"}
    for gate in data["rule_sets"][0]["gates"]:
        if gate["gate"] == "B.I":
            gate |= {"WBK": {"minimum": "17.8"}, "WBBM": {"minimum": "19.05"}}
    return data


@cache
def next_rules() -> RuleSet:
    return load_rule_sets(next_rules_data(), next_instrument())["panrb-next"]


def filled(instrument: Instrument, hand: Random, blanks: float = 0.1) -> Mapping[str, Answer]:
    """Return a layer of any answers, some blank, some with counts that lack one of their set."""
    found: dict[str, Answer] = {}
    for code, question in instrument.questions.items():
        if hand.random() < blanks:
            continue
        if question.scale is not None:
            found[code] = Answer(letter=hand.choice(list(question.scale.values)))
        elif question.type is QuestionType.INDEX:
            found[code] = Answer(index=Decimal(hand.randrange(401)) / 100)
        else:
            keys = [entry.key for entry in question.inputs if hand.random() >= blanks / 4]
            found[code] = Answer(inputs={key: hand.randrange(30) for key in keys or ["n1"]})
    return found


def points_of(layer: Mapping[str, Answer], data: Any, code: str) -> Fraction:
    """Return the points of an option item by the raw file: value x w / n, nothing else being asked."""
    item, parent = node_of(data, code), node_of(data, code.rpartition(".")[0])
    letter = layer[code].letter or ""
    value = Fraction(data["scales"][item["type"]]["values"][letter])
    return value * Fraction(parent["weight"]) / len(parent["questions"])
