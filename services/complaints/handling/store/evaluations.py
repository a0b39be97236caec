"""Evaluations in and out of their table."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.handling.domain.evaluation import EvaluatedStream, Evaluation, Findings, Subject
from services.complaints.handling.domain.periods import period_of
from services.complaints.handling.tables import EVALUATION
from shared.kernel import LATEST
from shared.security import Scope

_OF = EVALUATION.c
NEWEST = (LATEST, UUID(int=2**128 - 1))
"""Before the first line of the list, which begins with the newest."""
_LATER = EVALUATION.alias("later")
_IS_REPLACED = (
    select(_LATER.c.id)
    .where(
        _LATER.c.unit_id == _OF.unit_id,
        _LATER.c.stream == _OF.stream,
        _LATER.c.period == _OF.period,
        _LATER.c.version > _OF.version,
    )
    .exists()
)


async def lock(session: AsyncSession, subject: Subject) -> int:
    """Let one transaction at a time evaluate a subject; return the version that holds, 0 for none."""
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtext("evaluation"), func.hashtext(subject.id)))
    )
    held = select(func.max(_OF.version)).where(
        _OF.unit_id == subject.unit_id, _OF.stream == subject.stream, _OF.period == subject.period.name
    )
    return await session.scalar(held) or 0


async def keep(session: AsyncSession, one: Evaluation) -> None:
    """Keep a new evaluation."""
    await session.execute(
        insert(EVALUATION).values(
            id=one.id,
            version=one.version,
            unit_id=one.subject.unit_id,
            stream=one.subject.stream,
            period=one.subject.period.name,
            agency_id=one.agency_id,
            conclusion=one.said.conclusion,
            findings=one.said.findings,
            follow_up=one.said.follow_up,
            evidence=list(one.said.evidence),
            figures=one.figures,
            evaluated_by=one.evaluated_by,
            evaluated_at=one.evaluated_at,
        )
    )


async def page(
    session: AsyncSession,
    scope: Scope,
    *,
    unit_id: str | None,
    stream: EvaluatedStream | None,
    period: str | None,
    is_holding: bool,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[Evaluation]:
    """Return evaluations within reach, the newest first; with `is_holding` those alone that none replaced."""
    asked = select(EVALUATION).where(
        scope.where(_OF.unit_id, _OF.agency_id), tuple_(_OF.evaluated_at, _OF.id) < after
    )
    narrowed = {"unit_id": unit_id, "stream": stream, "period": period}
    asked = asked.where(*(_OF[name] == value for name, value in narrowed.items() if value is not None))
    if is_holding:
        asked = asked.where(~_IS_REPLACED)
    asked = asked.order_by(_OF.evaluated_at.desc(), _OF.id.desc()).limit(limit)
    return [_evaluation(row) for row in (await session.execute(asked)).mappings()]


async def count(session: AsyncSession, scope: Scope) -> int:
    """Return how many evaluations within reach hold."""
    asked = select(func.count()).where(scope.where(_OF.unit_id, _OF.agency_id), ~_IS_REPLACED)
    return await session.scalar(asked.select_from(EVALUATION)) or 0


def _evaluation(row: RowMapping) -> Evaluation:
    return Evaluation(
        id=row["id"],
        version=row["version"],
        subject=Subject(row["unit_id"], row["stream"], period_of(row["period"])),
        agency_id=row["agency_id"],
        said=Findings(row["conclusion"], row["findings"], row["follow_up"], tuple(row["evidence"])),
        figures=row["figures"],
        evaluated_by=row["evaluated_by"],
        evaluated_at=row["evaluated_at"],
    )


async def periods_of(session: AsyncSession, unit_id: str) -> list[tuple[EvaluatedStream, str]]:
    """Return which streams and periods of a unit were evaluated, each once."""
    asked = select(_OF.stream, _OF.period).where(_OF.unit_id == unit_id).distinct()
    return [(row.stream, row.period) for row in await session.execute(asked.order_by(_OF.period))]
