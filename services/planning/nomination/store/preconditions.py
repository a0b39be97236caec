"""What was told of preconditions; earlier words stay."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.eligibility import Told
from services.planning.nomination.domain.rules import Subject
from services.planning.tables import PRECONDITION
from shared.db.arrays import among

NOTHING = 1
"""Version of an agency or unit of which nothing was told."""


@dataclass(frozen=True, slots=True)
class Word:
    """What was told last of one precondition, by whom and when."""

    code: str
    told: Told
    told_by: str
    told_at: datetime


async def present(
    session: AsyncSession, subject: Subject, subject_ids: Collection[str], year: int
) -> Mapping[str, Mapping[str, Word]]:
    """Return what stands of agencies or units in a year, by id and code."""
    key = (PRECONDITION.c.subject_id, PRECONDITION.c.code)
    asked = (
        select(PRECONDITION)
        .ext(distinct_on(*key))
        .where(
            PRECONDITION.c.subject == subject,
            PRECONDITION.c.year == year,
            among(PRECONDITION.c.subject_id, sorted(subject_ids)),
        )
        .order_by(*key, PRECONDITION.c.version.desc())
    )
    found: dict[str, dict[str, Word]] = defaultdict(dict)
    for row in await session.execute(asked):
        told = Told(row.value, tuple(row.document_ids))
        found[row.subject_id][row.code] = Word(row.code, told, row.told_by, row.told_at)
    return found


async def version(session: AsyncSession, subject: Subject, subject_id: str, year: int) -> int:
    """Return how far what was told of one has come, `NOTHING` at first."""
    asked = select(func.max(PRECONDITION.c.version)).where(
        PRECONDITION.c.subject == subject,
        PRECONDITION.c.subject_id == subject_id,
        PRECONDITION.c.year == year,
    )
    return await session.scalar(asked) or NOTHING


async def lock(session: AsyncSession, subject: Subject, subject_id: str, year: int) -> None:
    """Let one transaction at a time tell something of an agency's or unit's year."""
    name = f"precondition/{subject}/{subject_id}/{year}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def append(
    session: AsyncSession,
    subject: Subject,
    subject_id: str,
    year: int,
    words: Sequence[tuple[str, Told]],
    *,
    after: int,
    told_by: str,
) -> None:
    """Write what is told now as the versions that follow `after`."""
    rows = [
        {
            "subject": subject,
            "subject_id": subject_id,
            "year": year,
            "version": number,
            "code": code,
            "value": told.value,
            "document_ids": list(told.document_ids),
            "told_by": told_by,
        }
        for number, (code, told) in enumerate(words, after + 1)
    ]
    await session.execute(PRECONDITION.insert(), rows)
