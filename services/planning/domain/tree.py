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
    """Return the units that stand in or below a circle, and those below `MOST_LEVELS` levels.

    `parents` names every unit's parent; one that is not a key itself counts as a root.
    """
    levels: dict[str, int] = {}
    circled: set[str] = set()
    for start in parents:
        chain: dict[str, None] = {}
        unit: str | None = start
        while unit is not None and unit in parents and unit not in chain:
            if unit in levels or unit in circled:
                break
            chain[unit] = None
            unit = parents[unit]
        if unit in chain or unit in circled:
            circled |= chain.keys()
            continue
        above = levels.get(unit, 0) if unit is not None else 0
        levels |= {one: level for level, one in enumerate(reversed(chain), above + 1)}
    deep = {unit: TreeFault.DEEP for unit, level in levels.items() if level > MOST_LEVELS}
    return deep | dict.fromkeys(circled, TreeFault.CYCLE)


def fault_of(parents: Mapping[str, str | None], unit: str) -> TreeFault | None:
    """Return the fault that a unit's place brings to it or to a unit below it."""
    found = faults(parents)
    if unit in found:
        return found[unit]
    return next((fault for one, fault in found.items() if unit in ancestors(parents, one)), None)


def ancestors(parents: Mapping[str, str | None], unit: str) -> list[str]:
    """Return the units above one, the nearest first; a circle ends where it closes."""
    found: dict[str, None] = {}
    above = parents.get(unit)
    while above is not None and above not in found:
        found[above] = None
        above = parents.get(above)
    return list(found)
