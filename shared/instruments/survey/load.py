"""Read the regimes' data files and refuse to go on with data that cannot be right."""

import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, get_args

from shared.instruments.survey.model import (
    INDEX_TOP,
    Gate,
    GateCode,
    GradeTable,
    IndexCode,
    Instrument,
    Item,
    Part,
    Regime,
    RunBy,
    Scale,
    WeightProfile,
)
from shared.kernel import Predicate

_GRADE_STEP = Fraction(1, 100)
MONTHS = 12
_LOWEST_INDEX, _HIGHEST_INDEX = Fraction(25), Fraction(100)


class InvalidRegimeDataError(ValueError):
    """The data of a regime contradict themselves; nothing may be computed with them."""


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InvalidRegimeDataError(message)


def read(name: str) -> Any:
    """Return the content of a data file of this package."""
    return json.loads(files(__package__).joinpath("data", name).read_text("utf-8"))


@cache
def regimes() -> Mapping[str, Regime]:
    """Return all regimes by id, from the checked data files."""
    return load(read("regimes.json"), read("items.json"))


def regime(regime_id: str) -> Regime:
    """Return one regime; `KeyError` for an unknown id."""
    return regimes()[regime_id]


@cache
def grade_table(table_id: str) -> GradeTable:
    """Return one grade table, also those no living regime uses; `KeyError` for an unknown id."""
    data = read("regimes.json")
    return _grade_table(table_id, data["grade_tables"][table_id], _source_check(data))


def load(data: Mapping[str, Any], items: Mapping[str, Any]) -> dict[str, Regime]:
    """Build the regimes from parsed data files.

    Raises `InvalidRegimeDataError` for: an entry without a known source, a grade table with a gap or overlap
    on the 0.01 grid or not covering 25.00-100.00, an unknown policy, weights that do not sum to 1 outside
    the literal profiles, repeated item keys, labels that do not fit the scale, floors outside their range or
    lower for WBBM than for WBK.
    """
    source = _source_check(data)
    tables = {key: _grade_table(key, entry, source) for key, entry in data["grade_tables"].items()}
    policies = data["policies"]
    for choices in policies.values():
        for entry in choices.values():
            source(entry)
    weights = {key: _weight_profile(key, entry) for key, entry in policies["weights"].items()}
    instruments = {entry["version"]: _instrument(entry, source) for entry in items["instruments"]}
    result: dict[str, Regime] = {}
    for entry in data["regimes"]:
        found = _regime(entry, source, tables, policies, instruments, weights)
        _require(found.id not in result, f"regime {found.id} is defined twice")
        result[found.id] = found
    return result


Source = Callable[[Mapping[str, Any]], str]


def _source_check(data: Mapping[str, Any]) -> Source:
    def source(entry: Mapping[str, Any]) -> str:
        key = entry.get("source")
        _require(key in data["sources"], f"unknown source {key!r}")
        return str(data["sources"][key])

    return source


def _grade_table(table_id: str, entry: Mapping[str, Any], source: Source) -> GradeTable:
    rows = [
        (row["grade"], row["label"], Fraction(row["from"]), Fraction(row["to"])) for row in entry["grades"]
    ]
    _require(rows[0][3] == _HIGHEST_INDEX, f"grade table {table_id} must end at {_HIGHEST_INDEX}")
    _require(rows[-1][2] == _LOWEST_INDEX, f"grade table {table_id} must begin at {_LOWEST_INDEX}")
    for better, worse in pairwise(rows):
        _require(
            better[2] - worse[3] == _GRADE_STEP,
            f"grade table {table_id}: {worse[0]} must end 0.01 below {better[0]}",
        )
    for grade, _, lowest, highest in rows:
        _require(lowest <= highest, f"grade table {table_id}: {grade} is empty")
    return GradeTable(
        table_id, source(entry), tuple((grade, label, lowest) for grade, label, lowest, _ in rows)
    )


def _weight_profile(profile_id: str, entry: Mapping[str, Any]) -> WeightProfile:
    each = Fraction(entry["each"]) if "each" in entry else None
    count = entry.get("items")
    _require((each is None) == (count is None), f"weights {profile_id}: `each` and `items` go together")
    if each is not None and count is not None and not profile_id.startswith("literal_"):
        _require(each * count == 1, f"weights {profile_id} sum to {each * count}, not 1")
    return WeightProfile(profile_id, each, count)


def _instrument(entry: Mapping[str, Any], source: Source) -> Instrument:
    version = entry["version"]
    scale = Scale(entry["scale"]["low"], entry["scale"]["high"])
    _require(scale.low < scale.high, f"instrument {version}: the scale is empty")
    parts = tuple(
        Part(part["index"], part["title"], tuple(_item(item, part, entry, scale) for item in part["items"]))
        for part in entry["parts"]
    )
    result = Instrument(version, source(entry), scale, parts)
    keys = result.keys
    _require(len(set(keys)) == len(keys), f"instrument {version}: an item key is repeated")
    return result


def _item(
    entry: Mapping[str, Any], part: Mapping[str, Any], instrument: Mapping[str, Any], scale: Scale
) -> Item:
    key = entry["key"]
    labels = tuple(entry["labels"]) if "labels" in entry else _between(instrument["ends"], scale)
    _require(len(labels) == len(scale.scores()), f"item {key}: one label per score of the scale")
    _require(bool(entry["text"].strip()), f"item {key}: no text")
    _require(part["index"] in get_args(IndexCode), f"item {key}: unknown index {part['index']}")
    return Item(key, entry["text"], part["index"], labels, entry.get("replaceable", False))


def _between(ends: Sequence[str], scale: Scale) -> tuple[str, ...]:
    """Label a scale of stars whose two ends alone have words."""
    words = {scale.low: f"1 bintang, {ends[0]}", scale.high: f"{scale.high} bintang, {ends[1]}"}
    return tuple(words.get(score, f"{score} bintang") for score in scale.scores())


def _regime(
    entry: Mapping[str, Any],
    source: Source,
    tables: Mapping[str, GradeTable],
    policies: Mapping[str, Mapping[str, Any]],
    instruments: Mapping[str, Instrument],
    weights: Mapping[str, WeightProfile],
) -> Regime:
    regime_id = entry["id"]
    _require(entry["run_by"] in get_args(RunBy), f"regime {regime_id}: unknown run_by")
    for kind, choices in entry["policies"].items():
        for choice in choices:
            _require(choice in policies.get(kind, {}), f"regime {regime_id}: unknown policy {kind}.{choice}")
    version, table = entry["instrument"], entry.get("grade_table")
    _require(version is None or version in instruments, f"regime {regime_id}: unknown instrument {version}")
    _require(table is None or table in tables, f"regime {regime_id}: unknown grade table {table}")
    least = entry.get("months")
    if least is not None:
        source(least)
        _require(1 <= least["least"] <= MONTHS, f"regime {regime_id}: a period has 1 to {MONTHS} months")
    return Regime(
        id=regime_id,
        title=entry["title"],
        source=source(entry),
        run_by=entry["run_by"],
        modes=tuple(entry["modes"]),
        instrument=instruments[version] if version is not None else None,
        policies={kind: tuple(choices) for kind, choices in entry["policies"].items()},
        gates=tuple(_gate(gate, regime_id, source) for gate in entry["gates"]),
        grade_table=tables[table] if table is not None else None,
        weight_profiles=weights,
        least_months=1 if least is None else least["least"],
    )


def _gate(entry: Mapping[str, Any], regime_id: str, source: Source) -> Gate:
    code = entry["gate"]
    _require(code in get_args(GateCode), f"regime {regime_id}: unknown gate {code}")
    _require(set(entry["minimum"]) == set(get_args(Predicate)), f"gate {code}: one floor per predicate")
    minimum: dict[Predicate, Fraction] = {
        "WBK": Fraction(entry["minimum"]["WBK"]),
        "WBBM": Fraction(entry["minimum"]["WBBM"]),
    }
    _require(0 < minimum["WBK"] <= minimum["WBBM"], f"gate {code}: WBBM must not ask less than WBK")
    if code in {"ipak", "ipkp"}:
        _require(minimum["WBBM"] <= INDEX_TOP, f"gate {code}: floor above the scale")
    else:
        _require(all(value.denominator == 1 for value in minimum.values()), f"gate {code}: people are whole")
    small = entry.get("small_population")
    return Gate(code, minimum, source(entry), small["below"] if small is not None else None)
