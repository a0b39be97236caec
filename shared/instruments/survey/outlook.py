"""What can still become of a campaign's thresholds, as one class. Source: survey.md sections 9 and 10."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shared.instruments.survey.arithmetic import ItemSum, unconvert
from shared.instruments.survey.bounds import reachable
from shared.instruments.survey.model import GateCode, IndexCode, Item, Regime
from shared.instruments.survey.thresholds import ThresholdStatus
from shared.kernel import Predicate

Outlook = Literal[
    "MET",
    "NOT_MET",
    "IMPOSSIBLE",
    "TOO_FEW_CONSENTS",
    "BELOW_MIN_N",
    "GUARANTEED",
    "LIKELY",
    "UNLIKELY",
    "UNCERTAIN",
]
IndexOutlook = Literal["IMPOSSIBLE", "GUARANTEED", "LIKELY", "UNLIKELY", "UNCERTAIN"]
LIKELY_FROM, UNLIKELY_TO, LEFT_BEYOND = 0.80, 0.20, 0.05
"""Borders of the chance, and how far past its border a class is left. Source: survey.md section 10, own."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a campaign's people are: of the `invited` ones `more` can still answer."""

    n: int
    willing: int
    more: int
    invited: int


@dataclass(frozen=True, slots=True)
class Floor:
    """An index's floor of one predicate, on the raw scale of its items."""

    index: IndexCode
    items: tuple[Item, ...]
    raw: Fraction


def floors(
    regime: Regime, items: Sequence[Item], predicate: Predicate, policies: Mapping[str, str]
) -> list[Floor]:
    """Return the floors of a regime's indices as they stand on the raw scale."""
    if regime.instrument is None:
        return []
    codes: tuple[tuple[GateCode, IndexCode], ...] = (("ipak", "ipak"), ("ipkp", "ipkp"))
    found = {gate.code: gate.minimum[predicate] for gate in regime.gates}
    scale = regime.instrument.scale
    return [
        Floor(
            index,
            tuple(item for item in items if item.index == index),
            unconvert(found[code], scale, policies["conversion"]),
        )
        for code, index in codes
        if code in found
    ]


def outlook(
    status: ThresholdStatus, progress: Progress, of_indices: IndexOutlook, *, is_final: bool
) -> Outlook:
    """Return the first class that matches: counts as they are, `of_indices` as it was last judged.

    Before the first invitation nothing is out of reach.
    """
    if is_final:
        return "MET" if status.result == "met" else "NOT_MET"
    out_of_reach = progress.n + progress.more < max(status.minimum["willing"], status.minimum["respondents"])
    if progress.invited and (out_of_reach or of_indices == "IMPOSSIBLE"):
        return "IMPOSSIBLE"
    if progress.willing < status.minimum["willing"]:
        return "TOO_FEW_CONSENTS"
    if progress.n < status.minimum["respondents"]:
        return "BELOW_MIN_N"
    return of_indices


def index_outlook(
    more: int,
    regime: Regime,
    wanted: Sequence[Floor],
    sums: Mapping[str, ItemSum],
    chance: Callable[[], float | None],
    *,
    before: str | None,
) -> IndexOutlook:
    """Return what can still become of the indices of `sums` when `more` people may add to them.

    `chance` is asked only when it decides, for the worse index. `before` is the class found last: LIKELY,
    UNLIKELY and UNCERTAIN are left only 0.05 past their border.
    """
    bounds = _bounds(more, regime, wanted, sums)
    if any(high < floor.raw for floor, (_, high) in zip(wanted, bounds, strict=False)):
        return "IMPOSSIBLE"
    if bounds and all(low >= floor.raw for floor, (low, _) in zip(wanted, bounds, strict=True)):
        return "GUARANTEED"
    return _by_chance(chance(), before)


def _bounds(
    more: int, regime: Regime, wanted: Sequence[Floor], sums: Mapping[str, ItemSum]
) -> list[tuple[Fraction, Fraction]]:
    """Return how low and high each index can still come; empty while nobody answered or can."""
    if regime.instrument is None:
        return []
    found = [
        reachable([sums[item.key] for item in floor.items], more, regime.instrument.scale) for floor in wanted
    ]
    known = [pair for pair in found if pair is not None]
    return known if len(known) == len(found) else []


def _by_chance(chance: float | None, before: str | None) -> IndexOutlook:
    if chance is None:
        return "UNCERTAIN"
    likely_from, unlikely_to = LIKELY_FROM, UNLIKELY_TO
    if before == "LIKELY":
        likely_from -= LEFT_BEYOND
    elif before == "UNLIKELY":
        unlikely_to += LEFT_BEYOND
    elif before == "UNCERTAIN":
        likely_from += LEFT_BEYOND
        unlikely_to -= LEFT_BEYOND
    if chance >= likely_from:
        return "LIKELY"
    return "UNLIKELY" if chance <= unlikely_to else "UNCERTAIN"
