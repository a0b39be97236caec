"""A gate as people know it: the index or the points, the floor beside them, and which gate is nearest."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from shared.instruments.lke.gates import GateResult
from shared.instruments.lke.load import lke_instrument
from shared.instruments.lke.rule_sets import Gate
from shared.kernel import places_apart


@dataclass(frozen=True, slots=True)
class Measure:
    """A gate's value and floor as people know them: the index where the rule states one, else points."""

    value: Fraction
    floor: Fraction
    full: Fraction

    @property
    def places(self) -> int:
        """Decimals that keep value and floor apart."""
        return places_apart(self.value, self.floor)


SHORT_NAMES = {"TOTAL": "nilai total", "B.I.a": "IPAK", "B.II": "IPKP"}


def measure(found: GateResult) -> Measure:
    """Return what to show of a gate; an index ends at 4."""
    return measured(found.gate, found.value)


def measured(gate: Gate, value: Fraction) -> Measure:
    """Return what to show of a gate that has so many points."""
    full = sum((lke_instrument().weight_of(code) for code in gate.basis), Fraction(0))
    if gate.index is not None:
        # The index itself, also when it is not filled: points are index / 4 x weight.
        top = gate.index * full / gate.minimum
        return Measure(value * top / full, gate.index, top)
    return Measure(value, gate.minimum, full)


def nearest(gates: Sequence[GateResult]) -> GateResult | None:
    """Return the unmet gate with the smallest shortfall relative to its floor, None when all are met."""
    missing = [found for found in gates if not found.is_met]
    return min(missing, key=lambda found: found.shortfall / found.gate.floor, default=None)


def short_name(gate: Gate) -> str:
    """Return the name that fits into a sentence."""
    return SHORT_NAMES.get(gate.code) or gate.name[0].lower() + gate.name[1:]
