"""Does a survey meet the floors of a predicate? One pure answer, shared by survey and scoring."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shared.instruments.survey.load import regime
from shared.instruments.survey.model import Gate, GateCode
from shared.instruments.survey.sample import sample_size
from shared.kernel import Predicate


@dataclass(frozen=True, slots=True)
class ThresholdStatus:
    """The verdict. `margins` holds value - floor of every gate, exact; null for an index not known yet."""

    result: Literal["met", "not_met"]
    failed: tuple[GateCode, ...]
    margins: Mapping[GateCode, Fraction | None]
    minimum: Mapping[GateCode, Fraction]

    @property
    def unknown(self) -> tuple[GateCode, ...]:
        """Return the failed gates whose index is not known yet."""
        return tuple(code for code in self.failed if self.margins[code] is None)


def has_thresholds(regime_id: str) -> bool:
    """Tell whether a regime has floors at all (SKM has none); `KeyError` for an unknown regime."""
    return bool(regime(regime_id).gates)


def threshold_status(
    predicate: Predicate,
    n: int,
    willing: int,
    ipak: Fraction | None,
    ipkp: Fraction | None,
    *,
    regime_id: str = "tpn_external.2021",
    population: int | None = None,
) -> ThresholdStatus:
    """Compare a survey's counts and unrounded indices (scale 4) with the floors of a predicate.

    No rounding and no hysteresis: 3.595 fails 3.6, and 30 -> 29 willing fails at once. An index that is
    not known fails. A known `population` under 30 lowers the respondent minimum to its sample size; the
    willing minimum stays. Raises `KeyError` for an unknown regime, `ValueError` for one without floors.
    Source: letter 1744/SEK/OT.01.1/8/2021 number 1c; PermenPANRB 90/2021; requirements R-197..R-200.
    """
    gates = regime(regime_id).gates
    if not gates:
        raise ValueError(f"regime {regime_id} has no thresholds")
    values: dict[GateCode, Fraction | None] = {
        "willing": Fraction(willing),
        "respondents": Fraction(n),
        "ipak": ipak,
        "ipkp": ipkp,
    }
    minimum = {gate.code: _minimum(gate, predicate, population) for gate in gates}
    margins: dict[GateCode, Fraction | None] = {}
    for code, floor in minimum.items():
        value = values[code]
        margins[code] = None if value is None else value - floor
    failed = tuple(code for code, margin in margins.items() if margin is None or margin < 0)
    return ThresholdStatus("not_met" if failed else "met", failed, margins, minimum)


def _minimum(gate: Gate, predicate: Predicate, population: int | None) -> Fraction:
    floor = gate.minimum[predicate]
    if population is None or gate.small_below is None or population >= gate.small_below:
        return floor
    return min(floor, Fraction(sample_size(population)))
