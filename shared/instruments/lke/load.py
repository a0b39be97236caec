"""Read the instrument's file into its model; a file that contradicts itself gives no instrument."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shared.instruments.lke.checks import faults_of
from shared.instruments.lke.faults import refuse_any
from shared.instruments.lke.file_shapes import INSTRUMENT
from shared.instruments.lke.formulas import FORMULAS, REPORTED_OF_OBLIGED, Formula
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
from shared.instruments.lke.strict_json import parse_json, read_file


def read(name: str) -> Any:
    """Return the content of a data file of this package, decimals as `Decimal`."""
    return parse_json(files(__package__).joinpath("data", name).read_bytes())


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


def load_instrument(source: Path | bytes) -> Instrument:
    """Return the instrument of any file, beside the shipped one and without a trace in it.

    Raises what `parse_json` and `load` raise, and `OSError` for a file that cannot be read.
    """
    return load(parse_json(source if isinstance(source, bytes) else read_file(source)))


def load(data: Any) -> Instrument:
    """Build and check the instrument.

    Raises `InvalidInstrumentError` with every fault, one sentence each: first of what the file is made of (a
    name missing or unknown, a value of another kind); if that is right, of what it says. That is when
    children's weights do not add up to the parent's, a code or row is used twice, soal_id do not run from 1
    to their count, counts differ, an area is named differently in its two halves, a minimum is not its
    percent, index or option in points, a formula, type, level or layout is unknown, a formula reads an input
    that is not there, a scale does not fall from 1.
    """
    refuse_any(INSTRUMENT(data, "the file"))
    refuse_any(faults_of(data))
    scales = {
        QuestionType(key): Scale(
            entry["printed"],
            MappingProxyType({letter: Fraction(value) for letter, value in entry["values"].items()}),
        )
        for key, entry in data["scales"].items()
        if isinstance(entry["values"], Mapping)
    }
    components = tuple(_node(entry, scales) for entry in data["tree"])
    nodes = [node for component in components for node in component.walk()]
    return Instrument(
        id=data["id"],
        title=data["title"],
        editions=MappingProxyType({entry["id"]: _edition(entry) for entry in data["editions"]}),
        components=components,
        nodes=MappingProxyType({node.code: node for node in nodes}),
        questions=MappingProxyType(
            {question.code: question for node in nodes for question in node.questions}
        ),
        criteria=data["criteria"],
        layouts=data["layouts"],
        under=_under(components),
    )


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
    return Fraction(item["weight"]) if "weight" in item else weight / count


def _question(
    entry: Mapping[str, Any], parent: str, share: Fraction, scales: Mapping[QuestionType, Scale]
) -> Question:
    kind = QuestionType(entry["type"])
    inputs = tuple(_input(item) for item in entry.get("inputs", []))
    totals = [_input(item) for item in entry.get("optional_inputs", [])]
    formula = FORMULAS[entry["formula"]] if "formula" in entry else None
    return Question(
        code=entry["code"],
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


def _sufficient(formula: Formula | None, keys: frozenset[str]) -> tuple[frozenset[str], ...]:
    if not keys:
        return ()
    return (keys, frozenset({"n0", "n4"})) if formula is REPORTED_OF_OBLIGED else (keys,)


def _input(entry: Mapping[str, Any]) -> Input:
    return Input(entry["key"], entry["label"], entry.get("used_in_formula", True), _place(entry))


def _place(entry: Mapping[str, Any]) -> Place:
    portal = entry["portalrb_2026"]
    return Place(entry["workbook_2021"]["row"], portal["row"], portal.get("soal_id"))
