"""The way to a predicate: the fewest answers that, raised, meet every gate that is missed, or one of them.

Exact, and without a bound that could be reached: what gates measure is nested or apart (an area in its
component, that in TOTAL), and points add up. So within each basis the largest gains come first, inner bases
before outer ones, and whoever needs fewer answers would have to gain more with fewer; only a limit on areas
makes a search of it, over at most twenty choices of areas. Cost: 1 ms for a blank worksheet, 10 ms with a
limit. Property tests compare it with brute force.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from services.scoring.domain.gains import Gain, Missed, Step
from shared.instruments.lke import lke_instrument


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person rules out: items that stay as they are, and in how many areas answers may rise.

    `most_areas` counts the six areas over both halves, results apart; None for no limit.
    """

    without: frozenset[str] = field(default_factory=frozenset)
    most_areas: int | None = None


class Raised(NamedTuple):
    """An answer of the way: the item, and the better answer that is enough."""

    gain: Gain
    step: Step


@dataclass(frozen=True, slots=True)
class Way:
    """The fewest answers that meet some missed gates, in the order of the sheet.

    Each rises no further than needed beside the others. `left` are the points that each gate would still
    miss if everything allowed were raised to its best; empty when there is a way, which `raised` then is.
    """

    raised: tuple[Raised, ...]
    left: Mapping[str, Fraction]

    @property
    def is_open(self) -> bool:
        return not self.left

    @property
    def points(self) -> Fraction:
        """Points that the way adds to TOTAL."""
        return sum((one.step.points for one in self.raised), Fraction(0))


@dataclass(frozen=True, slots=True)
class Closing:
    """Better answers that would meet one gate: any one of them with `is_any`, else all of them together."""

    steps: tuple[tuple[Gain, Step], ...]
    is_any: bool


def closing(gate: Missed, found: Iterable[Gain]) -> Closing:
    """Return what would meet a missed gate: one answer, those of one step first; else the fewest together."""
    gains = list(found)
    alone = [
        (place, gain, step)
        for gain in gains
        if gain.code in gate.items
        for place, step in enumerate(gain.steps)
        if step.points >= gate.shortfall and (place == 0 or gain.steps[place - 1].points < gate.shortfall)
    ]
    if not alone:
        return Closing(tuple(way([gate], gains).raised), is_any=False)
    least = min(place for place, _, _ in alone)
    nearest = [(gain, step) for place, gain, step in alone if place == least]
    return Closing(tuple(sorted(nearest, key=lambda pair: pair[1].points)), is_any=True)


def area_of(code: str) -> str | None:
    """Return the number of the area, 1 to 6, that an item is part of in either half; None for results."""
    component, _, *rest = code.split(".")
    return rest[0] if component == "A" else None


def way(gates: Sequence[Missed], gains: Iterable[Gain], limits: Limits = Limits()) -> Way:
    """Return the fewest answers that meet all of these gates within the limits.

    Of equally few the ones that gain most, then those first in the sheet. Raises `ValueError` for gates that
    are neither nested nor apart.
    """
    _check_nested(gates)
    allowed = [gain for gain in gains if gain.code not in limits.without]
    inner_first = sorted(gates, key=lambda gate: len(gate.items))
    found: list[Gain] | None = None
    for areas in _choices(allowed, limits.most_areas):
        chosen = _fewest(inner_first, [one for one in allowed if area_of(one.code) in areas])
        if chosen is not None and (found is None or _rank(chosen) < _rank(found)):
            found = chosen
    if found is None:
        return Way((), _left(gates, allowed, limits.most_areas))
    order = {gain.code: place for place, gain in enumerate(allowed)}
    raised = sorted(_lowered(gates, found), key=lambda one: order[one.gain.code])
    return Way(tuple(raised), {})


def _rank(chosen: Sequence[Gain]) -> tuple[int, Fraction]:
    return len(chosen), -sum((gain.best.points for gain in chosen), Fraction(0))


def _choices(gains: Sequence[Gain], most: int | None) -> Iterable[Collection[str | None]]:
    """Yield which areas answers may rise in; results always may."""
    areas = sorted({area for gain in gains if (area := area_of(gain.code)) is not None})
    if most is None or most >= len(areas):
        return [{None, *areas}]
    return [{None, *some} for some in combinations(areas, most)]


def _fewest(inner_first: Sequence[Missed], gains: Sequence[Gain]) -> list[Gain] | None:
    """Return the fewest gains that meet all gates at their best; None where all of them do not."""
    best_first = sorted(gains, key=lambda gain: -gain.best.points)
    chosen: dict[str, Gain] = {}
    for gate in inner_first:
        under = [gain for gain in best_first if gain.code in gate.items]
        points = sum((gain.best.points for gain in under if gain.code in chosen), Fraction(0))
        for gain in under:
            if points >= gate.shortfall:
                break
            if gain.code not in chosen:
                chosen[gain.code] = gain
                points += gain.best.points
        if points < gate.shortfall:
            return None
    return list(chosen.values())


def _lowered(gates: Sequence[Missed], chosen: Sequence[Gain]) -> Iterable[Raised]:
    """Yield each answer as low as the others at their place allow: who would climb most is lowered first."""
    spare = {
        gate.code: sum((gain.best.points for gain in chosen if gain.code in gate.items), -gate.shortfall)
        for gate in gates
    }
    for gain in sorted(chosen, key=lambda one: (-len(one.steps), one.best.points)):
        mine = [gate.code for gate in gates if gain.code in gate.items]
        room = min(spare[code] for code in mine)
        step = next(step for step in gain.steps if gain.best.points - step.points <= room)
        for code in mine:
            spare[code] -= gain.best.points - step.points
        yield Raised(gain, step)


def _left(gates: Sequence[Missed], gains: Sequence[Gain], most: int | None) -> Mapping[str, Fraction]:
    """Return what each gate would still miss in those areas in which all together miss least."""
    choices = [{gate.code: _short(gate, gains, areas) for gate in gates} for areas in _choices(gains, most)]
    least = min(choices, key=lambda missing: sum(missing.values(), Fraction(0)))
    return {code: points for code, points in least.items() if points}


def _short(gate: Missed, gains: Sequence[Gain], areas: Collection[str | None]) -> Fraction:
    under = (gain for gain in gains if gain.code in gate.items and area_of(gain.code) in areas)
    return max(Fraction(0), gate.shortfall - sum((gain.best.points for gain in under), Fraction(0)))


def _check_nested(gates: Sequence[Missed]) -> None:
    for one, other in combinations(gates, 2):
        common = one.items & other.items
        if common and common not in (one.items, other.items):
            raise ValueError(f"gates {one.code} and {other.code} overlap without one being part of the other")


def items_of(codes: Iterable[str]) -> list[str]:
    """Return codes of items in the order of the sheet; `KeyError` for a code that is no item."""
    order = {code: place for place, code in enumerate(lke_instrument().questions)}
    return sorted(codes, key=order.__getitem__)
