"""What a proposal would hold after a change; whether it may hold that is asked elsewhere."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from services.planning.nomination.domain.nominations import (
    Nomination,
    NominationStateError,
    ProposedKawasan,
    ProposedUnit,
)
from services.planning.nomination.domain.rules import Category, rules_for


class Contents(NamedTuple):
    """Units and groups of a proposal."""

    units: Sequence[ProposedUnit]
    kawasan: Sequence[ProposedKawasan]


def joined(found: Nomination | None, unit_ids: Iterable[str], category: Category) -> Contents:
    """Return a proposal with more units, all for this category; one that is there already stays as it is."""
    units = () if found is None else found.units
    known = {unit.unit_id for unit in units}
    more = [ProposedUnit(unit_id, category) for unit_id in dict.fromkeys(unit_ids) if unit_id not in known]
    return Contents((*units, *more), () if found is None else found.kawasan)


def chosen_anew(found: Nomination, unit_id: str, category: Category, kawasan: str | None) -> Contents:
    """Return it with another category or group of a unit; a group that nobody is left in goes."""
    return _without_empty(
        [
            ProposedUnit(unit_id, category, kawasan) if unit.unit_id == unit_id else unit
            for unit in found.units
        ],
        found.kawasan,
    )


def released(found: Nomination, unit_id: str) -> Contents:
    """Return it without a unit; a group that becomes too small for one goes.

    Raises `NominationStateError` for the last unit.
    """
    left = [unit for unit in found.units if unit.unit_id != unit_id]
    if not left:
        raise NominationStateError(
            "Usulan memuat paling sedikit satu unit. Tarik usulannya bila tidak ada yang diusulkan."
        )
    group = next((unit.kawasan for unit in found.units if unit.unit_id == unit_id), None)
    fellows = [unit for unit in left if group is not None and unit.kawasan == group]
    if len(fellows) < rules_for(found.year).kawasan.least_units:
        left = [replace(unit, kawasan=None) if unit in fellows else unit for unit in left]
    return _without_empty(left, found.kawasan)


def grouped(found: Nomination, name: str, integration: Decimal | None, members: Collection[str]) -> Contents:
    """Return it with exactly these units in a group; without any the group goes."""
    units = [
        replace(unit, kawasan=name)
        if unit.unit_id in members
        else replace(unit, kawasan=None)
        if unit.kawasan == name
        else unit
        for unit in found.units
    ]
    others = [group for group in found.kawasan if group.name != name]
    return _without_empty(units, [*others, ProposedKawasan(name, integration)])


def _without_empty(units: Sequence[ProposedUnit], kawasan: Sequence[ProposedKawasan]) -> Contents:
    taken = {unit.kawasan for unit in units}
    return Contents(units, [group for group in kawasan if group.name in taken])
