"""What must hold of the instrument before anything may be computed with it. Source: lke.md section 3."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from shared.instruments.lke.model import TOTAL, Input, Instrument, Node, Place, Question, QuestionType
from shared.kernel import PREDICATES

_INDEX_TOP = 4
_WHOLE_WEIGHT = 100
_HALVES = ("A.I", "A.II")
_HALF_NAMES = ("pemenuhan", "reform")


class InvalidInstrumentError(ValueError):
    """The instrument's data contradict themselves; nothing may be computed with them."""


def require(condition: bool, message: str) -> None:
    """Raise `InvalidInstrumentError` with `message` unless `condition` holds."""
    if not condition:
        raise InvalidInstrumentError(message)


def check(
    instrument: Instrument, nodes: Sequence[Node], questions: Sequence[Question], counts: Mapping[str, Any]
) -> None:
    """Run every load check; raises `InvalidInstrumentError` at the first that fails."""
    _unique_codes([node.code for node in nodes] + [question.code for question in questions])
    _weights(instrument, nodes)
    _counts(instrument, questions, counts)
    _soal_ids(questions, counts["portalrb_2026_soal"])
    _rows(nodes, questions)
    _area_names(instrument)
    _minima(instrument)


def _unique_codes(codes: Iterable[str]) -> None:
    repeated = [code for code, times in Counter(codes).items() if times > 1]
    require(not repeated, f"codes used twice: {', '.join(repeated)}")


def _weights(instrument: Instrument, nodes: Sequence[Node]) -> None:
    total = instrument.weight_of(TOTAL)
    require(total == _WHOLE_WEIGHT, f"components weigh {total}, not {_WHOLE_WEIGHT}")
    for node in nodes:
        parts = [child.weight for child in node.children] or [item.share for item in node.questions]
        require(sum(parts) == node.weight, f"{node.code}: children weigh {sum(parts)}, not {node.weight}")


def _counts(instrument: Instrument, questions: Sequence[Question], counts: Mapping[str, Any]) -> None:
    items = {
        name: len(instrument.questions_under(half)) for half, name in zip(_HALVES, _HALF_NAMES, strict=True)
    }
    items |= {"hasil": len(instrument.questions_under("B")), "total": len(questions)}
    require(items == counts["scored_items"], f"scored items are {items}, not {counts['scored_items']}")
    indicators = {
        name: sum(node.level == "indicator" for node in instrument.nodes[half].walk())
        for half, name in zip(_HALVES, _HALF_NAMES, strict=True)
    }
    require(indicators == counts["indicators"], f"indicators are {indicators}, not {counts['indicators']}")
    for half in _HALVES:
        areas = len(instrument.nodes[half].children)
        require(areas == counts["areas"], f"{half}: {areas} areas, not {counts['areas']}")
    percents = sum(question.type is QuestionType.PERCENT for question in questions)
    require(percents == counts["percent_items"], f"{percents} % items, not {counts['percent_items']}")


def _soal_ids(questions: Sequence[Question], last: int) -> None:
    ids = sorted(place.soal_id for place in _places(questions) if place.soal_id is not None)
    require(ids == list(range(1, last + 1)), f"soal_id do not run from 1 to {last} without gap or repetition")


def _rows(nodes: Sequence[Node], questions: Sequence[Question]) -> None:
    places = list(_places(questions))
    workbook = [node.workbook_row for node in nodes] + [place.workbook_row for place in places]
    workbook += [node.total_row for node in nodes if node.total_row is not None]
    portal = [node.portalrb_row for node in nodes] + [place.portalrb_row for place in places]
    for layout, rows in (("workbook_2021", workbook), ("portalrb_2026", portal)):
        repeated = [str(row) for row, times in Counter(rows).items() if times > 1]
        require(not repeated, f"{layout}: rows used twice: {', '.join(repeated)}")


def _area_names(instrument: Instrument) -> None:
    halves = (instrument.nodes[half].children for half in _HALVES)
    for first, second in zip(*halves, strict=True):
        require(first.name == second.name, f"{first.code} and {second.code} are named differently")


def _minima(instrument: Instrument) -> None:
    weights = instrument.criteria["area_weights"]
    for basis, weight in weights.items():
        both = sum(instrument.weight_of(basis.replace("A.*", half)) for half in _HALVES)
        require(both == Fraction(weight), f"{basis}: weighs {both}, not {weight}")
    for predicate in PREDICATES:
        criteria = instrument.criteria[predicate]
        share = Fraction(criteria["area_min_percent"]) / 100
        for basis, points in criteria["area_min_points"].items():
            expected = share * Fraction(weights[basis])
            require(expected == Fraction(points), f"{predicate} {basis}: minimum is {expected}, not {points}")
        for code, row in criteria["hasil_min"].items():
            expected = _hasil_minimum(instrument, code, row, criteria["hasil_min"])
            require(
                expected == Fraction(row["points"]),
                f"{predicate} {code}: minimum is {expected}, not {row['points']}",
            )


def _hasil_minimum(
    instrument: Instrument, code: str, row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]
) -> Fraction:
    if "index" in row:
        return Fraction(row["index"]) / _INDEX_TOP * instrument.weight_of(code)
    if "lowest_option" in row:
        question = instrument.questions[code]
        require(question.scale is not None, f"{code}: a letter as minimum needs an option question")
        values = question.scale.values if question.scale else {}
        return values[row["lowest_option"]] * question.share
    parts = [Fraction(part["points"]) for name, part in rows.items() if name.startswith(f"{code}.")]
    return sum(parts, Fraction(0))


def _places(questions: Iterable[Question]) -> Iterable[Place]:
    for question in questions:
        yield question.place
        entries: tuple[Input, ...] = question.inputs
        if question.optional_total is not None:
            entries = (*entries, question.optional_total)
        yield from (entry.place for entry in entries)
