"""What may be chosen in the fields of an act: units by name, and who would be taken as handler.

A list too long to show is cut, says so, and is searched instead: whoever may be chosen can be reached.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.domain.case import Stream
from services.complaints.cases.store import cases
from services.complaints.cases.usecases import officers
from shared.kernel import is_storable, is_unit_id
from shared.security import Principal

MOST_UNITS, MOST_HANDLERS = 200, 100
MOST_LETTERS = 100
"""Of a search: what it costs grows with its words."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Values with their labels; `is_cut` tells that there are more, to be searched for."""

    options: Sequence[tuple[str, str]]
    is_cut: bool = False


def sought_in(text: object) -> Sequence[str]:
    """Return the words of a search; none of what no name can hold."""
    sought = str(text or "")[:MOST_LETTERS]
    return sought.split() if is_storable(sought) else ()


async def units_of(
    session: AsyncSession, agency_id: str, sought: Sequence[str], *, chosen: object, without: str | None
) -> Choice:
    """Return the units of an agency by name, or those that hold the words, with the one that is chosen."""
    known = await units.of_agency(session, agency_id, sought, MOST_UNITS + 1)
    shown = [(one.unit_id, one.name) for one in known[:MOST_UNITS] if one.unit_id != without]
    unit_id = str(chosen or "")
    if is_unit_id(unit_id) and unit_id not in {one for one, _ in shown}:
        one = await units.get(session, unit_id)
        if one is not None and one.agency_id == agency_id and unit_id != without:
            shown.insert(0, (one.unit_id, one.name))
    return Choice(shown, len(known) > MOST_UNITS)


async def handlers_of(
    session: AsyncSession,
    actor: Principal,
    where: Collection[tuple[str, Stream]],
    sought: Sequence[str],
    *,
    without: str | None = None,
) -> Choice:
    """Return who may be named in one of these units for its stream, with how many open cases each has.

    Asks one question for each unit.
    """
    found: dict[str, None] = {}
    is_cut = False
    for unit_id in sorted({one for one, _ in where}):
        streams = {stream for one, stream in where if one == unit_id}
        known = await officers.handlers(
            session, actor, unit_id, after="", limit=MOST_HANDLERS + 1, streams=streams, words=sought
        )
        found |= dict.fromkeys(one["subject"] for one in known if one["subject"] != without)
        is_cut = is_cut or len(known) > MOST_HANDLERS
    subjects = list(found)[:MOST_HANDLERS]
    held = await cases.held_by(session, subjects)
    options = [(one, f"{one} · {held.get(one, 0)} perkara terbuka") for one in subjects]
    return Choice(options, is_cut or len(found) > MOST_HANDLERS)
