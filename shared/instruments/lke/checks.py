"""What must hold of the instrument before anything may be computed with it. Source: lke.md section 3."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any, get_args

from shared.instruments.lke.formulas import FORMULAS, INDEX
from shared.instruments.lke.model import PORTAL, WORKBOOK, Level, QuestionType
from shared.instruments.lke.plain import plain
from shared.kernel import PREDICATES

_INDEX_TOP = 4
_WHOLE_WEIGHT = 100
_HALVES = {"A.I": "pemenuhan", "A.II": "reform"}
_HASIL = "B"
_LEVELS: Sequence[str] = get_args(Level)
_TYPES: Sequence[str] = tuple(QuestionType)
_OPTIONS: frozenset[str] = frozenset(QuestionType) - {QuestionType.PERCENT, QuestionType.INDEX}
_KEY = re.compile(r"n[1-9]")
_YEAR = re.compile(r"\d{4}", re.ASCII)

Entry = Mapping[str, Any]


class _Sheet:
    """The entries of a file: `nodes` and `items` in the order of the sheet, `parents` by item."""

    def __init__(self, data: Entry) -> None:
        self.data = data
        self.depths: list[tuple[Entry, int]] = list(_walk(data["tree"], 0))
        self.nodes: list[Entry] = [node for node, _ in self.depths]
        self.items: list[tuple[Entry, Entry]] = [
            (item, node) for node in self.nodes for item in node.get("questions", [])
        ]
        self.weights = {node["code"]: Fraction(node["weight"]) for node in self.nodes} | {
            item["code"]: Fraction(item["weight"]) for item, _ in self.items if "weight" in item
        }

    def under(self, code: str) -> list[Entry]:
        """Return the items below a node."""
        return [item for item, node in self.items if f"{node['code']}.".startswith(f"{code}.")]

    def places(self) -> Iterator[tuple[str, Entry]]:
        """Yield code and entry of everything that has a row of its own, inputs as `A.II.1.i.a.n1`."""
        yield from ((node["code"], node) for node in self.nodes)
        for item, _ in self.items:
            code = item["code"]
            yield code, item
            yield from (
                (f"{code}.{entry['key']}", entry)
                for entry in [*item.get("inputs", []), *item.get("optional_inputs", [])]
            )


def faults_of(data: Entry) -> Iterator[str]:
    """Yield every load check that the data of an instrument fail; their shape is right."""
    sheet = _Sheet(data)
    yield from _unique_codes(sheet)
    yield from _levels(sheet)
    yield from _scales(data["scales"])
    for item, node in sheet.items:
        yield from _item(item, node, data["scales"])
    yield from _weights(sheet)
    yield from _soal_ids(sheet, data["counts"]["portalrb_2026_soal"])
    yield from _rows(sheet)
    yield from _editions(data)
    lacking = [code for code in (*_HALVES, _HASIL) if code not in sheet.weights]
    yield from (f"{code}: there is no such node, and gates are measured on it" for code in lacking)
    if not lacking:
        yield from _counts(sheet, data["counts"])
        yield from _area_names(sheet)
        yield from _minima(sheet, data["criteria"])


def _walk(nodes: Sequence[Entry], depth: int) -> Iterator[tuple[Entry, int]]:
    for node in nodes:
        yield node, depth
        yield from _walk(node.get("children", []), depth + 1)


def _unique_codes(sheet: _Sheet) -> Iterator[str]:
    rows: dict[str, list[str]] = {}
    for code, entry in sheet.places():
        rows.setdefault(code, []).append(str(entry[WORKBOOK]["row"]))
    repeated = {code: at for code, at in rows.items() if len(at) > 1}
    if repeated:
        told = (f"{code} (rows {' and '.join(at)} of {WORKBOOK})" for code, at in repeated.items())
        yield f"codes used twice: {', '.join(told)}; each names one thing"


def _levels(sheet: _Sheet) -> Iterator[str]:
    for node, depth in sheet.depths:
        code = node["code"]
        level = _LEVELS[depth] if depth < len(_LEVELS) else None
        if node["level"] != level:
            yield f"{code}: is called {node['level']!r} where {level or 'no further level'} stands"
        if ("children" in node) == ("questions" in node):
            yield f"{code}: a node has either children or questions"
        rollup = "mean_times_weight" if node["level"] == "indicator" else "sum"
        if node["rollup"] != rollup:
            yield f"{code}: rollup must be {rollup}, not {node['rollup']!r}"
        if not node["weight"]:
            yield f"{code}: weighs nothing"
        for below in [*node.get("children", []), *node.get("questions", [])]:
            if below["code"].rpartition(".")[0] != code:
                yield f"{below['code']}: stands below {code}, whose code must begin its own"


def _scales(scales: Entry) -> Iterator[str]:
    for kind in sorted(_OPTIONS - scales.keys()):
        yield f"scales: {kind} is missing"
    for kind, scale in scales.items():
        if kind not in _TYPES:
            yield f"scales: unknown type {kind!r}; known are {', '.join(_TYPES)}"
        if kind in _OPTIONS:
            yield from _scale(kind, scale)


def _scale(kind: str, scale: Entry) -> Iterator[str]:
    letters = scale["values"]
    if not isinstance(letters, Mapping) or not letters:
        yield f"scale {kind}: an option type needs a value for each letter"
        return
    wrong = {letter: value for letter, value in letters.items() if not _is_share(value)}
    for letter, value in wrong.items():
        yield f'scale {kind} {letter}: {value!r} is no value 0-1 as text, such as "0.67"'
    if not wrong:
        values = [Fraction(value) for value in letters.values()]
        if values[0] != 1 or any(low >= high for high, low in pairwise(values)):
            told = ", ".join(letters.values())
            yield f"scale {kind}: values must fall from 1, best letter first, not {told}"
    if scale["printed"] != "/".join(letters):
        yield f"scale {kind}: {scale['printed']!r} is printed, the letters are {'/'.join(letters)}"


def _is_share(value: Any) -> bool:
    is_text = isinstance(value, str) and re.fullmatch(r"[01](\.\d{1,6})?", value, re.ASCII) is not None
    return is_text and Fraction(value) <= 1


def _item(item: Entry, node: Entry, scales: Entry) -> Iterator[str]:
    code = item["code"]
    row = f"row {item[WORKBOOK]['row']} of {WORKBOOK}"
    if "weight" not in item and node["level"] != "indicator":
        yield f"{code}: an item outside indicators has a weight of its own"
    if "weight" in item and node["level"] == "indicator":
        yield f"{code}: an item of an indicator shares its weight and has none of its own"
    if "weight" in item and item.get("rollup") != "value_times_weight":
        yield f"{code}: rollup must be value_times_weight, not {item.get('rollup')!r}"
    if item["type"] not in _TYPES:
        yield f"{code}: unknown type {item['type']!r} ({row}); known are {', '.join(_TYPES)}"
    elif item["type"] in _OPTIONS:
        yield from _option_item(code, item, scales)
    else:
        yield from _measured_item(code, item)


def _option_item(code: str, item: Entry, scales: Entry) -> Iterator[str]:
    for name in ("formula", "inputs", "optional_inputs"):
        if name in item:
            yield f"{code}: an option question has no {name}"
    letters = scales.get(item["type"], {}).get("values", {})
    for letter in item.get("option_facts", {}):
        if letter not in letters:
            yield f"{code}: option_facts of {letter!r}, which is no letter of {item['type']}"


def _measured_item(code: str, item: Entry) -> Iterator[str]:
    formula = item.get("formula", "")
    if formula not in FORMULAS:
        yield f"{code}: unknown formula {formula!r}; known are {'; '.join(FORMULAS)}"
        return
    is_index = item["type"] == QuestionType.INDEX
    if (FORMULAS[formula] is INDEX) != is_index:
        yield f"{code}: formula {formula!r} is that of another type than {item['type']}"
        return
    inputs, totals = item.get("inputs", []), item.get("optional_inputs", [])
    if is_index and (inputs or totals):
        yield f"{code}: an index takes no inputs"
    keys = [entry["key"] for entry in inputs]
    for key in sorted(set(re.findall(r"n[1-9]", formula)) - set(keys)):
        yield f"{code}: the formula reads {key}, which is no input"
    for entry in inputs:
        if _KEY.fullmatch(entry["key"]) is None:
            yield f"{code}.{entry['key']}: an input is called n1 to n9"
        if entry.get("min", 0) != 0 or not entry.get("integer", True):
            yield f"{code}.{entry['key']}: counts are whole, from 0"
        if entry.get("used_in_formula", True) != (entry["key"] in formula):
            yield f"{code}.{entry['key']}: used_in_formula is not what the formula {formula!r} says"
    if [entry["key"] for entry in totals] not in ([], ["n0"]) or (totals and "n0" not in formula):
        yield f"{code}: the one optional input is n0, of a formula that reads it"


def _weights(sheet: _Sheet) -> Iterator[str]:
    total = sum((Fraction(node["weight"]) for node, depth in sheet.depths if depth == 0), Fraction(0))
    if total != _WHOLE_WEIGHT:
        yield f"components weigh {plain(total)}, not {_WHOLE_WEIGHT}"
    for node in sheet.nodes:
        below = node.get("children") or [item for item in node.get("questions", []) if "weight" in item]
        parts = sum((Fraction(entry["weight"]) for entry in below), Fraction(0))
        if below and parts != Fraction(node["weight"]):
            yield f"{node['code']}: children weigh {plain(parts)}, not {plain(Fraction(node['weight']))}"


def _soal_ids(sheet: _Sheet, last: int) -> Iterator[str]:
    places: dict[int, list[str]] = {}
    for code, entry in sheet.places():
        number = entry[PORTAL].get("soal_id")
        if number is not None:
            places.setdefault(number, []).append(code)
    for number, codes in sorted(places.items()):
        if len(codes) > 1:
            yield f"soal_id {number} stands at {' and '.join(codes)}; each is used once"
        if not 1 <= number <= last:
            yield f"{codes[0]}: soal_id {number} is outside 1-{last}"
    lacking = [number for number in range(1, last + 1) if number not in places]
    if lacking:
        rest = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        yield f"soal_id {lacking[0]}{rest} of 1-{last}: no item or input has it"


def _rows(sheet: _Sheet) -> Iterator[str]:
    for layout in (WORKBOOK, PORTAL):
        rows: dict[int, list[str]] = {}
        for code, entry in sheet.places():
            rows.setdefault(entry[layout]["row"], []).append(code)
            if "total_row" in entry[layout]:
                rows.setdefault(entry[layout]["total_row"], []).append(f"total of {code}")
        repeated = [f"{row} ({' and '.join(codes)})" for row, codes in sorted(rows.items()) if len(codes) > 1]
        if repeated:
            yield f"{layout}: rows used twice: {', '.join(repeated)}"


def _editions(data: Entry) -> Iterator[str]:
    seen: set[str] = set()
    for edition in data["editions"]:
        name = f"edition {edition['id']}"
        if edition["id"] in seen:
            yield f"{name} is defined twice"
        seen.add(edition["id"])
        if edition["layout"] not in data["layouts"]:
            yield f"{name}: unknown layout {edition['layout']!r}; known are {', '.join(data['layouts'])}"
        if not is_day_or_year(edition["valid_from"]):
            yield f"{name}: valid_from {edition['valid_from']!r} is neither a day nor a year"


def is_day_or_year(text: str) -> bool:
    """Tell whether a text is YYYY-MM-DD or YYYY."""
    if _YEAR.fullmatch(text):
        return True
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _counts(sheet: _Sheet, counts: Entry) -> Iterator[str]:
    items = {name: len(sheet.under(half)) for half, name in _HALVES.items()}
    items |= {"hasil": len(sheet.under(_HASIL)), "total": len(sheet.items)}
    indicators = {
        name: sum(
            node["level"] == "indicator" and node["code"].startswith(f"{half}.") for node in sheet.nodes
        )
        for half, name in _HALVES.items()
    }
    for name, count in items.items():
        if count != counts["scored_items"][name]:
            yield f"counts: scored items of {name} are {count}, not {counts['scored_items'][name]}"
    for name, count in indicators.items():
        if count != counts["indicators"][name]:
            yield f"counts: indicators of {name} are {count}, not {counts['indicators'][name]}"
    for half in _HALVES:
        areas = len(_children(sheet, half))
        if areas != counts["areas"]:
            yield f"{half}: {areas} areas, not {counts['areas']}"
    percents = sum(item["type"] == QuestionType.PERCENT for item, _ in sheet.items)
    if percents != counts["percent_items"]:
        yield f"counts: {percents} % items, not {counts['percent_items']}"


def _children(sheet: _Sheet, code: str) -> Sequence[Entry]:
    return next(node.get("children", []) for node in sheet.nodes if node["code"] == code)


def _area_names(sheet: _Sheet) -> Iterator[str]:
    halves = (_children(sheet, half) for half in _HALVES)
    for first, second in zip(*halves, strict=False):
        if first["name"] != second["name"]:
            yield (
                f"{first['code']} and {second['code']} are named differently: "
                f"{first['name']!r} and {second['name']!r} are one area"
            )


def _minima(sheet: _Sheet, criteria: Entry) -> Iterator[str]:
    weights = {basis: Fraction(weight) for basis, weight in criteria["area_weights"].items()}
    for basis, weight in weights.items():
        halves = [basis.replace("A.*", half) for half in _HALVES]
        lacking = [half for half in halves if half not in sheet.weights]
        both = sum((sheet.weights[half] for half in halves if half in sheet.weights), Fraction(0))
        if lacking:
            yield f"criteria {basis}: there is no {' and no '.join(lacking)}"
        elif both != weight:
            yield f"criteria {basis}: weighs {plain(both)}, not {plain(weight)}"
    for predicate in PREDICATES:
        yield from _minima_of(sheet, predicate, criteria[predicate], weights)


def _minima_of(
    sheet: _Sheet, predicate: str, criteria: Entry, weights: Mapping[str, Fraction]
) -> Iterator[str]:
    share = Fraction(criteria["area_min_percent"]) / 100
    if criteria["area_min_points"].keys() != weights.keys():
        yield f"{predicate}: area_min_points must name {', '.join(weights)}"
    for basis, points in criteria["area_min_points"].items():
        expected = share * weights.get(basis, Fraction(0))
        if basis in weights and expected != Fraction(points):
            yield f"{predicate} {basis}: minimum is {plain(expected)}, not {plain(Fraction(points))}"
    for code, row in criteria["hasil_min"].items():
        name = f"{predicate} {code}"
        if code not in sheet.weights:
            yield f"{name}: there is no such node or item with a weight"
            continue
        points = Fraction(row["points"])
        if "lowest_option" in row and _letter_value(sheet, code, row["lowest_option"]) is None:
            yield f"{name}: {row['lowest_option']!r} is no letter of that item"
            continue
        expected = _hasil_minimum(sheet, code, row, criteria["hasil_min"])
        if expected != points:
            yield f"{name}: minimum is {plain(expected)}, not {plain(points)}"


def _hasil_minimum(sheet: _Sheet, code: str, row: Entry, rows: Mapping[str, Entry]) -> Fraction:
    if "index" in row:
        return Fraction(row["index"]) / _INDEX_TOP * sheet.weights[code]
    if "lowest_option" in row:
        return (_letter_value(sheet, code, row["lowest_option"]) or Fraction(0)) * sheet.weights[code]
    parts = [Fraction(part["points"]) for name, part in rows.items() if name.startswith(f"{code}.")]
    return sum(parts, Fraction(0))


def _letter_value(sheet: _Sheet, code: str, letter: str) -> Fraction | None:
    for item, _ in sheet.items:
        if item["code"] == code:
            values = sheet.data["scales"].get(item["type"], {}).get("values")
            value = values.get(letter) if isinstance(values, Mapping) else None
            return Fraction(str(value)) if _is_share(value) else None
    return None
