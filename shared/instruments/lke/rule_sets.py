"""The minima of WBK and WBBM as versioned data; those given as percent, index or letter are computed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil
from types import MappingProxyType
from typing import Any, Literal, get_args

from shared.instruments.lke.checks import is_day_or_year
from shared.instruments.lke.faults import Faults, refuse_any, require
from shared.instruments.lke.file_shapes import RULE_SETS
from shared.instruments.lke.load import lke_instrument, read
from shared.instruments.lke.model import TOTAL, Instrument
from shared.instruments.lke.plain import plain
from shared.instruments.lke.result import INDEX_TOP
from shared.kernel import PREDICATES, Predicate

_CRITERIA_OF = {"TOTAL": "total_min", "A": "pengungkit_min"}
Rounding = Literal["none", "two_decimals"]
"""How a figure is compared: as it is, or rounded half up to two decimals, an index before it is points."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One minimum of one predicate, in points over its `basis` nodes.

    `index` or `option` is set where the regulation states the minimum so, `percent` where as a share. `floor`
    is the least exact value that meets it: the minimum, or what rounds up to it where the rule set rounds.
    """

    rule_set: str
    predicate: Predicate
    code: str
    name: str
    basis: tuple[str, ...]
    op: Literal[">="]
    minimum: Fraction
    floor: Fraction
    percent: Fraction | None
    index: Fraction | None
    option: str | None
    valid_from: str
    source: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All gates of one version of the rules, both predicates, in the order of the regulation."""

    id: str
    valid_from: str
    rounding: Rounding
    gates: tuple[Gate, ...]

    def __hash__(self) -> int:
        return hash(self.id)  # the generated one would hash every gate's fractions at each look-up

    def of(self, predicate: Predicate) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if gate.predicate == predicate)


@cache
def rule_sets() -> Mapping[str, RuleSet]:
    """Return every rule set by id; raises `InvalidInstrumentError` unless the data fit the instrument."""
    return load_rule_sets(read("rule_sets.json"))


def rule_set(rule_set_id: str) -> RuleSet:
    """Return one rule set; `KeyError` for an unknown id."""
    return rule_sets()[rule_set_id]


def rule_set_for_year(year: int) -> str:
    """Return the id of the rule set a new assessment of `year` pins: the newest in force, else the first."""
    ordered = sorted(rule_sets().values(), key=lambda rules: rules.valid_from)
    in_force = [rules for rules in ordered if int(rules.valid_from[:4]) <= year]
    return (in_force or ordered[:1])[-1].id


def load_rule_sets(data: Any, instrument: Instrument | None = None) -> Mapping[str, RuleSet]:
    """Build the rule sets from parsed data, for the shipped instrument if none is given.

    Raises `InvalidInstrumentError` with every fault: what the file is made of, an unknown source, comparison,
    rounding or basis, a predicate without exactly one kind of minimum, an id or gate used twice, a minimum
    that the weights cannot hold, and for a rule set that names the instrument as `criteria_of` a minimum
    unlike the instrument's `criteria`. A later rule set has minima of its own and names none.
    """
    refuse_any(RULE_SETS(data, "the file"))
    known, faults, found = instrument or lke_instrument(), Faults(), dict[str, RuleSet]()
    for entry in data["rule_sets"]:
        with faults.noting():
            refuse_any(_faults_of(entry, found, known))
        with faults.noting():
            gates = _gates(entry, data["sources"], known)
            found[entry["id"]] = RuleSet(entry["id"], entry["valid_from"], entry["gate_rounding"], gates)
    faults.refuse_any()
    return MappingProxyType(found)


def _faults_of(entry: Mapping[str, Any], known: Collection[str], instrument: Instrument) -> Iterator[str]:
    name, of = f"rule set {entry['id']}", entry.get("criteria_of", instrument.id)
    if entry["id"] in known:
        yield f"{name} is defined twice"
    if entry["gate_rounding"] not in get_args(Rounding):
        rounding, roundings = entry["gate_rounding"], ", ".join(get_args(Rounding))
        yield f"{name}: unknown gate rounding {rounding!r}; known are {roundings}"
    if not is_day_or_year(entry["valid_from"]):
        yield f"{name}: valid_from {entry['valid_from']!r} is neither a day nor a year"
    if of != instrument.id:
        yield f"{name}: has the criteria of {of!r}, which is not {instrument.id}"


def _gates(entry: Mapping[str, Any], sources: Mapping[str, str], instrument: Instrument) -> tuple[Gate, ...]:
    faults, found = Faults(), dict[tuple[str, str], Gate]()
    for predicate in PREDICATES:
        for row in entry["gates"]:
            key = predicate, row["gate"]
            with faults.noting():
                require(key not in found, f"{entry['id']}: a gate is repeated: {' '.join(key)}")
                found[key] = _gate(entry, row, predicate, sources, instrument)
    faults.refuse_any()
    return tuple(found.values())


def _gate(
    entry: Mapping[str, Any],
    row: Mapping[str, Any],
    predicate: Predicate,
    sources: Mapping[str, str],
    instrument: Instrument,
) -> Gate:
    code, floor = row["gate"], row[predicate]
    name = f"{entry['id']} {predicate} {code}"
    refuse_any(f"{name}: {said}" for said in _faults_of_row(row, floor, sources, instrument))
    weight = sum((instrument.weight_of(one) for one in row["basis"]), Fraction(0))
    minimum = _minimum(instrument, row["basis"], weight, floor, name)
    require(
        0 < minimum <= weight,
        f"{name}: minimum is {plain(minimum)}; it must be above 0 and within the {plain(weight)} to earn",
    )
    if "criteria_of" in entry:
        expected = _criterion(instrument, code, predicate)
        require(
            minimum == expected,
            f"{name}: minimum is {plain(minimum)}, the instrument says {plain(expected)}",
        )
    points_per_figure = weight / INDEX_TOP if "index" in floor else Fraction(1)
    is_rounded = entry["gate_rounding"] == "two_decimals"
    return Gate(
        rule_set=entry["id"],
        predicate=predicate,
        code=code,
        name=row["name"],
        basis=tuple(row["basis"]),
        op=row["op"],
        minimum=minimum,
        floor=_rounding_up_to(minimum / points_per_figure) * points_per_figure if is_rounded else minimum,
        percent=Fraction(floor["percent"]) if "percent" in floor else None,
        index=Fraction(floor["index"]) if "index" in floor else None,
        option=floor.get("option"),
        valid_from=entry["valid_from"],
        source=sources[row["source"]],
    )


def _faults_of_row(
    row: Mapping[str, Any], floor: Mapping[str, str], sources: Collection[str], instrument: Instrument
) -> Iterator[str]:
    unknown = [one for one in row["basis"] if one not in instrument.under or one == TOTAL]
    if row["source"] not in sources:
        yield f"unknown source {row['source']!r}; known are {', '.join(sources)}"
    if row["op"] != ">=":
        yield f"unknown comparison {row['op']!r}; known is >="
    if unknown:
        yield f"unknown basis {', '.join(unknown)}"
    if len(floor) != 1:
        yield "exactly one of minimum, percent, index, option"


def _rounding_up_to(figure: Fraction) -> Fraction:
    """Return the least number that, rounded half up to two decimals, is not below `figure`."""
    return Fraction(ceil(100 * figure), 100) - Fraction(1, 200)


def _minimum(
    instrument: Instrument, basis: Sequence[str], weight: Fraction, floor: Mapping[str, str], name: str
) -> Fraction:
    if "minimum" in floor:
        return Fraction(floor["minimum"])
    if "percent" in floor:
        return Fraction(floor["percent"]) / 100 * weight
    if "index" in floor:
        return Fraction(floor["index"]) / INDEX_TOP * weight
    scale = instrument.questions[basis[0]].scale if basis[0] in instrument.questions else None
    require(
        scale is not None and floor["option"] in scale.values,
        f"{name}: unknown kind of minimum, {floor['option']!r} is no letter of {basis[0]}",
    )
    return (scale.values[floor["option"]] if scale else Fraction(0)) * weight


def _criterion(instrument: Instrument, code: str, predicate: Predicate) -> Fraction:
    criteria = instrument.criteria[predicate]
    if code in _CRITERIA_OF:
        return Fraction(criteria[_CRITERIA_OF[code]])
    if code in criteria["area_min_points"]:
        return Fraction(criteria["area_min_points"][code])
    require(code in criteria["hasil_min"], f"{predicate} {code}: no such gate in the instrument")
    return Fraction(criteria["hasil_min"][code]["points"])
