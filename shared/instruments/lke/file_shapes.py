"""What each data file of the LKE is made of. Source: lke.md section 3."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.instruments.lke.shapes import (
    Shape,
    anything,
    flag,
    list_of,
    map_of,
    nothing_or,
    number,
    number_text,
    one_of,
    record,
    row_of,
    text,
    whole,
)
from shared.kernel import PREDICATES

SCHEMA_VERSION = 1
_VERSION = one_of(SCHEMA_VERSION)

_PLACE = record({"row": whole}, {"total_row": whole, "note": text})
_PORTAL_PLACE = record({"row": whole}, {"soal_id": nothing_or(whole), "note": text})
_PLACES: dict[str, Shape] = {"workbook_2021": _PLACE, "portalrb_2026": _PORTAL_PLACE}
_TOTAL = record({"key": text, "label": text, **_PLACES}, called="key", is_part=True)
_INPUT = record(
    {"key": text, "label": text, **_PLACES},
    {"min": number, "integer": flag, "used_in_formula": flag},
    called="key",
    is_part=True,
)
_QUESTION = record(
    {"code": text, "level": one_of("question"), "type": text, "text": text, **_PLACES},
    {
        "formula": text,
        "inputs": list_of(_INPUT, least=1),
        "optional_inputs": list_of(_TOTAL),
        "weight": number,
        "rollup": text,
        "sub_weight": number,
        "index_range": list_of(whole),
        "option_facts": map_of(text),
        "cross_check": text,
        "when_zero": text,
        "note": text,
        "feed_hint": text,
    },
    called="code",
)


def _node(value: Any, place: str) -> Iterator[str]:
    yield from _NODE(value, place)


_NODE = record(
    {"code": text, "level": text, "name": text, "weight": number, "rollup": text, **_PLACES},
    {"children": list_of(_node, least=1), "questions": list_of(_QUESTION, least=1), "note": text},
    called="code",
)
_SCALE = record({"printed": text, "values": anything})
_HASIL_MINIMUM = record({"points": number}, {"index": number, "lowest_option": text})
_CRITERIA = record(
    {
        "total_min": number,
        "pengungkit_min": number,
        "area_min_percent": number,
        "area_min_points": map_of(number),
        "hasil_min": map_of(_HASIL_MINIMUM),
    },
    is_open=True,
)
_EDITION = record(
    {"id": text, "basis": text, "valid_from": text, "layout": text, "differences": list_of(text)},
    called="id",
)
_COUNTS = record(
    {
        "areas": whole,
        "indicators": record({"pemenuhan": whole, "reform": whole}),
        "scored_items": record({"pemenuhan": whole, "reform": whole, "hasil": whole, "total": whole}),
        "percent_items": whole,
        "portalrb_2026_soal": whole,
    }
)

INSTRUMENT = record(
    {
        "schema_version": _VERSION,
        "id": text,
        "title": text,
        "editions": list_of(_EDITION, least=1),
        "counts": _COUNTS,
        "scales": map_of(_SCALE),
        "tree": list_of(_node, least=1),
        "criteria": record(
            {"area_weights": map_of(number), **dict.fromkeys(PREDICATES, _CRITERIA)}, is_open=True
        ),
        "layouts": map_of(map_of(anything)),
        "prerequisites": map_of(anything),
        "kawasan": map_of(anything),
    },
    is_open=True,
)

_FLOOR = record({}, {"minimum": number_text, "percent": number_text, "index": number_text, "option": text})
_GATE = record(
    {
        "gate": text,
        "name": text,
        "basis": list_of(text, least=1),
        "op": text,
        "source": text,
        **dict.fromkeys(PREDICATES, _FLOOR),
    },
    called="gate",
)
_RULE_SET = record(
    {"id": text, "valid_from": text, "gate_rounding": text, "gates": list_of(_GATE, least=1)},
    {"gate_rounding_note": text, "criteria_of": text},
    called="id",
)
RULE_SETS = record(
    {
        "schema_version": _VERSION,
        "sources": map_of(text, least=1),
        "rule_sets": list_of(_RULE_SET, least=1),
    },
    {"note": text},
)

_CHOICE = one_of("undefined", "zero", "full")
_POLICY = record(
    {
        "id": text,
        "valid_from": text,
        "adopter": text,
        "reason": text,
        "source": text,
        "default": _CHOICE,
        "questions": map_of(_CHOICE),
    },
    called="id",
)
POLICIES = record(
    {
        "schema_version": _VERSION,
        "zero_denominator": list_of(_POLICY, least=1),
        "default": text,
        "before_pinning": text,
    },
    {"note": text},
)

_FED: dict[str, Shape] = {"item": text, "kind": text, "from": text, "source": anything}


def _fed(**more: Shape) -> Shape:
    return record({**_FED, **more}, {"check": text}, called="item")


_CASE_COUNTS = _fed(stream=text, inputs=map_of(list_of(text), least=1))
_CASE_LETTER = _fed(stream=text, letter=text, counts_as=list_of(text))
_STEPS = list_of(row_of(text, whole), least=1)
_FED_FROM = {
    "surveys": _fed(regimes=list_of(text, least=1), at_least=_STEPS),
    "activities": _fed(above=list_of(row_of(text, number_text), least=1), all=text, none=text),
    "evaluations": _fed(stream=text, at_least=_STEPS),
    "designations": _fed(stream=text, by_reach=list_of(row_of(text, text), least=1)),
    "reviews": _fed(letter=text),
}


def _feed(value: Any, place: str) -> Iterator[str]:
    """An entry that is made as its source of facts asks."""
    source = value.get("from") if isinstance(value, Mapping) else None
    if source == "cases":
        yield from (_CASE_LETTER if "letter" in value else _CASE_COUNTS)(value, place)
    else:
        yield from _FED_FROM.get(str(source), record(_FED, called="item", is_open=True))(value, place)


FEEDS = record({"schema_version": _VERSION, "feeds": list_of(_feed)}, {"note": text})

_RANGE = row_of(text, nothing_or(number_text), nothing_or(number_text))
OPTION_RANGES = record(
    {"schema_version": _VERSION, "source": text, "ranges": map_of(list_of(_RANGE, least=1))}, {"note": text}
)

USUAL_DOCUMENTS = record(
    {
        "schema_version": _VERSION,
        "documents": map_of(record({"text": anything, "source": anything})),
        "items": map_of(list_of(text)),
    },
    {"note": text, "source": text},
)
