"""What a report may be about: all units of a short list, of a long one those that a search finds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from shared.kernel import is_unit_id

MOST_UNITS = 200
"""A longer list is searched first: nobody reads it through, and on a phone it is slow to come."""
MOST_LETTERS = 100
"""Of a search: what it costs grows with its words."""
_UNIT = "unit:"


class Places(NamedTuple):
    """The units that a form offers, and every agency; `is_cut` where a search found more than are offered."""

    units: list[tuple[str, str]]
    agencies: list[str]
    is_searched: bool
    is_found: bool
    is_cut: bool


async def places_for(session: AsyncSession, values: Mapping[str, Any]) -> Places:
    """Return what a form offers by what was typed into it; a unit that was chosen stays."""
    counts = await units.count_by_agency(session)
    is_searched = sum(counts.values()) > MOST_UNITS
    search, chosen = str(values.get("search", "")), str(values.get("place", ""))
    if not is_searched:
        found = await units.named(session, (), MOST_UNITS)
    elif search.strip() and search.isprintable() and len(search) <= MOST_LETTERS:
        found = await units.named(session, search.split(), MOST_UNITS + 1)
    else:
        found = []
    offered = found[:MOST_UNITS]
    unit_id = chosen.removeprefix(_UNIT)
    if chosen.startswith(_UNIT) and is_unit_id(unit_id) and unit_id not in {one.unit_id for one in offered}:
        one = await units.get(session, unit_id)
        offered = [*([one] if one is not None and one.is_active else []), *offered]
    return Places(_told_apart(offered), list(counts), is_searched, bool(found), len(found) > MOST_UNITS)


def _told_apart(offered: Sequence[units.Unit]) -> list[tuple[str, str]]:
    """Return value and label of each unit; those of one name are told apart by their codes."""
    shared = {name for name, times in Counter(unit.name for unit in offered).items() if times > 1}
    return [
        (f"{_UNIT}{unit.unit_id}", f"{unit.name} (kode {unit.unit_id})" if unit.name in shared else unit.name)
        for unit in offered
    ]
