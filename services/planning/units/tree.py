"""The tree of an agency's units: none stands above itself, and it is no deeper than people follow."""

from collections.abc import Mapping
from enum import StrEnum

MOST_LEVELS = 8
"""Own limit: from a ministry down to a service point there are six."""


class TreeFault(StrEnum):
    CYCLE = "parent_cycle"
    DEEP = "parent_too_deep"


SAID: Mapping[TreeFault, str] = {
    TreeFault.CYCLE: "Rantai induk unit ini kembali ke unit itu sendiri.",
    TreeFault.DEEP: f"Susunan unit paling banyak {MOST_LEVELS} tingkat; unit ini berada lebih dalam.",
}


def faults(parents: Mapping[str, str | None]) -> Mapping[str, TreeFault]:
    """Return the units of which circles consist, and the first ones of each branch below `MOST_LEVELS`.

    `parents` names every unit's parent; one that is not a key itself counts as a root. Each is looked up
    once, so 20,000 units in one line take no longer than 20,000 roots.
    """
    levels: dict[str, int | None] = {}  # None for what stands in or below a circle
    found: dict[str, TreeFault] = {}
    for start in parents:
        chain: dict[str, None] = {}
        unit: str | None = start
        while unit is not None and unit not in levels and unit not in chain and unit in parents:
            chain[unit] = None
            unit = parents[unit]
        walked = list(chain)
        if unit in chain:
            found |= dict.fromkeys(walked[walked.index(unit) :], TreeFault.CYCLE)
            levels |= dict.fromkeys(walked)
            continue
        level = levels.get(unit, 0) if unit is not None else 0
        for one in reversed(walked):
            level = None if level is None else level + 1
            levels[one] = level
            if level == MOST_LEVELS + 1:
                found[one] = TreeFault.DEEP
    return found


def fault_of(parents: Mapping[str, str | None], unit: str) -> TreeFault | None:
    """Return the fault that a unit's place brings to it or to a unit below it."""
    above = ancestors(parents, unit)
    if above and parents.get(above[-1]) in {unit, *above}:
        return TreeFault.CYCLE
    if len(above) >= MOST_LEVELS:
        return TreeFault.DEEP
    deep = (one for one, fault in faults(parents).items() if fault is TreeFault.DEEP)
    return TreeFault.DEEP if any(unit in ancestors(parents, one) for one in deep) else None


def ancestors(parents: Mapping[str, str | None], unit: str) -> list[str]:
    """Return the units above one, the nearest first; a circle ends where it closes."""
    found: dict[str, None] = {}
    above = parents.get(unit)
    while above is not None and above not in found:
        found[above] = None
        above = parents.get(above)
    return list(found)
