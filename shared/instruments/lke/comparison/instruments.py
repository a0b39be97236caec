"""Instruments and their editions compared, item by item."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from shared.instruments.lke.comparison.data import compare_data
from shared.instruments.lke.comparison.differences import (
    Comparison,
    Difference,
    ItemMeaning,
    Meaning,
    different,
)
from shared.instruments.lke.model import PORTAL, WORKBOOK, Input, Instrument, Place, Question
from shared.instruments.lke.plain import plain

_OPTION_VALUES = "option values"


def compare_instruments(
    before: Instrument, after: Instrument, blocks: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None
) -> Comparison:
    """Compare two instruments, items by code, or by text and type where a code is new.

    `blocks` are their files as read: what stands beside the tree is compared value by value.
    """
    pairs = _pairs(before, after)
    rules = [*_titles(before, after, "rules"), *_scales(before, after), *_nodes(before, after)]
    texts = [*_titles(before, after, "texts"), *_node_names(before, after)]
    items = []
    for old, new in pairs:
        if old is None or new is None:
            one = old or new
            said = f"{one.type}, row {one.place.workbook_row}: {one.text}" if one else ""
            code = one.code if one else ""
            rules.append(Difference(code, "item", said if old else None, said if new else None))
            items.append(
                ItemMeaning(
                    old.code if old else None, new.code if new else None, "removed" if old else "added", ()
                )
            )
            continue
        changed = list(_value_rules(old, new))
        worded = list(_wording(old, new))
        rules.extend(different(new.code, "code", old.code, new.code))
        rules.extend(one for one in changed if one.what != _OPTION_VALUES)  # told once, of the scale
        rules.extend(_points_and_places(old, new))
        texts.extend(worded)
        meaning: Meaning = "changed" if changed else "reworded" if worded else "same"
        reasons = tuple(dict.fromkeys(one.what for one in changed or worded))
        items.append(ItemMeaning(old.code, new.code, meaning, reasons))
    if blocks is not None:
        beside = [{key: data[key] for key in data if key not in _MODELLED} for data in blocks]
        found = compare_data(beside[0], beside[1])
        rules.extend(found.rules)
        texts.extend(found.texts)
    return Comparison(tuple(rules), tuple(texts), tuple(items))


_MODELLED = frozenset({"id", "title", "editions", "scales", "tree"})
"""The blocks of an instrument's file that its model holds."""


def compare_editions(instrument: Instrument, before: str, after: str) -> Comparison:
    """Compare two editions of one instrument: they share items, scales, weights and formulas."""
    old, new = instrument.editions[before], instrument.editions[after]
    rules = [
        *different("edition", "id", old.id, new.id),
        *different("edition", "valid_from", old.valid_from, new.valid_from),
        *different("edition", "layout", old.layout, new.layout),
    ]
    if old.layout != new.layout:
        places = [
            (item.place.row_in(old.layout), item.place.row_in(new.layout))
            for item in instrument.questions.values()
        ]
        moved = sum(first != second for first, second in places)
        rules.append(Difference("edition", f"rows of {moved} of {len(places)} items", old.layout, new.layout))
    texts = [
        *different("edition", "basis", old.basis, new.basis),
        *different("edition", "differences", "; ".join(old.differences), "; ".join(new.differences)),
    ]
    items = tuple(ItemMeaning(code, code, "same", ()) for code in instrument.questions)
    return Comparison(tuple(rules), tuple(texts), items)


def _pairs(before: Instrument, after: Instrument) -> list[tuple[Question | None, Question | None]]:
    """Return the items of both in the order of the newer sheet, what is gone after it.

    An item is the one of its text and type, so that one put in between does not make all after it look
    rewritten; else the one of its code.
    """
    left = dict(before.questions)
    taken: dict[str, Question] = {}
    for is_one in (_is_where_it_was, _has_its_words, _has_its_code):
        for code, new in after.questions.items():
            old = None if code in taken else next((one for one in left.values() if is_one(one, new)), None)
            if old is not None:
                taken[code] = left.pop(old.code)
    found: list[tuple[Question | None, Question | None]] = [
        (taken.get(code), new) for code, new in after.questions.items()
    ]
    return [*found, *((one, None) for one in left.values())]


def _is_where_it_was(old: Question, new: Question) -> bool:
    return _has_its_code(old, new) and _has_its_words(old, new)


def _has_its_words(old: Question, new: Question) -> bool:
    return (old.text, old.type) == (new.text, new.type)


def _has_its_code(old: Question, new: Question) -> bool:
    return old.code == new.code


def _titles(before: Instrument, after: Instrument, kind: str) -> Iterator[Difference]:
    if kind == "texts":
        yield from different("instrument", "title", before.title, after.title)
    else:
        yield from different("instrument", "id", before.id, after.id)
    for key in dict.fromkeys([*before.editions, *after.editions]):
        old, new = before.editions.get(key), after.editions.get(key)
        if old is None or new is None:
            if kind == "rules":
                basis = [None if one is None else one.basis for one in (old, new)]
                yield Difference(f"edition {key}", "edition", *basis)
        elif kind == "rules":
            yield from different(f"edition {key}", "valid_from", old.valid_from, new.valid_from)
            yield from different(f"edition {key}", "layout", old.layout, new.layout)
        else:
            yield from different(f"edition {key}", "basis", old.basis, new.basis)
            yield from different(
                f"edition {key}", "differences", "; ".join(old.differences), "; ".join(new.differences)
            )


def _scales(before: Instrument, after: Instrument) -> Iterator[Difference]:
    scales = [
        {item.type: item.scale for item in one.questions.values() if item.scale} for one in (before, after)
    ]
    for kind in dict.fromkeys([*scales[0], *scales[1]]):
        told = [_letters(one[kind].values) if kind in one else None for one in scales]
        yield from different(f"scale {kind}", "values", told[0], told[1])


def _letters(values: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{letter} = {plain(value)}" for letter, value in values.items())


def _nodes(before: Instrument, after: Instrument) -> Iterator[Difference]:
    for code in dict.fromkeys([*after.nodes, *before.nodes]):
        old, new = before.nodes.get(code), after.nodes.get(code)
        if old is None or new is None:
            told = [None if one is None else f"weight {plain(one.weight)}: {one.name}" for one in (old, new)]
            yield Difference(code, (old or after.nodes[code]).level, *told)
            continue
        yield from different(code, "weight", plain(old.weight), plain(new.weight))
        yield from different(code, "level", old.level, new.level)
        for layout in (WORKBOOK, PORTAL):
            yield from different(code, f"row of {layout}", str(old.row_in(layout)), str(new.row_in(layout)))
        yield from different(code, "row of its total", _row(old.total_row), _row(new.total_row))


def _row(row: int | None) -> str | None:
    return None if row is None else str(row)


def _node_names(before: Instrument, after: Instrument) -> Iterator[Difference]:
    for node in after.nodes.values():
        if node.code in before.nodes:
            yield from different(node.code, "name", before.nodes[node.code].name, node.name)


def _value_rules(old: Question, new: Question) -> Iterator[Difference]:
    """Yield what makes the same answer worth or mean something else."""
    code = new.code
    yield from different(code, "type", old.type, new.type)
    if old.type is new.type:
        yield from different(code, _OPTION_VALUES, _scale(old), _scale(new))
    yield from different(code, "formula", _formula(old), _formula(new))
    yield from different(code, "inputs", _inputs(old), _inputs(new))
    yield from different(code, "limits of options", _facts(old), _facts(new))


def _scale(question: Question) -> str | None:
    return None if question.scale is None else _letters(question.scale.values)


def _formula(question: Question) -> str | None:
    return None if question.formula is None else question.formula.text


def _inputs(question: Question) -> str | None:
    told = [f"{entry.key}{'' if entry.is_used else ' (not in the formula)'}" for entry in question.inputs]
    if question.optional_total is not None:
        told.append(f"{question.optional_total.key} (optional)")
    return ", ".join(told) or None


def _facts(question: Question) -> str | None:
    return ", ".join(f"{letter}: {limit}" for letter, limit in question.option_facts.items()) or None


def _points_and_places(old: Question, new: Question) -> Iterator[Difference]:
    yield from different(new.code, "points at best", plain(old.share), plain(new.share))
    yield from _places(new.code, old.place, new.place)
    for first, second in zip(_entries(old), _entries(new), strict=False):
        if first.key == second.key:
            yield from _places(f"{new.code}.{second.key}", first.place, second.place)


def _places(place: str, old: Place, new: Place) -> Iterator[Difference]:
    yield from different(place, "soal_id", _row(old.soal_id), _row(new.soal_id))
    for layout in (WORKBOOK, PORTAL):
        yield from different(place, f"row of {layout}", str(old.row_in(layout)), str(new.row_in(layout)))


def _entries(question: Question) -> Sequence[Input]:
    total = question.optional_total
    return question.inputs if total is None else (*question.inputs, total)


_WORDS: Mapping[str, Callable[[Question], str | None]] = {
    "text": lambda item: item.text,
    "note": lambda item: item.note,
    "cross_check": lambda item: item.cross_check,
    "when_zero": lambda item: item.when_zero,
    "feed_hint": lambda item: item.feed_hint,
}


def _wording(old: Question, new: Question) -> Iterator[Difference]:
    for name, words in _WORDS.items():
        yield from different(new.code, name, words(old), words(new))
    labels = [{entry.key: entry.label for entry in _entries(one)} for one in (old, new)]
    for key in labels[1]:
        if key in labels[0]:
            yield from different(f"{new.code}.{key}", "label", labels[0][key], labels[1][key])
