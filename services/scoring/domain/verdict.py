"""A unit's standing in one plain sentence: how many gates are missing, and which one is nearest."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from shared.instruments.lke import GateResult
from shared.kernel import half_up

MOST_PLACES = 6


@dataclass(frozen=True, slots=True)
class Measure:
    """A gate's value and floor as people know them: the index where the rule states one, else points."""

    value: Fraction
    floor: Fraction
    full: Fraction

    @property
    def places(self) -> int:
        """Decimals that keep value and floor apart: 3.595 must not be shown as 3,60 below 3,60."""
        for places in range(2, MOST_PLACES):
            if self.value == self.floor or half_up(self.value, places) != half_up(self.floor, places):
                return places
        return MOST_PLACES


SHORT_NAMES = {"TOTAL": "nilai total", "B.I.a": "IPAK", "B.II": "IPKP"}


def measure(found: GateResult, full: Fraction) -> Measure:
    """Return what to show of a gate; `full` is the weight of its basis, an index ends at 4."""
    gate = found.gate
    if gate.index is not None:
        # The index itself, also when it is not filled: points are index / 4 x weight.
        top = gate.index * full / gate.minimum
        return Measure(found.value * top / full, gate.index, top)
    return Measure(found.value, gate.minimum, full)


def nearest(gates: Sequence[GateResult]) -> GateResult | None:
    """Return the unmet gate with the smallest shortfall relative to its minimum, None when all are met."""
    missing = [found for found in gates if not found.is_met]
    return min(missing, key=lambda found: found.shortfall / found.gate.minimum, default=None)


def short_name(found: GateResult) -> str:
    """Return the name that fits into a sentence."""
    name = found.gate.name
    return SHORT_NAMES.get(found.gate.code) or name[0].lower() + name[1:]


def sentence(target: str, gates: Sequence[GateResult], answered: int, nearest_text: str) -> str:
    """Say where a unit stands on its target; `nearest_text` names value and floor of the nearest gate."""
    missing = sum(not found.is_met for found in gates)
    if not answered:
        return "Belum ada jawaban: lembar kerja masih kosong."
    if not missing:
        return f"Semua {len(gates)} syarat nilai {target} terpenuhi; penetapan menunggu keputusan."
    return f"Belum {target}: {missing} dari {len(gates)} syarat kurang; terdekat {nearest_text}."
