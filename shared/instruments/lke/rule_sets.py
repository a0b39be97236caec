"""The minima of WBK and WBBM as versioned data; those given as percent, index or letter are computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from shared.instruments.lke.checks import require
from shared.instruments.lke.load import lke_instrument, read
from shared.instruments.lke.result import INDEX_TOP
from shared.kernel import PREDICATES, Predicate

_CRITERIA_OF = {"TOTAL": "total_min", "A": "pengungkit_min"}


@dataclass(frozen=True, slots=True)
class Gate:
    """One minimum of one predicate, in points over its `basis` nodes; met when the exact value is >= it.

    `index` or `option` is set where the regulation states the minimum so, `percent` where as a share.
    """

    rule_set: str
    predicate: Predicate
    code: str
    name: str
    basis: tuple[str, ...]
    op: Literal[">="]
    minimum: Fraction
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


def load_rule_sets(data: Mapping[str, Any]) -> Mapping[str, RuleSet]:
    """Build the rule sets from parsed data.

    Raises `InvalidInstrumentError` for an unknown source, comparison, rounding or basis, a predicate without
    exactly one kind of minimum, a minimum unlike the instrument's `criteria`, or an id used twice.
    """
    found: dict[str, RuleSet] = {}
    for entry in data["rule_sets"]:
        require(entry["id"] not in found, f"rule set {entry['id']} is defined twice")
        require(entry["gate_rounding"] == "none", f"rule set {entry['id']}: unknown gate rounding")
        gates = [
            _gate(entry, row, predicate, data["sources"])
            for predicate in PREDICATES
            for row in entry["gates"]
        ]
        require(
            len({(gate.predicate, gate.code) for gate in gates}) == len(gates),
            f"{entry['id']}: a gate is repeated",
        )
        found[entry["id"]] = RuleSet(entry["id"], entry["valid_from"], tuple(gates))
    return MappingProxyType(found)


def _gate(
    entry: Mapping[str, Any], row: Mapping[str, Any], predicate: Predicate, sources: Mapping[str, str]
) -> Gate:
    code, floor = row["gate"], row[predicate]
    name = f"{entry['id']} {predicate} {code}"
    instrument = lke_instrument()
    known = {*instrument.nodes, *instrument.questions}
    require(row["source"] in sources, f"{name}: unknown source {row['source']!r}")
    require(row["op"] == ">=", f"{name}: unknown comparison {row['op']!r}")
    require(bool(row["basis"]) and known.issuperset(row["basis"]), f"{name}: unknown basis")
    require(len(floor) == 1, f"{name}: exactly one of minimum, percent, index, option")
    minimum = _minimum(tuple(row["basis"]), floor, name)
    expected = _criterion(code, predicate)
    require(minimum == expected, f"{name}: minimum is {minimum}, the instrument says {expected}")
    return Gate(
        rule_set=entry["id"],
        predicate=predicate,
        code=code,
        name=row["name"],
        basis=tuple(row["basis"]),
        op=row["op"],
        minimum=minimum,
        percent=Fraction(floor["percent"]) if "percent" in floor else None,
        index=Fraction(floor["index"]) if "index" in floor else None,
        option=floor.get("option"),
        valid_from=entry["valid_from"],
        source=sources[row["source"]],
    )


def _minimum(basis: tuple[str, ...], floor: Mapping[str, str], name: str) -> Fraction:
    instrument = lke_instrument()
    weight = sum((instrument.weight_of(code) for code in basis), Fraction(0))
    if "minimum" in floor:
        return Fraction(floor["minimum"])
    if "percent" in floor:
        return Fraction(floor["percent"]) / 100 * weight
    if "index" in floor:
        return Fraction(floor["index"]) / INDEX_TOP * weight
    scale = instrument.questions[basis[0]].scale if basis[0] in instrument.questions else None
    require(scale is not None and floor.get("option") in scale.values, f"{name}: unknown kind of minimum")
    return (scale.values[floor["option"]] if scale else Fraction(0)) * weight


def _criterion(code: str, predicate: Predicate) -> Fraction:
    criteria = lke_instrument().criteria[predicate]
    if code in _CRITERIA_OF:
        return Fraction(criteria[_CRITERIA_OF[code]])
    if code in criteria["area_min_points"]:
        return Fraction(criteria["area_min_points"][code])
    require(code in criteria["hasil_min"], f"{predicate} {code}: no such gate in the instrument")
    return Fraction(criteria["hasil_min"][code]["points"])
