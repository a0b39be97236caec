"""Read the instrument's file into its model; a file that contradicts itself gives no instrument."""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from shared.instruments.lke.checks import InvalidInstrumentError, check, require
from shared.instruments.lke.formulas import FORMULAS, INDEX, REPORTED_OF_OBLIGED, Formula
from shared.instruments.lke.model import (
    TOTAL,
    Edition,
    Input,
    Instrument,
    Node,
    Place,
    Question,
    QuestionType,
    Scale,
)


def read(name: str) -> Any:
    """Return the content of a data file of this package, decimals as `Decimal`."""
    return json.loads(files(__package__).joinpath("data", name).read_text("utf-8"), parse_float=Decimal)


@cache
def lke_instrument() -> Instrument:
    """Return the LKE instrument from the checked data file; the same object at every call."""
    return load(read("instrument.json"))


@cache
def lke_prerequisites() -> Mapping[str, Any]:
    """Return what the file says of preconditions, and of kawasan under that name, as it stands there.

    Versions of these rules that are kept elsewhere are compared with it.
    """
    data = read("instrument.json")
    return MappingProxyType({**data["prerequisites"], "kawasan": data["kawasan"]})


def edition_for_year(year: int) -> str:
    """Return the edition a new assessment of `year` pins: the newest in force, else the first.

    Source: own rule (lke.md section 9): from 2026 on edition 2026, before it 2021.
    """
    editions = sorted(lke_instrument().editions.values(), key=lambda edition: edition.valid_from)
    in_force = [edition for edition in editions if int(edition.valid_from[:4]) <= year]
    return (in_force or editions[:1])[-1].id


def load(data: Mapping[str, Any]) -> Instrument:
    """Build and check the instrument.

    Raises `InvalidInstrumentError`, one sentence per fault, when: children's weights do not add up to the
    parent's, a code is repeated, soal_id do not run 1-127, a row is reused within a layout, counts differ,
    an area is named differently in its two halves, a minimum is not its percent, index or option in points,
    a formula or type is unknown.
    """
    scales = {
        QuestionType(key): Scale(
            entry["printed"],
            MappingProxyType({letter: Fraction(value) for letter, value in entry["values"].items()}),
        )
        for key, entry in data["scales"].items()
        if isinstance(entry["values"], Mapping)
    }
    components = tuple(_node(entry, scales) for entry in data["tree"])
    all_nodes = [node for component in components for node in component.walk()]
    all_questions = [question for node in all_nodes for question in node.questions]
    instrument = Instrument(
        id=data["id"],
        title=data["title"],
        editions=MappingProxyType({entry["id"]: _edition(entry) for entry in data["editions"]}),
        components=components,
        nodes=MappingProxyType({node.code: node for node in all_nodes}),
        questions=MappingProxyType({question.code: question for question in all_questions}),
        criteria=data["criteria"],
        layouts=data["layouts"],
        under=_under(components),
    )
    check(instrument, all_nodes, all_questions, data["counts"])
    return instrument


def _under(components: Sequence[Node]) -> Mapping[str, tuple[Question, ...]]:
    nodes = [node for component in components for node in component.walk()]
    found: dict[str, tuple[Question, ...]] = {}
    found |= {question.code: (question,) for node in nodes for question in node.questions}
    found |= {node.code: tuple(node.all_questions()) for node in nodes}
    found[TOTAL] = tuple(question for component in components for question in component.all_questions())
    return MappingProxyType(found)


def _edition(entry: Mapping[str, Any]) -> Edition:
    return Edition(
        entry["id"], entry["basis"], entry["valid_from"], entry["layout"], tuple(entry["differences"])
    )


def _node(entry: Mapping[str, Any], scales: Mapping[QuestionType, Scale]) -> Node:
    code = entry["code"]
    weight = Fraction(entry["weight"])
    questions: Iterable[Mapping[str, Any]] = entry.get("questions", [])
    count = len(entry.get("questions", []))
    rollup = "mean_times_weight" if entry["level"] == "indicator" else "sum"
    require(entry["rollup"] == rollup, f"{code}: rollup must be {rollup}")
    return Node(
        code=code,
        level=entry["level"],
        name=entry["name"],
        weight=weight,
        workbook_row=entry["workbook_2021"]["row"],
        total_row=entry["workbook_2021"].get("total_row"),
        portalrb_row=entry["portalrb_2026"]["row"],
        children=tuple(_node(child, scales) for child in entry.get("children", [])),
        questions=tuple(_question(item, code, _share(item, weight, count), scales) for item in questions),
    )


def _share(item: Mapping[str, Any], weight: Fraction, count: int) -> Fraction:
    if "weight" not in item:
        return weight / count
    require(item["rollup"] == "value_times_weight", f"{item['code']}: rollup must be value_times_weight")
    return Fraction(item["weight"])


def _question(
    entry: Mapping[str, Any], parent: str, share: Fraction, scales: Mapping[QuestionType, Scale]
) -> Question:
    code = entry["code"]
    require(entry["type"] in list(QuestionType), f"{code}: unknown type {entry['type']!r}")
    kind = QuestionType(entry["type"])
    inputs = tuple(_input(item) for item in entry.get("inputs", []))
    totals = [_input(item) for item in entry.get("optional_inputs", [])]
    require(len(totals) <= 1, f"{code}: more than one optional total")
    formula = _formula(entry, kind)
    return Question(
        code=code,
        type=kind,
        text=entry["text"],
        parent=parent,
        share=share,
        place=_place(entry),
        scale=scales.get(kind),
        formula=formula,
        inputs=inputs,
        optional_total=totals[0] if totals else None,
        sufficient=_sufficient(formula, frozenset(item.key for item in inputs)),
        option_facts=MappingProxyType(entry.get("option_facts", {})),
        cross_check=entry.get("cross_check"),
        when_zero=entry.get("when_zero"),
        note=entry.get("note"),
        feed_hint=entry.get("feed_hint"),
    )


def _formula(entry: Mapping[str, Any], kind: QuestionType) -> Formula | None:
    text = entry.get("formula", "")
    if kind not in {QuestionType.PERCENT, QuestionType.INDEX}:
        require(not text, f"{entry['code']}: an option question has no formula")
        return None
    if text not in FORMULAS:
        raise InvalidInstrumentError(f"{entry['code']}: unknown formula {text!r}")
    require(
        (FORMULAS[text] is INDEX) == (kind is QuestionType.INDEX), f"{entry['code']}: formula of another type"
    )
    return FORMULAS[text]


def _sufficient(formula: Formula | None, keys: frozenset[str]) -> tuple[frozenset[str], ...]:
    if not keys:
        return ()
    return (keys, frozenset({"n0", "n4"})) if formula is REPORTED_OF_OBLIGED else (keys,)


def _input(entry: Mapping[str, Any]) -> Input:
    require(
        entry.get("min", 0) == 0 and entry.get("integer", True), f"{entry['label']}: counts are whole, from 0"
    )
    return Input(entry["key"], entry["label"], entry.get("used_in_formula", True), _place(entry))


def _place(entry: Mapping[str, Any]) -> Place:
    portal = entry["portalrb_2026"]
    return Place(entry["workbook_2021"]["row"], portal["row"], portal.get("soal_id"))
