"""Declarations of interest of a unit and period, counted by how they were decided.

Read by `dossier_period`: what a unit has of a kind in a year, some tens at most.
"""

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.store import people
from services.complaints.handling.domain.declarations import ConflictFigures, Declarations
from services.complaints.handling.domain.periods import Period
from services.complaints.integrity.domain.lives import CONFLICT as KIND
from services.complaints.integrity.domain.lives import SUSPENDED
from services.complaints.integrity.store import conflicts
from services.complaints.integrity.tables import CONFLICT
from services.complaints.matters.tables import DOSSIER
from services.complaints.tables import PERSON, PERSON_LOG_IN
from services.complaints.units import Unit

_OF = DOSSIER.c
_IS_OPEN = _OF.state.in_(sorted(SUSPENDED))


def _counts(*only: ColumnElement[bool]) -> list[ColumnElement[int]]:
    """Count those decided in time, those decided late, and those that nobody has decided."""
    sorts = (~_IS_OPEN & ~_OF.is_late, ~_IS_OPEN & _OF.is_late, _IS_OPEN)
    return [func.count().filter(one, *only) for one in sorts]


async def count(session: AsyncSession, unit: Unit, period: Period) -> ConflictFigures:
    """Count the declarations made in a period, and the map of today; two statements."""
    begun, ended = period.bounds(unit.zone)
    year = period.first.year
    asked = select(*_counts(), *_counts(~CONFLICT.c.concerns_superior))
    asked = asked.select_from(DOSSIER.join(CONFLICT, CONFLICT.c.dossier_id == _OF.id)).where(
        _OF.kind == KIND,
        _OF.unit_id == unit.unit_id,
        _OF.period == str(year),
        _OF.opened_at >= begun,
        _OF.opened_at < ended,
    )
    found = tuple((await session.execute(asked)).one())
    covered = await conflicts.coverage(session, unit.unit_id, year)
    every, plain = Declarations(*found[:3]), Declarations(*found[3:])
    return ConflictFigures(every, plain, covered.all, covered.reviewed)


async def is_superior(session: AsyncSession, subject: str) -> bool:
    """Tell whether anybody works below the person of an account."""
    own = select(PERSON_LOG_IN.c.person_id).where(PERSON_LOG_IN.c.subject == subject)
    below = PERSON.c.person_id.in_(people.below(subject)) & PERSON.c.person_id.not_in(own)
    return bool(await session.scalar(select(exists().where(below))))
