"""Whether a survey campaign meets a predicate's thresholds, and what changed about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shared.instruments.survey.load import regimes
from shared.instruments.survey.model import INDEX_TOP
from shared.instruments.survey.thresholds import ThresholdStatus, has_thresholds, threshold_status

Predicate = Literal["WBK", "WBBM"]
PREDICATES: tuple[Predicate, ...] = ("WBK", "WBBM")


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts and exact indices (scale 4) of one campaign; an index is None while nobody answered."""

    campaign_id: str
    unit_id: str
    year: int
    regime: str
    n: int
    willing: int
    ipak: Fraction | None
    ipkp: Fraction | None


def fault(regime: str, ipak: str | None, ipkp: str | None) -> str | None:
    """Return why a tally cannot be true, or None: `unknown_regime`, `index_out_of_range`."""
    if regime not in regimes():
        return "unknown_regime"
    indices = [Fraction(text) for text in (ipak, ipkp) if text is not None]
    return None if all(0 <= index <= INDEX_TOP for index in indices) else "index_out_of_range"


def statuses(tally: Tally) -> Mapping[Predicate, ThresholdStatus]:
    """Return the verdict per predicate; empty for a regime without floors."""
    if not has_thresholds(tally.regime):
        return {}
    return {
        predicate: threshold_status(
            predicate, tally.n, tally.willing, tally.ipak, tally.ipkp, regime_id=tally.regime
        )
        for predicate in PREDICATES
    }
